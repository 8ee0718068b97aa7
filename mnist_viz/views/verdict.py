"""The answer in large type."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.views.painting import text_font, text_metrics, text_width
from mnist_viz.views.theme import DARK, FIGURE, Theme, color

_SMALLER_FIGURE = 20


class Verdict(QWidget):
    """The answer in large type: 'Reads 7 · 98.2%'."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("verdict")
        self._theme = DARK
        self._name, self._share, self._class = "", 0.0, 0

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_answer(self, name: str, share: float, index: int) -> None:
        """The class that wins, its probability, its number; an empty name when nothing is drawn."""
        self._name, self._share, self._class = name, share, index
        self.setAccessibleName(self.text())
        self.update()

    def text(self) -> str:
        return f"Reads {self._name} · {self._share:.1%}" if self._name else "Draw a digit"

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        theme, rect = self._theme, QRectF(self.rect())
        middle = Qt.AlignmentFlag.AlignVCenter
        light, bold = QFont.Weight.Normal, QFont.Weight.DemiBold
        if not self._name:
            painter.setFont(text_font(FIGURE, light))
            painter.setPen(color(theme.muted, 0.8))
            painter.drawText(rect, middle, self.text())
            return
        size = FIGURE if self._fits(FIGURE) else _SMALLER_FIGURE
        share = f" · {self._share:.1%}"
        room = rect.width() - text_width("Reads  · 100.0%", size, light)
        name = text_metrics(size, bold).elidedText(self._name, Qt.TextElideMode.ElideRight, room)
        x = rect.left()
        for text, weight, tint in (
            ("Reads ", light, theme.muted),
            (name, bold, theme.text),
            (share, light, theme.muted),
        ):
            painter.setFont(text_font(size, weight))
            painter.setPen(color(tint))
            painter.drawText(QRectF(x, 0, rect.width(), rect.height()), middle, text)
            x += text_width(text, size, weight)

    def _fits(self, size: int) -> bool:
        # The widest text that can come, so that the size does not change with the digit or its share.
        share = text_width("Reads  · 100.0%", size)
        return share + text_width(max(self._name, "0", key=len), size, QFont.Weight.DemiBold) <= self.width()
