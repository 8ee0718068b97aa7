"""Pictures that only one of two networks reads, each with both answers; what does not fit is scrolled to."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QWheelEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.views.compare.sides import LETTERS, Answers
from mnist_viz.views.painting import draw_message, text_font, text_metrics, text_width
from mnist_viz.views.theme import BODY, DARK, GRID, SMALL, color
from mnist_viz.views.tiles import EDGE, LINE, SMALLEST, WIDEST, Tiles, Tiling

_ENOUGH = 12  # pictures that should fit, if need be smaller ones
_BAR = 4  # pixels of the bar that says how much there is beyond
_NOTCH = 120  # of the wheel, as Qt counts


class DigitStrip(Tiles):
    """What only network number `side` reads, in a grid; a click on a picture chooses it."""

    TOP = 22

    def __init__(self, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self.setObjectName(f"only-{LETTERS[side].lower()}")
        self.setAccessibleName(f"What only {LETTERS[side]} reads")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._tints = (DARK.text, DARK.text)
        self._answers: Answers | None = None
        self._turned = 0  # of the wheel, less than a notch

    # --- values in ---------------------------------------------------------------------------

    def set_tints(self, tints: tuple[str, str]) -> None:
        """The colours of both runs."""
        if tints != self._tints:
            self._tints = tints
            self.update()

    def set_answers(self, answers: Answers | None) -> None:
        """Show those of the answers where only this side is right; None for nothing."""
        self._answers = answers
        self.set_pictured(answers)

    # --- what is shown -----------------------------------------------------------------------

    def indices(self) -> NDArray[np.intp]:
        return np.asarray(self._answers.only[self._side]) if self._answers is not None else np.zeros(0, np.intp)

    def describe(self, index: int) -> str:
        return self._answers.describe(index) if self._answers is not None else ""

    def title(self) -> str:
        """The longest title that fits."""
        return _fitting(self._answers.titles(self._side), self.width()) if self._answers is not None else ""

    def make_grid(self) -> Tiling:
        least = 0.0 if self.is_short() else WIDEST
        room = self.width() - 2 * EDGE - _BAR
        found = (0, 0, least, SMALLEST)
        for side in self.sides():
            width = max(side, min(least, max(room, 1.0)))
            columns = int((room + GRID) // (width + GRID))
            rows = int((self.height() - self.TOP - EDGE + GRID) // (side + self.caption_height() + GRID))
            if columns * rows > found[0] * found[1]:
                found = (columns, rows, width, side)
            if columns * rows >= _ENOUGH:
                break
        return found

    # --- painting ----------------------------------------------------------------------------

    def draw_heading(self, painter: QPainter) -> None:
        count = len(self.indices())
        painter.setFont(text_font(BODY, QFont.Weight.Medium))
        painter.setPen(color(self._tints[self._side]))
        painter.drawText(QRectF(0, 0, self.width(), 18), Qt.AlignmentFlag.AlignVCenter, self.title())
        if not count and self.height() > 2 * self.TOP:
            draw_message(painter, QRectF(0, self.TOP, self.width(), self.height() - self.TOP), self._theme, "", "None")
        columns, rows, _, _ = self.grid()
        if columns * rows < count and rows:
            self._draw_bar(painter, rows, -(-count // columns))

    def draw_caption(self, painter: QPainter, index: int, line: QRectF) -> None:
        assert self._answers is not None
        names = [self._answers.class_names[int(predicted[index])] for predicted in self._answers.predicted]
        if self.is_short():
            half = QRectF(line.left(), line.top(), line.width() / 2, LINE)
            for k, name in enumerate(names):
                self._draw_answer(painter, half.translated(k * half.width(), 0), k, name)
        else:
            for k, name in enumerate(names):
                self._draw_answer(painter, line.translated(0, k * (LINE - 1)), k, name)

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
        track = QRectF(self.width() - _BAR + 1, self.TOP, _BAR - 1, self.height() - self.TOP - EDGE)
        length = max(track.height() * rows / all_rows, 8.0)
        top = track.top() + (track.height() - length) * self._first / max(self.last_first(), 1)
        painter.fillRect(QRectF(track.left(), top, track.width(), length), color(self._theme.muted, 0.6))

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._turned += event.angleDelta().y()
        notches = int(self._turned / _NOTCH)
        self._turned -= notches * _NOTCH
        self.scroll_to(self._first - notches)
        event.accept()


def _fitting(texts: Sequence[str], width: float) -> str:
    weight = QFont.Weight.Medium
    return next((text for text in texts if text_width(text, BODY, weight) <= width), texts[-1])
