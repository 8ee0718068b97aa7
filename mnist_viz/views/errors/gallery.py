"""The pictures behind the numbers: as many as fit, each with what it was read as and how surely."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_viz.views.errors.answers import Answers
from mnist_viz.views.painting import draw_heading, draw_message, text_font, text_metrics, text_width
from mnist_viz.views.theme import BODY, GRID, SMALL, color
from mnist_viz.views.tiles import EDGE, LARGEST, LINE, SMALLEST, WIDEST, Tiles, Tiling

HEADING = Tiles.TOP
_HUGE = 112.0  # side of a picture where there is much room
_ENOUGH, _MANY = 6, 24  # pictures that should fit, else smaller ones are tried; and larger ones only if so many fit


class Gallery(Tiles):
    """Pictures in a grid; a click on one chooses it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("error-pictures")
        self.setAccessibleName("Pictures read wrongly")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # after a click the arrows are still the timeline's
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._answers: Answers | None = None
        self._indices: NDArray[np.intp] = np.zeros(0, np.intp)
        self._titles: tuple[str, ...] = ()
        self._nothing = ""
        self._total = 0

    # --- values in ---------------------------------------------------------------------------

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
        self._answers, self._indices, self._total = answers, indices, total
        self._titles, self._nothing = tuple(titles), nothing
        self.set_pictured(answers)

    # --- what is shown -----------------------------------------------------------------------

    def indices(self) -> NDArray[np.intp]:
        columns, rows, _, _ = self.grid()
        return self._indices[: columns * rows]

    def describe(self, index: int) -> str:
        return self._answers.describe_picture(index) if self._answers is not None else ""

    def title(self) -> str:
        """The longest title that fits."""
        weight = QFont.Weight.Medium
        fitting = [text for text in self._titles if text_width(text, BODY, weight) <= self.width()]
        return fitting[0] if fitting else self._titles[-1] if self._titles else ""

    def make_grid(self) -> Tiling:
        caption = self.caption_height()
        least = float(np.ceil(self._widest_caption())) if self.is_short() else WIDEST
        found = (0, 0, least, SMALLEST)
        for side in self.sides(_HUGE):
            room = self.width() - 2 * EDGE
            width = max(side, min(least, max(room, 1.0)))
            columns = int((room + GRID) // (width + GRID))
            rows = int((self.height() - self.TOP + GRID) // (side + caption + GRID))
            large = side > LARGEST
            if columns * rows > found[0] * found[1] and not large:
                found = (columns, rows, width, side)
            if columns * rows >= (_MANY if large else _ENOUGH):
                return columns, rows, width, side
        return found

    def _widest_caption(self) -> float:
        assert self._answers is not None
        name = max(text_width(name, SMALL, QFont.Weight.DemiBold) for name in self._answers.class_names)
        return 2 * name + text_width("→", SMALL, QFont.Weight.DemiBold) + 4 + text_width("100%", SMALL)

    # --- painting ----------------------------------------------------------------------------

    def draw_heading(self, painter: QPainter) -> None:
        shown = len(self.indices())
        caption = f"{shown} of {self._total:,}" if shown < self._total else ""
        draw_heading(painter, QRectF(0, 0, self.width(), 20), self._theme, self.title(), caption)
        if not len(self._indices):
            below = QRectF(0, self.TOP, self.width(), self.height() - self.TOP)
            draw_message(painter, below, self._theme, "", self._nothing)

    def draw_caption(self, painter: QPainter, index: int, line: QRectF) -> None:
        answers = self._answers
        assert answers is not None
        label, answer = int(answers.labels[index]), int(answers.predicted[index])
        names = answers.class_names
        right = label == answer
        words = names[answer] if right else f"{names[label]}→{names[answer]}"
        sure = f"{answers.confidence[index]:.0%}"
        weight = QFont.Weight.DemiBold
        if self.is_short():
            start = line.left() + (line.width() - text_width(words, SMALL, weight) - 4 - text_width(sure, SMALL)) / 2
            line.setLeft(start)
            self._draw_words(painter, line, words)
            line.setLeft(start + text_width(words, SMALL, weight) + 4)
            self._draw_sure(painter, line, sure, Qt.AlignmentFlag.AlignLeft)
        else:
            fitting = text_metrics(SMALL, weight).elidedText(
                words if right else names[answer], Qt.TextElideMode.ElideRight, line.width()
            )
            self._draw_words(painter, line, fitting, Qt.AlignmentFlag.AlignHCenter)
            self._draw_sure(painter, line.translated(0, LINE - 1), sure, Qt.AlignmentFlag.AlignHCenter)

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

    def sizeHint(self) -> QSize:
        return QSize(200, 96)

    def minimumSizeHint(self) -> QSize:
        return QSize(48, HEADING + 44)
