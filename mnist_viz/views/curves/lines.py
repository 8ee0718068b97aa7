"""Painting curves fast: thin lines of many points, and bands of one value every other pixel."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QDataStream, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from mnist_viz.views.curves.axes import Scale
from mnist_viz.views.curves.curve import Curve, Floats

MAX_POINTS_WITH_MARKS = 60
_LOG_FLOOR = 1e-6
_BAND_STEP = 2.0  # pixels
_MARK = 4.0
_PIECE = 10  # points
_FAR = 1e5  # pixels; Qt takes no greater numbers


@dataclass(frozen=True)
class Lines:
    """What a plot draws of a run: its two curves, and the number of its colour."""

    number: int
    name: str
    color: int
    training: Curve
    validation: Curve


@dataclass(frozen=True)
class Ink:
    """The colours of the lines of one run."""

    training: QColor
    validation: QColor
    band: QColor


@dataclass(frozen=True)
class Mapping:
    """From values to pixels: the axes fill `area`.

    Attributes:
        area: where the lines are.
        extent: the horizontal axis goes from 0 to this.
        scale: the vertical one.
    """

    area: QRectF
    extent: float
    scale: Scale

    def x_of(self, places: Floats) -> NDArray[np.float64]:
        return np.asarray(self.area.left() + places * (self.area.width() / max(self.extent, 1e-12)), np.float64)

    def y_of(self, values: Floats) -> NDArray[np.float64]:
        """Of values as they are; of their logarithms where the scale is logarithmic."""
        if self.scale.logarithmic:
            values = np.log10(np.maximum(values, _LOG_FLOOR))
        return self.y_of_tick(values)

    def y_of_tick(self, values: Floats) -> NDArray[np.float64]:
        """Of values as the scale has them."""
        room = 0.02 * (self.scale.high - self.scale.low)
        share = (values - self.scale.low + room) / (self.scale.high - self.scale.low + 2 * room)
        return np.clip(self.area.bottom() - share * self.area.height(), -_FAR, _FAR)


def draw_band(painter: QPainter, mapping: Mapping, curve: Curve, ink: QColor) -> None:
    """Fill what lies between the least and the greatest values."""
    if curve.low is None or curve.high is None or not len(curve):
        return
    x, top, bottom = mapping.x_of(curve.x), mapping.y_of(curve.high), mapping.y_of(curve.low)
    columns = np.floor(x / _BAND_STEP)
    first = np.flatnonzero(np.diff(columns, prepend=columns[0] - 1))
    if len(first) < len(x):  # a polygon of thousands of corners would take longer than all lines together
        last = np.append(first[1:], len(x)) - 1
        top, bottom = np.minimum.reduceat(top, first), np.maximum.reduceat(bottom, first)
        x = (x[first] + x[last]) / 2
        x[0], x[-1] = mapping.x_of(curve.x[:1])[0], mapping.x_of(curve.x[-1:])[0]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawPolygon(polygon(np.concatenate([x, x[::-1]]), np.concatenate([top, bottom[::-1]])))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def draw_training(painter: QPainter, mapping: Mapping, curve: Curve, ink: QColor, ratio: float) -> None:
    """Draw a thin line.

    Args:
        painter: has its clip set to the area.
        mapping: from values to pixels.
        curve: may have thousands of points.
        ink: the colour.
        ratio: device pixels a pixel; 0 on paper, where widths cost nothing.
    """
    if len(curve):
        painter.setPen(_thin(ink) if ratio else QPen(ink, 0.75))
        _draw(painter, polygon(mapping.x_of(curve.x), mapping.y_of(curve.y)), ink)


def draw_validation(painter: QPainter, mapping: Mapping, curve: Curve, ink: QColor, ratio: float) -> None:
    """Draw a wider line, with marks where there are few points; see `draw_training`."""
    if not len(curve):
        return
    points = polygon(mapping.x_of(curve.x), mapping.y_of(curve.y))
    few = len(curve) <= MAX_POINTS_WITH_MARKS
    if few or not ratio:
        painter.setPen(QPen(ink, 1.5))
        _draw(painter, points, ink)
    else:
        # Lines of one device pixel side by side: a wider pen takes fifty times as long for many points.
        painter.setPen(_thin(ink))
        count = round(ratio + 0.5)
        for k in range(count):
            painter.drawPolyline(points.translated(0.0, (k - (count - 1) / 2) / ratio))
    if few:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        for point in points.toList():
            painter.drawEllipse(point, _MARK / 2, _MARK / 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)


def polygon(x: NDArray[np.float64], y: NDArray[np.float64]) -> QPolygonF:
    """The points as Qt's own, read from a stream: one by one they would take ten times as long."""
    points = np.empty((len(x), 2), ">f8")
    points[:, 0], points[:, 1] = x, y
    result = QPolygonF()
    QDataStream(QByteArray(len(x).to_bytes(4, "big") + points.tobytes())) >> result
    return result


def _draw(painter: QPainter, points: QPolygonF, ink: QColor) -> None:
    if points.size() > 1:
        # A wide line of many points that goes up and down would take a second in pixels: in pieces it does not.
        piece = _PIECE if isinstance(painter.device(), QImage) else points.size()
        for start in range(0, points.size() - 1, piece):
            painter.drawPolyline(QPolygonF(points.sliced(start, min(piece + 1, points.size() - start))))
    else:  # a line of one point would not be seen
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawEllipse(points.first(), _MARK / 2, _MARK / 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)


def _thin(ink: QColor) -> QPen:
    pen = QPen(ink, 1.0)
    pen.setCosmetic(True)
    return pen
