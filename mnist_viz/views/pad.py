"""The drawing pad: strokes by mouse, pen or finger, with undo and redo."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_viz.views.painting import Bytes, Picture, digit_picture, draw_ground, draw_picture, text_font
from mnist_viz.views.strokes import Stroke, draw_stroke, extend_path, frozen_stroke, stroke_path
from mnist_viz.views.theme import BODY, DARK, RADIUS, TITLE, Theme, color

PEN_WIDTH = 0.062
"""Of the pad's side. For the eye alone: what the network sees is drawn anew from the strokes."""

_HINT = "Draw a digit here"


class DrawingPad(QWidget):
    """A square to draw in. Strokes are float32 (points, 2), x and y from 0 to 1, y downwards."""

    strokes_changed = Signal(object)
    """The strokes, whenever the user changes them: each point drawn, undo, redo, clear."""
    history_changed = Signal()
    """What `can_undo`, `can_redo` or `is_empty` answer may have changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("drawing-pad")
        self.setAccessibleName("Drawing pad")
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(112, 112)
        self._theme = DARK
        self._strokes: tuple[Stroke, ...] = ()
        self._undo: list[tuple[Stroke, ...]] = []
        self._redo: list[tuple[Stroke, ...]] = []
        self._points: list[tuple[float, float]] = []
        self._path = QPainterPath()
        self._digit: Bytes | None = None
        self._digit_picture: Picture | None = None
        # Finished strokes are painted once; only the one being drawn is painted at every move.
        self._layer = QPixmap()

    # --- values in ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._digit_picture = None
        self._forget_layer()

    def set_strokes(self, strokes: Iterable[NDArray[np.floating]]) -> None:
        """Show these strokes, (points, 2) each in pad units. One undo brings back what was there."""
        self._finish_stroke()
        shown = tuple(frozen_stroke(stroke) for stroke in strokes if len(stroke))
        if shown or self._strokes:
            self._remember()
        self._strokes = shown
        self._set_digit(None)
        self._forget_layer()
        self.history_changed.emit()

    def show_digit(self, image: Bytes | None) -> None:
        """Show a (28, 28) uint8 picture in place of the strokes, until something is drawn or cleared."""
        self._finish_stroke()
        if image is not None and self._strokes:
            self._remember()
            self._strokes = ()
        self._set_digit(image)
        self._forget_layer()
        self.history_changed.emit()

    def strokes(self) -> list[Stroke]:
        """The strokes in pad units, the one being drawn included."""
        return [*self._strokes, frozen_stroke(self._points)] if self._points else list(self._strokes)

    # --- what the user does ------------------------------------------------------------------

    def is_empty(self) -> bool:
        return not (self._strokes or self._points or self._digit is not None)

    def can_undo(self) -> bool:
        return bool(self._undo)

    def can_redo(self) -> bool:
        return bool(self._redo)

    def undo(self) -> None:
        self._finish_stroke()
        if self._undo:
            self._redo.append(self._strokes)
            self._go_to(self._undo.pop())

    def redo(self) -> None:
        self._finish_stroke()
        if self._redo:
            self._undo.append(self._strokes)
            self._go_to(self._redo.pop())

    def clear(self) -> None:
        """Empty the pad; undo brings the drawing back."""
        self._finish_stroke()
        if self._strokes:
            self._remember()
        elif self._digit is None:
            return
        self._go_to(())

    def _go_to(self, strokes: tuple[Stroke, ...]) -> None:
        self._strokes = strokes
        self._set_digit(None)
        self._forget_layer()
        self.history_changed.emit()
        self.strokes_changed.emit(self.strokes())

    def _remember(self) -> None:
        self._undo.append(self._strokes)
        self._redo.clear()

    def _set_digit(self, image: Bytes | None) -> None:
        self._digit = image
        self._digit_picture = None

    # --- drawing -----------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._finish_stroke()
        was_empty = self.is_empty()
        self._set_digit(None)
        self._add_point(event.position())
        self.update()
        if was_empty:
            self.history_changed.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._points and event.buttons() & Qt.MouseButton.LeftButton:
            self._add_point(event.position())
        else:
            event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._points:
            self._add_point(event.position())
            self._finish_stroke()
        else:
            event.ignore()

    def _add_point(self, position: QPointF) -> None:
        area = self._area()
        # A pen that leaves the pad runs along its edge: nothing is drawn that cannot be seen.
        x = min(max((position.x() - area.left()) / area.width(), 0.0), 1.0)
        y = min(max((position.y() - area.top()) / area.width(), 0.0), 1.0)
        if self._points and self._points[-1] == (x, y):
            return
        self._points.append((x, y))
        extend_path(self._path, self._points)
        if len(self._points) > 2:
            self.update(self._around(self._points[-3:]).toAlignedRect())
        else:
            self.update()
        self.strokes_changed.emit(self.strokes())

    def _finish_stroke(self) -> None:
        if not self._points:
            return
        self._remember()
        stroke = frozen_stroke(self._points)
        self._strokes = (*self._strokes, stroke)
        self._points, self._path = [], QPainterPath()
        if not self._layer.isNull():
            painter = QPainter(self._layer)
            self._prepare(painter)
            draw_stroke(painter, stroke_path(stroke))
            painter.end()
        self.update()
        self.history_changed.emit()

    # --- painting ----------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._forget_layer()
        return super().event(event)

    def sizeHint(self) -> QSize:
        return QSize(304, 304)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._forget_layer()

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        theme, area = self._theme, self._area()
        empty = self.is_empty()
        draw_ground(painter, area, theme, RADIUS, edge=theme.accent if empty else None)
        inside = area.adjusted(1, 1, -1, -1)
        if self._digit is not None:
            if self._digit_picture is None:
                self._digit_picture = digit_picture(self._digit, theme)
            draw_picture(painter, inside, self._digit_picture.image, self.devicePixelRatioF())
            return
        if empty:
            self._draw_hint(painter, area)
            return
        painter.setClipRect(inside)
        if self._strokes:
            painter.drawPixmap(area.topLeft(), self._finished())
        if self._points:
            painter.translate(area.topLeft())
            self._prepare(painter)
            draw_stroke(painter, self._tail())

    def _draw_hint(self, painter: QPainter, area: QRectF) -> None:
        theme, side = self._theme, area.width()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # The box that MNIST fits its digits into: 20 of 28 pixels.
        box = area.adjusted(side * 4 / 28, side * 4 / 28, -side * 4 / 28, -side * 4 / 28)
        painter.setPen(QPen(color(theme.muted, 0.35), 1.0, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(box, RADIUS, RADIUS)
        painter.save()
        painter.translate(area.center().x(), box.center().y() - 28)
        _draw_pencil(painter, theme)
        painter.restore()
        box.translate(0, 12)
        painter.setFont(text_font(TITLE if side >= 160 else BODY, QFont.Weight.Medium))
        painter.setPen(color(theme.text, 0.9))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, _HINT)

    def _area(self) -> QRectF:
        side = float(min(self.width(), self.height()))
        return QRectF((self.width() - side) // 2, (self.height() - side) // 2, side, side)

    def _around(self, points: list[tuple[float, float]]) -> QRectF:
        area, margin = self._area(), PEN_WIDTH
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        return QRectF(
            area.left() + (min(xs) - margin) * area.width(),
            area.top() + (min(ys) - margin) * area.width(),
            (max(xs) - min(xs) + 2 * margin) * area.width(),
            (max(ys) - min(ys) + 2 * margin) * area.width(),
        )

    def _prepare(self, painter: QPainter) -> None:
        """From here on the painter draws in pad units with the pen."""
        side = self._area().width()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(side, side)
        pen = QPen(color(self._theme.ink), PEN_WIDTH)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)

    def _tail(self) -> QPainterPath:
        """The stroke being drawn, up to the very last point: the smooth path ends half a step before it."""
        path = QPainterPath(self._path)
        path.lineTo(*self._points[-1])
        return path

    def _finished(self) -> QPixmap:
        ratio, side = self.devicePixelRatioF(), self._area().width()
        if self._layer.isNull():
            pixels = round(side * ratio)
            self._layer = QPixmap(pixels, pixels)
            self._layer.setDevicePixelRatio(ratio)
            self._layer.fill(QColor(0, 0, 0, 0))
            painter = QPainter(self._layer)
            self._prepare(painter)
            for stroke in self._strokes:
                draw_stroke(painter, stroke_path(stroke))
            painter.end()
        return self._layer

    def _forget_layer(self) -> None:
        self._layer = QPixmap()
        self.update()


def _draw_pencil(painter: QPainter, theme: Theme) -> None:
    """A pencil of about 28 pixels, its tip at the lower left, around the painter's origin."""
    pen = QPen(color(theme.accent), 2.0)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    body = [(-12, 12), (-10, 4), (6, -12), (12, -6), (-4, 10)]
    painter.drawPolygon([QPointF(x, y) for x, y in body])
    painter.drawLine(QPointF(1, -7), QPointF(7, -1))
