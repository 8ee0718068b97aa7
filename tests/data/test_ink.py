"""The drawing pad's picture is made as MNIST made its own, wherever and however large one draws."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.data.drawing.ink import PEN, render_many
from mnist_viz.data.drawing.normalization import render

Strokes = Sequence[NDArray[np.float64]]


def line(*points: tuple[float, float]) -> NDArray[np.float64]:
    return np.array(points, np.float64)


def curve(width: float = 60, height: float = 100, points: int = 80) -> NDArray[np.float64]:
    """A lopsided open loop, which no symmetry hides errors in."""
    t = np.linspace(0.3, 6.0, points)
    x, y = width * (np.cos(t) + 0.2 * np.sin(2 * t)), height * (np.sin(t) - 0.1 * t)
    return line(*zip(x, y, strict=True))


SEVEN = [line((3, 8), (64, 4), (25, 100)), line((15, 52), (65, 47))]
DRAWINGS: dict[str, Strokes] = {
    "a crossed seven": SEVEN,
    "a loop": [curve()],
    "a flat wave": [curve(200, 20)],
    "an upright line": [line((5, 0), (5, 90))],
    "a level line": [line((0, 7), (50, 7))],
    "a ring and a dot": [curve(), line((20, 130))],
}


def extent(picture: NDArray[np.uint8]) -> tuple[int, int]:
    """Rows and columns from the first to the last that holds ink."""
    rows, columns = np.nonzero(picture)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def centre_of_mass(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    rows, columns = np.indices(picture.shape)
    centre: NDArray[np.float64] = np.array([(picture * rows).sum(), (picture * columns).sum()]) / picture.sum()
    return centre


def supersampled(strokes: Strokes, pen: float, fine: int = 20) -> NDArray[np.float64]:
    """The same picture without any shortcut: many points a pixel, each inside the pen's track or not, (20, 20).

    The box is not placed in the picture. What is narrower than the box lies on the middle of a pixel.
    """
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (20 - pen) / (high - low).max()
    place = 10 + np.minimum(10 - pen / 2 - (high - low) / 2 * scale, 0.5)
    middles = (np.arange(20 * fine) + 0.5) / fine
    x, y = np.meshgrid(middles, middles)
    inside = np.zeros(x.shape, np.bool_)
    for stroke in strokes:
        path = (stroke - (low + high) / 2) * scale + place
        for (ax, ay), (bx, by) in zip(path, path[1:] if len(path) > 1 else path, strict=False):
            along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / max((bx - ax) ** 2 + (by - ay) ** 2, 1e-12)
            along = along.clip(0, 1)
            inside |= (x - ax - along * (bx - ax)) ** 2 + (y - ay - along * (by - ay)) ** 2 <= (pen / 2) ** 2
    share: NDArray[np.float64] = inside.reshape(20, fine, 20, fine).mean(axis=(1, 3))
    return share


def boxed(picture: NDArray[np.uint8], like: NDArray[np.float64]) -> NDArray[np.float64]:
    """The 20x20 part of a picture that is most like another: undoes the centring."""
    parts = [picture[y : y + 20, x : x + 20] / 255 for y in range(9) for x in range(9)]
    return min(parts, key=lambda part: float(np.abs(part - like).sum()))


def test_an_empty_pad_is_an_empty_picture() -> None:
    for nothing in ([], [np.empty((0, 2))]):
        picture = render(nothing)
        assert picture.shape == (28, 28)
        assert picture.dtype == np.uint8
        assert not picture.any()


@pytest.mark.parametrize("name", DRAWINGS)
def test_the_longer_side_fills_twenty_pixels_and_the_centre_of_mass_lies_in_the_middle(name: str) -> None:
    picture = render(DRAWINGS[name])
    assert max(extent(picture)) == 20
    assert abs(centre_of_mass(picture) - 14).max() <= 0.51


def test_the_aspect_is_kept() -> None:
    ring = line(*((2 * np.cos(t), np.sin(t)) for t in np.linspace(0, 2 * np.pi, 60)))
    # The path is 20 less the pen wide and half as high; half pixels show at both edges.
    rows, columns = extent(render([ring], pen=2.0))
    assert columns == 20
    assert rows == pytest.approx(9 + 2, abs=1)


def test_a_lopsided_drawing_is_not_pushed_over_the_edge() -> None:
    bar = [line((x, -50), (x, 50)) for x in np.linspace(0, 10, 8)]
    picture = render([line((0, 0), (100, 0)), *bar])
    assert extent(picture)[1] == 20
    assert picture[:, 27].any()


@pytest.mark.parametrize("name", DRAWINGS)
def test_moving_and_resizing_change_nothing(name: str) -> None:
    for size, x, y in ((1, 300, -70), (0.01, 0, 0), (7.3, 1e4, 1e3), (1e6, 0.1, 0.2), (1.6e305, 0, 0)):
        moved = [stroke * size + (x, y) for stroke in DRAWINGS[name]]
        assert abs(render(moved).astype(int) - render(DRAWINGS[name])).max() <= 1


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("pen", [1.0, PEN, 4.0])
def test_a_pixel_is_as_grey_as_its_share_of_ink(name: str, pen: float) -> None:
    exact = supersampled(DRAWINGS[name], pen)
    drawn = boxed(render(DRAWINGS[name], pen), exact)
    assert abs(drawn - exact).max() < 0.25
    assert abs(drawn - exact)[exact > 0].mean() < 0.02
    assert drawn.sum() == pytest.approx(exact.sum(), rel=0.02)


def test_a_point_is_a_round_dot_of_the_pen_also_where_it_is_repeated() -> None:
    dot = render([line((310, -4))], pen=4.0)
    assert (dot / 255).sum() == pytest.approx(np.pi * 4, rel=0.02)
    assert extent(dot) == (5, 5)
    np.testing.assert_array_equal(dot, dot.T)
    np.testing.assert_array_equal(render([line((3, 3), (3, 3), (3, 3))]), render([line((3, 3))]))


def test_strokes_are_not_joined() -> None:
    apart = render([line((0, 0), (0, 100)), line((60, 0), (60, 100))])
    assert not apart[14, 13:16].any()
    assert render([line((0, 0), (0, 100), (60, 0), (60, 100))])[14, 13:16].any()


def test_thousands_of_points_draw_the_line_that_few_do() -> None:
    few, many = line((0, 0), (10, 50), (30, 0)), np.empty((9_001, 2))
    for axis in range(2):
        many[:, axis] = np.interp(np.linspace(0, 2, 9_001), [0, 1, 2], few[:, axis])
    assert abs(render([many]).astype(int) - render([few])).max() <= 16
    scribble = np.random.default_rng(0).random((20_000, 2))
    assert (render([scribble]) > 200).sum() > 300


def test_what_cannot_be_drawn_is_refused() -> None:
    for bad in (np.nan, np.inf, -np.inf):
        with pytest.raises(ValueError, match="not finite"):
            render([line((0, 0), (bad, 1))])
        with pytest.raises(ValueError, match="not finite"):
            render_many(line((0, 0), (bad, 1)), np.array([True, False]), np.array([2]))
    for nothing in (np.zeros((4, 3)), np.array([["a", "b"]])):
        with pytest.raises(ValueError, match=r"list of points \[x, y\]"):
            render([nothing])
    for pen in (0.0, -1.0, 11.0, np.nan):
        for drawing in ([], SEVEN):
            with pytest.raises(ValueError, match="the pen must be"):
                render(drawing, pen)
    with pytest.raises(ValueError, match="add up to the 2 points"):
        render_many(np.zeros((2, 2)), np.zeros(2, np.bool_), np.array([1]))
    with pytest.raises(ValueError, match=r"points must be \(p, 2\)"):
        render_many(np.zeros((2, 3)), np.zeros(2, np.bool_), np.array([2]))


def test_many_digits_at_once_are_drawn_as_each_alone() -> None:
    drawings: list[Strokes] = [*DRAWINGS.values(), []] * 20
    pens = np.linspace(9.0, 0.5, len(drawings))
    strokes = [stroke for drawing in drawings for stroke in drawing]
    starts = np.concatenate([np.arange(len(stroke)) == 0 for stroke in strokes])
    sizes = np.array([sum(map(len, drawing)) for drawing in drawings])

    pictures = render_many(np.concatenate(strokes), starts, sizes, pens)

    assert pictures.shape == (len(drawings), 28, 28)
    for picture, drawing, pen in zip(pictures, drawings, pens, strict=True):
        assert abs(picture.astype(int) - render(drawing, float(pen))).max() <= 1
