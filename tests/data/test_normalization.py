"""Each step of the normalization can be seen and left out; with all of them the picture is the network's own."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist_viz.data.drawing.ink import PEN, as_paths, pen_downs, render_many
from mnist_viz.data.drawing.normalization import ALL, Normalization, Steps, normalize, render

Drawing = Sequence[NDArray[np.floating]]

SEVEN = [np.array([(0.2, 0.2), (0.5, 0.2), (0.35, 0.8)]), np.array([(0.25, 0.5), (0.45, 0.5)])]
ONE = [np.array([(0.7, 0.1), (0.7, 0.9)])]
DOT = [np.array([(0.3, 0.6)])]
EVERY = [Steps(*switches) for switches in product((True, False), repeat=4)]

coordinates = st.floats(0, 1, width=32)
drawings = st.lists(
    st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=12).map(np.array), min_size=1, max_size=4
)


def taken(drawing: Drawing, steps: Steps = ALL) -> Normalization:
    result = normalize(drawing, steps)
    assert result is not None
    return result


def extent(picture: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """First and last row, first and last column with ink."""
    rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
    return int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])


@given(drawings, st.floats(0.5, 6))
def test_with_all_steps_the_picture_is_that_of_many_digits_drawn_at_once_bit_for_bit(
    drawing: Drawing, pen: float
) -> None:
    paths = as_paths(drawing)
    points = np.concatenate(paths)
    (picture,) = render_many(points, pen_downs(paths), np.array([len(points)]), pen)
    np.testing.assert_array_equal(render(drawing, pen), picture)


# Neither side of a drawing is so short, or so like the other, that rounding decides which one fills the box.
shapes = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 16)), min_size=1, max_size=8).map(
    lambda points: [np.array([(0, 0), *points, (8, 16)]) / 16]
)


@given(shapes, st.floats(0.01, 1), st.floats(-3, 3), st.floats(-3, 3))
def test_moving_and_resizing_change_nothing_to_rounding(drawing: Drawing, size: float, x: float, y: float) -> None:
    moved = [stroke * size + (x, y) for stroke in drawing]
    assert np.abs(taken(moved).picture.astype(int) - taken(drawing).picture).max() <= 1


def test_without_fitting_size_and_place_are_those_on_the_pad_unless_the_mass_is_centred() -> None:
    steps = Steps(fit=False, centre=False)
    result = taken(ONE, steps)
    assert result.scale == (1, 1)
    # The pen reaches half its width beyond the line from 2.8 to 25.2, at 19.6.
    assert extent(result.picture) == (1, 26, 18, 20)
    larger = [stroke * 0.5 for stroke in ONE]
    assert extent(taken(larger, steps).picture) == (0, 13, 8, 10)
    result = taken(DOT, Steps(fit=False))
    assert result.moved == (6, -2)  # from 8.4 and 16.8 to the middle pixel
    rows = extent(result.picture)
    assert rows == (13, 15, 13, 15)


@given(drawings, st.sampled_from(EVERY))
def test_no_step_loses_ink_and_each_gives_a_picture(drawing: Drawing, steps: Steps) -> None:
    result = taken(drawing, steps)
    assert result.picture.shape == (28, 28)
    assert result.picture.sum() == result.drawn.sum() > 0


def test_centring_moves_the_mass_into_the_middle_pixel_and_without_it_the_box_stays_there() -> None:
    result = taken(SEVEN)
    assert result.moved != (0, 0)
    after = np.add(result.mass, result.moved)
    assert ((after >= 14) & (after <= 15)).all()
    result = taken(SEVEN, Steps(centre=False))
    assert result.moved == (0, 0)
    np.testing.assert_array_equal(result.picture, result.drawn)
    first, last, left, right = extent(result.picture)
    assert (first, last) == (4, 23)
    assert abs(left + right - 28) <= 1


def test_without_its_aspect_a_drawing_fills_the_box_both_ways() -> None:
    steps = Steps(aspect=False, centre=False)
    assert extent(taken(SEVEN, steps).picture) == (4, 23, 4, 23)
    across, down = taken(SEVEN, steps).scale
    assert across == pytest.approx(2 * down)
    across, down = taken(SEVEN).scale
    assert across == down == pytest.approx((20 - PEN) / (0.6 * 28))


def test_without_the_pen_a_line_is_a_pixel_wide_black_and_has_no_holes() -> None:
    picture = taken(ONE, Steps(pen=False)).picture
    assert set(np.unique(picture)) == {0, 255}
    assert (picture > 0).sum() == 20
    assert extent(picture)[2:] == (14, 14)
    picture = taken([np.array([(0, 0), (1, 1)])], Steps(pen=False)).picture
    first, last, _, _ = extent(picture)
    assert (picture[first : last + 1] > 0).any(axis=1).all()


@pytest.mark.parametrize("steps", EVERY)
def test_dots_lines_and_thousands_of_points_go_through_every_step_and_an_empty_pad_gives_nothing(steps: Steps) -> None:
    scribble = np.random.default_rng(0).random((5_000, 2))
    for drawing in (DOT, ONE, [np.array([(0.1, 0.4), (0.9, 0.4)])], [scribble], [*DOT, *SEVEN]):
        assert taken(drawing, steps).picture.any()
    assert normalize([], steps) is None
    assert normalize([np.empty((0, 2))], steps) is None


def test_what_lies_outside_the_pad_is_drawn_on_its_edge() -> None:
    picture = taken([np.array([(2.0, 0.5)])], Steps(fit=False, centre=False)).picture
    assert extent(picture)[3] == 27


def test_the_paths_of_each_step_are_those_of_the_strokes() -> None:
    result = taken(SEVEN)
    assert [len(path) for path in result.on_pad] == [len(path) for path in result.fitted] == [3, 2]
    np.testing.assert_allclose(result.bounds, [0.2 * 28, 0.2 * 28, 0.5 * 28, 0.8 * 28])
    points = np.concatenate(result.fitted)
    np.testing.assert_allclose(points[:, 1].min(), 4 + PEN / 2)
    np.testing.assert_allclose(points[:, 1].max(), 24 - PEN / 2)
