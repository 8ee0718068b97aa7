"""Rubbing out splits strokes where they were touched."""

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from mnist_viz.recording.drawing import Drawing, Stroke
from mnist_viz.views.drawing.eraser import rub_out
from mnist_viz.views.drawing.pad import DrawingPad, Tool
from mnist_viz.views.drawing.strokes import Point, frozen_stroke

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE = Qt.KeyboardModifier.NoModifier


def drag(pad: DrawingPad, button: Qt.MouseButton, *points: Point) -> None:
    first, *others = [QPoint(int(x), int(y)) for x, y in points]
    QTest.mousePress(pad, button, NONE, first)
    for point in others:
        QTest.mouseMove(pad, point)
    QTest.mouseRelease(pad, button, NONE, others[-1] if others else first)


def line(*points: Point, width: float = 0.04) -> Stroke:
    return Stroke(frozen_stroke(list(points)), width)


def test_a_line_is_split_where_it_is_crossed_and_what_is_not_touched_stays_the_same_object() -> None:
    left = rub_out([line((0.1, 0.5), (0.9, 0.5))], (0.5, 0.2), (0.5, 0.8), 0.1)
    assert left is not None
    first, second = (piece.points for piece in left)
    # What the eraser covered, with the round ends of the pen, is free of ink.
    np.testing.assert_allclose([first[0, 0], first[-1, 0]], [0.1, 0.43], atol=0.006)
    np.testing.assert_allclose([second[0, 0], second[-1, 0]], [0.57, 0.9], atol=0.006)
    np.testing.assert_allclose([first[:, 1].max(), second[:, 1].min()], 0.5, atol=1e-6)
    near, far = line((0.1, 0.5), (0.9, 0.5)), line((0.1, 0.9), (0.9, 0.9))
    assert rub_out([far], (0.5, 0.4), (0.5, 0.6), 0.1) is None
    both = rub_out([near, far], (0.5, 0.4), (0.5, 0.6), 0.1)
    assert both is not None
    assert both[-1] is far


def test_fast_rubbing_leaves_no_gaps_between_its_points() -> None:
    lines = [line((x, 0.4), (x, 0.6)) for x in np.linspace(0.2, 0.8, 7)]
    left = rub_out(lines, (0.0, 0.5), (1.0, 0.5), 0.05)
    assert left is not None
    assert len(left) == 14


def test_a_dot_goes_whole_and_no_specks_are_left() -> None:
    assert rub_out([line((0.5, 0.5))], (0.5, 0.5), (0.5, 0.5), 0.1) == ()
    short = line((0.5, 0.5), (0.58, 0.5))
    assert rub_out([short], (0.5, 0.5), (0.5, 0.5), 0.1) == ()


def test_what_is_left_keeps_its_shape_and_its_own_points() -> None:
    angles = np.linspace(0, 2 * np.pi, 24)
    circle = np.stack([0.5 + 0.3 * np.cos(angles), 0.5 + 0.3 * np.sin(angles)], axis=1)
    left = rub_out([Stroke(frozen_stroke(circle), 0.04)], (0.5, 0.2), (0.5, 0.2), 0.1)
    assert left is not None
    for piece in left:
        np.testing.assert_allclose(np.hypot(*(piece.points - 0.5).T), 0.3, atol=0.004)
    kept = {tuple(point) for piece in left for point in np.round(piece.points, 4).tolist()}
    far = [tuple(point) for point in np.round(circle.astype(np.float32), 4).tolist() if point[1] > 0.4]
    assert set(far) <= kept


def test_pressures_are_kept_for_what_is_left() -> None:
    points = frozen_stroke([(0.1, 0.5), (0.5, 0.5), (0.9, 0.5)])
    left = rub_out([Stroke(points, 0.04, np.array([0.0, 0.5, 1.0], np.float32))], (0.5, 0.5), (0.5, 0.5), 0.1)
    assert left is not None
    first, second = left
    assert first.pressures is not None
    assert second.pressures is not None
    assert (len(first.pressures), len(second.pressures)) == (len(first.points), len(second.points))
    whole = np.concatenate([first.pressures, second.pressures])
    assert (np.diff(whole) > 0).all()
    assert (whole[0], whole[-1]) == (0.0, 1.0)
    assert first.pressures.max() < 0.5 < second.pressures.min()


def test_the_eraser_and_the_right_button_rub_out_and_say_what_is_left(pad: DrawingPad) -> None:
    for by in ("tool", "button"):
        pad.clear()
        drag(pad, LEFT, (20, 100), (180, 100))
        heard: list[int] = []
        pad.strokes_changed.connect(lambda strokes, heard=heard: heard.append(len(strokes)))
        if by == "tool":
            pad.set_tool(Tool.ERASER)
            drag(pad, LEFT, (100, 60), (100, 140))
            pad.set_tool(Tool.PEN)
        else:
            drag(pad, RIGHT, (100, 60), (100, 140))
        assert heard[-1] == 2
        assert len(pad.strokes()) == 2
    drag(pad, LEFT, (20, 150), (60, 150))
    assert len(pad.strokes()) == 3  # the right button rubs only while it is held


def test_one_undo_takes_back_one_rubbing_and_none_beside_the_ink(pad: DrawingPad) -> None:
    drag(pad, LEFT, (20, 100), (180, 100))
    before = pad.strokes()[0]
    drag(pad, RIGHT, (60, 60), (60, 140), (120, 140), (120, 60))
    assert len(pad.strokes()) == 3
    pad.undo()
    np.testing.assert_array_equal(pad.strokes()[0], before)
    assert len(pad.strokes()) == 1
    pad.redo()
    assert len(pad.strokes()) == 3


def test_rubbing_beside_the_ink_or_an_example_changes_nothing(pad: DrawingPad) -> None:
    drag(pad, LEFT, (20, 100), (180, 100))
    pad.undo()
    pad.redo()
    heard: list[object] = []
    pad.strokes_changed.connect(heard.append)
    drag(pad, RIGHT, (20, 20), (180, 20))
    assert heard == []
    pad.undo()
    assert pad.strokes() == []
    pad.show_picture(Drawing(picture=np.full((28, 28), 255, np.uint8)))
    drag(pad, RIGHT, (20, 100), (180, 100))
    assert not pad.is_empty()
