"""The timeline's marks: what happened at a moment, how those that overlap are joined, and how each kind is painted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from mnist_viz.views.theme import Theme, color

Kind = Literal["root", "branch", "best", "pin", "change", "diverged", "failed", "stopped-early"]

ROOM = 14
"""Pixels that a mark takes; of two that are nearer to each other one is painted."""

_FIRST = ("diverged", "failed", "root", "branch", "best", "pin", "stopped-early", "change")
"""Which mark stands for those that are joined with it."""


@dataclass(frozen=True)
class Mark:
    """Something at one moment of a run.

    Attributes:
        step: batches trained by then.
        epoch: the same in epochs.
        kind: what it is.
        text: what it is, in words.
        color: the number of a run's colour, for what tells of another run; -1 for the colour of its kind.
    """

    step: int
    epoch: float
    kind: Kind
    text: str
    color: int = -1


@dataclass(frozen=True)
class Group:
    """Marks that are painted as one.

    Attributes:
        x: where, in pixels.
        lead: the mark that is painted.
        marks: all of them, by step.
    """

    x: float
    lead: Mark
    marks: tuple[Mark, ...]

    def after(self, epoch: float) -> Mark:
        """The mark that a click goes to from `epoch`: the lead, or from one of these the next of another moment."""
        moments = [mark.epoch for mark in self.marks]
        if not any(abs(moment - epoch) < _SAME for moment in moments):
            return self.lead
        return next((mark for mark in self.marks if mark.epoch > epoch + _SAME), self.marks[0])


_SAME = 1e-9


def grouped(marks: Sequence[Mark], places: Sequence[float]) -> list[Group]:
    """Join the marks that would overlap, so that no two groups are nearer than `ROOM`; from left to right.

    Args:
        marks: any, by step.
        places: of each, in pixels.
    """
    groups: list[Group] = []
    for x, mark in zip(places, marks, strict=True):
        if not groups or x - groups[-1].x >= ROOM:
            groups.append(Group(x, mark, (mark,)))
            continue
        last = groups[-1]
        leads = _FIRST.index(mark.kind) < _FIRST.index(last.lead.kind)
        groups[-1] = Group(x if leads else last.x, mark if leads else last.lead, (*last.marks, mark))
    return groups


def mark_color(mark: Mark, theme: Theme) -> QColor:
    """In which colour a mark is painted."""
    if mark.color >= 0:
        return color(theme.run_color(mark.color))
    if mark.kind == "best":
        return color(theme.validation)
    if mark.kind in ("diverged", "failed"):
        return color(theme.bad)
    return color(theme.text, 0.85)


def paint_mark(painter: QPainter, at: QPointF, mark: Mark, theme: Theme) -> None:
    """Paint the sign of a mark, about 10 pixels wide, with its middle in `at`."""
    tint = mark_color(mark, theme)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(at)
    painter.setPen(QPen(tint, 1.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(tint)
    _SIGNS[mark.kind](painter)
    painter.restore()


def _polygon(*points: tuple[float, float]) -> Callable[[QPainter], None]:
    polygon = QPolygonF([QPointF(x, y) for x, y in points])

    def paint(painter: QPainter) -> None:
        painter.drawPolygon(polygon)

    return paint


def _branch(painter: QPainter) -> None:
    """A line that another leaves, upwards."""
    painter.setPen(QPen(painter.pen().color(), 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    path = QPainterPath(QPointF(-3.5, 5))
    path.lineTo(-3.5, -4.5)
    path.moveTo(-3.5, 3)
    path.cubicTo(-3.5, 0, 3, 1, 3, -2)
    painter.strokePath(path, painter.pen())
    painter.drawEllipse(QPointF(3, -3), 1.8, 1.8)


def _root(painter: QPainter) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(painter.pen().color(), 2))
    painter.drawEllipse(QPointF(0, 0), 4, 4)


def _pin(painter: QPainter) -> None:
    """A bookmark."""
    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in ((-3, -5), (3, -5), (3, 5), (0, 2), (-3, 5))]))


def _stop(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(-3.5, -3.5, 7, 7), 1, 1)


_STAR = tuple(
    zip(
        (0.0, 1.35, 4.95, 2.2, 3.05, 0.0, -3.05, -2.2, -4.95, -1.35),
        (-5.4, -1.8, -1.6, 0.7, 4.3, 2.3, 4.3, 0.7, -1.6, -1.8),
        strict=True,
    )
)

_SIGNS: dict[Kind, Callable[[QPainter], None]] = {
    "root": _root,
    "branch": _branch,
    "best": _polygon(*_STAR),
    "pin": _pin,
    "change": _polygon((0, -4.5), (4.5, 0), (0, 4.5), (-4.5, 0)),
    "diverged": _polygon((0, -4.5), (5, 4), (-5, 4)),
    "failed": _polygon((0, -4.5), (5, 4), (-5, 4)),
    "stopped-early": _stop,
}
