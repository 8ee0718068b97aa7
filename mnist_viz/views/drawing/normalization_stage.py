"""One step of the normalization as a small picture: the drawing as it comes into the step, and as it leaves it."""

from enum import Enum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_viz.data.drawing.normalization import Normalization
from mnist_viz.views import zoom
from mnist_viz.views.canvas import Canvas
from mnist_viz.views.painting import Bytes, digit_image, draw_ground
from mnist_viz.views.theme import color

_SIDE, _BOX = 28, 20
_MIDDLE = 14.5
"""Where the centre of mass belongs: the middle of the fifteenth pixel."""
_CROSS = 1.8
"""Half the length of the cross at the centre of mass."""
_LINE = 0.75
"""Width of a path without a pen, in pixels of the picture."""

Paths = list[NDArray[np.float64]]
Rect = tuple[float, float, float, float]


class Step(Enum):
    """The steps in their order."""

    PAD = 0
    FIT = 1
    PEN = 2
    CENTRE = 3


class StageView(Canvas):
    """Paints one step, finished or on its way."""

    def __init__(self, step: Step, parent: QWidget | None = None) -> None:
        super().__init__(f"stage-{step.name.lower()}", parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._step = step
        self._stages: Normalization | None = None
        self._done = 1.0

    def set_stages(self, stages: Normalization | None) -> None:
        self._stages = stages
        self.update()

    def set_done(self, done: float) -> None:
        """How far the step has come: 0 shows nothing of it, 1 its result."""
        if done != self._done:
            self._done = done
            self.update()

    def sizeHint(self) -> QSize:
        return zoom.size(140, 140)

    def paint(self, painter: QPainter, within: QRectF) -> None:
        side = min(self.area.width(), self.area.height())
        frame = QRectF((self.area.width() - side) / 2, 0, side, side)
        draw_ground(painter, frame, self.theme, 2)
        if self._stages is None or self._done <= 0:
            return
        painter.setClipRect(frame.adjusted(1, 1, -1, -1))
        painter.translate(frame.topLeft())
        painter.scale(side / _SIDE, side / _SIDE)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        match self._step:
            case Step.PAD:
                self._paint_paths(painter, self._stages.on_pad)
                self._paint_box(painter, self._stages.bounds)
            case Step.FIT:
                self._paint_fit(painter, self._stages)
            case Step.PEN:
                self._paint_pen(painter, self._stages)
            case Step.CENTRE:
                self._paint_centre(painter, self._stages)

    def _paint_fit(self, painter: QPainter, stages: Normalization) -> None:
        done = self._done
        paths = [before + (after - before) * done for before, after in zip(stages.on_pad, stages.fitted, strict=True)]
        self._paint_target(painter)
        self._paint_paths(painter, paths)
        points = np.concatenate(paths)
        self._paint_box(painter, (*points.min(axis=0).tolist(), *points.max(axis=0).tolist()))

    def _paint_pen(self, painter: QPainter, stages: Normalization) -> None:
        painter.setOpacity(self._done)
        self._paint_ink(painter, stages.drawn, 0, 0)
        painter.setOpacity(1 - self._done)
        self._paint_paths(painter, stages.fitted)

    def _paint_centre(self, painter: QPainter, stages: Normalization) -> None:
        right, down = (way * self._done for way in stages.moved)
        self._paint_ink(painter, stages.drawn, right, down)
        self._paint_target(painter)
        painter.setPen(_thin(self.theme.muted, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(0, _MIDDLE), QPointF(_SIDE, _MIDDLE))
        painter.drawLine(QPointF(_MIDDLE, 0), QPointF(_MIDDLE, _SIDE))
        # The centre of mass: a cross that shows on ink and on the ground.
        x, y = stages.mass[0] + right, stages.mass[1] + down
        for tint, width in ((self.theme.sunken, 5.0), (self.theme.accent, 2.0)):
            pen = _thin(tint)
            pen.setWidthF(width)
            painter.setPen(pen)
            painter.drawLine(QPointF(x - _CROSS, y), QPointF(x + _CROSS, y))
            painter.drawLine(QPointF(x, y - _CROSS), QPointF(x, y + _CROSS))

    def _paint_ink(self, painter: QPainter, ink: Bytes, right: float, down: float) -> None:
        painter.drawImage(QRectF(right, down, _SIDE, _SIDE), digit_image(ink, self.theme))

    def _paint_paths(self, painter: QPainter, paths: Paths) -> None:
        pen = QPen(color(self.theme.ink), _LINE)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        for path in paths:
            points = [QPointF(x, y) for x, y in path.tolist()]
            if len(points) == 1:
                painter.drawPoint(points[0])
            else:
                painter.drawPolyline(QPolygonF(points))

    def _paint_box(self, painter: QPainter, bounds: Rect) -> None:
        left, top, right, bottom = bounds
        painter.setPen(_thin(self.theme.accent))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(left, top, right - left, bottom - top).adjusted(-0.6, -0.6, 0.6, 0.6))

    def _paint_target(self, painter: QPainter) -> None:
        """The box of 20 pixels that the ink is to fill."""
        margin = (_SIDE - _BOX) / 2
        painter.setPen(_thin(self.theme.muted, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(margin, margin, _BOX, _BOX))


def _thin(tint: str, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    pen = QPen(color(tint), 1.0, style)
    pen.setCosmetic(True)  # one pixel of the screen, whatever the picture is enlarged by
    return pen
