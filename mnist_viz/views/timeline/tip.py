"""The tip above the timeline: which moment is under the mouse, and what happened there."""

import base64
import html
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QPoint, Qt
from PySide6.QtWidgets import QLabel, QWidget

from mnist_viz.views.theme import DARK, SMALL, Theme
from mnist_viz.views.timeline.marks import SIGNS, Mark, mark_color

MOST_MARKS = 6
"""Of more marks at one place these are told, and how many there are beside them."""

_WIDEST = 340  # pixels


@dataclass(frozen=True)
class Told:
    """What the tip says.

    Attributes:
        title: the moment.
        note: quietly, beside it; may be empty.
        lines: the marks there, each with its words.
    """

    title: str = ""
    note: str = ""
    lines: tuple[tuple[Mark, str], ...] = ()

    @property
    def more(self) -> str:
        """Says how many lines are left out; empty if none."""
        left = len(self.lines) - MOST_MARKS
        return f"and {left:,} more" if left > 0 else ""

    @property
    def text(self) -> str:
        """Everything, a line each."""
        words = [text for _, text in self.lines[:MOST_MARKS]]
        return "\n".join(part for part in (self.title, self.note, *words, self.more) if part)


class TimelineTip(QLabel):
    """A tooltip that is there at once, follows the mouse and stands above the timeline."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.ToolTip | Qt.WindowType.WindowTransparentForInput)
        self.setObjectName("timeline-tip")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setTextFormat(Qt.TextFormat.RichText)
        self._theme = DARK
        self.told = Told()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setText(self._rich(self.told))

    def show_above(self, at: QPoint, told: Told, within: QWidget) -> None:
        """Say `told` above the point `at` of the screen, no further left or right than `within`."""
        if told != self.told:
            self.told = told
            self.setAccessibleName(told.text)
            self.setText(self._rich(told))
            self.setWordWrap(False)
            self.setWordWrap(self.sizeHint().width() > _WIDEST)
            self.resize(_WIDEST, self.heightForWidth(_WIDEST)) if self.wordWrap() else self.adjustSize()
        left = within.mapToGlobal(QPoint(0, 0)).x()
        x = min(max(at.x() - self.width() // 2, left), max(left, left + within.width() - self.width()))
        self.move(x, at.y() - self.height())
        self.show()

    def _rich(self, told: Told) -> str:
        muted = f'style="color: {self._theme.muted}; font-size: {SMALL}px"'
        title = f'<span style="font-weight: 500">{html.escape(told.title)}</span>'
        note = f"&nbsp; <span {muted}>{html.escape(told.note)}</span>" if told.note else ""
        rows = [
            f"<tr><td>{self._sign(mark)}&nbsp;</td><td>{html.escape(text)}</td></tr>"
            for mark, text in told.lines[:MOST_MARKS]
        ]
        if told.more:
            rows.append(f"<tr><td></td><td {muted}>{told.more}</td></tr>")
        return title + note + (f"<table cellspacing=0>{''.join(rows)}</table>" if rows else "")

    def _sign(self, mark: Mark) -> str:
        """The mark's sign as an image in the text."""
        ratio = self.devicePixelRatioF()
        image = SIGNS[mark.kind].image(mark_color(mark, self._theme), ratio)
        buffer = QBuffer()
        image.save(buffer, "PNG")  # type: ignore[call-overload]
        data = base64.b64encode(buffer.data().data()).decode()
        width, height = round(image.width() / ratio), round(image.height() / ratio)
        return f'<img src="data:image/png;base64,{data}" width={width} height={height}>'
