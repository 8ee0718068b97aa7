"""Items of a list or tree with small lines below their text, such as what was set for a run below its name."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from mnist_viz.views import zoom
from mnist_viz.views.painting import text_font, text_metrics
from mnist_viz.views.theme import DARK, SMALL, Theme, color

Index = QModelIndex | QPersistentModelIndex

DETAIL = Qt.ItemDataRole.UserRole + 1
"""The role of an item's small lines, joined by line breaks."""

_MARGIN = 6
_TEXT, _LINE = 20, 16
"""Heights of the text and of a small line in pixels."""


class DetailDelegate(QStyledItemDelegate):
    """Lets Qt draw the item with its text at the top, and adds the small lines."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self._lines = lines
        self._theme = DARK

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme

    def part(self, element: QStyle.SubElement, option: QStyleOptionViewItem, index: Index) -> QRect:
        """Where the check box, the icon or the text of an item is drawn."""
        self.initStyleOption(option, index)
        widget = option.widget
        style = widget.style() if widget is not None else QApplication.style()
        return style.subElementRect(element, option, widget)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        small = max(text_metrics(zoom.px(SMALL)).horizontalAdvance(line) for line in self._details(index))
        width = max(super().sizeHint(option, index).width(), round(small) + zoom.px(3 * _MARGIN))
        return QSize(width, zoom.px(2 * _MARGIN + _TEXT) + self._lines * zoom.px(_LINE))

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802
        super().initStyleOption(option, index)
        sideways = option.displayAlignment & Qt.AlignmentFlag.AlignHorizontal_Mask
        option.displayAlignment = sideways | Qt.AlignmentFlag.AlignTop

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        place = self.part(QStyle.SubElement.SE_ItemViewItemText, option, index)
        place.adjust(zoom.px(_MARGIN // 2), zoom.px(_TEXT), -zoom.px(_MARGIN // 2), 0)
        place.setHeight(zoom.px(_LINE))
        sideways = option.displayAlignment & Qt.AlignmentFlag.AlignHorizontal_Mask
        painter.save()
        painter.setFont(text_font(zoom.px(SMALL)))
        painter.setPen(color(self._theme.muted))
        for line in self._details(index):
            fitting = text_metrics(zoom.px(SMALL)).elidedText(line, Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, sideways | Qt.AlignmentFlag.AlignVCenter, fitting)
            place.translate(0, zoom.px(_LINE))
        painter.restore()

    @staticmethod
    def _details(index: Index) -> list[str]:
        return str(index.data(DETAIL) or "").split("\n")
