"""Answers to pictures, as an examination finds them."""

import numpy as np
from numpy.typing import ArrayLike

from mnist_viz.analysis.evaluation import Examination, Probe
from mnist_viz.engine.metrics import confusion_matrix

DIGITS = tuple("0123456789")


def probe_of(
    labels: ArrayLike, names: tuple[str, ...] = DIGITS, noun: str = "digits", shape: tuple[int, ...] = (28, 28)
) -> Probe:
    """Random pictures with these labels."""
    numbers = np.asarray(labels, np.uint8)
    images = np.random.default_rng(0).integers(0, 256, (len(numbers), int(np.prod(shape))), dtype=np.uint8)
    return Probe(images, numbers, names, shape, "MNIST", noun)


def examined(probe: Probe, predicted: ArrayLike, confidence: ArrayLike) -> Examination:
    """The answers `predicted` to the pictures of a probe."""
    answers = np.asarray(predicted, np.uint8)
    confusion = confusion_matrix(probe.labels, answers, len(probe.class_names))
    return Examination(confusion, answers, 0.1, answers == probe.labels, np.asarray(confidence, np.float32))
