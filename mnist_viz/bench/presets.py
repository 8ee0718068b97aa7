"""The presets trained to their ends against their authors' figures, and how soon a network is as good as the best."""

import statistics
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.progress import EpochEnd
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.threads import blas_threads
from mnist_viz.recording.trainers import new_trainer

AUTHORS = {"relu-128-64": 0.9753, "relu-128": 0.92, "leaky-relu-500": 0.9723, "sigmoid-sgd": 0.97}
"""The test accuracies that the authors of the published networks among the presets state."""

TARGET = max(AUTHORS.values())
"""The test accuracy whose time is measured: the best of them."""

FASTEST = Settings(
    hidden=(128,), optimizer="adam", learning_rate=0.01, schedule="one-cycle", batch_size=128, epochs=3
)  # fmt: skip
"""The settings that reach the target soonest: the least work of 60 combinations of width, batch size, rate and epochs
that got clearly above it on the validation digits with each of 5 seeds (97.67 % or more)."""

SAID = ("hidden", "activation", "optimizer", "learning_rate", "schedule", "batch_size", "epochs")
"""What is said of the settings."""

HEADER = """\
| preset | parameters | test accuracy, median | least to most | its author's | training, median |
|---|---|---|---|---|---|"""

Progress = Callable[[str, float], object]
"""Is told what is being done and how much of it is done, 0 to 1."""


@dataclass(frozen=True)
class Run:
    """One training: test accuracy at its end, or when it first reached the target, and seconds of training alone."""

    accuracy: float
    seconds: float
    epochs: int
    threads: int


def train(settings: Settings, dataset: Dataset, progress: Progress, target: float | None = None) -> Run:
    """Train to the end of `epochs`, or with a `target` until the test accuracy after an epoch is at least that.

    Without a target the test digits are looked at once, at the end. With one they are looked at after each epoch, but
    decide nothing other than when the clock stops.
    """
    trainer = new_trainer(settings, dataset)
    seconds = accuracy = 0.0
    with blas_threads(trainer.network, settings.batch_size) as threads:
        for event in threads.choose(trainer.run()):
            if not isinstance(event, EpochEnd):
                continue
            seconds += event.seconds
            progress(f"{settings.preset}, seed {settings.seed}", trainer.epoch / settings.epochs)
            if target is not None:
                accuracy = trainer.network.evaluate(dataset.test.images, dataset.test.labels)[1]
                if accuracy >= target:
                    break
        if target is None:
            accuracy = trainer.network.evaluate(dataset.test.images, dataset.test.labels)[1]
    return Run(accuracy, seconds, trainer.epoch, threads.number)


def settings_of(preset: str | None) -> list[Settings]:
    """The settings of the preset, or without a name those of the published networks.

    Raises:
        ValueError: there is no such preset.
    """
    if preset is not None and preset not in PRESETS:
        raise ValueError(f"there is no preset {preset!r}; there are {', '.join(PRESETS)}")
    return [PRESETS[name].settings for name in ([preset] if preset is not None else AUTHORS)]


def measure_presets(
    dataset: Dataset, seeds: int, progress: Progress, presets: Iterable[Settings]
) -> Iterator[dict[str, Any]]:
    """Train each preset with seeds 0 to `seeds` - 1 and yield one object a preset."""
    for settings in presets:
        runs = [train(replace(settings, seed=seed), dataset, progress) for seed in _range(seeds)]
        accuracy, author = statistics.median(run.accuracy for run in runs), AUTHORS.get(settings.preset)
        yield {
            "preset": settings.preset,
            "dataset": dataset.name,
            "parameters": settings.parameter_count(dataset.input_size, len(dataset.class_names)),
            "epochs": settings.epochs,
            "author_accuracy": author,
            "test_accuracy": accuracy,
            "reached": author is None or accuracy >= author,
            "test_accuracies": [run.accuracy for run in runs],
            "seconds": statistics.median(run.seconds for run in runs),
            "seconds_each": [run.seconds for run in runs],
            "threads": [run.threads for run in runs],
        }


def measure_time_to_target(
    dataset: Dataset, seeds: int, progress: Progress, settings: Settings = FASTEST, target: float = TARGET
) -> dict[str, Any]:
    """Seconds of training until the test accuracy after an epoch is first at least `target`, with several seeds.

    A run that does not get there within its epochs has None for seconds; if half of them do not, so does the median.
    """
    settings = replace(settings, preset="fastest")
    runs = [train(replace(settings, seed=seed), dataset, progress, target) for seed in _range(seeds)]
    seconds = [run.seconds if run.accuracy >= target else None for run in runs]
    counted = statistics.median_high([value if value is not None else float("inf") for value in seconds])
    return {
        "target": target,
        "dataset": dataset.name,
        "settings": {name: getattr(settings, name) for name in SAID},
        "seconds": counted if counted != float("inf") else None,
        "seconds_each": seconds,
        "epochs_each": [run.epochs for run in runs],
        "test_accuracies": [run.accuracy for run in runs],
        "threads": [run.threads for run in runs],
    }


def preset_line(result: dict[str, Any]) -> str:
    """A preset's row of the table that `HEADER` begins."""
    accuracies, author = result["test_accuracies"], result["author_accuracy"]
    return (
        f"| {result['preset']} | {result['parameters']:,} | {result['test_accuracy']:.2%} "
        f"| {min(accuracies):.2%} to {max(accuracies):.2%} | {f'{author:.2%}' if author is not None else 'none'} "
        f"| {result['seconds']:.1f} s, {result['epochs']} epochs |"
    )


def target_line(result: dict[str, Any]) -> str:
    """What a person reads of the time to the target."""
    settings, seconds = result["settings"], result["seconds"]
    layers = "-".join(map(str, settings["hidden"])) or "no hidden layer"
    how = (
        f"hidden {layers}, {settings['activation']}, {settings['optimizer']}, "
        f"learning rate {settings['learning_rate']:g} ({settings['schedule']}), batch {settings['batch_size']}, "
        f"{settings['epochs']} epochs"
    )
    if seconds is None:
        return (
            f"{result['target']:.2%} on the test digits was not reached, median of {len(result['threads'])} runs; {how}"
        )
    each = ", ".join("not reached" if value is None else f"{value:.2f}" for value in result["seconds_each"])
    return f"{result['target']:.2%} on the test digits after {seconds:.2f} s of training, median of {each}; {how}"


def _range(seeds: int) -> range:
    if seeds < 1:
        raise ValueError(f"the number of seeds must be 1 or more, not {seeds}")
    return range(seeds)
