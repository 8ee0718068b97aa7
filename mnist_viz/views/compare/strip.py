"""Pictures that only one of two networks reads, each with both answers; what does not fit is scrolled to."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from mnist_viz.views.compare.sides import LETTERS, Answers
from mnist_viz.views.painting import (
    Picture,
    digit_picture,
    draw_message,
    draw_picture,
    frame_pen,
    text_font,
    text_metrics,
    text_width,
)
from mnist_viz.views.theme import BODY, DARK, GRID, SMALL, Theme, color

_TITLE = 22
_EDGE = 2  # pixels beside the pictures, for the frame of one at the edge
_LINE = 14  # pixels of a caption's line
_SIDES = (26.0, 64.0)  # smallest and largest side of a picture
_ENOUGH = 12  # pictures that should fit, if need be smaller ones
_SHORT = 2  # letters of names that stand side by side
_WIDEST = 76.0  # pixels of a picture with long names
_BAR = 4  # pixels of the bar that says how much there is beyond
_NOTCH = 120  # of the wheel, as Qt counts

_STEPS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
_CHOOSE = {Qt.Key.Key_Return, Qt.Key.Key_Enter}


class DigitStrip(QWidget):
    """What only network number `side` reads, in a grid; a click on a picture chooses it."""

    example_chosen = Signal(int)
    """The index of the picture among all that were examined."""

    def __init__(self, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self.setObjectName(f"only-{LETTERS[side].lower()}")
        self.setAccessibleName(f"What only {LETTERS[side]} reads")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme = DARK
        self._tints = (DARK.text, DARK.text)
        self._answers: Answers | None = None
        self._hovered = self._current = -1  # places among all pictures of this strip
        self._first = 0  # the row on top
        self._turned = 0  # of the wheel, less than a notch
        self._pictures: dict[int, Picture] = {}  # by index: those that are painted, for they seldom change
        self._grid: tuple[int, int, float, float] | None = None

    # --- values in ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._pictures.clear()
        self.update()

    def set_tints(self, tints: tuple[str, str]) -> None:
        """The colours of both runs."""
        if tints != self._tints:
            self._tints = tints
            self.update()

    def set_answers(self, answers: Answers | None) -> None:
        """Show those of the answers where only this side is right; None for nothing."""
        before, self._answers = self._answers, answers
        if answers is None or before is None or answers.images is not before.images:
            self._pictures.clear()
            self._grid = None
            self._first = 0
            self._current = -1
        self._hovered = -1
        self._current = min(self._current, self._count - 1)
        self._scroll_to(self._first)
        self.update()

    # --- what is shown -----------------------------------------------------------------------

    def shown(self) -> list[int]:
        """The indices of the pictures that are painted, in order."""
        if self._answers is None:
            return []
        columns, rows, _, _ = self._current_grid()
        start = self._first * columns
        return [int(index) for index in self._answers.only[self._side][start : start + columns * rows]]

    def title(self) -> str:
        """The longest title that fits."""
        return _fitting(self._answers.titles(self._side), self.width()) if self._answers is not None else ""

    def place_at(self, position: QPointF) -> int:
        """The place, from 0 for the first painted one, of the picture there; -1 if there is none."""
        for place in range(len(self.shown())):
            if self.tile_rect(place).contains(position):
                return place
        return -1

    def tile_rect(self, place: int) -> QRectF:
        """Where a picture is painted, with its caption."""
        columns, _, width, side = self._current_grid()
        row, column = divmod(place, columns)
        height = side + self._caption_height()
        return QRectF(_EDGE + column * (width + GRID), _TITLE + row * (height + GRID), width, height)

    @property
    def _count(self) -> int:
        return len(self._answers.only[self._side]) if self._answers is not None else 0

    def _is_short(self) -> bool:
        return self._answers is not None and all(len(name) <= _SHORT for name in self._answers.class_names)

    def _caption_height(self) -> float:
        return _LINE if self._is_short() else 2 * _LINE

    # --- layout ------------------------------------------------------------------------------

    def _current_grid(self) -> tuple[int, int, float, float]:
        """Columns, rows, the width of a tile and the side of a picture."""
        if self._grid is None:
            least = 0.0 if self._is_short() else _WIDEST
            room = self.width() - 2 * _EDGE - _BAR
            found = (0, 0, least, _SIDES[0])
            for side in self._sides():
                width = max(side, min(least, max(room, 1.0)))
                columns = int((room + GRID) // (width + GRID))
                rows = int((self.height() - _TITLE - _EDGE + GRID) // (side + self._caption_height() + GRID))
                if columns * rows > found[0] * found[1]:
                    found = (columns, rows, width, side)
                if columns * rows >= _ENOUGH:
                    break
            self._grid = max(found[0], 1), max(found[1], 0), found[2], found[3]
        return self._grid

    def _sides(self) -> Sequence[float]:
        """Sides to try, the largest first, at which each pixel is a whole number of device pixels."""
        if self._answers is None:
            return (_SIDES[1],)
        pixels, ratio = max(self._answers.image_shape[:2]), self.devicePixelRatioF()
        sides = [k * pixels / ratio for k in range(int(_SIDES[1] * ratio), 0, -1)]
        return [side for side in sides if _SIDES[0] <= side <= _SIDES[1]] or [56.0, 28.0]

    def _last_first(self) -> int:
        """The row on top where the last one is at the bottom."""
        columns, rows, _, _ = self._current_grid()
        return max(-(-self._count // columns) - max(rows, 1), 0)

    def _scroll_to(self, row: int) -> bool:
        """Put `row` on top; return whether it was another one before."""
        before, self._first = self._first, min(max(row, 0), self._last_first())
        if self._first != before:
            self._hovered = -1
            self.update()
        return self._first != before

    # --- painting ----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            if self._answers is not None:
                self._paint(painter, self._answers)

    def _paint(self, painter: QPainter, answers: Answers) -> None:
        theme, shown = self._theme, self.shown()
        painter.setFont(text_font(BODY, QFont.Weight.Medium))
        painter.setPen(color(self._tints[self._side]))
        painter.drawText(QRectF(0, 0, self.width(), 18), Qt.AlignmentFlag.AlignVCenter, self.title())
        if not self._count and self.height() > 2 * _TITLE:
            draw_message(painter, QRectF(0, _TITLE, self.width(), self.height() - _TITLE), theme, "", "None")
        self._pictures = {index: self._pictures.get(index) or self._picture(answers, index) for index in shown}
        columns, rows, _, _ = self._current_grid()
        for place, index in enumerate(shown):
            self._draw_tile(painter, answers, place, index, self._first * columns + place)
        if len(shown) < self._count and rows:
            self._draw_bar(painter, rows, -(-self._count // columns))

    def _picture(self, answers: Answers, index: int) -> Picture:
        return digit_picture(answers.images[index].reshape(answers.image_shape), self._theme)

    def _draw_tile(self, painter: QPainter, answers: Answers, place: int, index: int, number: int) -> None:
        theme, tile = self._theme, self.tile_rect(place)
        side = self._current_grid()[3]
        frame = QRectF(tile.left() + (tile.width() - side) / 2, tile.top(), side, side)
        painted = draw_picture(painter, frame, self._pictures[index].image, self.devicePixelRatioF())
        painter.setPen(color(theme.border))
        painter.drawRect(painted.adjusted(-0.5, -0.5, 0.5, 0.5))
        if number == self._hovered or (number == self._current and self.hasFocus()):
            painter.setPen(frame_pen(theme.accent))
            painter.drawRect(painted.adjusted(-1, -1, 1, 1))
        names = [answers.class_names[int(predicted[index])] for predicted in answers.predicted]
        line = QRectF(tile.left(), tile.top() + side + 1, tile.width(), _LINE)
        if self._is_short():
            half = QRectF(line.left(), line.top(), line.width() / 2, _LINE)
            for k, name in enumerate(names):
                self._draw_answer(painter, half.translated(k * half.width(), 0), k, name)
        else:
            for k, name in enumerate(names):
                self._draw_answer(painter, line.translated(0, k * (_LINE - 1)), k, name)

    def _draw_answer(self, painter: QPainter, place: QRectF, side: int, name: str) -> None:
        """An answer in its run's colour, the right one bold; with its letter if there is room."""
        weight = QFont.Weight.DemiBold if side == self._side else QFont.Weight.Normal
        words = f"{LETTERS[side]} {name}"
        if text_width(words, SMALL, weight) > place.width():
            words = text_metrics(SMALL, weight).elidedText(name, Qt.TextElideMode.ElideRight, place.width())
        painter.setFont(text_font(SMALL, weight))
        painter.setPen(color(self._tints[side]))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, words)

    def _draw_bar(self, painter: QPainter, rows: int, all_rows: int) -> None:
        """How much of it all is in sight, and where."""
        track = QRectF(self.width() - _BAR + 1, _TITLE, _BAR - 1, self.height() - _TITLE - _EDGE)
        length = max(track.height() * rows / all_rows, 8.0)
        top = track.top() + (track.height() - length) * self._first / max(self._last_first(), 1)
        painter.fillRect(QRectF(track.left(), top, track.width(), length), color(self._theme.muted, 0.6))

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

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._turned += event.angleDelta().y()
        notches = int(self._turned / _NOTCH)
        self._turned -= notches * _NOTCH
        self._scroll_to(self._first - notches)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._is_own(event) or not self._count:
            super().keyPressEvent(event)
            return
        columns, rows, _, _ = self._current_grid()
        key = Qt.Key(event.key())
        if key in _CHOOSE:
            if self._answers is not None and self._current >= 0:
                self.example_chosen.emit(int(self._answers.only[self._side][self._current]))
            return
        down, right = _STEPS[key]
        self._current = min(max(self._current + down * columns + right, 0), self._count - 1)
        row = self._current // columns
        self._scroll_to(min(max(self._first, row - max(rows, 1) + 1), row))
        self.update()

    def _is_own(self, event: QKeyEvent) -> bool:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        return plain and (event.key() in _STEPS or event.key() in _CHOOSE)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if self._current < 0 and self._count:
            self._current = self._number(0)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def _number(self, place: int) -> int:
        """The place among all pictures of the one that is painted at `place`; -1 for none."""
        return self._first * self._current_grid()[0] + place if place >= 0 else -1

    def _hover(self, number: int) -> None:
        if number != self._hovered:
            self._hovered = number
            self.setCursor(Qt.CursorShape.PointingHandCursor if number >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._grid = None
        self._scroll_to(self._first)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._grid = None
            self._scroll_to(self._first)
            self.update()
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.place_at(QPointF(event.pos()))
            if place >= 0 and self._answers is not None:
                text = f"{self._answers.describe(self.shown()[place])}; click to put it on the pad"
                QToolTip.showText(event.globalPos(), text, self, self.tile_rect(place).toAlignedRect())
            else:
                QToolTip.hideText()
            return True
        return super().event(event)


def _fitting(texts: Sequence[str], width: float) -> str:
    weight = QFont.Weight.Medium
    return next((text for text in texts if text_width(text, BODY, weight) <= width), texts[-1])
