"""What a session file holds: the tree of runs as it was at one moment, and what lay on the pad."""

from dataclasses import dataclass, field, replace

from mnist_viz.recording.drawing import Drawing
from mnist_viz.recording.run import Run
from mnist_viz.recording.runs import Runs


@dataclass(frozen=True, eq=False)
class SessionContents:
    """A whole session.

    Attributes:
        runs: the tree; whoever saves gives a copy that nothing changes any more, see `copy_of`.
        left_out: what of a damaged file could not be read, one sentence each.
    """

    runs: Runs
    drawing: Drawing = field(default_factory=Drawing)
    left_out: tuple[str, ...] = ()


def copy_of(runs: Runs) -> Runs:
    """The runs as they are now; the frames are the same ones, and all else is copied.

    A run ends with the last state that its metrics reach, recorded or not, so that training goes on from there.
    """
    result = Runs(runs.budget)
    for run in runs:
        if len(run.timeline):
            result.add(_copy_of(run))
    if runs.active is not None and runs.active.number in result:
        result.activate(runs.active.number)
    return result


def _copy_of(run: Run) -> Run:
    tail, shown = run.timeline.tail, run.timeline.shown
    if tail is None or tail.step > run.history.steps:
        # The metrics of the batches up to the newest state have not come yet, or were lost.
        tail = run.timeline.before(run.history.steps)
    assert tail is not None
    timeline = run.timeline.until(tail)
    if not run.timeline.live and shown is not None and shown.step <= tail.step:
        timeline.show(timeline.find(shown.step) or shown)
    return replace(
        run,
        timeline=timeline,
        history=run.history.copy_until(tail.step, run.config.grid),
        pins=set(run.pins),
        incidents=list(run.incidents),
    )
