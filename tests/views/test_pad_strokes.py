"""The curve of a stroke passes through its points without corners."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter

from mnist_viz.recording.drawing import Stroke
from mnist_viz.views.drawing.strokes import Trace, frozen_stroke, trace_of

SIDE = 400
BLACK = QColor(0, 0, 0)


def ink(trace: Trace) -> NDArray[np.bool_]:
    """Where a trace leaves ink: (SIDE, SIDE), rows first."""
    image = QImage(SIDE, SIDE, QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.white)
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(SIDE, SIDE)
        trace.paint(painter, BLACK)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(SIDE, image.bytesPerLine())
    return pixels[:, :SIDE] < 128


@pytest.mark.parametrize("pressed", [False, True])
def test_a_fast_circle_of_few_points_is_round(pressed: bool) -> None:
    angles = np.linspace(0, 2 * np.pi, 13)
    points = np.stack([0.5 + 0.3 * np.cos(angles), 0.5 + 0.3 * np.sin(angles)], axis=1)
    pressures = np.full(13, 0.6, np.float32) if pressed else None
    rows, columns = np.nonzero(ink(trace_of(Stroke(frozen_stroke(points), 0.03, pressures))))
    radius = np.hypot((columns + 0.5) / SIDE - 0.5, (rows + 0.5) / SIDE - 0.5)
    assert radius.min() > 0.3 - 0.023
    assert radius.max() < 0.3 + 0.023


def test_the_curve_passes_the_points_to_half_a_pixel_of_a_usual_pad() -> None:
    points = np.array([[0.1, 0.1], [0.8, 0.15], [0.3, 0.5], [0.85, 0.9], [0.1, 0.85]])
    shown = ink(trace_of(Stroke(frozen_stroke(points), 0.012)))
    for x, y in points:
        assert shown[round(y * SIDE - 0.5), round(x * SIDE - 0.5)]


@pytest.mark.parametrize("pressed", [False, True])
def test_a_stroke_looks_the_same_while_drawn_and_after(pressed: bool) -> None:
    rng = np.random.default_rng(4)
    points = np.clip(np.cumsum(rng.normal(0, 0.05, (40, 2)), axis=0) + 0.5, 0, 1).astype(np.float32)
    pressures = rng.random(40).astype(np.float32)
    growing = Trace(0.04, pressed)
    for (x, y), pressure in zip(points.tolist(), pressures.tolist(), strict=True):
        growing.add(x, y, pressure)
        ink(growing)
    np.testing.assert_array_equal(ink(growing), ink(trace_of(Stroke(points, 0.04, pressures if pressed else None))))


def test_the_steps_of_a_slow_mouse_do_not_show() -> None:
    # A line of slope 1/8, one point a pixel, each rounded to whole pixels of a pad of 200.
    x = np.arange(20, 180)
    points = np.stack([x, np.round(60 + x / 8)], axis=1) / 200
    shown = ink(trace_of(Stroke(frozen_stroke(points), 0.04)))
    top = shown.argmax(axis=0)[80:320]
    straight = np.polyval(np.polyfit(np.arange(80, 320), top, 1), np.arange(80, 320))
    assert np.abs(top - straight).max() < 1.3  # of pixels half as large as the pad's


@pytest.mark.parametrize("pressed", [False, True])
def test_a_single_point_is_a_dot(pressed: bool) -> None:
    trace = Trace(0.05, pressed)
    trace.add(0.5, 0.5, 1.0)
    shown = ink(trace)
    assert shown[200, 200]
    assert 100 < shown.sum() < 600


def test_only_what_may_have_changed_is_painted_again() -> None:
    rng = np.random.default_rng(7)
    trace = Trace(0.03)
    points = np.cumsum(rng.normal(0, 0.03, (60, 2)), axis=0) + 0.5
    before = ink(trace)
    for x, y in points.tolist():
        trace.add(x, y)
        after = ink(trace)
        changed = trace.tail()
        rows, columns = np.nonzero(before != after)
        assert (columns / SIDE >= changed.left() - 0.01).all()
        assert (columns / SIDE <= changed.right() + 0.01).all()
        assert (rows / SIDE >= changed.top() - 0.01).all()
        assert (rows / SIDE <= changed.bottom() + 0.01).all()
        before = after
