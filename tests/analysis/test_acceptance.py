"""Whether a reading deserves trust."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.analysis import acceptance
from mnist_viz.analysis.acceptance import (
    DIGITS,
    LEAST_LIKE_A_DIGIT,
    MIN_INK,
    NONE,
    accepted,
    digit_likeness,
    is_number,
)
from mnist_viz.analysis.reading import Reading
from mnist_viz.data.drawing.normalization import render
from mnist_viz.data.synthetic import handwriting, non_digits
from mnist_viz.data.synthetic.templates import NO_DIGIT
from mnist_viz.recording.storage import load_guard


def sure(of: float, winner: int = 4, classes: int = 10) -> Reading:
    probabilities = np.full(classes, (1 - of) / (classes - 1))
    probabilities[winner] = of
    return Reading(probabilities, [], [])


@pytest.fixture
def four() -> NDArray[np.uint8]:
    """A picture of a plain 4."""
    strokes = [[(14, 4), (10, 28), (6, 54), (26, 54), (46, 54), (68, 54)], [(56, 0), (56, 50), (56, 100)]]
    return render([np.array(stroke, float) for stroke in strokes])


@pytest.fixture
def star() -> NDArray[np.uint8]:
    """A star of five rays in one stroke."""
    angles = np.linspace(0, 4 * np.pi, 6)
    return render([np.stack([np.sin(angles), -np.cos(angles)], axis=1)])


def test_a_digit_is_accepted_if_the_network_is_sure_of_it(
    four: NDArray[np.uint8], star: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert accepted(four, sure(0.9), load_guard())
    assert accepted(four, sure(0.51), load_guard())
    assert not accepted(four, sure(0.49), load_guard())
    assert not accepted(star, sure(1.0), load_guard())
    monkeypatch.setattr(acceptance, "_likeness", lambda _guard, _picture: 0.4)  # the less it is like a digit
    assert accepted(four, sure(0.9), load_guard())
    assert not accepted(four, sure(0.6), load_guard())


def test_a_dot_or_nothing_is_no_digit() -> None:
    for ink_left in (0, 255, MIN_INK - 1):
        picture = np.zeros(784, np.uint8)
        full, picture[ink_left // 255] = ink_left // 255, ink_left % 255
        picture[:full] = 255
        assert not accepted(picture.reshape(28, 28), sure(1.0), None)


def test_a_network_with_other_classes_is_only_asked_whether_it_is_sure(
    star: NDArray[np.uint8], four: NDArray[np.uint8]
) -> None:
    names = tuple("ABCDEFGHIJ")
    assert accepted(star, sure(0.9), load_guard(), names)
    assert not accepted(star, sure(0.3), load_guard(), names)
    names = (*DIGITS, NONE)  # it knows itself what is no digit
    assert accepted(four, sure(0.9, classes=11), load_guard(), names)
    assert not accepted(four, sure(0.9, winner=10, classes=11), load_guard(), names)


def test_most_digits_are_like_digits_and_most_other_drawings_are_not() -> None:
    guard = load_guard()
    assert guard is not None
    digits, _ = handwriting.generate(500, 123_456)
    assert np.mean(digit_likeness(guard, digits) >= 0.5) > 0.9
    assert np.mean(digit_likeness(guard, non_digits.generate(500, 123_456)) < 0.5) > 0.9


def test_scribbles_are_refused_and_digits_accepted_however_they_are_written() -> None:
    guard = load_guard()
    assert guard is not None
    for kind in ("loops", "polygons", "zigzags", "blots"):
        rng = np.random.default_rng(123_456)
        pictures = handwriting.drawn(*non_digits.KINDS[kind][0](1000, rng), handwriting.HAND, rng)
        assert np.mean(digit_likeness(guard, pictures) < LEAST_LIKE_A_DIGIT) > 0.87
    pictures, labels = non_digits.generate_with_digits(1000, 123_456)
    assert np.mean(digit_likeness(guard, pictures[labels != NO_DIGIT]) >= LEAST_LIKE_A_DIGIT) > 0.97


def test_the_arms_of_a_k_are_no_one() -> None:
    for gap in (1, 6, 12):
        arms = render([np.array([(60, 0), (gap, 50), (60, 100)], float)])
        assert not accepted(arms, sure(1.0, winner=1), load_guard())


def test_parts_that_touch_are_no_number_if_one_of_them_is_no_digit(four: NDArray[np.uint8]) -> None:
    stem, arms = (render([np.array(points, float)]) for points in ([(0, 0), (0, 100)], [(60, 0), (4, 50), (60, 100)]))
    whole = stem, sure(0.4)
    letter, number = [(stem, sure(1.0, 1)), (arms, sure(1.0, 1))], [(four, sure(1.0)), (stem, sure(1.0, 1))]
    assert not is_number(letter, whole, load_guard(), touching=True)
    assert is_number(letter, whole, load_guard())
    assert is_number(number, whole, load_guard(), touching=True)
