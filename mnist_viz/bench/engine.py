"""Seconds an epoch of 60,000 digits: the engine, torch where it is installed, and the bare matrix products.

The three take turns, so that a noisy machine treats them alike; the figures are medians over the turns.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.threads import blas_threads
from mnist_viz.engine.training import BatchEnd, Trainer

SAMPLES = 60_000
TURN, PAUSE = 0.3, 0.2
"""Seconds that each is measured at a time, and is waited before."""

POOL = 10_000
"""Made-up digits to train on: enough that a batch does not lie in the cache."""

Step = Callable[[], object]


def measure(preset: str | None = None, seconds: float = 4.0) -> Iterator[dict[str, Any]]:
    """Yield one object a preset (or for `preset` alone), measuring each for about `seconds`.

    Raises:
        ValueError: there is no such preset.
    """
    if preset is not None and preset not in PRESETS:
        raise ValueError(f"there is no preset {preset!r}; there are {', '.join(PRESETS)}")
    for name in [preset] if preset is not None else PRESETS:
        yield _measure(name, PRESETS[name].settings, seconds)


def line(result: dict[str, Any]) -> str:
    ours, floor, torch = result["seconds_per_epoch"], result["floor_seconds"], result["torch_seconds"]
    text = f"{result['preset']:<16} batch {result['batch_size']:<4} {ours:7.3f} s an epoch"
    text += f", {ours / floor:.2f} times the bare products ({floor:.3f} s)"
    return text + (f", {torch / ours:.2f} times torch's speed ({torch:.3f} s)" if torch else "; torch is not here")


def _measure(name: str, settings: Settings, seconds: float) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    # Four fifths of a digit's pixels are dark, as in MNIST.
    images = (rng.integers(0, 256, (POOL, 784)) * (rng.random((POOL, 784)) < 0.2)).astype(np.uint8)
    labels = rng.integers(0, 10, POOL).astype(np.uint8)
    trainer = Trainer(settings, (images, labels), (images[:100], labels[:100]))
    trainer.epochs = 10**6
    steps: dict[str, Step] = {"ours": _ours(trainer), "floor": _floor(settings, rng)}
    torch_step = _torch(settings, images, labels)
    if torch_step is not None:
        steps["torch"] = torch_step
    batches = SAMPLES / settings.batch_size
    with blas_threads(trainer.network):
        times: dict[str, list[float]] = {key: [] for key in steps}
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for key, step in steps.items():
                # The threads of whoever was before spin on for a while and would steal the cores.
                time.sleep(PAUSE)
                for _ in range(3):
                    step()
                start, count = time.perf_counter(), 0
                while time.perf_counter() - start < TURN:
                    step()
                    count += 1
                times[key].append((time.perf_counter() - start) / count)
    medians = {key: statistics.median(values) * batches for key, values in times.items()}
    return {
        "preset": name,
        "batch_size": settings.batch_size,
        "seconds_per_epoch": medians["ours"],
        "floor_seconds": medians["floor"],
        "torch_seconds": medians.get("torch"),
        "turns": len(times["ours"]),
    }


def _ours(trainer: Trainer) -> Step:
    events = trainer.run()

    def step() -> None:
        while not isinstance(next(events), BatchEnd):
            pass

    return step


def _floor(settings: Settings, rng: np.random.Generator) -> Step:
    """The matrix products of one step and nothing else."""
    sizes, batch = (784, *settings.hidden, 10), settings.batch_size
    products = []
    for k, (inputs, outputs) in enumerate(pairwise(sizes)):
        x, w, d = (
            rng.standard_normal(s).astype(np.float32) for s in ((batch, inputs), (inputs, outputs), (batch, outputs))
        )
        products.append((x, w, np.empty_like(d)))
        products.append((x.T, d, np.empty_like(w)))
        if k:
            products.append((d, w.T, np.empty_like(x)))

    def step() -> None:
        for a, b, out in products:
            np.matmul(a, b, out=out)

    return step


def _torch(settings: Settings, images: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> Step | None:
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
    x = torch.from_numpy(images.astype(np.float32) / 255)
    y = torch.from_numpy(labels.astype(np.int64))
    rng = np.random.default_rng(0)

    def step() -> None:
        rows = torch.from_numpy(rng.integers(0, POOL, settings.batch_size))
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        loss.item()

    return step
