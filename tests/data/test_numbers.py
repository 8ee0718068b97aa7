"""Digits that are drawn side by side are told apart, and the strokes of one digit stay together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist_viz.data.drawing.numbers import group, inks_touch
from mnist_viz.data.synthetic.templates import NO_DIGIT, TEMPLATES

Drawing = list[NDArray[np.floating]]


def drawing(*strokes: list[tuple[float, float]]) -> Drawing:
    return [np.array(stroke, float) for stroke in strokes]


ONE = drawing([(0, 0), (0, 100)])
SEVEN = drawing([(0, 0), (60, 0), (30, 100)], [(20, 50), (60, 50)])
FOUR = drawing([(20, 0), (0, 60), (60, 60)], [(45, 20), (45, 100)])
OPEN_FOUR = drawing([(4, 4), (0, 55), (50, 55)], [(56, 0), (54, 100)])
FIVE = drawing([(10, 5), (5, 45), (50, 60), (40, 98), (0, 92)], [(12, 0), (60, 0)])
ZERO = drawing([(30 + 30 * np.sin(t), 50 - 50 * np.cos(t)) for t in np.linspace(0, 6.3, 40)], [(70, -5), (-10, 105)])
EIGHT = drawing(
    [(30 + 22 * np.sin(t), 25 - 23 * np.cos(t)) for t in np.linspace(0, 6.3, 30)],
    [(30 + 25 * np.sin(t), 76 - 24 * np.cos(t)) for t in np.linspace(0, 6.3, 30)],
)
HALVES = drawing(  # a 0 of two halves
    [(30 - 30 * np.sin(t), 50 - 50 * np.cos(t)) for t in np.linspace(0, 3.1, 20)],
    [(32 + 30 * np.sin(t), 50 - 50 * np.cos(t)) for t in np.linspace(0, 3.1, 20)],
)
DIGITS = {
    "1": ONE, "crossed 7": SEVEN, "4": FOUR, "open 4": OPEN_FOUR, "5 with a bar": FIVE, "slashed 0": ZERO,
    "8 of two circles": EIGHT, "0 of two halves": HALVES,
}  # fmt: skip


def shifted(digit: Drawing, x: float, y: float = 0.0) -> Drawing:
    return [stroke + np.array([x, y]) for stroke in digit]


def width(digit: Drawing) -> tuple[float, float]:
    across = np.concatenate(digit)[:, 0]
    return float(across.min()), float(across.max())


def beside(*digits: Drawing, gap: float = 15) -> list[Drawing]:
    """The digits in a row, so far apart."""
    x, row = 0.0, []
    for digit in digits:
        left, right = width(digit)
        row.append(shifted(digit, x - left))
        x += right - left + gap
    return row


def told_apart(row: list[Drawing], order: list[NDArray[np.floating]] | None = None) -> bool:
    """Whether the strokes, drawn in some order, come out as the digits of the row."""
    found = group(order if order is not None else [stroke for digit in row for stroke in digit])
    return [sorted(map(id, digit)) for digit in found] == [sorted(map(id, digit)) for digit in row]


@pytest.mark.parametrize("first", DIGITS)
def test_the_strokes_of_one_digit_stay_together_and_two_side_by_side_are_two(first: str) -> None:
    assert told_apart([DIGITS[first]])
    for second in DIGITS.values():
        assert told_apart(beside(DIGITS[first], second))


@pytest.mark.parametrize("seed", range(20))
def test_every_way_of_writing_is_told_from_its_neighbours(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ways = [template for template in TEMPLATES if template.digit != NO_DIGIT]
    chosen = [ways[k] for k in rng.integers(0, len(ways), 4)]
    digits = [drawing(*([(x, y) for x, y, _ in stroke] for stroke in template.strokes())) for template in chosen]
    lifted = [shifted(digit, 0, y) for digit, y in zip(digits, rng.uniform(-10, 10, 4), strict=True)]
    assert told_apart(beside(*lifted, gap=25))


def test_within_a_digit_the_strokes_keep_their_order_and_the_digits_come_from_left_to_right() -> None:
    row = beside(SEVEN, FOUR, ONE)
    strokes = [stroke for digit in row for stroke in digit]
    assert told_apart(row, strokes[::-1])
    bars_last = [row[2][0], row[0][0], row[1][1], row[1][0], row[0][1]]
    assert told_apart(row, bars_last)
    body, bar = SEVEN
    assert [id(stroke) for stroke in group([bar, body])[0]] == [id(bar), id(body)]


def test_a_bar_that_reaches_into_the_next_digit_joins_one_of_them_and_does_not_join_both() -> None:
    row = beside(SEVEN, ONE, gap=12)
    row[0][1] = np.array([(15, 50), (75, 50)], float)
    assert told_apart(row)


def test_a_stem_below_the_roof_of_a_seven_is_a_one() -> None:
    roof = drawing([(0, 0), (100, 0), (30, 100)])
    stem = drawing([(92, 40), (92, 105)])
    assert told_apart([roof, stem])


def test_slanted_digits_whose_sides_overlap_are_told_apart() -> None:
    slanted = drawing([(40, 0), (0, 100)])
    assert told_apart([slanted, shifted(slanted, 30), shifted(slanted, 60)])


@given(st.floats(1e-3, 1e3), st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_size_and_place_of_the_number_do_not_matter(size: float, x: float, y: float) -> None:
    row = beside(SEVEN, FIVE, OPEN_FOUR)
    assert told_apart([[stroke * size + (x, y) for stroke in digit] for digit in row])


def test_dots_flat_lines_and_scribbles_are_grouped_and_what_is_no_stroke_is_refused() -> None:
    assert group([]) == []
    assert group([np.empty((0, 2))]) == []
    assert len(group(drawing([(5, 5)]))) == 1
    assert len(group(drawing([(0, 0), (50, 0)]))) == 1
    assert len(group(drawing([(0, 0)], [(500, 0)]))) == 2
    assert len(group(drawing([(0, 0), (50, 0)], [(200, 0), (250, 0)]))) == 2
    rng = np.random.default_rng(0)
    assert len(group([rng.random((30, 2)) for _ in range(20)])) == 1
    assert len(group([rng.random((2, 2)) * 0.01 + (k, 0) for k in range(100)])) == 1
    with pytest.raises(ValueError, match="not finite"):
        group([np.array([(0, np.nan)])])


@pytest.mark.parametrize(("gap", "touch"), [(5, True), (11, True), (14, False), (40, False), (-3, True)])
def test_ink_touches_where_the_room_between_two_parts_is_less_than_the_pen(gap: float, touch: bool) -> None:
    stem, arms = drawing([(0, 0), (0, 100)], [(60, 0), (0, 50), (60, 100)])
    arms = arms + np.array([gap, 0])
    assert inks_touch([[stem], [arms]]) is touch
    assert inks_touch([[arms], [stem]]) is touch
    assert not inks_touch([[stem]])
