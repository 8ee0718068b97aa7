"""The tip above the timeline: which moment is under the mouse, and what happened there."""

import base64
import html
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QPoint, Qt
from PySide6.QtWidgets import QLabel, QWidget

from mnist_viz.views import zoom
from mnist_viz.views.theme import DARK, SMALL, Theme
from mnist_viz.views.timeline.marks import SIGNS, Mark, mark_color

_WIDEST = 340  # pixels


@dataclass(frozen=True)
class TipText:
    """The text of the tip.

    Attributes:
        title: the moment.
        note: beside it in small letters; may be empty.
        lines: the marks at that moment, each with its text; without a mark where others are only counted.
    """

    title: str = ""
    note: str = ""
    lines: tuple[tuple[Mark | None, str], ...] = ()

    @property
    def plain(self) -> str:
        """Everything, a line each."""
        return "\n".join(part for part in (self.title, self.note, *(text for _, text in self.lines)) if part)


class TimelineTip(QLabel):
    """A tooltip without delay that follows the mouse, above the timeline."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.ToolTip | Qt.WindowType.WindowTransparentForInput)
        self.setObjectName("timeline-tip")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setTextFormat(Qt.TextFormat.RichText)
        self._theme = DARK
        self.content = TipText()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setText(self._rich_text())

    def show_above(self, at: QPoint, content: TipText, within: QWidget) -> None:
        """Show `content` above the point `at` of the screen, inside the left and right edges of `within`."""
        if content != self.content:
            self.content = content
            self.setAccessibleName(content.plain)
            self.setText(self._rich_text())
            self.setWordWrap(False)
            self.setWordWrap(self.sizeHint().width() > (widest := zoom.px(_WIDEST)))
            self.resize(widest, self.heightForWidth(widest)) if self.wordWrap() else self.adjustSize()
        left = within.mapToGlobal(QPoint(0, 0)).x()
        x = min(max(at.x() - self.width() // 2, left), max(left, left + within.width() - self.width()))
        self.move(x, at.y() - self.height())
        self.show()

    def _rich_text(self) -> str:
        content, muted = self.content, f'style="color: {self._theme.muted}; font-size: {zoom.px(SMALL)}px"'
        title = f'<span style="font-weight: 500">{html.escape(content.title)}</span>'
        note = f"&nbsp; <span {muted}>{html.escape(content.note)}</span>" if content.note else ""
        rows = [
            f"<tr><td>{self._sign(mark)}&nbsp;</td><td>{html.escape(text)}</td></tr>"
            if mark is not None
            else f"<tr><td></td><td {muted}>{text}</td></tr>"
            for mark, text in content.lines
        ]
        return title + note + (f"<table cellspacing=0>{''.join(rows)}</table>" if rows else "")

    def _sign(self, mark: Mark) -> str:
        """The mark's sign as an image in the text."""
        ratio = zoom.ratio(self)
        image = SIGNS[mark.kind].image(mark_color(mark, self._theme), ratio)
        buffer = QBuffer()
        image.save(buffer, "PNG")  # type: ignore[call-overload]
        data = base64.b64encode(buffer.data().data()).decode()
        width, height = (round(side / self.devicePixelRatioF()) for side in (image.width(), image.height()))
        return f'<img src="data:image/png;base64,{data}" width={width} height={height}>'
