"""Seconds an epoch of 60,000 digits: the engine, torch where it is installed, and the bare matrix products.

All take turns in one process, each on one thread and on two, and each is quoted at its better number of threads.
Ratios are taken within a round, in which the machine was about equally busy. The engine reports loss and accuracy of
every step; torch reports the loss.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.bench.turns import PAUSE, TURN, Ratio, Side, Step, fastest, take_turns
from mnist_viz.engine.augmentation import AUGMENTATIONS, Augmenter
from mnist_viz.engine.network import Network
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.progress import BatchEnd
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.threads import blas_threads
from mnist_viz.engine.training import Trainer

CONFIGURATIONS = ("relu-128-64", "leaky-relu-500", "sigmoid-sgd")
"""The presets that are measured unless one is named: mini-batches, large layers, single samples."""

THREADS = (1, 2)

SAMPLES = 60_000
"""Made-up digits to train on, as many as in MNIST: a batch comes from memory, not from the cache."""

TEST_SAMPLES = 10_000

RATE = 0.001
"""The learning rate takes no time; a small one keeps training on made-up labels from diverging."""

CHOOSING = 0.5
"""Seconds that a run has to choose its threads."""

Bytes = NDArray[np.uint8]


def measure(
    preset: str | None = None,
    seconds: float = 20.0,
    *,
    samples: int = SAMPLES,
    turn: float = TURN,
    pause: float = PAUSE,
) -> Iterator[dict[str, Any]]:
    """Yield one object a configuration (or for `preset` alone), measuring each for about `seconds`.

    Args:
        samples, turn, pause: less of each serves to try this function itself.

    Raises:
        ValueError: there is no such preset.
    """
    if preset is not None and preset not in PRESETS:
        raise ValueError(f"there is no preset {preset!r}; there are {', '.join(PRESETS)}")
    images, labels = _digits(samples)
    for name in [preset] if preset is not None else CONFIGURATIONS:
        settings = replace(PRESETS[name].settings, learning_rate=RATE, epochs=10_000)
        trainer = Trainer(settings, (images, labels), (images[:100], labels[:100]))
        sides = [*_sides(settings, trainer, images, labels)]
        others = [*_other_sides(settings, trainer.network, images[:TEST_SAMPLES], labels[:TEST_SAMPLES])]
        take_turns(sides, seconds * 0.85, turn, pause)
        take_turns(others, seconds * 0.15, turn, pause)
        yield _result(name, settings, trainer, sides, others)


def line(result: dict[str, Any]) -> str:
    """What a person reads of a configuration: two lines."""
    text = f"{result['preset']:<14} {result['layers']}, batch {result['batch_size']}: "
    text += f"{result['seconds_per_epoch']:.3f} s an epoch on {_threads(result['threads'])}, "
    text += f"{_ratio(result, 'times_floor')} the bare products ({result['floor_seconds']:.3f} s on "
    text += f"{_threads(result['floor_threads'])})\n{'':14} "
    if result["torch_seconds"] is None:
        text += "torch is not here"
    else:
        text += f"{_ratio(result, 'times_faster_than_torch')} torch's speed ({result['torch_seconds']:.3f} s on "
        text += f"{_threads(result['torch_threads'])})"
    text += f"; {TEST_SAMPLES:,} digits evaluated in {result['evaluation_ms']:.0f} ms"
    if result["augmentation_seconds"] is not None:
        text += f", {SAMPLES:,} varied in {result['augmentation_seconds']:.1f} s"
    return f"{text}; a run would choose {_threads(result['chosen_threads'])}"


def _ratio(result: dict[str, Any], name: str) -> str:
    return f"{result[name]:.2f} times ({result[f'{name}_low']:.2f} to {result[f'{name}_high']:.2f})"


def _threads(number: int) -> str:
    return "1 thread" if number == 1 else f"{number} threads"


def _result(name: str, settings: Settings, trainer: Trainer, sides: list[Side], others: list[Side]) -> dict[str, Any]:
    ours, floor, torch = (fastest(sides, side) for side in ("ours", "floor", "torch"))
    evaluation, augmentation = (fastest(others, side) for side in ("evaluation", "augmentation"))
    assert ours is not None and floor is not None and evaluation is not None  # noqa: PT018
    batches = SAMPLES / settings.batch_size
    times_torch = Ratio.of(torch.seconds, ours.seconds) if torch is not None else None
    return {
        "preset": name,
        "layers": "-".join(map(str, trainer.network.sizes)),
        "batch_size": settings.batch_size,
        "seconds_per_epoch": ours.median * batches,
        "threads": ours.threads,
        "floor_seconds": floor.median * batches,
        "floor_threads": floor.threads,
        "torch_seconds": torch.median * batches if torch is not None else None,
        "torch_threads": torch.threads if torch is not None else None,
        **_spread("times_floor", Ratio.of(ours.seconds, floor.seconds)),
        **_spread("times_faster_than_torch", times_torch),
        "seconds_by_threads": {
            f"{side.name}_{side.threads}": side.median * batches for side in sorted(sides, key=lambda side: side.name)
        },
        "chosen_threads": _chosen_threads(trainer, settings.batch_size),
        "rounds": len(ours.seconds),
        "evaluation_ms": evaluation.median * 1000,
        "evaluation_threads": evaluation.threads,
        "augmentation_seconds": augmentation.median * batches if augmentation is not None else None,
    }


def _chosen_threads(trainer: Trainer, batch: int) -> int:
    """What a run finds best for its steps within `CHOOSING` seconds."""
    with blas_threads(trainer.network, batch) as threads:
        end = time.perf_counter() + CHOOSING
        for _ in threads.choose(trainer.run()):
            if time.perf_counter() >= end:
                break
    return threads.number


def _spread(name: str, ratio: Ratio | None) -> dict[str, float | None]:
    parts = {name: "median", f"{name}_low": "low", f"{name}_high": "high"}
    return {key: getattr(ratio, part) if ratio is not None else None for key, part in parts.items()}


def _digits(samples: int) -> tuple[Bytes, Bytes]:
    """Made-up digits, four fifths of whose pixels are dark, as in MNIST."""
    rng = np.random.default_rng(0)
    images = rng.integers(1, 256, (samples, 784), np.uint8)
    images[rng.random(images.shape, np.float32) < 0.8] = 0
    return images, rng.integers(0, 10, samples, np.uint8)


def _sides(settings: Settings, trainer: Trainer, images: Bytes, labels: Bytes) -> Iterator[Side]:
    """What is compared: a step of ours, the bare products of one, and a step of torch, if it is here."""
    ours, floor, torch = _ours(trainer), _floor(settings), _torch(settings, images, labels)
    for threads in THREADS:
        limit = partial(blas_threads, trainer.network, threads=threads)
        yield Side("floor", threads, floor, limit)
        yield Side("ours", threads, ours, limit)
        if torch is not None:
            yield Side("torch", threads, torch[0], partial(torch[1], threads))


def _other_sides(settings: Settings, network: Network, images: Bytes, labels: Bytes) -> Iterator[Side]:
    """Evaluation of the test digits, and augmentation of one batch, where there are batches."""
    for threads in THREADS:
        limit = partial(blas_threads, network, threads=threads)
        yield Side("evaluation", threads, partial(network.evaluate, images, labels), limit)
    batch = settings.batch_size
    if batch > 1:
        rng, out = np.random.default_rng(0), np.empty((batch, 784), np.float32)
        augment = partial(Augmenter(batch).augment, images[:batch], AUGMENTATIONS["standard"], rng, out)
        yield Side("augmentation", 1, augment, partial(blas_threads, network, threads=1))


def _ours(trainer: Trainer) -> Step:
    events = trainer.run()

    def step() -> None:
        while not isinstance(next(events), BatchEnd):
            pass

    return step


def _floor(settings: Settings) -> Step:
    """The matrix products of one step and nothing else."""
    rng, batch = np.random.default_rng(0), settings.batch_size
    products = []
    for k, (inputs, outputs) in enumerate(pairwise((784, *settings.hidden, 10))):
        x, w, d = (rng.random(s, np.float32) for s in ((batch, inputs), (inputs, outputs), (batch, outputs)))
        products.append((x, w, np.empty_like(d)))
        products.append((x.T, d, np.empty_like(w)))
        if k:
            products.append((d, w.T, np.empty_like(x)))

    def step() -> None:
        for a, b, out in products:
            np.matmul(a, b, out=out)

    return step


def _torch(
    settings: Settings, images: Bytes, labels: Bytes
) -> tuple[Step, Callable[[int], AbstractContextManager[None]]] | None:
    """A step of torch and the context that sets its threads; None where torch is not installed."""
    try:
        import torch
    except ImportError:
        return None
    functions = {"relu": torch.nn.ReLU, "leaky-relu": torch.nn.LeakyReLU, "sigmoid": torch.nn.Sigmoid}
    layers: list[Any] = []
    for inputs, outputs in pairwise((784, *settings.hidden, 10)):
        layers += [torch.nn.Linear(inputs, outputs, bias=settings.biases), functions[settings.activation]()]
    network = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.SGD(network.parameters(), lr=settings.learning_rate)
    x = torch.from_numpy(np.multiply(images, 1.0 / 255.0, dtype=np.float32))
    y = torch.from_numpy(labels.astype(np.int64))
    size = min(settings.batch_size, len(x))
    order, at, total = torch.randperm(len(x)), 0, 0.0

    def step() -> None:
        nonlocal order, at, total
        if at + size > len(x):
            order, at = torch.randperm(len(x)), 0
        rows = order[at : at + size]
        at += size
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        total += loss.item()

    @contextmanager
    def limit(threads: int) -> Iterator[None]:
        before = torch.get_num_threads()
        torch.set_num_threads(threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    return step, limit
