"""Blends of pictures: what is where on the map, and what is read there."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.analysis.blends import CORNERS, SIDE, Corners, blend_at, blend_map, shares_at
from mnist_viz.analysis.subject import NO_NUMBERS, Subject
from mnist_viz.data.progress import UNWATCHED
from mnist_viz.engine.network import Network

Bytes = NDArray[np.uint8]

NAMES = ("a", "b", "c", "d")


@pytest.fixture
def subject() -> Subject:
    network = Network((36, 12, 4), "relu")
    network.parameters[:] = np.random.default_rng(1).normal(0, 0.5, network.parameters.shape)
    return Subject(network, 0, NAMES, (6, 6))


@pytest.fixture
def pictures() -> tuple[Bytes, ...]:
    return tuple(np.random.default_rng(2).integers(0, 256, (3, 6, 6), dtype=np.uint8))


@pytest.mark.parametrize("count", [2, 3])
def test_the_pictures_are_at_their_corners_and_between_them_their_shares_change_evenly(
    pictures: tuple[Bytes, ...], count: int
) -> None:
    np.testing.assert_allclose(shares_at(np.array(CORNERS[count]), count), np.eye(count), atol=1e-12)
    for picture, place in zip(pictures, CORNERS[count], strict=False):
        np.testing.assert_array_equal(blend_at(pictures[:count], place), picture)
    places = np.random.default_rng(4).random((20, 2))
    shares = shares_at(places, count)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_allclose(shares_at((places[:10] + places[10:]) / 2, count), (shares[:10] + shares[10:]) / 2)
    if count == 3:  # the place is the mean of the corners, weighted by the shares
        np.testing.assert_allclose(shares @ np.array(CORNERS[3]), places)


def test_half_way_every_pixel_is_the_mean() -> None:
    dark, light = np.zeros((2, 2), np.uint8), np.full((2, 2), 200, np.uint8)
    assert (blend_at((dark, light), (0.5, 0.5)) == 100).all()
    assert (blend_at((dark, light), (0.0, 0.5)) == 0).all()  # less than no ink is none


@pytest.mark.parametrize("count", [2, 3])
def test_the_map_is_what_the_network_reads_at_each_place(
    subject: Subject, pictures: tuple[Bytes, ...], count: int
) -> None:
    found = blend_map(subject, Corners(pictures[:count]), UNWATCHED)
    assert found is not None
    rows = 1 if count == 2 else SIDE
    assert found.answers.shape == found.certainty.shape == (rows, SIDE)
    for row, column in ((0, 0), (rows // 2, 20), (rows - 1, SIDE - 1)):
        place = ((column + 0.5) / SIDE, (row + 0.5) / rows)
        shares = shares_at(np.array([place]), count)[0]
        blend = sum(share * picture.astype(float) for share, picture in zip(shares, pictures, strict=False)) / 255
        probabilities = subject.network.predict_proba(np.clip(blend, 0, 1).reshape(1, -1))[0]
        assert found.answers[row, column] == probabilities.argmax()
        assert found.certainty[row, column] == pytest.approx(probabilities.max(), rel=1e-4)
        assert found.at(place) == (found.answers[row, column], found.certainty[row, column])


def test_where_there_is_no_map(subject: Subject, pictures: tuple[Bytes, ...]) -> None:
    assert blend_map(subject, Corners(pictures[:1]), UNWATCHED) is None
    assert blend_map(subject, Corners((pictures[0], np.zeros((5, 5), np.uint8))), UNWATCHED) is None
    subject.network.parameters[:] = np.nan
    with pytest.raises(ValueError, match=NO_NUMBERS):
        blend_map(subject, Corners(pictures), UNWATCHED)
