"""The pictures behind the numbers: as many as fit, each with what it was read as and how surely."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mnist_viz.views.errors.answers import Answers
from mnist_viz.views.painting import (
    Picture,
    digit_picture,
    draw_heading,
    draw_message,
    draw_picture,
    frame_pen,
    text_font,
    text_metrics,
    text_width,
)
from mnist_viz.views.theme import BODY, DARK, GRID, SMALL, Theme, color

HEADING = 24
_EDGE = 2  # pixels beside the pictures, for the frame of one at the edge
_LINE = 14  # pixels of a caption's line
_SIDES = (26.0, 64.0, 112.0)  # of a picture: the smallest, the largest as a rule, and where there is much room
_ENOUGH, _MANY = 6, 24  # pictures that should fit, else smaller ones are tried; and larger ones only if so many fit
_SHORT = 2  # letters of names that stand in one line with the confidence
_WIDEST = 76.0  # pixels of a picture with long names
_KEYS = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter}


class Gallery(QWidget):
    """Pictures in a grid; a click on one chooses it."""

    example_chosen = Signal(int)
    """The number of the picture among all that were examined."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("error-pictures")
        self.setAccessibleName("Pictures read wrongly")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # after a click the arrows are still the timeline's
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = DARK
        self._answers: Answers | None = None
        self._indices: NDArray[np.intp] = np.zeros(0, np.intp)
        self._titles: tuple[str, ...] = ()
        self._nothing = ""
        self._total = 0
        self._hovered = self._current = -1
        self._pictures: dict[int, Picture] = {}  # by index: those that are shown, for they seldom change
        self._grid: tuple[int, int, float, float] | None = None

    # --- values in ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._pictures.clear()
        self.update()

    def set_pictures(
        self, answers: Answers | None, indices: NDArray[np.intp], total: int, titles: Sequence[str], nothing: str
    ) -> None:
        """Show pictures.

        Args:
            answers: where they are from.
            indices: which, the first most important; those that do not fit are left out.
            total: how many there are in all.
            titles: what they are, the longest first; the first one is shown that fits.
            nothing: what to say if there are none.
        """
        before = self._answers
        if answers is None or before is None or answers.images is not before.images:
            self._pictures.clear()
            self._grid = None
        self._answers, self._indices, self._total = answers, indices, total
        self._titles, self._nothing = tuple(titles), nothing
        self._current = min(self._current, len(indices) - 1)
        self.update()

    # --- what is shown -----------------------------------------------------------------------

    def shown(self) -> list[int]:
        """The numbers of the pictures that are painted, in order."""
        columns, rows, _, _ = self._current_grid()
        return [int(index) for index in self._indices[: columns * rows]]

    def title(self) -> str:
        """The longest title that fits."""
        weight = QFont.Weight.Medium
        fitting = [text for text in self._titles if text_width(text, BODY, weight) <= self.width()]
        return fitting[0] if fitting else self._titles[-1] if self._titles else ""

    def place_at(self, position: QPointF) -> int:
        """The place, from 0, of the picture painted there; -1 if there is none."""
        for place in range(len(self.shown())):
            if self.tile_rect(place).contains(position):
                return place
        return -1

    def tile_rect(self, place: int) -> QRectF:
        """Where a picture is painted, with its caption."""
        columns, _, width, side = self._current_grid()
        row, column = divmod(place, columns)
        height = side + self._caption_height()
        return QRectF(_EDGE + column * (width + GRID), HEADING + row * (height + GRID), width, height)

    def _caption_height(self) -> float:
        return _LINE if self._is_short() else 2 * _LINE

    def _is_short(self) -> bool:
        return self._answers is not None and all(len(name) <= _SHORT for name in self._answers.class_names)

    def _current_grid(self) -> tuple[int, int, float, float]:
        """Columns, rows, the width of a tile and the side of a picture."""
        if self._grid is None:
            caption = self._caption_height()
            least = float(np.ceil(self._widest_caption())) if self._is_short() else _WIDEST
            found = (0, 0, least, _SIDES[0])
            for side in self._sides():
                room = self.width() - 2 * _EDGE
                width = max(side, min(least, max(room, 1.0)))
                columns = int((room + GRID) // (width + GRID))
                rows = int((self.height() - HEADING + GRID) // (side + caption + GRID))
                large = side > _SIDES[1]
                if columns * rows > found[0] * found[1] and not large:
                    found = (columns, rows, width, side)
                if columns * rows >= (_MANY if large else _ENOUGH):
                    found = (columns, rows, width, side)
                    break
            self._grid = max(found[0], 1), max(found[1], 0), found[2], found[3]
        return self._grid

    def _widest_caption(self) -> float:
        assert self._answers is not None
        name = max(text_width(name, SMALL, QFont.Weight.DemiBold) for name in self._answers.class_names)
        return 2 * name + text_width("→", SMALL, QFont.Weight.DemiBold) + 4 + text_width("100%", SMALL)

    def _sides(self) -> Sequence[float]:
        """Sides to try, the largest first, at which each pixel is a whole number of device pixels."""
        if self._answers is None:
            return _SIDES[1:2]
        pixels, ratio = max(self._answers.image_shape[:2]), self.devicePixelRatioF()
        sides = [k * pixels / ratio for k in range(int(_SIDES[2] * ratio), 0, -1)]
        return [side for side in sides if _SIDES[0] <= side <= _SIDES[2]] or [56.0, 28.0]

    # --- painting ----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            if self._answers is not None:
                self._paint(painter, self._answers)

    def _paint(self, painter: QPainter, answers: Answers) -> None:
        theme, shown = self._theme, self.shown()
        caption = f"{len(shown)} of {self._total:,}" if len(shown) < self._total else ""
        draw_heading(painter, QRectF(0, 0, self.width(), 20), theme, self.title(), caption)
        if not len(self._indices):
            draw_message(painter, QRectF(0, HEADING, self.width(), self.height() - HEADING), theme, "", self._nothing)
        self._pictures = {index: self._pictures.get(index) or self._picture(index) for index in shown}
        for place, index in enumerate(shown):
            self._draw_tile(painter, answers, place, index)

    def _picture(self, index: int) -> Picture:
        assert self._answers is not None
        return digit_picture(self._answers.images[index].reshape(self._answers.image_shape), self._theme)

    def _draw_tile(self, painter: QPainter, answers: Answers, place: int, index: int) -> None:
        theme, tile = self._theme, self.tile_rect(place)
        _, _, _, side = self._current_grid()
        where = QRectF(tile.left() + (tile.width() - side) / 2, tile.top(), side, side)
        painted = draw_picture(painter, where, self._pictures[index].image, self.devicePixelRatioF())
        painter.setPen(QPen(color(theme.border), 1))
        painter.drawRect(painted.adjusted(-0.5, -0.5, 0.5, 0.5))
        if place == self._hovered or (place == self._current and self.hasFocus()):
            painter.setPen(frame_pen(theme.accent))
            painter.drawRect(painted.adjusted(-1, -1, 1, 1))
        label, answer = int(answers.labels[index]), int(answers.predicted[index])
        names = answers.class_names
        right = label == answer
        words = names[answer] if right else f"{names[label]}→{names[answer]}"
        sure = f"{answers.confidence[index]:.0%}"
        line = QRectF(tile.left(), tile.top() + side + 1, tile.width(), _LINE)
        weight = QFont.Weight.DemiBold
        if self._is_short():
            start = line.left() + (line.width() - text_width(words, SMALL, weight) - 4 - text_width(sure, SMALL)) / 2
            line.setLeft(start)
            self._draw_words(painter, line, words)
            line.setLeft(start + text_width(words, SMALL, weight) + 4)
            self._draw_sure(painter, line, sure, Qt.AlignmentFlag.AlignLeft)
        else:
            fitting = text_metrics(SMALL, weight).elidedText(
                words if right else names[answer], Qt.TextElideMode.ElideRight, tile.width()
            )
            self._draw_words(painter, line, fitting, Qt.AlignmentFlag.AlignHCenter)
            self._draw_sure(painter, line.translated(0, _LINE - 1), sure, Qt.AlignmentFlag.AlignHCenter)

    def _draw_words(
        self, painter: QPainter, line: QRectF, text: str, side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft
    ) -> None:
        painter.setFont(text_font(SMALL, QFont.Weight.DemiBold))
        painter.setPen(color(self._theme.text))
        painter.drawText(line, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)

    def _draw_sure(self, painter: QPainter, line: QRectF, text: str, side: Qt.AlignmentFlag) -> None:
        painter.setFont(text_font(SMALL))
        painter.setPen(color(self._theme.muted))
        painter.drawText(line, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, text)

    # --- the mouse and the keys --------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.place_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place >= 0:
            self._current = place
            self.example_chosen.emit(self.shown()[place])
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        shown = self.shown()
        if not self._is_own(event) or not shown:
            super().keyPressEvent(event)
            return
        columns = self._current_grid()[0]
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_Down: columns,
        }
        if (step := steps.get(Qt.Key(event.key()))) is not None:
            wanted = self._current + step if self._current >= 0 else 0
            self._current = min(max(wanted, 0), len(shown) - 1)
            self.update()
        elif 0 <= self._current < len(shown):
            self.example_chosen.emit(shown[self._current])

    def _is_own(self, event: QKeyEvent) -> bool:
        return not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier and event.key() in _KEYS

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._current = max(self._current, 0)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def _hover(self, place: int) -> None:
        if place != self._hovered:
            self._hovered = place
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._grid = None

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._grid = None
            self.update()
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.place_at(QPointF(event.pos()))
            if place >= 0 and self._answers is not None:
                text = f"{self._answers.describe_picture(self.shown()[place])}; click to put it on the pad"
                QToolTip.showText(event.globalPos(), text, self, self.tile_rect(place).toAlignedRect())
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def sizeHint(self) -> QSize:
        return QSize(200, 96)

    def minimumSizeHint(self) -> QSize:
        return QSize(48, HEADING + 44)
