"""Finished strokes, painted once and kept."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from mnist_viz.views.drawing.strokes import Line


class InkLayer:
    """A transparent picture of lines, which is painted anew only when something else than one more line came."""

    def __init__(self) -> None:
        self._pixmap = QPixmap()

    def forget(self) -> None:
        self._pixmap = QPixmap()

    def picture(self, lines: Iterable[Line], side: float, ratio: float, ink: QColor) -> QPixmap:
        """The lines on a square of `side` pixels; what is kept of them is not painted again."""
        if self._pixmap.isNull():
            pixels = round(side * ratio)
            self._pixmap = QPixmap(pixels, pixels)
            self._pixmap.setDevicePixelRatio(ratio)
            self._pixmap.fill(Qt.GlobalColor.transparent)
            self._paint(lines, side, ink)
        return self._pixmap

    def add(self, line: Line, side: float, ink: QColor) -> None:
        """Paint one more line, if there is a picture yet."""
        if not self._pixmap.isNull():
            self._paint([line], side, ink)

    def _paint(self, lines: Iterable[Line], side: float, ink: QColor) -> None:
        with QPainter(self._pixmap) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.scale(side, side)
            for line in lines:
                line.trace.paint(painter, ink)
