"""Strokes come in the formats that exist, and go out in them."""

import io
import json

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.data.drawing.stroke_files import DrawnStrokes, read_strokes, written

Strokes = list[NDArray[np.float64]]
TWO = [np.array([[1.0, 2.0], [3.5, 4.0], [5.0, -6.0]]), np.array([[7.0, 8.0]])]


def drawings_of(text: str) -> list[DrawnStrokes]:
    return list(read_strokes(io.StringIO(text), "pen"))


def check_same(strokes: Strokes, expected: Strokes) -> None:
    assert len(strokes) == len(expected)
    for one, other in zip(strokes, expected, strict=True):
        np.testing.assert_allclose(one, other)


def inkml(*traces: str, head: str = "") -> str:
    return f"<ink xmlns='http://www.w3.org/2003/InkML'>{head}{''.join(f'<trace>{t}</trace>' for t in traces)}</ink>"


@pytest.mark.parametrize("ending", [".jsonl", ".ndjson", ".inkml"])
def test_what_is_written_is_read(ending: str) -> None:
    found = drawings_of(written(iter([("7", TWO), ("0", TWO[:1])]), ending))
    assert [drawing.label for drawing in found] == ["7", "0"]
    check_same(found[0].strokes, TWO)
    check_same(found[1].strokes, TWO[:1])


def test_quickdraw_is_simplified_or_raw() -> None:
    simplified = {"word": "line", "drawing": [[[0, 5], [1, 6]]]}
    raw = {"word": "line", "drawing": [[[0.0, 5.0], [1.0, 6.0], [0, 17]]]}
    for value in (simplified, raw):
        (drawing,) = drawings_of(json.dumps(value))
        assert drawing.label == "line"
        check_same(drawing.strokes, [np.array([[0.0, 1.0], [5.0, 6.0]])])


def test_inkml_is_one_drawing_without_groups_in_any_order_of_channels() -> None:
    (drawing,) = drawings_of('<?xml version="1.0"?>\n' + inkml("1 2, 3.5 4, 5 -6", "7 8"))
    check_same(drawing.strokes, TWO)
    head = "<traceFormat><channel name='T'/><channel name='Y'/><channel name='X'/></traceFormat>"
    (drawing,) = drawings_of(inkml("0 2 1, 1 4 3.5, 2 -6 5", head=head))
    check_same(drawing.strokes, TWO[:1])


def test_inkml_may_write_differences() -> None:
    """The example of the recommendation's section on traces: velocities and accelerations."""
    (drawing,) = drawings_of(inkml("1125 18432,'23'43,\"7\"-8,3-5,7 -3,6 2,6 8,3 6,2 4,*9 *-15"))
    points = drawing.strokes[0]
    np.testing.assert_array_equal(points[:4], [[1125, 18432], [1148, 18475], [1178, 18510], [1211, 18540]])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<ink><trace>1 2", "pen is no InkML"),
        ("<!DOCTYPE ink [<!ENTITY a 'b'>]><ink/>", "declares entities"),
        ("<ink><traceFormat><channel name='F'/></traceFormat><trace>1</trace></ink>", "has no channels X and Y"),
        (inkml("1, 2"), "pen, drawing 1: a point of a trace has 1 values"),
        (inkml("1 1e999"), "must be finite numbers"),
        ('{"strokes": []}\n{"drawing": [[1, 2]]}', "pen, line 2 is not"),
        ('{"drawing": [[[1, 2], [3]]]}', "pen, line 1 is not"),
        ('{"drawing": 5}', "pen, line 1 is not"),
    ],
)
def test_what_is_none_is_one_line(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match="pen") as raised:
        drawings_of(text)
    assert reason in str(raised.value)
    assert "\n" not in str(raised.value)
