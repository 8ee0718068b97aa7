"""The answer in large type."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from mnist_viz.engine.metrics import format_probability
from mnist_viz.views import zoom
from mnist_viz.views.canvas import Canvas
from mnist_viz.views.painting import text_font, text_metrics, text_width
from mnist_viz.views.theme import FIGURE, SMALL, color
from mnist_viz.views.widgets import OwnKeys

_HEIGHT = 36
_SMALLER_FIGURE = 20
_LIGHT, _BOLD = QFont.Weight.Normal, QFont.Weight.DemiBold
_MIDDLE = Qt.AlignmentFlag.AlignVCenter
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class Part(NamedTuple):
    """A digit of a number, its probability, and whether the network is sure of it."""

    name: str
    share: float
    sure: bool = True


class Verdict(Canvas):
    """The answer in large type: 'Reads 7 · 98.2%', 'Not sure · 7?', 'Reads 1984'; of a number each digit is a button.

    With the focus, the arrows choose the digit before and after.
    """

    part_chosen = Signal(int)
    """The user chose a digit of a number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("verdict", parent=parent)
        self.setFixedHeight(_HEIGHT)
        OwnKeys(self, *_STEPS)
        self._nothing = "Draw a digit"
        self._name, self._share, self._sure = "", 0.0, True
        self._number: tuple[Part, ...] = ()
        self._current = 0

    def set_nothing(self, text: str) -> None:
        self._nothing = text
        self._show()

    def set_answer(self, name: str, share: float, sure: bool = True) -> None:
        """The class that wins and its probability; an empty name when nothing is drawn."""
        self._name, self._share, self._sure = name, share, sure
        self._set_number((), 0)

    def set_number(self, parts: Sequence[Part], current: int = 0) -> None:
        """Several digits that were read one by one, of which the panels show one; none to go back to the answer."""
        self._set_number(tuple(parts), current)

    def _set_number(self, parts: tuple[Part, ...], current: int) -> None:
        if bool(parts) != bool(self._number):
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus if parts else Qt.FocusPolicy.NoFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor if parts else Qt.CursorShape.ArrowCursor)
        if (parts, current) != (self._number, self._current):
            self._number, self._current = parts, current
            self.update()
        self._show()

    def _show(self) -> None:
        tip = "  ".join(
            f"{name}: {format_probability(share)}{'' if sure else '?'}" for name, share, sure in self._number
        )
        chosen = f"{self._number[self._current].name.strip()} is shown" if self._number else ""
        if chosen != self.accessibleDescription():
            self.setAccessibleDescription(chosen)
        if not self._number and self._name and not self._sure:
            tip = f"{self._name} is the likeliest, with {format_probability(self._share)}"
        if (text := self.text()) != self.accessibleName() or tip != self.toolTip():
            self.setAccessibleName(text)
            self.setToolTip(tip)
            self.update()

    def text(self) -> str:
        if self._number:
            number = "".join(part.name for part in self._number)
            return f"Reads {number}" if all(part.sure for part in self._number) else f"Not sure · {number}?"
        if not self._name:
            return self._nothing
        return f"Reads {self._name} · {format_probability(self._share)}" if self._sure else f"Not sure · {self._name}?"

    def paint(self, painter: QPainter, within: QRectF) -> None:
        theme = self.theme
        if self._number:
            self._paint_number(painter)
        elif not self._name:
            size = FIGURE if text_width(self._nothing, FIGURE) <= self.area.width() else _SMALLER_FIGURE
            painter.setFont(text_font(size, _LIGHT))
            painter.setPen(color(theme.muted))
            painter.drawText(self.area, _MIDDLE, self._nothing)
        elif self._sure:
            self._paint_parts(
                painter, "Reads ", self._name, f" · {format_probability(self._share)}", theme.muted, theme.text
            )
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

    @property
    def _head(self) -> str:
        return "Reads " if all(part.sure for part in self._number) else "Not sure · "

    def _cells(self) -> list[QRectF]:
        """The place of each digit; none if there is no room for them with their shares."""
        cell = text_width("100.0%", SMALL) + 4
        left = text_width(self._head, _SMALLER_FIGURE, _LIGHT)
        if left + cell * len(self._number) > self.area.width() or any(len(part.name) > 2 for part in self._number):
            return []
        return [QRectF(left + k * cell, 0, cell, self.area.height()) for k in range(len(self._number))]

    def _paint_number(self, painter: QPainter) -> None:
        """Each digit with its share beneath, if they fit; else the number alone, and the shares in the tooltip."""
        theme, cells = self.theme, self._cells()
        painter.setPen(color(theme.muted))
        if not cells:
            number = "".join(part.name for part in self._number)
            self._paint_parts(painter, self._head, number, "", theme.muted, theme.text)
            return
        above, below = self.area.height() - 13.0, 13.0
        painter.setFont(text_font(_SMALLER_FIGURE, _LIGHT))
        painter.drawText(QRectF(0, 0, cells[0].left(), above), _MIDDLE, self._head)
        for k, (cell, part) in enumerate(zip(cells, self._number, strict=True)):
            if k == self._current:
                painter.setPen(QPen(color(theme.accent if self.hasFocus() else theme.border), 1.0))
                painter.setBrush(color(theme.raised))
                painter.drawRoundedRect(cell.adjusted(1.5, 0.5, -1.5, -0.5), 4, 4)
            painter.setFont(text_font(_SMALLER_FIGURE + 2, _BOLD))
            painter.setPen(color(theme.text if part.sure else theme.muted))
            name = part.name if part.sure else f"{part.name}?"
            painter.drawText(QRectF(cell.left(), 0, cell.width(), above), Qt.AlignmentFlag.AlignCenter, name)
            painter.setFont(text_font(SMALL))
            painter.setPen(color(theme.muted))
            place = QRectF(cell.left(), above, cell.width(), below)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, format_probability(part.share))

    # --- choosing a digit --------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the digit under the mouse; where they have no places of their own, the next one."""
        cells = self._cells()
        under = [k for k, cell in enumerate(cells) if cell.contains(event.position() / zoom.scale())]
        if under:
            self.part_chosen.emit(under[0])
        elif self._number and not cells:
            self.part_chosen.emit((self._current + 1) % len(self._number))
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._number or event.key() not in _STEPS:
            event.ignore()
            return
        by = _STEPS[Qt.Key(event.key())]
        self.part_chosen.emit(min(max(self._current + by, 0), len(self._number) - 1))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
