"""What stays still in the activations panel: the bands between the layers, the captions, the key to the paths."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPainterPath

from mnist_viz.views.network.activations_plan import LEGEND, MARGIN, NetworkPlan
from mnist_viz.views.painting import draw_ground, text_font, text_width
from mnist_viz.views.theme import GRID, SMALL, Theme, color

_CAPTION_WIDTH = 96.0
_ROOM_FOR_KEY = 520  # pixels of the panel's width
_KEY_WIDTH = 216


def draw_still_parts(
    painter: QPainter, plan: NetworkPlan, theme: Theme, ends: tuple[str, str], size: tuple[int, int]
) -> None:
    """Paint all that depends on the layout alone.

    Args:
        painter: of the panel.
        plan: where everything lies.
        theme: the colours.
        ends: the sizes of the input and of the output in words.
        size: the panel's width and height.
    """
    _draw_bands(painter, plan, theme)
    draw_ground(painter, plan.input.adjusted(-1, -1, 1, 1), theme, 2)
    for block in plan.blocks:
        painter.fillRect(block.rect.adjusted(-1, -1, 1, 1), color(theme.border))
    _draw_captions(painter, plan, theme, ends, size[0])
    if plan.blocks and key_width(size[0]):
        _draw_key(painter, theme, size)


def _draw_bands(painter: QPainter, plan: NetworkPlan, theme: Theme) -> None:
    """A faint band from each layer to the next: all of it is connected to all of it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color(theme.muted, 0.07))
    for a, b in pairwise((plan.input, *(block.rect for block in plan.blocks), plan.outputs)):
        left, right = a.right() + 4, b.left() - 4
        bend = (right - left) / 2
        band = QPainterPath(QPointF(left, a.top()))
        band.cubicTo(left + bend, a.top(), right - bend, b.top(), right, b.top())
        band.lineTo(right, b.bottom())
        band.cubicTo(right - bend, b.bottom(), left + bend, a.bottom(), left, a.bottom())
        band.closeSubpath()
        painter.drawPath(band)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _draw_captions(painter: QPainter, plan: NetworkPlan, theme: Theme, ends: tuple[str, str], width: int) -> None:
    room = plan.caption_room
    captions: list[tuple[QRectF, Sequence[str]]] = [(plan.input, ("Input", ends[0]))]
    for k, block in enumerate(plan.blocks, start=1):
        name = f"Hidden {k}" if room >= 52 else f"H {k}"
        count = f"{block.count:,} neurons" if room >= 84 else f"{block.count:,}"
        captions.append((block.rect, (name, count)))
    captions.append((plan.outputs, ("Output", ends[1])))
    for rect, lines in captions:
        left = min(max(rect.center().x() - _CAPTION_WIDTH / 2, 0.0), width - _CAPTION_WIDTH)
        top = plan.body.bottom() + 4
        for text, weight, tint in zip(
            lines, (QFont.Weight.Medium, QFont.Weight.Normal), (theme.text, theme.muted), strict=True
        ):
            painter.setFont(text_font(SMALL, weight))
            painter.setPen(color(tint))
            painter.drawText(QRectF(left, top, _CAPTION_WIDTH, 14), Qt.AlignmentFlag.AlignCenter, text)
            top += 14


def key_width(width: int) -> int:
    """The room that the key of the paths takes in a panel of this width, in pixels."""
    return _KEY_WIDTH if width >= _ROOM_FOR_KEY else 0


def _draw_key(painter: QPainter, theme: Theme, size: tuple[int, int]) -> None:
    """What the two colours of the paths mean, at the right of the line with the colour scale."""
    x, y = size[0] - MARGIN, size[1] - GRID - LEGEND / 2
    painter.setFont(text_font(SMALL))
    for text, tint in (("path against", theme.negative[1]), ("path for", theme.positive[-2])):
        wide = text_width(text, SMALL)
        painter.setPen(color(theme.muted))
        painter.drawText(QRectF(x - wide, y - 8, wide + 1, 16), Qt.AlignmentFlag.AlignVCenter, text)
        painter.fillRect(QRectF(x - wide - 24, y - 1, 16, 2), color(tint))
        x -= round(wide) + 24 + 2 * GRID
