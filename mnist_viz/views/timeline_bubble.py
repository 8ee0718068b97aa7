"""The bubble above the timeline: which moment is under the mouse, and what happened there."""

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from mnist_viz.views.painting import text_font, text_metrics
from mnist_viz.views.theme import BODY, DARK, GRID, SMALL, Theme, color
from mnist_viz.views.timeline_marks import Mark, paint_mark

MOST_MARKS = 6
"""Of more marks at one place these are told, and how many there are beside them."""

_WIDEST = 320  # pixels, of a line
_SIGN = 20  # the room of a mark's sign before its text
_PAD = GRID
_LINE = 20
_WRAP = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


@dataclass(frozen=True)
class Told:
    """What the bubble says.

    Attributes:
        title: the moment.
        note: quietly, beside it; may be empty.
        lines: the marks there, each with its words.
    """

    title: str
    note: str = ""
    lines: tuple[tuple[Mark, str], ...] = ()

    @property
    def more(self) -> str:
        """Says how many lines are left out; empty if none."""
        left = len(self.lines) - MOST_MARKS
        return f"and {left:,} more" if left > 0 else ""


class TimelineBubble(QWidget):
    """A painted tooltip, a window of its own: what lies under it need not be painted again when it moves."""

    def __init__(self, parent: QWidget) -> None:
        flags = Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowTransparentForInput
        super().__init__(parent, flags)
        self.setObjectName("timeline-bubble")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._theme = DARK
        self._boxes: list[QRectF] = []  # of the lines' texts
        self.told = Told("")

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    @property
    def text(self) -> str:
        """Everything that it says, a line each."""
        told = self.told
        words = [text for _, text in told.lines[:MOST_MARKS]]
        return "\n".join(part for part in (told.title, told.note, *words, told.more) if part)

    def show_above(self, at: QPoint, told: Told, within: QWidget) -> None:
        """Say `told` above the point `at` of the screen, no further left or right than `within`."""
        if told != self.told:
            self.told = told
            self.setAccessibleName(self.text)
            self._fit()
            self.update()
        left = within.mapToGlobal(QPoint(0, 0)).x()
        x = min(max(at.x() - self.width() // 2, left), max(left, left + within.width() - self.width()))
        self.move(x, at.y() - self.height())
        if not self.isVisible():
            self.show()

    def _fit(self) -> None:
        told, body = self.told, text_metrics(BODY)
        width = text_metrics(BODY, QFont.Weight.Medium).horizontalAdvance(told.title)
        if told.note:
            width += GRID + text_metrics(SMALL).horizontalAdvance(told.note)
        self._boxes = []
        y = float(_PAD // 2 + _LINE)
        for _, text in told.lines[:MOST_MARKS]:
            room = body.boundingRect(QRectF(0, 0, _WIDEST, 1000), int(_WRAP), text)
            box = QRectF(_PAD + _SIGN, y + 2, room.width() + 2, room.height())
            self._boxes.append(box)
            y = max(y + _LINE, box.bottom())
            width = max(width, _SIGN + box.width())
        if told.more:
            y += _LINE
        self.resize(round(width) + 2 * _PAD + 2, round(y) + _PAD // 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        told, theme = self.told, self._theme
        painter.setPen(QPen(color(theme.border), 1))
        painter.setBrush(color(theme.raised))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        middle = Qt.AlignmentFlag.AlignVCenter
        first = QRectF(_PAD, _PAD // 2, self.width() - 2 * _PAD, _LINE)
        painter.setFont(text_font(BODY, QFont.Weight.Medium))
        painter.setPen(color(theme.text))
        painter.drawText(first, middle, told.title)
        painter.setPen(color(theme.muted))
        if told.note:
            painter.setFont(text_font(SMALL))
            painter.drawText(first, middle | Qt.AlignmentFlag.AlignRight, told.note)
        painter.setFont(text_font(BODY))
        for (mark, text), box in zip(told.lines, self._boxes, strict=False):
            paint_mark(painter, QPointF(_PAD + 6, box.top() + 8), mark, theme)
            painter.setPen(color(theme.text))
            painter.drawText(box, int(_WRAP), text)
        if told.more:
            painter.setPen(color(theme.muted))
            painter.drawText(QRectF(_PAD + _SIGN, self.height() - _PAD // 2 - _LINE, 200, _LINE), middle, told.more)
