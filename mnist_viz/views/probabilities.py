"""The probabilities of the classes as bars."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QHelpEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mnist_viz.engine.metrics import format_probability
from mnist_viz.views import zoom
from mnist_viz.views.canvas import Canvas
from mnist_viz.views.painting import frame_pen, text_font, text_metrics, text_width
from mnist_viz.views.theme import BODY, GRID, SMALL, color

DIGITS = tuple("0123456789")

_TALLEST_ROW = 28.0
_MOST_ROWS = 12
_WIDEST_LABEL = 96.0
_LEAST_ROW_OF_TWO = 16  # pixels of a row that holds a name and below it a bar
_LEAST_BAR = 72.0  # pixels; where long names leave less, the bars lie below them


@dataclass(frozen=True)
class _RowForm:
    """How a row is laid out, from its own corner.

    The name stands beside its bar. Where long names leave too little room for that the bar lies below the name, and in
    low rows behind it, fainter.
    """

    height: float
    size: int  # of the text
    text: QRectF
    bar: QRectF
    side: Qt.AlignmentFlag  # of the text
    strength: float = 1.0  # of the bar's colours


TOLERANCE = 0.02
"""A class may exceed one that is listed before it by this much, so that the order changes rarely."""


class ClassOrder:
    """Keeps the classes in their places until the places are clearly wrong.

    While the user draws, a picture is read many times a second, and unlikely classes change places each time.
    """

    def __init__(self) -> None:
        self._shown: list[int] = []

    def shown(self, probabilities: NDArray[np.floating] | None, count: int, room: int) -> list[int]:
        """The classes to list, from top to bottom.

        Args:
            probabilities: one a class, or None: then the first classes are listed.
            count: how many classes there are.
            room: how many can be listed.
        """
        if count <= room or probabilities is None:
            self._shown = []
            return list(range(min(count, room)))
        if len(self._shown) != room or not self._still_right(probabilities):
            # NaN, of a network about to diverge, comes last.
            self._shown = [int(k) for k in np.argsort(-probabilities, kind="stable")[:room]]
        return self._shown

    def _still_right(self, probabilities: NDArray[np.floating]) -> bool:
        listed = probabilities[self._shown]
        left_out = np.delete(probabilities, self._shown)
        return bool(
            probabilities.argmax() in self._shown
            and np.all(listed[1:] - np.minimum.accumulate(listed)[:-1] <= TOLERANCE)
            and left_out.max() - listed.min() <= TOLERANCE
        )


class ProbabilityBars(Canvas):
    """Horizontal bars, one a class, with the probability in percent.

    Where there is no room for all classes the likeliest stand first, and the last row says what the others add up to.
    """

    edge = 0
    """Units left free at both ends of a row."""
    least_row = 11.0
    """Units of the lowest row; where there is no room for so many, the likeliest classes are listed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("probability-bars", "Probability of each class", parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._probabilities: NDArray[np.floating] | None = None
        self._order = ClassOrder()
        self._framed = {"hovered": -1, "chosen": -1}
        self._set_names(DIGITS)

    def set_class_names(self, names: Sequence[str]) -> None:
        self._set_names(names)
        self._probabilities = None
        self.update()

    def _set_names(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._order = ClassOrder()
        widest = max((text_width(name, BODY, QFont.Weight.DemiBold) for name in self._names), default=0.0)
        self._label_width = min(widest, _WIDEST_LABEL)

    def set_probabilities(self, probabilities: NDArray[np.floating] | None) -> None:
        """One probability a class, summing to 1; None when there is nothing to read."""
        if not _same_to_the_eye(self._probabilities, probabilities):
            self.update()
        self._probabilities = probabilities

    def set_framed(self, which: str, k: int) -> None:
        """Frame the "hovered" or the "chosen" class; -1 for none."""
        if k != self._framed[which]:
            self._framed[which] = k
            self.update()

    def framed(self, which: str) -> int:
        """The framed class; -1 if there is none."""
        return self._framed[which]

    def tallest(self) -> float:
        """The height, in units, beyond which more room is left empty."""
        return _TALLEST_ROW * min(len(self._names), _MOST_ROWS)

    def sizeHint(self) -> QSize:
        return zoom.size(self._label_width + 112, 20 * min(len(self._names), _MOST_ROWS))

    def minimumSizeHint(self) -> QSize:
        return zoom.size(88, 13 * min(len(self._names), _MOST_ROWS))

    def shown_classes(self) -> list[int]:
        """The classes from top to bottom: all of them where there is room, else the likeliest first."""
        count = len(self._names)
        room = min(max(int(self.area.height() / self.least_row), 2), _MOST_ROWS)
        return self._order.shown(self._probabilities, count, room if count <= room else room - 1)

    def others(self) -> int:
        """How many classes there is no room for."""
        return len(self._names) - len(self.shown_classes())

    def row_of(self, k: int) -> QRectF:
        """Where class `k` is painted; empty if it is not."""
        shown = self.shown_classes()
        row = self._row_height()
        return QRectF(0, shown.index(k) * row, self.area.width(), row) if k in shown else QRectF()

    def class_at(self, y: float) -> int:
        """The class painted at height `y`; -1 if there is none."""
        shown = self.shown_classes()
        index = int(y // self._row_height())
        return shown[index] if 0 <= index < len(shown) else -1

    def describe(self, k: int) -> str:
        """One line on a class, as its tooltip shows it."""
        name = self._names[k]
        return name if self._probabilities is None else f"{name} · {format_probability(self._probabilities[k])}"

    def _row_height(self) -> float:
        rows = len(self.shown_classes()) + bool(self.others())
        return min(self.area.height() / max(rows, 1), _TALLEST_ROW)

    def paint(self, painter: QPainter, within: QRectF) -> None:
        values = self._probabilities
        shown = self.shown_classes()
        winner = int(np.argmax(values)) if values is not None else -1
        form = self._row_form()
        for i, k in enumerate(shown):
            self._draw_row(painter, i * form.height, form, k, k == winner)
        if self.others():
            self._draw_others(painter, len(shown) * form.height, form, shown)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for which, tint in (("hovered", self.theme.text), ("chosen", self.theme.accent)):
            row = self.row_of(self._framed[which])
            if not row.isEmpty():
                painter.setPen(frame_pen(tint))
                painter.drawRect(row.adjusted(1, 1, -1, -1))

    def _row_form(self) -> _RowForm:
        height = self._row_height()
        size = BODY if height >= 18 else SMALL
        percent = text_width("100.0%", size, QFont.Weight.DemiBold) + GRID
        left, width = self.edge, self.area.width() - 2 * self.edge
        room = max(width - percent, 0.0)
        label = self._label_width
        if room - label - GRID >= min(_LEAST_BAR, 0.4 * width):
            thick = round(min(height * 0.5, 12))
            bar = QRectF(left + label + GRID, (height - thick) / 2, room - label - GRID, thick)
            return _RowForm(height, size, QRectF(left, 0, label + 1, height), bar, Qt.AlignmentFlag.AlignRight)
        if height >= _LEAST_ROW_OF_TWO:
            text, bar = QRectF(left, 0, room + 1, height - 3), QRectF(left, height - 3, room, 3)
            return _RowForm(height, size, text, bar, Qt.AlignmentFlag.AlignLeft)
        text, bar = QRectF(left + 4, 0, room - 4, height), QRectF(left, 1, room, height - 2)
        return _RowForm(height, size, text, bar, Qt.AlignmentFlag.AlignLeft, strength=0.5)

    def _draw_row(self, painter: QPainter, top: float, form: _RowForm, k: int, wins: bool) -> None:
        theme = self.theme
        weight = QFont.Weight.DemiBold if wins else QFont.Weight.Normal
        bar = form.bar.translated(0, top)
        bar.moveTop(round(bar.top()))
        radius = min(2.0, bar.height() / 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(theme.muted, 0.14 * form.strength))
        painter.drawRoundedRect(bar, radius, radius)
        value = float(self._probabilities[k]) if self._probabilities is not None else 0.0
        if value * bar.width() >= 0.5:
            painter.setBrush(color(theme.class_color(k, len(self._names)), form.strength * (1.0 if wins else 0.6)))
            filled = QRectF(bar.left(), bar.top(), max(value * bar.width(), 2.0), bar.height())
            painter.drawRoundedRect(filled, radius, radius)
        painter.setFont(text_font(form.size, weight))
        painter.setPen(color(theme.text if wins else theme.muted))
        text = form.text.translated(0, top)
        name = text_metrics(form.size, weight).elidedText(self._names[k], Qt.TextElideMode.ElideMiddle, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | form.side, name)
        if self._probabilities is not None:
            right = QRectF(bar.right(), top, self.area.width() - self.edge - bar.right(), form.height)
            painter.drawText(
                right, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, format_probability(value)
            )

    def _draw_others(self, painter: QPainter, top: float, form: _RowForm, shown: list[int]) -> None:
        """The last row: how many classes there is no room for, and what they add up to."""
        painter.setFont(text_font(SMALL))
        painter.setPen(color(self.theme.muted))
        row = QRectF(0, top, self.area.width(), form.height)
        painter.drawText(
            row.adjusted(form.bar.left() or form.text.left(), 0, 0, 0),
            Qt.AlignmentFlag.AlignVCenter,
            f"{self.others()} others",
        )
        if self._probabilities is not None:
            rest = max(float(self._probabilities.sum() - self._probabilities[shown].sum()), 0.0)
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, format_probability(rest))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            k = self.class_at(zoom.units(event.pos().y()))
            if k >= 0:
                QToolTip.showText(event.globalPos(), self.describe(k), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)


def _same_to_the_eye(one: NDArray[np.floating] | None, other: NDArray[np.floating] | None) -> bool:
    """Whether two readings have the same figures: painting ten rows of text costs more than the reading itself."""
    if one is None or other is None or one.shape != other.shape:
        return one is other
    return bool((np.rint(1000 * one) == np.rint(1000 * other)).all())
