"""A drawing is brought to the shape that a network reads."""

import numpy as np
import pytest

from mnist_viz.data.drawing.normalization import to_shape


def noise(side: int = 28) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (side, side), dtype=np.uint8)


def test_twice_as_large_repeats_every_pixel_and_back_again_is_the_same() -> None:
    picture = noise()
    assert to_shape(picture, (28, 28)) is picture
    larger = to_shape(picture, (56, 56))
    np.testing.assert_array_equal(larger, picture.repeat(2, axis=0).repeat(2, axis=1))
    np.testing.assert_array_equal(to_shape(larger, (28, 28)), picture)


@pytest.mark.parametrize("side", [8, 16, 20, 32, 64])
def test_the_mean_is_kept(side: int) -> None:
    picture = noise()
    assert to_shape(picture, (side, side)).mean() == pytest.approx(picture.mean(), abs=0.5)


def test_all_channels_of_a_colour_picture_are_the_same() -> None:
    picture = to_shape(noise(), (32, 32, 3))
    assert picture.shape == (32, 32, 3)
    for channel in (1, 2):
        np.testing.assert_array_equal(picture[..., channel], picture[..., 0])


@pytest.mark.parametrize("shape", [(20, 40), (40, 20)])
def test_in_an_oblong_shape_it_stands_in_the_middle(shape: tuple[int, int]) -> None:
    picture = to_shape(np.full((28, 28), 200, np.uint8), shape)
    lit = np.argwhere(picture)
    assert lit.min(axis=0).tolist() == [(side - 20) // 2 for side in shape]
    assert lit.max(axis=0).tolist() == [(side + 20) // 2 - 1 for side in shape]
