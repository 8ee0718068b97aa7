"""Pictures in a grid under a heading: hovered, chosen by mouse or keys, and scrolled where not all of them fit."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from mnist_viz.views.painting import Picture, digit_picture, draw_picture, frame_pen
from mnist_viz.views.theme import DARK, GRID, Theme, color

EDGE = 2
"""Pixels beside the pictures, for the frame of one at the edge."""
LINE = 14
"""Pixels of a caption's line."""
SMALLEST, LARGEST = 26.0, 64.0
"""Sides of a picture in pixels: smaller ones cannot be made out, larger ones as a rule waste room."""
SHORT = 2
"""Letters of the names of classes that stand side by side in a caption."""
WIDEST = 76.0
"""Pixels of a tile with long names."""

_STEPS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
_CHOOSE = {Qt.Key.Key_Return, Qt.Key.Key_Enter}

Tiling = tuple[int, int, float, float]
"""Columns, rows, the width of a tile and the side of a picture, in pixels."""


class Pictured(Protocol):
    """The pictures that were examined: uint8 (n, pixels), of one shape, and the names of their classes."""

    @property
    def images(self) -> NDArray[np.uint8]: ...
    @property
    def image_shape(self) -> tuple[int, ...]: ...
    @property
    def class_names(self) -> tuple[str, ...]: ...


class Tiles(QWidget):
    """The tiles; which pictures, their captions and how they are laid out is a subclass's to say."""

    example_chosen = Signal(int)
    """The index of the picture among all that were examined."""

    TOP = 24
    """Pixels of the heading."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self._theme = DARK
        self._hovered = self._current = -1  # places among all pictures
        self._first = 0  # the row on top
        self._pictures: dict[int, Picture] = {}  # by index: those that are painted, for they seldom change
        self._grid: Tiling | None = None
        self._pictured: Pictured | None = None

    # --- what a subclass says ----------------------------------------------------------------

    def indices(self) -> NDArray[np.intp]:
        """The pictures that can be scrolled to, in order."""
        raise NotImplementedError

    def describe(self, index: int) -> str:
        """One line on a picture, for its tooltip."""
        raise NotImplementedError

    def make_grid(self) -> Tiling:
        """Lay the tiles out for the present size."""
        raise NotImplementedError

    def draw_heading(self, painter: QPainter) -> None:
        raise NotImplementedError

    def draw_caption(self, painter: QPainter, index: int, line: QRectF) -> None:
        """Draw what stands below a picture, beginning with `line`."""
        raise NotImplementedError

    # --- values in ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._pictures.clear()
        self.update()

    def set_pictured(self, pictured: Pictured | None) -> None:
        """Show pictures of these; to be called after `indices` gives them."""
        before, self._pictured = self._pictured, pictured
        if pictured is None or before is None or pictured.images is not before.images:
            self._pictures.clear()
            self._grid = None
            self._first, self._current = 0, -1
        last = len(self.indices()) - 1
        self._hovered, self._current = min(self._hovered, last), min(self._current, last)
        self.scroll_to(self._first)
        self.update()

    # --- what is shown -----------------------------------------------------------------------

    def shown(self) -> list[int]:
        """The indices of the pictures that are painted, in order."""
        columns, rows, _, _ = self.grid()
        start = self._first * columns
        return [int(index) for index in self.indices()[start : start + columns * rows]]

    def place_at(self, position: QPointF) -> int:
        """The place, from 0 for the first painted one, of the picture there; -1 if there is none."""
        for place in range(len(self.shown())):
            if self.tile_rect(place).contains(position):
                return place
        return -1

    def tile_rect(self, place: int) -> QRectF:
        """Where a picture is painted, with its caption."""
        columns, _, width, side = self.grid()
        row, column = divmod(place, columns)
        height = side + self.caption_height()
        return QRectF(EDGE + column * (width + GRID), self.TOP + row * (height + GRID), width, height)

    def grid(self) -> Tiling:
        """The present layout, with a column at least."""
        if self._grid is None:
            columns, rows, width, side = self.make_grid()
            self._grid = max(columns, 1), max(rows, 0), width, side
        return self._grid

    def is_short(self) -> bool:
        """Whether a caption of names has one line."""
        return self._pictured is not None and all(len(name) <= SHORT for name in self._pictured.class_names)

    def caption_height(self) -> float:
        return LINE if self.is_short() else 2 * LINE

    def sides(self, largest: float = LARGEST) -> Sequence[float]:
        """Sides to try, the largest first, at which each pixel is a whole number of device pixels."""
        if self._pictured is None:
            return (LARGEST,)
        pixels, ratio = max(self._pictured.image_shape[:2]), self.devicePixelRatioF()
        sides = [k * pixels / ratio for k in range(int(largest * ratio), 0, -1)]
        return [side for side in sides if SMALLEST <= side <= largest] or [56.0, 28.0]

    def last_first(self) -> int:
        """The row on top where the last one is at the bottom."""
        columns, rows, _, _ = self.grid()
        return max(-(-len(self.indices()) // columns) - max(rows, 1), 0)

    def scroll_to(self, row: int) -> None:
        """Put `row` on top."""
        before, self._first = self._first, min(max(row, 0), self.last_first())
        if self._first != before:
            self._hovered = -1
            self.update()

    # --- painting ----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            if self._pictured is None:
                return
            self.draw_heading(painter)
            shown, images, shape = self.shown(), self._pictured.images, self._pictured.image_shape
            self._pictures = {
                index: self._pictures.get(index) or digit_picture(images[index].reshape(shape), self._theme)
                for index in shown
            }
            for place, index in enumerate(shown):
                self._draw_tile(painter, place, index)

    def _draw_tile(self, painter: QPainter, place: int, index: int) -> None:
        tile, side, number = self.tile_rect(place), self.grid()[3], self._number(place)
        where = QRectF(tile.left() + (tile.width() - side) / 2, tile.top(), side, side)
        painted = draw_picture(painter, where, self._pictures[index].image, self.devicePixelRatioF())
        painter.setPen(QPen(color(self._theme.border), 1))
        painter.drawRect(painted.adjusted(-0.5, -0.5, 0.5, 0.5))
        if number == self._hovered or (number == self._current and self.hasFocus()):
            painter.setPen(frame_pen(self._theme.accent))
            painter.drawRect(painted.adjusted(-1, -1, 1, 1))
        self.draw_caption(painter, index, QRectF(tile.left(), tile.top() + side + 1, tile.width(), LINE))

    # --- the mouse and the keys --------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self._number(self.place_at(event.position())))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place >= 0:
            self._current = self._number(place)
            self.example_chosen.emit(self.shown()[place])
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        indices = self.indices()
        if not self._is_own(event) or not len(indices):
            super().keyPressEvent(event)
            return
        key = Qt.Key(event.key())
        if key in _CHOOSE:
            if 0 <= self._current < len(indices):
                self.example_chosen.emit(int(indices[self._current]))
            return
        columns, rows, _, _ = self.grid()
        down, right = _STEPS[key]
        wanted = self._current + down * columns + right if self._current >= 0 else 0
        self._current = min(max(wanted, 0), len(indices) - 1)
        row = self._current // columns
        self.scroll_to(min(max(self._first, row - max(rows, 1) + 1), row))
        self.update()

    def _is_own(self, event: QKeyEvent) -> bool:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        return plain and (event.key() in _STEPS or event.key() in _CHOOSE)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if self._current < 0 and len(self.indices()):
            self._current = self._number(0)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def _number(self, place: int) -> int:
        """The place among all pictures of the one that is painted at `place`; -1 for none."""
        return self._first * self.grid()[0] + place if place >= 0 else -1

    def _hover(self, number: int) -> None:
        if number != self._hovered:
            self._hovered = number
            self.setCursor(Qt.CursorShape.PointingHandCursor if number >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        self._grid = None
        self.scroll_to(self._first)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._lay_out()
            self.update()
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.place_at(QPointF(event.pos()))
            if place >= 0:
                text = f"{self.describe(self.shown()[place])}; click to put it on the pad"
                QToolTip.showText(event.globalPos(), text, self, self.tile_rect(place).toAlignedRect())
            else:
                QToolTip.hideText()
            return True
        return super().event(event)
