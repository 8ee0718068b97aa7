"""Labels that are as wide as there is room for, and elide what does not fit."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent, QTextLayout
from PySide6.QtWidgets import QLabel, QSizePolicy

from mnist_viz.views import zoom
from mnist_viz.views.painting import text_font
from mnist_viz.views.theme import SMALL

_SMALL_LINE = 15  # units from one line of the small font to the next


class ElidedLabel(QLabel):
    """Has its whole text as its text, for screen readers, and paints what fits of it with an ellipsis."""

    def __init__(self, role: str = "", mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if role:
            self.setProperty("role", role)

    def sizeHint(self) -> QSize:
        self.ensurePolished()  # the style sheet sets the font
        return QSize(zoom.px(120), self.fontMetrics().height())  # Qt makes it depend on the text

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        place = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), self._mode, place.width())
        with QPainter(self) as painter:
            self.style().drawItemText(
                painter, place, self.alignment(), self.palette(), self.isEnabled(), text, self.foregroundRole()
            )


class TwoLineLabel(ElidedLabel):
    """Goes over to two lines of a smaller font where one line cuts its text."""

    def sizeHint(self) -> QSize:
        return zoom.size(120, 2 * _SMALL_LINE)

    def paintEvent(self, event: QPaintEvent) -> None:
        text, place = self.text(), self.contentsRect()
        if self.fontMetrics().horizontalAdvance(text) <= place.width():
            super().paintEvent(event)
            return
        small = text_font(SMALL, self.font().weight())
        small.setPixelSize(zoom.px(SMALL))
        metrics, layout = QFontMetrics(small), QTextLayout(text, small)
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(place.width())
        end = line.textLength()
        layout.endLayout()
        lines = text[:end].rstrip(), metrics.elidedText(text[end:], self._mode, place.width())
        with QPainter(self) as painter:
            painter.setFont(small)
            painter.setPen(self.palette().color(self.foregroundRole()))
            painter.drawText(place, int(self.alignment()), "\n".join(filter(None, lines)))


class FittingLabel(ElidedLabel):
    """Shows the first of several texts that fits, and cuts the last one if none does; its tip is then the first."""

    def __init__(self, role: str = "") -> None:
        super().__init__(role)
        self.texts: tuple[str, ...] = ()
        self._tip = ""  # that it has given itself

    def set_texts(self, *texts: str) -> None:
        """Show one of `texts`, the longest first."""
        if texts != self.texts:
            self.texts = texts
            self.setAccessibleName(texts[0] if texts else "")
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        self.ensurePolished()  # the style sheet sets the font
        metrics, room = self.fontMetrics(), self.contentsRect().width()
        last = self.texts[-1] if self.texts else ""
        text = next((text for text in self.texts if metrics.horizontalAdvance(text) <= room), last)
        self.setText(text)
        if self.toolTip() == self._tip:
            shortened = self.texts and (text != self.texts[0] or metrics.horizontalAdvance(text) > room)
            self._tip = self.texts[0] if shortened else ""
            self.setToolTip(self._tip)
