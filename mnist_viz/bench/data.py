"""How well the shipped network reads: MNIST's test digits, pen drawings, and what is no digit at all."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mnist_viz.analysis.acceptance import LEAST_CERTAIN, LEAST_LIKE_A_DIGIT, MIN_INK, digit_likeness
from mnist_viz.data.datasets import DIGITS, Dataset
from mnist_viz.data.drawing import ink
from mnist_viz.data.drawing.images import image_to_digit
from mnist_viz.data.drawing.normalization import render
from mnist_viz.data.drawing.numbers import group
from mnist_viz.data.drawing.stroke_files import strokes_in
from mnist_viz.data.synthetic import handwriting, non_digits
from mnist_viz.engine.calibration import calibration_error
from mnist_viz.engine.metrics import class_accuracy, confusion_matrix
from mnist_viz.engine.network import Network
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.storage import guard_path, load_model, pretrained_path
from mnist_viz.system.paths import resource

Bytes = NDArray[np.uint8]
Progress = Callable[[str, float | None], object]

EACH = 2_000
"""So many drawings of each kind that is no digit are judged."""
SEED = 7_777_777
"""Of drawings that no network was trained on: the seeds of the data sets lie below 300,000."""
PRINTED = "ABCEFHKLMNPRTUVWXYadefhkmnprtuvwx#%&@+*=?!<>{}$"
"""Printed letters and signs that are no digit by their shape; the program's own fonts were no model for its strokes."""
ALONE = Settings(hidden=(256, 128), optimizer="adam", learning_rate=0.001, schedule="cosine", epochs=15)
"""How a network is trained on synthetic digits alone."""


def measure_reading(mnist: Dataset | None, drawings: Sequence[Path], progress: Progress) -> dict[str, Any]:
    """Measure the shipped network.

    Args:
        mnist: its test digits are read, and its validation digits for comparison; None where it is not here.
        drawings: files of pen drawings, JSON Lines {"label", "strokes"}, plain or .gz.

    Raises:
        ValueError: a file of drawings is none.
        OSError: it cannot be read.
    """
    contents = load_model(pretrained_path())
    network = contents.model.network()
    result: dict[str, Any] = {
        "parameters": network.parameters.size,
        "megabytes": round(sum(path.stat().st_size for path in (pretrained_path(), guard_path())) / 1e6, 2),
    }
    if mnist is not None:
        progress("Reading MNIST", None)
        result["mnist_validation"] = judged(network, mnist.validation.images, mnist.validation.labels)
        result["mnist_test"] = judged(network, mnist.test.images, mnist.test.labels)
    for path in drawings:
        progress(f"Reading {path.name}", None)
        strokes, labels = read_drawings(path)
        pictures = np.stack([render(drawing).ravel() for drawing in strokes])
        result[f"drawings {path.name}"] = judged(network, pictures, labels)
        result[f"numbers of {path.name}"] = measure_grouping(strokes)
    progress("Drawing what is no digit", None)
    rng = np.random.default_rng(SEED)
    refused = {"printed letters and signs": refusal(network, printed())}
    for kind, (make, _) in non_digits.KINDS.items():
        pictures = handwriting.drawn(*make(EACH, rng), handwriting.HAND, rng)
        refused[kind] = refusal(network, pictures.reshape(EACH, -1))
    result["refused"] = refused
    return result


def measure_synthetic(mnist: Dataset | None, progress: Progress) -> dict[str, Any]:
    """Measure how long the synthetic digits take to make, and how well they teach.

    Args:
        mnist: its test digits are read by a network that has seen nothing but synthetic ones; None leaves this out.
    """
    start = time.perf_counter()
    handwriting.generate(6_000, SEED)
    quick = time.perf_counter() - start
    progress("Drawing 70,000 digits", None)
    start = time.perf_counter()
    images, labels = handwriting.generate(70_000, SEED + 1)
    result: dict[str, Any] = {"seconds_6000": quick, "seconds_70000": time.perf_counter() - start}
    if mnist is not None:
        trainer = Trainer(ALONE, (images[:50_000], labels[:50_000]), (images[50_000:60_000], labels[50_000:60_000]))
        for _ in trainer.run():
            progress("Training on synthetic digits alone", trainer.epoch / ALONE.epochs)
        result["mnist_test_accuracy"] = trainer.network.evaluate(mnist.test.images, mnist.test.labels)[1]
    return result


def judged(network: Network, pictures: Bytes, labels: NDArray[np.integer]) -> dict[str, Any]:
    """How many digits (n, 784) are read rightly and accepted, and how honest the probabilities are."""
    probabilities = network.predict_proba(pictures)
    matrix = confusion_matrix(labels, probabilities.argmax(axis=1), 10)
    return {
        "examples": len(labels),
        "accuracy": float(np.trace(matrix) / len(labels)),
        "calibration_error": calibration_error(probabilities, labels),
        "accepted": accepted_share(probabilities, pictures),
        "by_digit": [round(share, 4) for share in class_accuracy(matrix)],
    }


def refusal(network: Network, pictures: Bytes) -> float:
    """The share of pictures (n, 784) that are not accepted as digits."""
    return 1.0 - accepted_share(network.predict_proba(pictures), pictures)


def accepted_share(probabilities: NDArray[np.floating], pictures: Bytes) -> float:
    """What `acceptance.accepted` says, for many pictures at once."""
    guard = load_model(guard_path()).model.network()
    enough = pictures.sum(axis=1, dtype=np.int64) >= MIN_INK
    highest = probabilities.max(axis=1)
    likely = highest * digit_likeness(guard, pictures) >= LEAST_LIKE_A_DIGIT
    return float(np.mean(enough & (highest >= LEAST_CERTAIN) & likely))


def read_drawings(path: Path) -> tuple[list[list[NDArray[np.float64]]], NDArray[np.int64]]:
    """The strokes of the drawings in a file, and their labels (n,)."""
    drawings = list(strokes_in(path))
    if not drawings or any(drawing.label not in DIGITS for drawing in drawings):
        raise ValueError(f"{path} holds no drawings, or labels other than 0 to 9")
    return [drawing.strokes for drawing in drawings], np.array([int(drawing.label) for drawing in drawings])


def printed() -> Bytes:
    """Printed letters and signs in the weights of the program's font, as the pad would see them: (n, 784)."""
    pictures = []
    for font in sorted(resource("fonts").glob("*.otf")):
        letters = ImageFont.truetype(str(font), 80)
        for letter in PRINTED:
            page = Image.new("L", (200, 200), 255)
            ImageDraw.Draw(page).text((60, 40), letter, font=letters, fill=0)
            pictures.append(image_to_digit(np.asarray(page)).ravel())
    return np.stack(pictures)


def lines(result: dict[str, Any]) -> list[str]:
    """What a person reads of the figures."""
    text = []
    for name, value in result.items():
        if isinstance(value, dict) and "accuracy" in value:
            digits = "  ".join(f"{digit} {share:.1%}" for digit, share in enumerate(value["by_digit"]))
            text += [
                f"{name}: {value['accuracy']:.2%} of {value['examples']:,} read rightly, "
                f"{value['accepted']:.2%} accepted, "
                f"calibration error {value['calibration_error']:.2%}",
                f"  {digits}",
            ]
        elif isinstance(value, dict):
            text.append(
                f"{name}: " + ", ".join(f"{kind.replace('_', ' ')} {_figure(kind, x)}" for kind, x in value.items())
            )
        else:
            text.append(f"{name}: {value:,}")
    return text


def _figure(name: str, value: float) -> str:
    return f"{value:.2f}" if name.startswith("seconds") else f"{value:.2%}"


# Digits side by side

GAPS = (0.05, 0.4)
"""The room between two digits, in heights."""
SIZES = (0.85, 1.15)
"""The digits of a number are not equally high,"""
RISE = 0.1
"""nor do they stand on one line: in heights, up or down."""
COUNTS = (2, 3, 4)


def measure_grouping(drawings: Sequence[Sequence[ink.Stroke]], numbers: int = 3_000, seed: int = 0) -> dict[str, float]:
    """Set drawings of single digits beside each other, and tell them apart.

    Args:
        drawings: the strokes of each digit, (points, 2), x and y with y downwards.
        numbers: how many numbers to put together.

    Returns:
        `told_apart`, the share of numbers whose strokes all came out with their own digit; `kept_whole`, the share
        of drawings alone that came out as one.
    """
    rng = np.random.default_rng(seed)
    right = 0
    for _ in range(numbers):
        chosen = rng.integers(0, len(drawings), rng.choice(COUNTS))
        right += _told_apart(_beside([drawings[k] for k in chosen], rng))
    whole = sum(len(group(drawing)) == 1 for drawing in drawings)
    return {"told_apart": right / numbers, "kept_whole": whole / len(drawings)}


def _beside(digits: Sequence[Sequence[ink.Stroke]], rng: np.random.Generator) -> list[list[ink.Stroke]]:
    """The strokes of each digit in its place in the number."""
    x = 0.0
    row: list[list[ink.Stroke]] = []
    for digit in digits:
        points = np.concatenate([np.asarray(stroke, np.float64) for stroke in digit])
        low, span = points.min(axis=0), np.ptp(points, axis=0)
        size = rng.uniform(*SIZES) / max(float(span.max()), 1e-9)
        place = np.array([x, (1 - span[1] * size) / 2 + rng.uniform(-RISE, RISE)])
        row.append([(np.asarray(stroke, np.float64) - low) * size + place for stroke in digit])
        x += float(span[0]) * size + rng.uniform(*GAPS)
    return row


def _told_apart(row: list[list[ink.Stroke]]) -> bool:
    found = group([stroke for digit in row for stroke in digit])
    return [[id(stroke) for stroke in digit] for digit in found] == [[id(stroke) for stroke in digit] for digit in row]
