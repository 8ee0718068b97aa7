"""How a data set stands, in one line, with a bar below while something goes on."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.views.painting import text_font
from mnist_viz.views.theme import BODY, DARK, GRID, Theme, color

SIDE_WIDTH = 30 * GRID


class DataStatus(QWidget):
    """One line on how the set stands, with a mark when it is in use; a bar below while something goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data-status")
        self._theme = DARK
        self._resting, self._in_use = "", False
        self._work: str | None = None
        self._fraction: float | None = None

    @property
    def text(self) -> str:
        return self._resting if self._work is None else self._work

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_state(self, text: str, in_use: bool, tip: str) -> None:
        self._resting, self._in_use = text, in_use
        self.setToolTip(tip)
        self._renew()

    def set_work(self, text: str | None, fraction: float | None) -> None:
        self._work, self._fraction = text, fraction
        self._renew()

    def _renew(self) -> None:
        self.setAccessibleName(self.text)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(SIDE_WIDTH, 4 * GRID)

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, metrics = self._theme, self.fontMetrics()
        painter.setFont(text_font(BODY))
        lit = self._in_use and self._work is None
        painter.setPen(color(theme.text if lit or self._work is not None else theme.muted))
        mark = 2 * GRID if lit else 0
        text = metrics.elidedText(self.text, Qt.TextElideMode.ElideRight, self.width() - mark)
        painter.drawText(QRectF(0, 0, self.width(), 20), Qt.AlignmentFlag.AlignRight, text)
        if lit:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color(theme.accent))
            painter.drawEllipse(QPointF(self.width() - metrics.horizontalAdvance(text) - 1.5 * GRID, 9), 4, 4)
        if self._work is not None:
            draw_bar(painter, QRectF(0, 24, self.width(), 4), self._fraction, theme)


def draw_bar(painter: QPainter, bar: QRectF, fraction: float | None, theme: Theme) -> None:
    """How far something is, 0 to 1; None is shown striped and still, which costs nothing while training."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color(theme.border))
    painter.drawRoundedRect(bar, 2, 2)
    painter.setBrush(color(theme.accent))
    if fraction is None:
        for k in range(5):
            painter.drawRoundedRect(QRectF(bar.x() + k * bar.width() / 5 + 4, bar.y(), bar.width() / 10, 4), 2, 2)
    else:
        painter.drawRoundedRect(QRectF(bar.x(), bar.y(), max(4.0, min(max(fraction, 0), 1) * bar.width()), 4), 2, 2)
