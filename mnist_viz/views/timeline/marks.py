"""The timeline's marks: events of a run, the joining of marks that overlap, and the sign of each kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainterPath, QPolygonF

from mnist_viz.views.plots.items import Sign
from mnist_viz.views.theme import Theme, color

Kind = Literal[
    "root", "branch", "best", "pin", "change", "diverged", "failed", "found", "stopped-early", "edited"
]  # fmt: skip

ROOM = 14
"""Pixels: closer marks are joined."""

_FIRST = ("diverged", "failed", "found", "edited", "root", "branch", "best", "pin", "stopped-early", "change")
"""The kinds by priority: of joined marks the first one is drawn."""


@dataclass(frozen=True)
class Mark:
    """An event at one moment of a run.

    Attributes:
        step: batches trained by then.
        epoch: the same in epochs.
        kind: what it is.
        text: its description.
        color: the number of another run's colour, if it is about that run; -1 for the colour of its kind.
    """

    step: int
    epoch: float
    kind: Kind
    text: str
    color: int = -1


@dataclass(frozen=True)
class Group:
    """Marks that are drawn as one.

    Attributes:
        x: where, in pixels.
        lead: the mark that is drawn.
        marks: all of them, by step.
    """

    x: float
    lead: Mark
    marks: tuple[Mark, ...]

    def after(self, epoch: float) -> Mark:
        """The mark that a click at `epoch` goes to: the lead, or from a mark of this group the next moment's."""
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
    if mark.color >= 0:
        return color(theme.run_color(mark.color))
    if mark.kind == "best":
        return color(theme.validation)
    if mark.kind in ("diverged", "failed", "found"):
        return color(theme.bad)
    return color(theme.text, 0.85)


def _bookmark() -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(
        QPolygonF([QPointF(x, y) for x, y in ((-0.3, -0.5), (0.3, -0.5), (0.3, 0.5), (0, 0.2), (-0.3, 0.5))])
    )
    path.closeSubpath()
    return path


def _fork() -> QPainterPath:
    """A vertical line with a branch."""
    path = QPainterPath(QPointF(-0.3, 0.5))
    path.lineTo(-0.3, -0.45)
    path.moveTo(-0.3, 0.3)
    path.cubicTo(-0.3, 0, 0.3, 0.1, 0.3, -0.2)
    path.addEllipse(QPointF(0.3, -0.3), 0.15, 0.15)
    return path


def _square(corner: float) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(-0.5, -0.5, 1, 1), corner, corner)
    return path


SIGNS: dict[Kind, Sign] = {
    "root": Sign("o", 8, filled=False, line=2),
    "branch": Sign(_fork(), 10, filled=False, line=1.6),
    "best": Sign("star", 11),
    "pin": Sign(_bookmark(), 10),
    "change": Sign("d", 10),
    "diverged": Sign("t1", 9),
    "failed": Sign("t1", 9),
    "found": Sign("t1", 9, filled=False, line=1.6),
    "stopped-early": Sign(_square(0.15), 7),
    "edited": Sign("x", 9),
}


def _strokes() -> QPainterPath:
    """Two slanted lines, as an axis is broken."""
    path = QPainterPath()
    for x in (-0.4, 0.0):
        path.moveTo(x, 0.5)
        path.lineTo(x + 0.4, -0.5)
    return path


BREAK = Sign(_strokes(), 11, filled=False, line=1.6)
"""Where the scale of the timeline changes."""

SEVERAL = Sign(_square(0.3), 15, line=0)
"""The background of joined marks."""

HOVERED = Sign(_square(0.25), 16, filled=False, line=1)
"""The frame of the sign under the mouse."""
