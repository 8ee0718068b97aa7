"""What the network makes of a picture: one bar a class, the winner brought out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_viz.views.painting import text_font, text_metrics, text_width
from mnist_viz.views.theme import BODY, DARK, GRID, SMALL, Theme, color

DIGITS = tuple("0123456789")

_ROW = (11.0, 28.0)  # smallest and largest height of a row
_MOST_ROWS = 12


class ProbabilityBars(QWidget):
    """Horizontal bars, one a class, with the probability in percent."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("probability-bars")
        self.setAccessibleName("Probability of each class")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = DARK
        self._names: tuple[str, ...] = DIGITS
        self._probabilities: NDArray[np.floating] | None = None

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_class_names(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._probabilities = None
        self.update()

    def set_probabilities(self, probabilities: NDArray[np.floating] | None) -> None:
        """One probability a class, summing to 1; None when there is nothing to read."""
        self._probabilities = probabilities
        self.update()

    def tallest(self) -> float:
        """The height, in pixels, beyond which more room is left empty."""
        return _ROW[1] * min(len(self._names), _MOST_ROWS)

    def sizeHint(self) -> QSize:
        return QSize(round(self._label_width()) + 112, 20 * min(len(self._names), _MOST_ROWS))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 13 * min(len(self._names), _MOST_ROWS))

    def shown_classes(self) -> list[int]:
        """The classes from top to bottom: all of them where there is room, else the likeliest first."""
        count = len(self._names)
        room = min(max(int(self.height() / _ROW[0]), 1), _MOST_ROWS)
        if count <= room:
            return list(range(count))
        if self._probabilities is None:
            return list(range(room))
        return [int(k) for k in np.argsort(-self._probabilities, kind="stable")[:room]]

    def row_of(self, k: int) -> QRectF:
        """Where class `k` is painted; empty if it is not."""
        shown = self.shown_classes()
        row = self._row_height(len(shown))
        return QRectF(0, shown.index(k) * row, self.width(), row) if k in shown else QRectF()

    def class_at(self, y: float) -> int:
        """The class painted at height `y`; -1 if there is none."""
        shown = self.shown_classes()
        index = int(y // self._row_height(len(shown)))
        return shown[index] if 0 <= index < len(shown) else -1

    def _label_width(self) -> float:
        return min(max(text_width(name, BODY, QFont.Weight.DemiBold) for name in self._names), 96.0)

    def _row_height(self, rows: int) -> float:
        return min(self.height() / rows, _ROW[1])

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        values = self._probabilities
        shown = self.shown_classes()
        winner = int(np.argmax(values)) if values is not None else -1
        row = self._row_height(len(shown))
        size = BODY if row >= 18 else SMALL
        label = min(self._label_width(), self.width() * 0.4)
        percent = text_width("100.0%", size, QFont.Weight.DemiBold)
        bar_left = label + GRID
        bar_room = max(self.width() - bar_left - GRID - percent, 0.0)
        for i, k in enumerate(shown):
            self._draw_row(painter, i * row, row, k, k == winner, size, label, bar_left, bar_room)

    def _draw_row(
        self, painter: QPainter, top: float, row: float, k: int, wins: bool,
        size: int, label: float, bar_left: float, bar_room: float,
    ) -> None:  # fmt: skip
        theme = self._theme
        weight = QFont.Weight.DemiBold if wins else QFont.Weight.Normal
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(text_font(size, weight))
        painter.setPen(color(theme.text if wins else theme.muted))
        name = text_metrics(size, weight).elidedText(self._names[k], Qt.TextElideMode.ElideRight, label + 1)
        painter.drawText(QRectF(0, top, label + 1, row), middle | Qt.AlignmentFlag.AlignRight, name)
        thickness = round(min(row * 0.5, 12))
        y = round(top + (row - thickness) / 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(theme.muted, 0.14))
        painter.drawRoundedRect(QRectF(bar_left, y, bar_room, thickness), 2, 2)
        if self._probabilities is None:
            return
        value = float(self._probabilities[k])
        if value * bar_room >= 0.5:
            painter.setBrush(color(theme.classes[k % len(theme.classes)], 1.0 if wins else 0.6))
            painter.drawRoundedRect(QRectF(bar_left, y, max(value * bar_room, 2.0), thickness), 2, 2)
        painter.setPen(color(theme.text if wins else theme.muted))
        right = QRectF(bar_left + bar_room, top, self.width() - bar_left - bar_room, row)
        painter.drawText(right, middle | Qt.AlignmentFlag.AlignRight, f"{value:.1%}")
