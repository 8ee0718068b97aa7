"""A colour scale with its range: what the colours of a heatmap mean."""

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_viz.views.number_text import format_value
from mnist_viz.views.painting import Picture, text_font, text_width
from mnist_viz.views.theme import DARK, GRID, SMALL, Theme, color

_BAR_HEIGHT = 8
_BAR_WIDTH = 160
_LABEL = 52  # for "-0.123", so that changing numbers move nothing


class ColorLegend(QWidget):
    """A title, then low, a horizontal gradient, high. A diverging scale also marks its zero."""

    def __init__(self, title: str = "", diverging: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("color-legend")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = DARK
        self._picture: Picture | None = None
        self._diverging = diverging
        self._low, self._high = "", ""
        self._title = ""
        self.set_title(title)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._picture = None
        self.update()

    def set_title(self, title: str) -> None:
        if title != self._title:
            self._title = title
            self.setAccessibleName(title)
            self.update()

    def set_range(self, low: float | str, high: float | str, diverging: bool | None = None) -> None:
        """The values at both ends; a text is shown as it is."""
        if diverging is not None and diverging != self._diverging:
            self._diverging = diverging
            self._picture = None
            self.update()
        ends = [v if isinstance(v, str) else format_value(v) for v in (low, high)]
        if ends != [self._low, self._high]:  # told at each frame, and hardly ever another one
            self._low, self._high = ends
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, 16)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        theme = self._theme
        painter.setFont(text_font(SMALL))
        painter.setPen(color(theme.muted))
        height = float(self.height())
        middle = Qt.AlignmentFlag.AlignVCenter
        low = max(text_width(self._low, SMALL), 0.0 if self._low.isalpha() else _LABEL * 0.75)
        high = max(text_width(self._high, SMALL), 0.0 if self._high.isalpha() else _LABEL * 0.75)
        title = text_width(self._title, SMALL) + 1.5 * GRID
        bar = min(_BAR_WIDTH, self.width() - title - low - high - 2 * GRID)
        left = title + low + GRID
        right = middle | Qt.AlignmentFlag.AlignRight
        painter.drawText(QRectF(0, 0, title, height), middle, self._title)
        painter.drawText(QRectF(left - GRID - low, 0, low, height), right, self._low)
        painter.drawText(QRectF(left + bar + GRID, 0, high, height), middle, self._high)
        top = (height - _BAR_HEIGHT) / 2
        painter.drawImage(QRectF(left, top, bar, _BAR_HEIGHT), self._gradient().image)
        painter.setPen(color(theme.border))
        painter.drawRect(QRectF(left - 0.5, top - 0.5, bar + 1, _BAR_HEIGHT + 1))
        if self._diverging:
            painter.setPen(color(theme.muted))
            x = round(left + bar / 2) + 0.5
            painter.drawLine(int(x), int(top) - 3, int(x), int(top) + _BAR_HEIGHT + 2)

    def _gradient(self) -> Picture:
        if self._picture is None:
            self._picture = Picture()
            self._picture.resize(256, 1)
            self._picture.codes[0] = np.arange(256)
            self._picture.colorize(self._theme.diverging if self._diverging else self._theme.sequential)
        return self._picture
