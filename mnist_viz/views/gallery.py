"""Pictures with captions in a grid that scrolls, such as the digits that a network read wrongly."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import overload

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    QSizeF,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from mnist_viz.views import zoom
from mnist_viz.views.copying import copy_action, copy_digit
from mnist_viz.views.painting import Bytes, digit_image, draw_message, draw_picture, frame_pen, text_font, text_metrics
from mnist_viz.views.theme import DARK, GRID, SMALL, Theme, color
from mnist_viz.views.widgets import OwnKeys

SMALLEST, LARGEST = 26, 112
"""Sides of a picture in pixels: smaller ones cannot be made out, larger ones show no more."""

_ENOUGH = 24  # pictures that should be seen at once, if need be small ones
_KEPT = 500  # examples and pictures; more are made again when they come into view
_LINE = 14  # pixels of a caption's line
_WIDEST = 76  # pixels of a caption; longer ones are cut with an ellipsis
_KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


@dataclass(frozen=True)
class CaptionLine:
    """A line below a picture; `color` is ``#rrggbb``, or empty for that of text."""

    text: str
    color: str = ""
    bold: bool = False


@dataclass(frozen=True, eq=False)
class Example:
    """A picture of the gallery.

    Attributes:
        number: tells it from the others, such as its index in the data set.
        image: uint8 (height, width), or (height, width, 3) for red, green and blue.
        caption: the lines below it; all examples of a gallery have as many.
        tooltip: one line that tells all about it, also to a screen reader.
    """

    number: int
    image: Bytes
    caption: tuple[CaptionLine, ...]
    tooltip: str


class Examples(Sequence[Example]):
    """Any number of examples, each made when it is first asked for."""

    def __init__(self, numbers: Iterable[int], make: Callable[[int], Example]) -> None:
        self._numbers = tuple(numbers)
        self._make = lru_cache(_KEPT)(make)

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, index: int) -> Example: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Example]: ...
    def __getitem__(self, index: int | slice) -> Example | Sequence[Example]:
        numbers = self._numbers[index]
        return [self._make(one) for one in numbers] if isinstance(numbers, tuple) else self._make(numbers)


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.examples: Sequence[Example] = ()
        self._pictures: dict[int, QImage] = {}

    def set_examples(self, examples: Sequence[Example]) -> None:
        self.beginResetModel()
        self.examples = examples
        self._pictures.clear()
        self.endResetModel()

    def forget_pictures(self) -> None:
        self._pictures.clear()

    def picture(self, row: int, theme: Theme) -> QImage:
        if row not in self._pictures:
            if len(self._pictures) >= _KEPT:
                self._pictures.clear()
            self._pictures[row] = digit_image(self.examples[row].image, theme)
        return self._pictures[row]

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.examples)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        example = self.examples[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return " ".join(line.text for line in example.caption)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return example.tooltip
        return None


class Gallery(QListView):
    """Shows examples as large as all or many of them fit, and scrolls; a click or Enter chooses one.

    Attributes:
        frames_chosen: whether the one that was chosen last stays framed.
    """

    example_chosen = Signal(int)
    """The number of the example."""

    def __init__(self, name: str, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible_name)
        self._theme = DARK
        self._message = ""
        self._side = float(SMALLEST)
        self.frames_chosen = False
        self._examples = _Model()
        self._delegate = _Delegate(self)
        self.setModel(self._examples)
        self.setItemDelegate(self._delegate)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)  # the panel's ground
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self._on_chosen)
        self.activated.connect(self._on_chosen)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        copy_action(self).triggered.connect(self.copy)
        OwnKeys(self, *_KEYS)  # the arrows lead from picture to picture, and not through the training

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._examples.forget_pictures()
        self.viewport().update()

    def set_examples(self, examples: Sequence[Example], message: str = "") -> None:
        """Show `examples`, or `message` if there are none."""
        self._message = message
        self._examples.set_examples(examples)
        self._fit()

    def update_examples(self, examples: Sequence[Example], message: str = "") -> None:
        """The same; but nothing changes while all that is told of the examples is as before."""
        if not examples or [each.tooltip for each in examples] != [each.tooltip for each in self.examples]:
            self.set_examples(examples, message)

    def choose(self, row: int) -> None:
        """Make the example in this row the current one, and show it."""
        self.setCurrentIndex(self._examples.index(row))

    @property
    def examples(self) -> Sequence[Example]:
        return self._examples.examples

    @Slot()
    def copy(self) -> None:
        """Put the picture of the current example, if there is one, on the clipboard."""
        if self.currentIndex().isValid():
            copy_digit(self._examples.picture(self.currentIndex().row(), self._theme))

    def sizeHint(self) -> QSize:
        return zoom.size(200, 96)

    def minimumSizeHint(self) -> QSize:
        return zoom.size(48, SMALLEST + 3 * _LINE)

    def choose_current(self) -> None:
        if self.currentIndex().isValid():
            self._on_chosen(self.currentIndex())

    # Laying out

    def _fit(self) -> None:
        """Make the pictures as large as all or many of them fit, each pixel a whole number of device pixels."""
        if not self.examples:
            return
        ratio, first = zoom.ratio(self), self.examples[0]
        pixels = max(first.image.shape[:2])
        lines = {line for example in self.examples[:_KEPT] for line in example.caption}
        text = min(max((_metrics(line).horizontalAdvance(line.text) for line in lines), default=0.0), _WIDEST)
        below = _LINE * len(first.caption)
        room = QSizeF(self.maximumViewportSize()) / zoom.scale()
        width = room.width() - zoom.units(self.verticalScrollBar().sizeHint().width())  # Qt keeps that free in any case
        sides = [k * pixels / ratio for k in range(1, int(LARGEST * ratio / pixels) + 1)]
        sides = [side for side in sides if side >= SMALLEST] or [float(SMALLEST)]
        self._side = sides[0]
        for side in sides[1:]:
            columns = int(width // (max(side, text) + GRID))
            if columns * int(room.height() // (side + below + GRID)) >= min(len(self.examples), _ENOUGH):
                self._side = side
        self.setGridSize(zoom.size(round(max(self._side, text)) + GRID, round(self._side) + below + GRID))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.examples and self._message:
            with QPainter(self.viewport()) as painter:
                painter.scale(zoom.scale(), zoom.scale())
                room = QRectF(0, 0, zoom.units(self.viewport().width()), zoom.units(self.viewport().height()))
                draw_message(painter, room, self._theme, "", self._message)

    def draw_example(self, painter: QPainter, cell: QRectF, row: int, *, framed: bool) -> None:
        """Draw the picture and the caption of the example in `row` into `cell`, with a frame if one points at it."""
        place = QRectF(cell.center().x() - self._side / 2, cell.top() + GRID / 2, self._side, self._side)
        image = self._examples.picture(row, self._theme)
        painted = draw_picture(painter, place, image, zoom.ratio(self))
        painter.setPen(frame_pen(self._theme.accent) if framed else QPen(color(self._theme.border), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        edge = 1.0 if framed else 0.5
        painter.drawRect(painted.adjusted(-edge, -edge, edge, edge))
        line_place = QRectF(cell.left(), place.bottom() + 2, cell.width(), _LINE)
        for line in self.examples[row].caption:
            painter.setFont(text_font(SMALL, _weight(line)))
            painter.setPen(color(line.color or self._theme.text))
            painter.drawText(line_place, Qt.AlignmentFlag.AlignCenter, _elided(line.text, line.bold, cell.width()))
            line_place.translate(0, _LINE)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._fit()
        return super().event(event)

    def keyboardSearch(self, search: str) -> None:  # noqa: N802
        """Letters are keys of the window."""

    @Slot(QModelIndex)
    def _on_chosen(self, index: QModelIndex) -> None:
        self.example_chosen.emit(self.examples[index.row()].number)


class _Delegate(QStyledItemDelegate):
    def __init__(self, gallery: Gallery) -> None:
        super().__init__(gallery)
        self._gallery = gallery

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return self._gallery.gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        focused = option.state & QStyle.StateFlag.State_HasFocus
        hovered = option.state & QStyle.StateFlag.State_MouseOver
        chosen = self._gallery.frames_chosen and option.state & QStyle.StateFlag.State_Selected
        painter.save()
        scale, rect = zoom.scale(), QRectF(option.rect)
        painter.scale(scale, scale)
        cell = QRectF(rect.topLeft() / scale, rect.size() / scale)
        self._gallery.draw_example(painter, cell, index.row(), framed=bool(focused or hovered or chosen))
        painter.restore()


def _weight(line: CaptionLine) -> QFont.Weight:
    return QFont.Weight.DemiBold if line.bold else QFont.Weight.Normal


@lru_cache(1024)
def _elided(text: str, bold: bool, width: float) -> str:
    """The text as far as it fits; measuring it takes longer than drawing it, and few texts come back all the time."""
    return _metrics(CaptionLine(text, bold=bold)).elidedText(text, Qt.TextElideMode.ElideRight, width)


def _metrics(line: CaptionLine) -> QFontMetricsF:
    return text_metrics(SMALL, _weight(line))
