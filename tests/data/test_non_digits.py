"""What is drawn and is no digit."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.data.synthetic import handwriting, non_digits
from mnist_viz.data.synthetic.templates import NO_DIGIT


def test_the_same_seed_gives_the_same_drawings_and_a_larger_set_begins_with_a_smaller_one() -> None:
    few, many = non_digits.generate(30, 7), non_digits.generate(1100, 7)
    np.testing.assert_array_equal(few, many[:30])
    assert (few != non_digits.generate(30, 8)).any()


@pytest.mark.parametrize("kind", non_digits.KINDS)
def test_every_drawing_of_every_kind_has_ink_inside_the_picture(kind: str) -> None:
    make, share = non_digits.KINDS[kind]
    points, starts, sizes = make(40, np.random.default_rng(0))
    assert share > 0
    assert len(sizes) == 40
    assert sizes.sum() == len(points) == len(starts)
    pictures = handwriting.drawn(points, starts, sizes, handwriting.HAND, np.random.default_rng(0))
    assert pictures.shape == (40, 28, 28)
    assert (pictures.reshape(40, -1).max(axis=1) > 200).all()


def test_beside_digits_most_are_none() -> None:
    images, labels = non_digits.generate_with_digits(3000, 1)
    assert images.shape == (3000, 784)
    counts = np.bincount(labels, minlength=11)
    assert counts[NO_DIGIT] / 3000 == pytest.approx(1 - non_digits.DIGITS_SHARE, abs=0.05)
    assert counts[:10].min() > 50


def test_a_number_is_fitted_into_the_box_by_its_width() -> None:
    def height(pictures: NDArray[np.uint8]) -> float:
        return float((pictures.reshape(-1, 28, 28) > 0).any(axis=2).sum(axis=1).mean())

    rng = np.random.default_rng(3)
    numbers = handwriting.drawn(*non_digits.numbers(60, rng), handwriting.HAND, rng)
    assert height(numbers) < 0.85 * height(handwriting.generate(60, 3)[0])


@pytest.mark.parametrize(("count", "seed"), [(-1, 0), (1, -1)])
def test_negative_numbers_are_refused(count: int, seed: int) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        non_digits.generate(count, seed)
