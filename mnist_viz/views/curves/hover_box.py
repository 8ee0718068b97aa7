"""The values of all runs at the mouse, in a small box beside it."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from mnist_viz.views.curves.lines import Ink, Lines
from mnist_viz.views.painting import text_font, text_metrics, text_width
from mnist_viz.views.theme import SMALL, Theme, color

_ROW = 15
_NAME, _LEAST_NAME = 96, 64
_GAP = 8


def draw_hover_box(
    painter: QPainter,
    theme: Theme,
    area: QRectF,
    x: float,
    place: float,
    runs: Sequence[tuple[Ink, Lines]],
    format_value: Callable[[float], str],
) -> None:
    """Paint a row a run: its name, its validation and, fainter, its training value.

    Args:
        painter, theme: as ever.
        area: the plot; the box stays in it, and where it cannot hold all runs it says how many more there are.
        x: the mouse, beside which the box goes.
        place: the mouse, on the horizontal axis.
        runs: the colours and the lines.
        format_value: text of a value.
    """
    room = max(1, int((area.height() - 8) // _ROW))
    shown = runs if len(runs) <= room else runs[: room - 1]
    rows: list[tuple[Ink, str, tuple[str, str]]] = []
    for ink, lines in shown:
        curves = lines.validation, lines.training
        end = max((float(curve.x[-1]) for curve in curves if len(curve)), default=0.0)
        values = [curve.at(place) if place <= end else None for curve in curves]  # no run says what came after it
        texts = [format_value(value) if value is not None else "–" for value in values]
        rows.append((ink, lines.name, (texts[0], texts[1])))
    value = max((text_width(text, SMALL) for _, _, texts in rows for text in texts), default=0.0)
    wanted = max((text_width(title, SMALL) for _, title, _ in rows), default=0.0)
    beside = max(x - area.left(), area.right() - x) - 2 * _GAP
    name = min(wanted, _NAME, max(_LEAST_NAME, beside - 2 * value - 4 * _GAP), area.width() - 2 * value - 4 * _GAP - 2)
    width = name + 2 * value + 4 * _GAP
    height = _ROW * (len(rows) + (len(shown) < len(runs))) + 6
    left = x + _GAP if area.right() - x >= x - area.left() else x - _GAP - width
    left = min(max(left, area.left() + 1), area.right() - width - 1)
    box = QRectF(round(left), area.top() + 2, round(width), height)
    painter.setPen(QPen(color(theme.border), 1))
    painter.setBrush(color(theme.raised, 0.94))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setFont(text_font(SMALL))
    middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
    y = box.top() + 3
    for ink, title, (validating, trained) in rows:
        painter.setPen(ink.validation)
        fitting = text_metrics(SMALL).elidedText(title, Qt.TextElideMode.ElideRight, name)
        painter.drawText(QRectF(box.left() + _GAP, y, name + 1, _ROW), middle, fitting)
        end = box.right() - _GAP
        painter.drawText(QRectF(end - 2 * value - _GAP, y, value, _ROW), right, validating)
        painter.setPen(ink.training)
        painter.drawText(QRectF(end - value, y, value, _ROW), right, trained)
        y += _ROW
    if len(shown) < len(runs):
        painter.setPen(color(theme.muted))
        painter.drawText(QRectF(box.left() + _GAP, y, width, _ROW), middle, f"and {len(runs) - len(shown)} more")
