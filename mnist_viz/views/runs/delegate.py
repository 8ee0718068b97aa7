"""How a row of the tree of runs is painted, where its parts lie, and where its name is typed."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QAbstractItemModel, QEvent, QObject, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QHelpEvent, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from mnist_viz.recording.run_looks import MAX_NAME
from mnist_viz.views import icons
from mnist_viz.views.painting import text_font, text_metrics
from mnist_viz.views.runs.marks import EYE, SWATCH, paint_eye, paint_swatch
from mnist_viz.views.runs.model import Index, RunsModel
from mnist_viz.views.runs.row import RunRow
from mnist_viz.views.theme import BODY, DARK, GRID, RADIUS, SMALL, Theme, color

Part = Literal["swatch", "eye", "row"]


_LEFT, _RIGHT = 12, GRID  # from the edges to the first swatch and the eye
_TOP, _FIRST, _OTHER, _BOTTOM = 7, 20, 17, 7  # the margins and the lines' heights
_STEP = 16  # indented by, a branch
_MOST_INDENT = 0.25  # of the width; deeper trees are indented by less
_WIDE = 56 * GRID  # from this width on, origin and settings share a line
_REACH = 14  # pixels around a swatch's or an eye's middle that belong to it
_BAR = 3

_PLAIN, _MEDIUM, _BOLD = QFont.Weight.Normal, QFont.Weight.Medium, QFont.Weight.DemiBold
_MIDDLE = Qt.AlignmentFlag.AlignVCenter
_LEFT_MIDDLE, _RIGHT_MIDDLE = Qt.AlignmentFlag.AlignLeft | _MIDDLE, Qt.AlignmentFlag.AlignRight | _MIDDLE


@dataclass(frozen=True)
class Places:
    """Where the parts of a row lie, in the view's pixels: the middles of swatch and eye, and the texts' lines."""

    swatch: QPointF
    eye: QPointF
    name: QRectF
    lines: tuple[QRectF, ...]


class RunDelegate(QStyledItemDelegate):
    """Paints the rows of a `RunsModel`."""

    def __init__(self, model: RunsModel, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._model = model
        self._view = view
        self._theme = DARK

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme

    # Where things are

    @property
    def wide(self) -> bool:
        return self._view.viewport().width() >= _WIDE

    def row_height(self) -> int:
        return _TOP + _FIRST + _OTHER * (1 if self.wide else 2) + _BOTTOM

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(20 * GRID, self.row_height())

    def places(self, rect: QRect, row: RunRow) -> Places:
        """Where the parts of `row` lie, which is painted into `rect`."""
        top, middle = rect.top() + _TOP, rect.top() + _TOP + _FIRST / 2
        swatch = QPointF(self._level(rect, row.depth), middle)
        eye = QPointF(rect.right() + 1 - _RIGHT - EYE / 2, middle)
        left = swatch.x() + SWATCH / 2 + GRID
        name = QRectF(left, top, max(eye.x() - EYE / 2 - GRID - left, 0), _FIRST)
        room = rect.right() + 1 - _RIGHT - left
        lines = (QRectF(left, top + _FIRST + k * _OTHER, room, _OTHER) for k in range(1 if self.wide else 2))
        return Places(swatch, eye, name, tuple(lines))

    def part_at(self, point: QPointF, rect: QRect, row: RunRow) -> Part:
        """What lies at `point`."""
        places = self.places(rect, row)
        if abs(point.x() - places.swatch.x()) <= _REACH and abs(point.y() - places.swatch.y()) <= _REACH:
            return "swatch"
        if abs(point.x() - places.eye.x()) <= _REACH and abs(point.y() - places.eye.y()) <= _REACH:
            return "eye"
        return "row"

    def _level(self, rect: QRect, depth: int) -> float:
        step = min(_STEP, _MOST_INDENT * rect.width() / max(self._model.deepest, 1))
        return rect.left() + _LEFT + SWATCH / 2 + round(depth * step)

    # Painting

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, row = self._theme, self._model.rows[index.row()]
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        places = self.places(rect, row)
        painter.save()
        self._paint_ground(painter, rect, row, state)
        self._paint_rails(painter, rect, index.row())
        paint_swatch(painter, places.swatch, color(theme.run_color(row.color)), filled=row.visible)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        tint = color(theme.text if hovered else theme.muted, 1.0 if row.visible or hovered else 0.6)
        paint_eye(painter, places.eye, tint, crossed=not row.visible)
        self._paint_name(painter, places.name, row)
        origin, settings = row.origin, row.settings
        if len(places.lines) == 1:
            origin, settings = " · ".join(text for text in (origin, settings) if text), ""
        left = places.lines[0].adjusted(0, 0, -self._right(painter, places.lines[0], row.length), 0)
        painter.setPen(color(theme.muted))
        for rectangle, text in zip((left, *places.lines[1:]), (origin, settings), strict=False):
            elided = text_metrics(SMALL).elidedText(text, Qt.TextElideMode.ElideRight, rectangle.width())
            painter.drawText(rectangle, _LEFT_MIDDLE, elided)
        painter.restore()

    def _paint_ground(self, painter: QPainter, rect: QRect, row: RunRow, state: QStyle.StateFlag) -> None:
        theme = self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        around = QRectF(rect).adjusted(2.5, 1.5, -2.5, -1.5)
        focused = bool(state & QStyle.StateFlag.State_HasFocus) and self._view.hasFocus()
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        ground = color(theme.raised, 1.0 if row.active else 0.5) if row.active or hovered else Qt.BrushStyle.NoBrush
        painter.setPen(QPen(color(theme.accent), 1.0) if focused else Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(around, RADIUS, RADIUS)
        if row.active:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color(theme.accent))
            bar = QRectF(around.left(), around.top() + RADIUS, _BAR, around.height() - 2 * RADIUS)
            painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)

    def _paint_rails(self, painter: QPainter, rect: QRect, place: int) -> None:
        row, lines = self._model.rows[place], self._model.rails[place]
        x, y = self._level(rect, row.depth), rect.top() + _TOP + _FIRST / 2
        top, bottom = float(rect.top()), float(rect.bottom() + 1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(color(self._theme.muted, 0.5), 1.0))
        for depth in lines.through:
            at = self._level(rect, depth)
            painter.drawLine(QPointF(at, top), QPointF(at, bottom))
        if row.depth:
            at = self._level(rect, row.depth - 1)
            if row.depth - 1 not in lines.through:
                painter.drawLine(QPointF(at, top), QPointF(at, y))
            if x - SWATCH / 2 > at:
                painter.drawLine(QPointF(at, y), QPointF(x - SWATCH / 2 - 1, y))
        if lines.children:
            painter.drawLine(QPointF(x, y + SWATCH / 2 + 1), QPointF(x, bottom))

    def _paint_name(self, painter: QPainter, rect: QRectF, row: RunRow) -> None:
        theme = self._theme
        painter.setPen(color(theme.text if row.visible else theme.muted))
        room = rect.width()
        if row.accuracy:
            painter.setFont(text_font(BODY, _MEDIUM))
            painter.drawText(rect, _RIGHT_MIDDLE, row.accuracy)
            room -= text_metrics(BODY, _MEDIUM).horizontalAdvance(row.accuracy) + GRID
        if row.trains:
            room -= icons.SIZE
        weight = _BOLD if row.active else _PLAIN
        metrics = text_metrics(BODY, weight)
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideRight, room)
        painter.setFont(text_font(BODY, weight))
        painter.drawText(rect, _LEFT_MIDDLE, name)
        if row.trains:
            at = QRectF(rect.left() + metrics.horizontalAdvance(name) + 4, rect.center().y() - 6, 12, 12)
            icons.paint("play", painter, at, color(theme.accent))

    def _right(self, painter: QPainter, rect: QRectF, text: str) -> float:
        """Paint `text` at the right of a line, below the accuracy; return the room that it takes."""
        painter.setFont(text_font(SMALL))
        painter.setPen(color(self._theme.muted))
        away = EYE + GRID
        painter.drawText(rect.adjusted(0, 0, -away, 0), _RIGHT_MIDDLE, text)
        return text_metrics(SMALL).horizontalAdvance(text) + away + GRID

    # Tooltips

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        if not index.isValid():
            return False
        row = self._model.rows[index.row()]
        rect: QRect = option.rect
        part = self.part_at(QPointF(event.pos()), rect, row)
        QToolTip.showText(event.globalPos(), tip(row, part), view)
        return True

    # Renaming

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:  # noqa: N802
        editor = QLineEdit(parent)
        editor.setObjectName("run-name")
        editor.setAccessibleName("Name of the run")
        editor.setMaxLength(MAX_NAME)
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802
        rect: QRect = option.rect
        name = self.places(rect, self._model.rows[index.row()]).name
        inset = SWATCH // 2  # clear of the swatch, and of the line below
        editor.setGeometry(
            round(name.left()) - inset, rect.top() + 1, round(name.width()) + inset, editor.sizeHint().height()
        )

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:  # noqa: N802
        assert isinstance(editor, QLineEdit)
        model.setData(index, editor.text(), Qt.ItemDataRole.EditRole)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Escape takes the typing back and Enter keeps it, both before the window gives the focus away."""
        if isinstance(event, QKeyEvent) and isinstance(watched, QWidget):
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                event.accept()
                self.closeEditor.emit(watched, QAbstractItemDelegate.EndEditHint.RevertModelCache)
                return True
            if event.type() == QEvent.Type.KeyPress and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.commitData.emit(watched)
                self.closeEditor.emit(watched, QAbstractItemDelegate.EndEditHint.NoHint)
                return True
        return super().eventFilter(watched, event)


def tip(row: RunRow, part: Part) -> str:
    """What the pointer is told over a part of a row."""
    if part == "swatch":
        return "Choose another colour"
    if part == "eye":
        return "Hide its curves" if row.visible else "Show its curves"
    figures = f"{row.length}, best validation accuracy {row.accuracy}" if row.accuracy else row.length
    return "\n".join(text for text in (row.name, row.origin, row.settings, figures) if text)
