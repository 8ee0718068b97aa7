"""Pen strokes and the smooth curves through their points."""

from math import ceil, hypot, sqrt
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from mnist_viz.recording.drawing import Stroke

Points = NDArray[np.float32]
"""(points, 2): x and y in pad units, 0 to 1, y downwards."""

Point = tuple[float, float]

Piece = tuple[QPointF, QPointF, float]
"""A straight line and its width."""

Knot = tuple[Point, float]
"""A point and the width of the line there."""

# A curve through every point would show how the screen's pixels round them: points nearer than this to
# the one before, in pad units, do not bend the curve.
_CLOSEST = 0.008
# About half a pixel, to which a mouse knows where it is.
_ROUNDED = 0.002
# A stroke of changing width is made of straight pieces of about this length, each of one width.
_PIECE = 0.01
# A pen pressed lightly draws with this share of its width, pressed hardest with the other.
_PRESSED = (0.65, 1.25)


def frozen_stroke(points: NDArray[np.floating] | list[Point]) -> Points:
    stroke = np.array(points, np.float32).reshape(-1, 2)
    stroke.setflags(write=False)
    return stroke


def bezier(before: Point, start: Point, end: Point, after: Point) -> tuple[Point, Point]:
    """Controls of the cubic from `start` to `end` on a smooth curve through all four points.

    A centripetal Catmull-Rom spline, which has no loops however unevenly the points lie (Yuksel, Schaefer and
    Keyser, "Parameterization and applications of Catmull-Rom curves", 2011). At an end of the stroke
    the point beyond it is the end itself. Where the hand turns by more than 60 degrees the curve bends less wide,
    and from 120 on it has the corner that was meant.
    """
    d1, d2, d3 = (sqrt(hypot(b[0] - a[0], b[1] - a[1])) for a, b in ((before, start), (start, end), (end, after)))

    def control(near: Point, far: Point, outside: Point, d: float) -> Point:
        if d == 0 or d2 == 0:
            return near
        whole = 3 * d * (d + d2)
        weight = 2 * d * d + 3 * d * d2 + d2 * d2
        x, y = ((d * d * far[k] - d2 * d2 * outside[k] + weight * near[k]) / whole for k in (0, 1))
        came, goes = ((near[k] - outside[k] for k in (0, 1)), (far[k] - near[k] for k in (0, 1)))
        cosine = sum(a * b for a, b in zip(came, goes, strict=True)) / (d * d * d2 * d2)
        bend = min(max(cosine + 0.5, 0.0), 1.0)
        return near[0] + bend * (x - near[0]), near[1] + bend * (y - near[1])

    return control(start, end, before, d1), control(end, start, after, d3)


def on_curve(before: Point, start: Point, end: Point, after: Point, t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points of that curve, (n, 2), at shares `t` (n,) of the way from `start` to `end`."""
    c1, c2 = bezier(before, start, end, after)
    t = t[:, None]
    weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
    points: NDArray[np.float64] = sum(w * np.asarray(at) for w, at in zip(weights, (start, c1, c2, end), strict=True))
    return points


class Trace:
    """A stroke as it grows, point by point, ready to be painted.

    The curve passes through the points, to the half pixel to which a screen knows them. It is settled up to the
    last points but two; what lies beyond may still bend with the next point.
    """

    def __init__(self, width: float, pressed: bool = False) -> None:
        """Begin with a pen of `width` in pad units, which varies with its pressure if it is `pressed`."""
        self.width = width
        self._pressed = pressed
        self._knots: list[Knot] = []  # those that bend the curve, as they came
        self._smooth: list[Knot] = []  # and eased; the last of them still misses
        self._last: Knot | None = None
        self._settled = QPainterPath()
        self._pieces: list[Piece] = []  # in its place, of a pressed pen

    def add(self, x: float, y: float, pressure: float = 1.0) -> None:
        low, high = _PRESSED
        width = self.width * (low + (high - low) * pressure) if self._pressed else self.width
        self._last = (x, y), width
        knots, smooth = self._knots, self._smooth
        if knots and hypot(x - knots[-1][0][0], y - knots[-1][0][1]) < _CLOSEST:
            return
        knots.append(self._last)
        if len(knots) == 1:
            smooth.append(self._last)
            self._settled.moveTo(x, y)
        elif len(knots) > 2:
            smooth.append(_eased(*knots[-3:]))
            if len(smooth) > 2:
                self._extend(self._settled, self._pieces, smooth[-4:])

    def tail(self) -> QRectF:
        """Where the newest point may have changed the picture."""
        shown = [point for point, _ in self._ending()]
        area = QPolygonF([QPointF(*point) for point in shown]).boundingRect()
        # The curve may swing out between its points.
        margin = self.width * _PRESSED[1] + 0.25 * max(area.width(), area.height())
        return area.adjusted(-margin, -margin, margin, margin)

    def _ending(self) -> list[Knot]:
        """The last knots, those that are not settled and one before, and the newest point."""
        ending = self._smooth[-3:]
        if len(self._knots) > 1:
            ending.append(self._knots[-1])
        if self._last is not None and (not ending or self._last[0] != ending[-1][0]):
            ending.append(self._last)
        return ending

    def paint(self, painter: QPainter, ink: QColor, within: QRectF | None = None) -> None:
        """Paint the stroke in pad units, or at least what of it lies in the rectangle `within`."""
        if self._last is None:
            return
        path, pieces = QPainterPath(self._settled), list(self._pieces)
        ending = self._ending()
        # What is settled ends at the last eased knot but one.
        first = max(min(len(self._smooth), 3) - 2, 0)
        for k in range(first, len(ending) - 1):
            around = [*ending[max(k - 1, 0) : k + 2], ending[min(k + 2, len(ending) - 1)]]
            self._extend(path, pieces, around)
        pen = QPen(ink, self.width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for start, end, width in pieces:
            covered = QRectF(start, end).normalized().adjusted(-width, -width, width, width)
            if within is None or within.intersects(covered):
                pen.setWidthF(width)
                painter.setPen(pen)
                painter.drawLine(start, end)
        if len(ending) == 1:  # a path without length would draw nothing
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink)
            painter.drawEllipse(QPointF(*ending[0][0]), ending[0][1] / 2, ending[0][1] / 2)
        elif not self._pressed:
            painter.setPen(pen)
            painter.drawPath(path)

    def _extend(self, path: QPainterPath, pieces: list[Piece], knots: list[Knot]) -> None:
        """Add the curve between the middle two of four knots; of three, the first begins the stroke."""
        before, start, end, after = knots if len(knots) == 4 else (knots[0], *knots)
        corners = before[0], start[0], end[0], after[0]
        if not self._pressed:
            c1, c2 = bezier(*corners)
            path.cubicTo(*c1, *c2, *end[0])
            return
        count = max(ceil(hypot(end[0][0] - start[0][0], end[0][1] - start[0][1]) / _PIECE), 1)
        t = np.linspace(0, 1, count + 1)
        points = [QPointF(x, y) for x, y in on_curve(*corners, t).tolist()]
        width = start[1] + (end[1] - start[1]) * t
        pieces += zip(points, points[1:], width[1:].tolist(), strict=False)


_TRACES: WeakKeyDictionary[Stroke, Trace] = WeakKeyDictionary()


def trace_of(stroke: Stroke) -> Trace:
    """A finished stroke as it is painted."""
    if stroke not in _TRACES:
        made = _TRACES[stroke] = Trace(stroke.width, pressed=stroke.pressures is not None)
        pressures = stroke.pressures if stroke.pressures is not None else np.ones(len(stroke.points))
        for (x, y), pressure in zip(stroke.points.tolist(), pressures.tolist(), strict=True):
            made.add(x, y, pressure)
    return _TRACES[stroke]


def _eased(before: Knot, knot: Knot, after: Knot) -> Knot:
    """Move `knot` towards its neighbours, by no more than the rounding to pixels may have moved it."""
    (x, y), width = knot
    dx, dy = ((before[0][k] + after[0][k]) / 4 - knot[0][k] / 2 for k in (0, 1))
    share = min(1.0, _ROUNDED / max(hypot(dx, dy), 1e-9))
    return (x + dx * share, y + dy * share), width


class InkLayer:
    """A transparent picture of finished strokes, each of which is painted once as long as those before it stay."""

    def __init__(self) -> None:
        self._pixmap = QPixmap()
        self._looks: tuple[float, float, QColor] | None = None
        self._painted: tuple[Stroke, ...] = ()

    def picture(self, strokes: tuple[Stroke, ...], side: float, ratio: float, ink: QColor) -> QPixmap:
        """The strokes on a square of `side` pixels."""
        if (side, ratio, ink) != self._looks or strokes[: len(self._painted)] != self._painted:
            self._looks, self._painted = (side, ratio, ink), ()
            pixels = round(side * ratio)
            self._pixmap = QPixmap(pixels, pixels)
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(Qt.GlobalColor.transparent)
        if strokes != self._painted:
            with QPainter(self._pixmap) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.scale(side, side)
                for stroke in strokes[len(self._painted) :]:
                    trace_of(stroke).paint(painter, ink)
            self._painted = strokes
        return self._pixmap
