"""What of the timeline stays when the handle moves: the line, a tick a frame, the epochs' numbers, the marks."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from mnist_viz.views.painting import text_font
from mnist_viz.views.theme import SMALL, Theme, color
from mnist_viz.views.timeline_marks import Group, mark_color, paint_mark
from mnist_viz.views.timeline_scale import MARGIN, Scale

MARK_Y = 9.0
LINE_Y = 25.0
"""Where the middle of the marks and the line are, in pixels from the top."""

_TICK_TOP = 33.0
_CROWDED, _CROWD = 3.0, 8  # more ticks than this, each nearer to the next than so many pixels, are one bar


def paint_ground(
    painter: QPainter,
    theme: Theme,
    scale: Scale,
    epochs: NDArray[np.float64],
    ends: NDArray[np.bool_],
    groups: Sequence[Group],
) -> None:
    """Paint the timeline without its handle.

    Args:
        painter: on a ground of the track's size.
        theme: the colours.
        scale: where each moment is.
        epochs: (n,) where each frame is, in epochs, ascending.
        ends: (n,) whether a frame ends an epoch.
        groups: the marks.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(text_font(SMALL))
    right = scale.width - MARGIN
    _paint_line(painter, MARGIN, right, theme.border)
    if not len(epochs):
        painter.setPen(color(theme.muted))
        box = QRectF(MARGIN, LINE_Y + 3, right - MARGIN, 24)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, "Each step of the training is kept here, to go back to")
        return
    _paint_line(painter, MARGIN, scale.x(float(epochs[-1])), theme.muted)
    _paint_ticks(painter, theme, scale.places(epochs), ends)
    painter.setPen(color(theme.muted))
    for epoch in scale.labels():
        box = QRectF(scale.x(epoch) - 24, _TICK_TOP + 6, 48, 15)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{epoch:,}")
    for group in groups:
        _paint_group(painter, theme, group)


def _paint_line(painter: QPainter, left: float, right: float, ink: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color(ink))
    painter.drawRoundedRect(QRectF(left - 1, LINE_Y - 1, right - left + 2, 2), 1, 1)


def _paint_ticks(painter: QPainter, theme: Theme, places: NDArray[np.float64], ends: NDArray[np.bool_]) -> None:
    places = np.round(places)  # whole pixels, each once: a thousand frames in one place are one tick
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for chosen, length, strength in ((~ends, 3, 0.5), (ends, 6, 1.0)):
        xs = np.unique(places[chosen])
        painter.setPen(QPen(color(theme.muted, strength), 1))
        for span in np.split(xs, np.flatnonzero(np.diff(xs) >= _CROWDED) + 1):
            if len(span) > _CROWD:
                painter.fillRect(QRectF(span[0], _TICK_TOP, span[-1] - span[0] + 1, 3), color(theme.muted, 0.5))
            else:
                painter.drawLines([QLineF(x, _TICK_TOP, x, _TICK_TOP + length) for x in span.tolist()])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def _paint_group(painter: QPainter, theme: Theme, group: Group) -> None:
    stem = mark_color(group.lead, theme)
    stem.setAlphaF(0.55 * stem.alphaF())
    painter.setPen(QPen(stem, 1))
    x = math.floor(group.x) + 0.5
    painter.drawLine(QLineF(x, MARK_Y + 7, x, LINE_Y - 1))
    if len(group.marks) > 1:  # a ground behind the sign: there are more
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(theme.border))
        painter.drawRoundedRect(QRectF(x - 7, MARK_Y - 7, 14, 14), 4, 4)
    paint_mark(painter, QPointF(x, MARK_Y), group.lead, theme)
