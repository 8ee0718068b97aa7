"""A legend of a heatmap's colours: a gradient with the values at its ends."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_viz.views import zoom
from mnist_viz.views.number_text import format_value
from mnist_viz.views.plots.heatmap import Scale
from mnist_viz.views.theme import DARK, LookupTable, Theme
from mnist_viz.views.widgets import label, row

_BAR = (120, 8)  # width and height in pixels


class ColorLegend(QWidget):
    """A title, then low, a horizontal gradient, high."""

    def __init__(self, title: str = "", scale: Scale = "diverging", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("color-legend")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme, self._scale = DARK, scale
        self._low, self._bar, self._high = (label(role="caption") for _ in range(3))
        for end in (self._low, self._high):
            end.setTextFormat(Qt.TextFormat.PlainText)
        row(label(title, "caption"), self._low, self._bar, self._high, None, parent=self)
        self._bar.setScaledContents(True)
        self._bar.setMinimumWidth(_BAR[0] // 5)  # where there is little room the texts have it
        self.setAccessibleName(title)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        table: LookupTable = getattr(theme, self._scale)
        image = QImage(table.tobytes(), 256, 1, QImage.Format.Format_RGB32)
        self._bar.setPixmap(QPixmap.fromImage(image).scaled(zoom.size(*_BAR)))

    def set_range(self, low: float | str, high: float | str, scale: Scale | None = None) -> None:
        """The values at both ends; a text is shown as it is."""
        for text, end in ((self._low, low), (self._high, high)):
            text.setText(end if isinstance(end, str) else format_value(end))
        if scale is not None and scale != self._scale:
            self._scale = scale
            self.set_theme(self._theme)
