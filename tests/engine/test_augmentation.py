"""Augmentation moves, turns, bends and thickens digits, and leaves everything else about them alone."""

import math
import tracemalloc
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist_viz.engine import augmentation as module
from mnist_viz.engine.augmentation import AUGMENTATIONS, Augmentation, Augmenter

SIDE = 28

ALL = Augmentation(shift=2.0, rotation=15.0, scale=0.15, shear=0.2, elastic=1.0, thickness=1.0)


class Draws:
    """Chance that is told beforehand: every digit draws the given six amounts, as shares of the strengths."""

    def __init__(self, **amounts: float) -> None:
        names = ("right", "down", "rotation", "scale", "shear", "thickness")
        self.amounts = np.array([amounts.pop(name, 0.0) for name in names])
        assert not amounts

    def random(self, out: NDArray[np.float64]) -> None:
        out[:] = (self.amounts + 1.0) / 2.0


def vary(images: NDArray[np.uint8], strengths: Augmentation, rng: Any = 0, batch: int | None = None) -> Any:
    """Vary (n, 28, 28) pictures; (n, 28, 28) float32."""
    flat = images.reshape(len(images), SIDE * SIDE)
    out = np.full(flat.shape, np.nan, np.float32)
    chance = np.random.default_rng(rng) if isinstance(rng, int) else rng
    Augmenter(batch or len(images)).augment(flat, strengths, chance, out)
    return out.reshape(images.shape)


def noise(count: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, SIDE, SIDE), dtype=np.uint8)


def blob(row: float, column: float, height: float = 2.5, width: float = 2.5) -> NDArray[np.uint8]:
    """One picture, (1, 28, 28), of a soft spot."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    soft = np.exp(-0.5 * (((rows - row) / height) ** 2 + ((columns - column) / width) ** 2))
    picture: NDArray[np.uint8] = np.rint(255 * soft).astype(np.uint8)
    return picture[None]


def centre_of_mass(picture: NDArray[np.floating]) -> tuple[float, float]:
    """Row and column."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return float((picture * rows).sum() / picture.sum()), float((picture * columns).sum() / picture.sum())


def spread(picture: NDArray[np.floating]) -> NDArray[np.floating]:
    """The covariance of the rows and columns of the ink, (2, 2)."""
    places = np.mgrid[:SIDE, :SIDE].reshape(2, -1)
    return np.cov(places, aweights=picture.reshape(-1).astype(float), bias=True)


def scaled(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.multiply(images, np.float32(1.0 / 255.0))


# The strengths


def test_nothing_is_varied_unless_a_strength_says_so_and_the_named_ones_grow() -> None:
    assert not Augmentation().active
    for one in fields(Augmentation):
        assert Augmentation(**{one.name: 0.01}).active
    assert list(AUGMENTATIONS) == ["none", "light", "standard"]
    assert not any(known.problems() for known in AUGMENTATIONS.values())
    none, light, standard = AUGMENTATIONS.values()
    for one in fields(Augmentation):
        assert getattr(none, one.name) == 0 < getattr(light, one.name) < getattr(standard, one.name)


def test_an_impossible_strength_is_named_in_one_sentence() -> None:
    impossible = {
        "shift": (8.5, "The shift must be 0 to 8 pixels, not 8.5."),
        "rotation": (200.0, "The rotation must be 0 to 180 degrees, not 200."),
        "scale": (1.0, "The scale must be 0 or more and below 1, not 1."),
        "shear": (-0.1, "The shear must be 0 to 1, not -0.1."),
        "elastic": (math.nan, "The elastic distortion must be 0 to 4 pixels, not nan."),
        "thickness": (math.inf, "The thickness must be 0 to 2 pixels, not inf."),
    }
    all_of_them = Augmentation(**{name: value for name, (value, _) in impossible.items()})
    assert all_of_them.problems() == [problem for _, problem in impossible.values()]
    with pytest.raises(ValueError, match=r"The shift must be 0 to 8 pixels, not 8\.5\."):
        vary(noise(1), Augmentation(shift=8.5))
    assert Augmentation(8.0, 180.0, 0.999, 1.0, 4.0, 2.0).problems() == []


# What stays


@pytest.mark.parametrize("strengths", [Augmentation(), ALL], ids=["no strength", "no amount drawn"])
def test_without_variation_a_digit_is_itself_to_the_bit(strengths: Augmentation) -> None:
    images = noise(5)
    rng = 0 if not strengths.active else Draws()
    np.testing.assert_array_equal(vary(images, replace(strengths, elastic=0.0), rng), scaled(images))


def test_background_stays_background_and_comes_from_beyond_the_picture() -> None:
    assert not vary(np.zeros((9, SIDE, SIDE), np.uint8), ALL).any()
    full = np.full((1, SIDE, SIDE), 255, np.uint8)
    moved = vary(full, Augmentation(shift=8.0), Draws(right=1.0, down=-1.0))[0]
    assert (moved[:20, 8:] == 1.0).all()
    assert not moved[20:].any()
    assert not moved[:, :8].any()


@pytest.mark.parametrize("name", [one.name for one in fields(Augmentation)])
def test_the_same_chance_gives_the_same_bits(name: str) -> None:
    images = noise(150)
    strengths = Augmentation(**{name: getattr(ALL, name)})
    first = vary(images, strengths, 5)
    np.testing.assert_array_equal(first, vary(images, strengths, 5, batch=1000))
    assert (first != vary(images, strengths, 6)).any()


def test_what_was_varied_before_does_not_matter() -> None:
    augmenter = Augmenter(200)
    images = noise(200).reshape(200, -1)
    out = np.empty((2, 200, SIDE * SIDE), np.float32)
    augmenter.augment(images, ALL, np.random.default_rng(0), out[0])
    for count in (200, 70, 3):
        augmenter.augment(images[:count], ALL, np.random.default_rng(1), out[0, :count])
        Augmenter(200).augment(images[:count], ALL, np.random.default_rng(1), out[1, :count])
        np.testing.assert_array_equal(out[0, :count], out[1, :count])


def test_digits_of_one_batch_are_varied_each_in_its_own_way_and_do_not_run_into_each_other() -> None:
    images = noise(3)
    images[1] = 0
    strengths = Augmentation(8.0, 180.0, 0.9, 1.0, 4.0, 2.0)
    assert not vary(images, strengths, 2)[1].any()
    images = np.repeat(noise(1), 140, axis=0)
    assert len(np.unique(vary(images, ALL).reshape(140, -1), axis=0)) == 140


# What changes


@pytest.mark.parametrize(("right", "down"), [(1, 0), (0, 1), (-3, 2), (4, -4)])
def test_a_shift_by_whole_pixels_moves_every_pixel_exactly(right: int, down: int) -> None:
    images = noise(2)
    images[:, :4] = images[:, -4:] = images[:, :, :4] = images[:, :, -4:] = 0
    moved = vary(images, Augmentation(shift=4.0), Draws(right=right / 4, down=down / 4))
    np.testing.assert_array_equal(moved, scaled(np.roll(images, (down, right), axis=(1, 2))))


def test_a_shift_by_half_a_pixel_is_the_mean_of_two_and_a_quarter_turn_is_exact() -> None:
    image = blob(13, 14)
    moved = vary(image, Augmentation(shift=1.0), Draws(right=0.5))
    np.testing.assert_allclose(moved, scaled(image + np.roll(image, 1, axis=2) * 1.0) / 2, atol=1e-6)
    images = noise(2)
    turned = vary(images, Augmentation(rotation=90.0), Draws(rotation=1.0))
    np.testing.assert_allclose(turned, scaled(np.rot90(images, -1, axes=(1, 2))), atol=1e-4)


@pytest.mark.parametrize("share", [-1.0, -0.4, 0.7, 1.0])
def test_a_rotation_leaves_the_centre_where_it_is_and_turns_clockwise(share: float) -> None:
    image = blob(13.5, 13.5, height=1.5, width=4.0)
    turned = vary(image, Augmentation(rotation=40.0), Draws(rotation=share))[0]
    assert centre_of_mass(turned) == pytest.approx((13.5, 13.5), abs=0.02)
    covariance = spread(turned)
    angle = 0.5 * math.atan2(2 * covariance[0, 1], covariance[1, 1] - covariance[0, 0])
    assert math.degrees(angle) == pytest.approx(40.0 * share, abs=0.5)


@pytest.mark.parametrize("share", [-1.0, 0.5, 1.0])
def test_scale_multiplies_the_size(share: float) -> None:
    image = blob(13.5, 13.5)
    sized = vary(image, Augmentation(scale=0.3), Draws(scale=share))[0]
    assert centre_of_mass(sized) == pytest.approx((13.5, 13.5), abs=0.01)
    ratio = np.sqrt(np.diag(spread(sized)) / np.diag(spread(image[0])))
    np.testing.assert_allclose(ratio, 1 + 0.3 * share, rtol=0.02)


def test_shear_moves_rows_sideways_by_their_distance_from_the_centre() -> None:
    image = blob(19.5, 13.5)
    row, column = centre_of_mass(vary(image, Augmentation(shear=0.5), Draws(shear=1.0))[0])
    assert row == pytest.approx(19.5, abs=0.01)
    assert column == pytest.approx(13.5 + 0.5 * 6, abs=0.01)


def test_all_together_a_digit_is_sheared_turned_scaled_and_then_shifted() -> None:
    angle, size, shear, right, down = math.radians(30.0), 1.2, 0.4, 2.0, -1.0
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    expected = size * turn @ [[1.0, shear], [0.0, 1.0]] @ [3.0, -4.0] + [right, down]
    strengths = Augmentation(shift=2.0, rotation=30.0, scale=0.2, shear=0.4)
    draws = Draws(right=1.0, down=-0.5, rotation=1.0, scale=1.0, shear=1.0)
    row, column = centre_of_mass(vary(blob(13.5 - 4.0, 13.5 + 3.0, 1.5, 1.5), strengths, draws)[0])
    assert (column - 13.5, row - 13.5) == pytest.approx(tuple(expected), abs=0.03)


def test_thickness_draws_strokes_wider_and_narrower_by_that_many_pixels() -> None:
    image = np.zeros((1, SIDE, SIDE), np.uint8)
    image[0, :, 11:16] = 255
    for share in (-1.0, -0.25, 0.3, 1.0):
        drawn = vary(image, Augmentation(thickness=2.0), Draws(thickness=share))[0, 14]
        assert drawn.sum() == pytest.approx(5 + 2 * share, abs=1e-5)
        assert drawn[13] == 1.0


def test_the_thinnest_stroke_does_not_vanish_and_the_narrowest_loop_does_not_close() -> None:
    lines = np.zeros((2, SIDE, SIDE), np.uint8)
    lines[:, 5:20, 14] = 255
    lines[1] = 255 - lines[1]
    most = Augmentation(thickness=2.0)
    assert (vary(lines[:1], most, Draws(thickness=-1.0))[0, 6:19, 14] == 1.0).all()
    assert not vary(lines[1:], most, Draws(thickness=1.0))[0, 6:19, 14].any()


def test_elastic_displacements_have_the_length_asked_for() -> None:
    """A slope tells by its values how far each pixel has come from."""
    slope = np.repeat(np.arange(0, 252, 9, dtype=np.uint8)[None, None], SIDE, axis=1)
    images = np.repeat(slope, 2000, axis=0)
    moved = (vary(images, Augmentation(elastic=1.5)) - scaled(images)) * 255 / 9
    inner = moved[:, 7:-7, 7:-7]
    assert np.sqrt(2 * np.mean(inner**2)) == pytest.approx(1.5, rel=0.05)
    assert abs(np.mean(inner)) < 0.05


def test_elastic_displacements_are_noise_smoothed_by_the_gaussian() -> None:
    """Their correlation is that of white noise after the Gaussian, which is one of sqrt(2) times its width."""
    bumps = module._basis((SIDE, SIDE))[3:].astype(float)
    places = np.mgrid[:SIDE, :SIDE].reshape(2, -1)
    apart = ((places[:, :, None] - places[:, None, :]) ** 2).sum(axis=0)
    np.testing.assert_allclose(bumps.T @ bumps, np.exp(-apart / (4 * module.SMOOTHING**2)), atol=0.03)


@given(
    shift=st.floats(0, 8),
    rotation=st.floats(0, 180),
    scale=st.floats(0, 1, exclude_max=True),
    shear=st.floats(0, 1),
    elastic=st.floats(0, 4),
    thickness=st.floats(0, 2),
    count=st.integers(0, 140),
    room=st.integers(0, 20),
    seed=st.integers(0, 99),
)
def test_values_stay_within_0_and_1(count: int, room: int, seed: int, **strengths: float) -> None:
    given_strengths = Augmentation(**strengths)
    assert given_strengths.problems() == []
    with np.errstate(all="raise", under="ignore"):
        varied = vary(noise(count, seed), given_strengths, seed, batch=count + room or 1)
    assert ((varied >= 0.0) & (varied <= 1.0)).all()


def test_the_most_extreme_amounts_of_all_stay_within_0_and_1() -> None:
    most = Augmentation(8.0, 180.0, float(np.nextafter(1.0, 0.0)), 1.0, 0.0, 2.0)
    for sign in (-1.0, 1.0):
        draws = Draws(**dict.fromkeys(("right", "down", "rotation", "scale", "shear", "thickness"), sign))
        with np.errstate(all="raise", under="ignore"):
            varied = vary(noise(4), most, draws)
        assert ((varied >= 0.0) & (varied <= 1.0)).all()


# How it is called


def test_shapes_that_do_not_fit_and_a_batch_of_nothing_are_refused() -> None:
    for images, out, message in (
        ((3, 100), (3, 100), "28 x 28"),
        ((3, 784), (2, 784), "do not fit"),
        ((5, 784), (5, 784), "batch of 4"),
    ):
        with pytest.raises(ValueError, match=message):
            Augmenter(4).augment(np.zeros(images, np.uint8), ALL, np.random.default_rng(0), np.empty(out, np.float32))
    with pytest.raises(ValueError, match="1 or more"):
        Augmenter(0)


def test_a_call_takes_next_to_no_memory() -> None:
    augmenter, rng = Augmenter(128), np.random.default_rng(0)
    images, out = noise(128).reshape(128, -1), np.empty((128, SIDE * SIDE), np.float32)
    augmenter.augment(images, ALL, rng, out)
    tracemalloc.start()
    try:
        for _ in range(3):
            augmenter.augment(images, ALL, rng, out)
        left, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # NumPy converts number types in pieces of 32 KiB or so; the batch itself is twelve times as large.
    assert peak < out.nbytes / 2
    assert left < 4096


# Pictures of other shapes


def vary_shaped(images: NDArray[np.uint8], strengths: Augmentation, rng: Any = 0) -> NDArray[np.float32]:
    """Vary (n, *shape) pictures of any shape."""
    flat = images.reshape(len(images), -1)
    out = np.full(flat.shape, np.nan, np.float32)
    chance = np.random.default_rng(rng) if isinstance(rng, int) else rng
    Augmenter(len(images), images.shape[1:]).augment(flat, strengths, chance, out)
    return out.reshape(images.shape)


@pytest.mark.parametrize("shape", [(8, 8), (16, 16), (20, 33), (64, 64), (32, 32, 3), (1, 40)])
def test_pictures_of_every_shape_are_varied(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(3).integers(0, 256, (70, *shape), dtype=np.uint8)
    varied = vary_shaped(images, ALL)
    assert np.isfinite(varied).all()
    assert varied.min() >= 0.0
    assert varied.max() <= 1.0
    assert not np.allclose(varied, scaled(images), atol=0.1)


@pytest.mark.parametrize("shape", [(20, 33), (64, 64), (32, 32, 3)])
def test_a_shift_moves_a_picture_of_any_shape_by_whole_pixels(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(3).integers(0, 256, (2, *shape), dtype=np.uint8)
    moved = vary_shaped(images, Augmentation(shift=2.0), Draws(right=1.0, down=-0.5))
    np.testing.assert_allclose(moved[:, :-1, 2:], scaled(images)[:, 1:, :-2], atol=1e-5)
    assert not moved[:, :, :2].any()
    assert not moved[:, -1].any()


@pytest.mark.parametrize("strengths", [ALL, Augmentation(thickness=1.0), Augmentation(elastic=2.0)])
def test_the_channels_of_a_colour_picture_are_moved_alike(strengths: Augmentation) -> None:
    grey = np.random.default_rng(3).integers(0, 256, (70, 32, 32), dtype=np.uint8)
    colour = vary_shaped(np.repeat(grey[..., None], 3, axis=3), strengths)
    for channel in range(3):
        np.testing.assert_array_equal(colour[..., channel], vary_shaped(grey, strengths))
