"""The built-in digits are balanced, repeatable, and enough like real ones to learn from."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.data.drawing import ink
from mnist_viz.data.published.idx import read
from mnist_viz.data.synthetic.handwriting import generate
from mnist_viz.data.synthetic.templates import TEMPLATES, Template, curves


@pytest.fixture(scope="module")
def digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    return generate(3_000, seed=5)


def test_digits_come_as_mnist_does_balanced_shuffled_and_no_two_alike(
    digits: tuple[NDArray[np.uint8], NDArray[np.uint8]],
) -> None:
    images, labels = digits
    assert images.shape == (3_000, 784)
    assert images.dtype == labels.dtype == np.uint8
    assert labels.shape == (3_000,)
    assert images.max(axis=1).min() > 200
    assert np.bincount(labels).tolist() == [300] * 10
    assert len({tuple(ten) for ten in labels.reshape(-1, 10)}) > 290
    assert len(np.unique(digits[0], axis=0)) == 3_000


def test_the_same_seed_gives_the_same_bits_of_which_a_smaller_set_is_the_beginning(
    digits: tuple[NDArray[np.uint8], NDArray[np.uint8]],
) -> None:
    for count in (0, 1, 1_001):
        for part, whole in zip(generate(count, seed=5), digits, strict=True):
            np.testing.assert_array_equal(part, whole[:count])
    assert (generate(300, seed=6)[0] != digits[0][:300]).any(axis=1).all()
    for count, seed in ((-1, 0), (10, -1)):
        with pytest.raises(ValueError, match="0 or more"):
            generate(count, seed)


def test_each_digit_is_written_in_several_ways() -> None:
    for digit in range(10):
        ways = [template.name for template in TEMPLATES if template.digit == digit]
        assert len(ways) == len(set(ways)) >= 6


def test_a_template_is_drawn_through_its_points() -> None:
    shapes = curves(TEMPLATES)
    for i, template in enumerate(TEMPLATES):
        given = np.array([point[:2] for stroke in template.strokes() for point in stroke])
        drawn = (shapes.curve[i] @ shapes.controls[i])[: shapes.sizes[i]]
        drawn = drawn * 50 + (given.min(axis=0) + given.max(axis=0)) / 2
        nearest = np.abs(drawn[:, None] - given).sum(axis=2).min(axis=0)
        assert nearest.max() < 1e-9, template


def test_a_corner_stays_sharp_and_all_else_is_smooth() -> None:
    sharp, smooth = (curves((Template(7, "", 1, path),)) for path in ("0,0 50,0! 50,100", "0,0 50,0 50,100"))
    for shapes, turns in ((sharp, True), (smooth, False)):
        way = np.diff(shapes.curve[0] @ shapes.controls[0], axis=0)
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        assert bool((way[1:] * way[:-1]).sum(axis=1).min() < 0.2) is turns


def test_a_neighbour_among_them_reads_real_digits(mnist_dir: Path) -> None:
    """Nearest neighbour: the plainest reader there is, so what it reads shows the digits' worth."""
    raw = mnist_dir / "MNIST" / "raw"
    real = read(raw / "train-images-idx3-ubyte")[:1_000].reshape(-1, 784) / np.float32(255)
    truth = read(raw / "train-labels-idx1-ubyte")[:1_000]
    images, labels = generate(10_000, seed=0)
    made = images / np.float32(255)
    distance = (made * made).sum(axis=1) - 2 * (real @ made.T)
    assert (labels[distance.argmin(axis=1)] == truth).mean() > 0.85


def test_digits_are_as_thick_as_mnist_digits(
    mnist_dir: Path, digits: tuple[NDArray[np.uint8], NDArray[np.uint8]]
) -> None:
    raw = mnist_dir / "MNIST" / "raw"
    real = read(raw / "train-images-idx3-ubyte")[:3_000].reshape(-1, ink.SIDE, ink.SIDE)
    made = digits[0].reshape(-1, ink.SIDE, ink.SIDE)
    for quantile in (0.1, 0.5, 0.9):
        assert np.quantile(_thickness(made), quantile) == pytest.approx(
            np.quantile(_thickness(real), quantile), rel=0.12
        )


def _thickness(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Twice the area of the ink over the length of its outline: about the width of its lines, in pixels."""
    share = pictures / 255
    outline = np.hypot(*np.gradient(np.pad(share, ((0, 0), (1, 1), (1, 1))), axis=(1, 2))).sum(axis=(1, 2))
    thickness: NDArray[np.float64] = 2 * share.sum(axis=(1, 2)) / outline
    return thickness
