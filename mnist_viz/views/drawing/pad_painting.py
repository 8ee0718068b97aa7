"""Paints the pad's hint, the boxes around digits and the mark of an example; makes its cursor."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QCursor, QFont, QPainter, QPen, QPixmap, QTransform

from mnist_viz.views import icons
from mnist_viz.views.painting import text_font, text_metrics, text_width
from mnist_viz.views.theme import BODY, GRID, RADIUS, SMALL, TITLE, Theme, color

_LEAST, _MOST = 4.0, 160.0  # pixels: the systems' cursors have their limits
_SIGN = 9.0

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in pad units."""


@dataclass(frozen=True)
class Mark:
    """Whether the network read a given digit correctly, and a text: "knew it", "read 2"."""

    knew: bool
    text: str


def draw_hint(painter: QPainter, area: QRectF, theme: Theme, title: str, more: str) -> None:
    """What to do with an empty pad."""
    side = area.width()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    # The box that MNIST fits its digits into: 20 of 28 pixels.
    box = area.adjusted(side * 4 / 28, side * 4 / 28, -side * 4 / 28, -side * 4 / 28)
    painter.setPen(QPen(color(theme.muted, 0.35), 1.0, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, RADIUS, RADIUS)
    roomy = side >= 200
    pencil = QRectF(area.center().x() - 16, area.center().y() - (52 if roomy else 44), 32, 32)
    icons.paint("pen", painter, pencil, color(theme.accent))
    top = area.center().y() - 10
    centred = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    painter.setFont(text_font(TITLE if side >= 160 else BODY, QFont.Weight.Medium))
    painter.setPen(color(theme.text, 0.9))
    painter.drawText(QRectF(box.left() + 4, top, box.width() - 8, 44), centred, title)
    if roomy:
        painter.setFont(text_font(SMALL))
        painter.setPen(color(theme.muted))
        painter.drawText(QRectF(box.left() + 8, top + 26, box.width() - 16, 44), centred, more)


def draw_why(painter: QPainter, area: QRectF, theme: Theme, why: str, empty: bool) -> None:
    """Say that drawings cannot be read: in the middle of an empty pad, in one line below a drawing."""
    inside = area.adjusted(2 * GRID, GRID - 2, -2 * GRID, 2 - GRID)
    painter.setPen(color(theme.muted))
    if empty:
        painter.setFont(text_font(BODY))
        painter.drawText(inside, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, why)
        return
    painter.setFont(text_font(SMALL))
    line = text_metrics(SMALL).elidedText(why, Qt.TextElideMode.ElideRight, inside.width())
    painter.drawText(inside, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, line)


def draw_boxes(painter: QPainter, area: QRectF, theme: Theme, boxes: tuple[Box, ...], current: int) -> None:
    """Thin boxes round the parts that are read as digits of their own, and a strong one round the `current` one."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    frame, scale = area.adjusted(3.5, 3.5, -3.5, -3.5), QTransform.fromScale(area.width(), area.width())
    for k, (left, top, right, bottom) in enumerate(boxes):
        painter.setPen(QPen(color(theme.accent), 2.5) if k == current else QPen(color(theme.accent, 0.6), 1.0))
        box = scale.mapRect(QRectF(left, top, right - left, bottom - top))
        painter.drawRoundedRect(box.intersected(frame), RADIUS, RADIUS)


def draw_mark(painter: QPainter, area: QRectF, theme: Theme, mark: Mark) -> None:
    """A small plate in the lower left corner: a tick or a cross, and words."""
    weight = QFont.Weight.Medium
    size, height, edge = (BODY, 26.0, 8.0) if area.width() >= 240 else (SMALL, 22.0, 5.0)
    text = text_metrics(size, weight).elidedText(mark.text, Qt.TextElideMode.ElideRight, area.width() - 60)
    plate = QRectF(area.left() + edge, area.bottom() - edge - height, text_width(text, size, weight) + 38, height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color(theme.border), 1.0))
    painter.setBrush(color(theme.panel, 0.94))
    painter.drawRoundedRect(plate.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
    sign = QRectF(plate.left() + 7, plate.top() + (height - 16) / 2, 16, 16)
    icons.paint("knew" if mark.knew else "erred", painter, sign, color(theme.good if mark.knew else theme.bad))
    painter.setFont(text_font(size, weight))
    painter.setPen(color(theme.text))
    painter.drawText(plate.adjusted(29, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)


def pad_cursor(rubs: bool, width: float, ratio: float) -> QCursor:
    """A cursor for a tool of `width` pixels on a screen of `ratio` device pixels a pixel."""
    ring = min(max(width, _LEAST), _MOST)
    # Odd, so that one pixel is the middle; with room for the sign at the lower right.
    side = int(ring + 2 * _SIGN + 6) | 1
    pixmap = QPixmap(round(side * ratio), round(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    middle = side / 2
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # A dark line around a light one shows on every ground.
        for tint, thickness in ((QColor(0, 0, 0, 170), 3.0), (QColor(255, 255, 255), 1.25)):
            painter.setPen(QPen(tint, thickness))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(middle, middle), ring / 2, ring / 2)
            if not rubs and ring > 10:
                painter.drawPoint(QPointF(middle, middle))
            if rubs:
                at = middle + ring / 2 * 0.7071 + 6
                painter.drawLine(QPointF(at - 3, at), QPointF(at + 3, at))
    return QCursor(pixmap, side // 2, side // 2)
