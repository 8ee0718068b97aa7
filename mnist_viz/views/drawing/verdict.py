"""The answer in large type."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QWidget

from mnist_viz.views.canvas import Canvas
from mnist_viz.views.painting import text_font, text_metrics, text_width
from mnist_viz.views.theme import FIGURE, SMALL, color

_HEIGHT = 36
_SMALLER_FIGURE = 20
_LIGHT, _BOLD = QFont.Weight.Normal, QFont.Weight.DemiBold
_MIDDLE = Qt.AlignmentFlag.AlignVCenter

Part = tuple[str, float]
"""A digit of a number and its probability."""


class Verdict(Canvas):
    """The answer in large type: 'Reads 7 · 98.2%', 'Not sure · 7?', 'Reads 1984'."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("verdict", parent=parent)
        self.setFixedHeight(_HEIGHT)
        self._nothing = "Draw a digit"
        self._name, self._share, self._sure = "", 0.0, True
        self._number: tuple[Part, ...] = ()

    def set_nothing(self, text: str) -> None:
        """The text while there is nothing to read."""
        self._nothing = text
        self._show()

    def set_answer(self, name: str, share: float, sure: bool = True) -> None:
        """The class that wins and its probability; an empty name when nothing is drawn."""
        self._name, self._share, self._sure = name, share, sure
        self._number = ()
        self._show()

    def set_number(self, parts: Sequence[Part]) -> None:
        """Several digits that were read one by one; none to go back to the answer."""
        self._number = tuple(parts)
        self._show()

    def _show(self) -> None:
        tip = "  ".join(f"{name}: {share:.1%}" for name, share in self._number)
        if not self._number and self._name and not self._sure:
            tip = f"{self._name} is the likeliest, with {self._share:.1%}"
        if (text := self.text()) != self.accessibleName() or tip != self.toolTip():
            self.setAccessibleName(text)
            self.setToolTip(tip)
            self.update()

    def text(self) -> str:
        if self._number:
            return "Reads " + "".join(name for name, _ in self._number)
        if not self._name:
            return self._nothing
        return f"Reads {self._name} · {self._share:.1%}" if self._sure else f"Not sure · {self._name}?"

    def paint(self, painter: QPainter, within: QRectF) -> None:
        theme = self.theme
        if self._number:
            self._paint_number(painter)
        elif not self._name:
            size = FIGURE if text_width(self._nothing, FIGURE) <= self.area.width() else _SMALLER_FIGURE
            painter.setFont(text_font(size, _LIGHT))
            painter.setPen(color(theme.muted, 0.8))
            painter.drawText(self.area, _MIDDLE, self._nothing)
        elif self._sure:
            self._paint_parts(painter, "Reads ", self._name, f" · {self._share:.1%}", theme.muted, theme.text)
        else:
            self._paint_parts(painter, "Not sure · ", self._name, "?", theme.muted, theme.muted)

    def _paint_parts(self, painter: QPainter, before: str, name: str, after: str, tint: str, brought_out: str) -> None:
        widest = text_width("Reads  · 100.0%", FIGURE), text_width("Reads  · 100.0%", _SMALLER_FIGURE)
        # The widest text that can come decides, so that the size does not change with the digit or its share.
        large = widest[0] + text_width(max(name, "0", key=len), FIGURE, _BOLD) <= self.area.width()
        size = FIGURE if large else _SMALLER_FIGURE
        room = self.area.width() - widest[0 if large else 1]
        name = text_metrics(size, _BOLD).elidedText(name, Qt.TextElideMode.ElideRight, room)
        x = 0.0
        for text, weight, colour in ((before, _LIGHT, tint), (name, _BOLD, brought_out), (after, _LIGHT, tint)):
            painter.setFont(text_font(size, weight))
            painter.setPen(color(colour))
            painter.drawText(QRectF(x, 0, self.area.width(), self.area.height()), _MIDDLE, text)
            x += text_width(text, size, weight)

    def _paint_number(self, painter: QPainter) -> None:
        """Each digit with its share beneath, if they fit; else the number alone, and the shares in the tooltip."""
        theme, height = self.theme, self.area.height()
        cell = text_width("100%", SMALL) + 4
        head = text_width("Reads ", _SMALLER_FIGURE, _LIGHT)
        painter.setPen(color(theme.muted))
        if head + cell * len(self._number) > self.area.width() or any(len(name) > 2 for name, _ in self._number):
            number = "".join(name for name, _ in self._number)
            self._paint_parts(painter, "Reads ", number, "", theme.muted, theme.text)
            return
        above, below = height - 13, 13.0
        painter.setFont(text_font(_SMALLER_FIGURE, _LIGHT))
        painter.drawText(QRectF(0, 0, head, above), _MIDDLE, "Reads ")
        for k, (name, share) in enumerate(self._number):
            left = head + k * cell
            painter.setFont(text_font(_SMALLER_FIGURE + 2, _BOLD))
            painter.setPen(color(theme.text))
            painter.drawText(QRectF(left, 0, cell, above), Qt.AlignmentFlag.AlignCenter, name)
            painter.setFont(text_font(SMALL))
            painter.setPen(color(theme.muted))
            painter.drawText(QRectF(left, above, cell, below), Qt.AlignmentFlag.AlignCenter, f"{share:.0%}")
