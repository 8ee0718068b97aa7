"""A line of text that says as much as there is room for."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class FittingLabel(QLabel):
    """Shows the first of several texts that fits, and cuts the last one with an ellipsis if none does.

    Args:
        role: its look, see style.qss.
    """

    def __init__(self, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if role:
            self.setProperty("role", role)
        self._texts: tuple[str, ...] = ()

    def set_texts(self, *texts: str) -> None:
        """Show one of `texts`, the longest first."""
        if texts != self._texts:
            self._texts = texts
            self.setAccessibleName(texts[0] if texts else "")
            self._fit()

    @property
    def texts(self) -> Sequence[str]:
        return self._texts

    def sizeHint(self) -> QSize:
        return QSize(120, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.ensurePolished()  # the style sheet sets the font
        metrics, room = QFontMetricsF(self.font()), self.contentsRect().width()
        fitting = [text for text in self._texts if metrics.horizontalAdvance(text) <= room]
        last = self._texts[-1] if self._texts else ""
        self.setText(fitting[0] if fitting else metrics.elidedText(last, Qt.TextElideMode.ElideRight, room))
