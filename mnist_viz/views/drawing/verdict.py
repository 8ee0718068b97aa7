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
    """What is read, its probability, and whether the network is sure of it."""

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
        self._parts: tuple[Part, ...] = ()
        self._current = 0

    def set_nothing(self, text: str) -> None:
        """What to say where nothing is read."""
        self._nothing = text
        self._show()

    def set_answer(self, parts: Sequence[Part], current: int = 0) -> None:
        """What is read: nothing, one class, or the digits of a number, of which the panels show the `current` one."""
        if (tuple(parts), current) == (self._parts, self._current):
            return
        self._parts, self._current = tuple(parts), current
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if self._is_number else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if self._is_number else Qt.CursorShape.ArrowCursor)
        self._show()

    @property
    def _is_number(self) -> bool:
        return len(self._parts) > 1

    def _show(self) -> None:
        if self._is_number:
            tip = "  ".join(f"{name}: {format_probability(p)}{'' if sure else '?'}" for name, p, sure in self._parts)
        elif self._parts and not self._parts[0].sure:
            tip = f"{self._parts[0].name} is the likeliest, with {format_probability(self._parts[0].share)}"
        else:
            tip = ""
        chosen = f"{self._parts[self._current].name.strip()} is shown" if self._is_number else ""
        # Qt tells screen readers of each of these, even where the text is the same.
        if (text := self.text()) != self.accessibleName():
            self.setAccessibleName(text)
        if chosen != self.accessibleDescription():
            self.setAccessibleDescription(chosen)
        self.setToolTip(tip)
        self.update()

    def text(self) -> str:
        if not self._parts:
            return self._nothing
        name = "".join(part.name for part in self._parts)
        if not all(part.sure for part in self._parts):
            return f"Not sure · {name}?"
        return f"Reads {name}" if self._is_number else f"Reads {name} · {format_probability(self._parts[0].share)}"

    def paint(self, painter: QPainter, within: QRectF) -> None:
        theme = self.theme
        if self._is_number:
            self._paint_number(painter)
        elif not self._parts:
            size = FIGURE if text_width(self._nothing, FIGURE) <= self.area.width() else _SMALLER_FIGURE
            painter.setFont(text_font(size, _LIGHT))
            painter.setPen(color(theme.muted))
            painter.drawText(self.area, _MIDDLE, self._nothing)
        else:
            (name, share, sure), tint = self._parts[0], theme.muted
            if sure:
                self._paint_text(painter, "Reads ", name, f" · {format_probability(share)}", tint, theme.text)
            else:
                self._paint_text(painter, "Not sure · ", name, "?", tint, tint)

    def _paint_text(self, painter: QPainter, before: str, name: str, after: str, tint: str, brought_out: str) -> None:
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
        return "Reads " if all(part.sure for part in self._parts) else "Not sure · "

    def _cells(self) -> list[QRectF]:
        """The place of each digit; none if there is no room for them with their shares."""
        cell = text_width("100.0%", SMALL) + 4
        left = text_width(self._head, _SMALLER_FIGURE, _LIGHT)
        if left + cell * len(self._parts) > self.area.width() or any(len(part.name) > 2 for part in self._parts):
            return []
        return [QRectF(left + k * cell, 0, cell, self.area.height()) for k in range(len(self._parts))]

    def _paint_number(self, painter: QPainter) -> None:
        """Each digit with its share beneath, if they fit; else the number alone, and the shares in the tooltip."""
        theme, cells = self.theme, self._cells()
        painter.setPen(color(theme.muted))
        if not cells:
            number = "".join(part.name for part in self._parts)
            self._paint_text(painter, self._head, number, "", theme.muted, theme.text)
            return
        above, below = self.area.height() - 13.0, 13.0
        painter.setFont(text_font(_SMALLER_FIGURE, _LIGHT))
        painter.drawText(QRectF(0, 0, cells[0].left(), above), _MIDDLE, self._head)
        for k, (cell, part) in enumerate(zip(cells, self._parts, strict=True)):
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
        elif self._is_number and not cells:
            self.part_chosen.emit((self._current + 1) % len(self._parts))
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._is_number or event.key() not in _STEPS:
            event.ignore()
            return
        by = _STEPS[Qt.Key(event.key())]
        self.part_chosen.emit(min(max(self._current + by, 0), len(self._parts) - 1))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
