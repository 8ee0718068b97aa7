"""The marks of a run on its timeline: what happened to it, and where other runs left it."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import cast

from mnist_viz.recording.run import Run
from mnist_viz.recording.run_words import changes_in_words, shortened
from mnist_viz.recording.runs import Runs
from mnist_viz.views.timeline.marks import Kind, Mark

_in_words = lru_cache(maxsize=1024)(changes_in_words)


def marks_of(run: Run, runs: Runs) -> list[Mark]:
    """All marks of `run`, which is one of `runs`, by step."""
    grid = run.history.grid
    return [
        Mark(step, grid.position(step), kind, text, color)
        for step, kind, text, color in sorted(_found(run, runs), key=lambda found: found[0])
    ]


def _found(run: Run, runs: Runs) -> Iterator[tuple[int, Kind, str, int]]:
    if run.parent is not None and run.parent in runs:
        parent = runs.get(run.parent)
        yield run.root_step, "root", f"Left {shortened(parent.name)} here", parent.color
    for child in runs.children(run):
        yield child.root_step, "branch", f"{shortened(child.name)} left here", child.color
    best = run.best
    if best is not None and len(run.history.epochs) > 1:  # the best of one is nothing
        words = f"Best epoch: validation loss {best.val_loss:.4f}, {best.val_accuracy:.2%} right"
        yield best.step, "best", words, -1
    for step in run.pins:
        yield step, "pin", "Pinned", -1
    for (_, before), (step, after) in pairwise(run.config.changes):
        if words := _in_words(before, after):
            yield step, "change", words[0].upper() + words[1:], -1
    for incident in run.incidents:
        yield incident.step, cast(Kind, incident.kind), incident.text, -1
