"""Pieces of painting that the panels share: pictures made from numbers, grounds, text."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from mnist_viz.views.theme import BODY, Theme, color, font

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


def mixed(ground: str, tint: str, share: float) -> QColor:
    """`share` of `tint` on `ground`, opaque."""
    a, b = QColor(ground), QColor(tint)
    channels = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(x + (y - x) * share) for x, y in channels))


@cache
def text_font(size: int = BODY, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    return font(size, weight)


@cache
def text_metrics(size: int = BODY, weight: QFont.Weight = QFont.Weight.Normal) -> QFontMetricsF:
    return QFontMetricsF(text_font(size, weight))


def text_width(text: str, size: int = BODY, weight: QFont.Weight = QFont.Weight.Normal) -> float:
    return text_metrics(size, weight).horizontalAdvance(text)


def draw_picture(painter: QPainter, rect: QRectF, image: QImage, ratio: float) -> QRectF:
    """Paint `image` as large as fits the middle of `rect`, each pixel a whole number of device pixels.

    Returns where it was painted. In a rect smaller than the image it is scaled down to fit.
    """
    room = min(rect.width() * ratio / image.width(), rect.height() * ratio / image.height())
    scale = (np.floor(room) if room >= 1 else room) / ratio
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, room < 1)
    width, height = image.width() * scale, image.height() * scale
    left = np.floor((rect.left() + (rect.width() - width) / 2) * ratio) / ratio
    top = np.floor((rect.top() + (rect.height() - height) / 2) * ratio) / ratio
    target = QRectF(float(left), float(top), float(width), float(height))
    painter.drawImage(target, image)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    return target


def digit_image(image: Bytes, theme: Theme) -> QImage:
    """What a network reads: a digit from the ground of the pad to its ink, or a colour picture as it is.

    Args:
        image: uint8 (height, width), or (height, width, 3) for red, green and blue.
    """
    if image.ndim == 3:
        pixels = np.dstack([image[..., ::-1], np.full(image.shape[:2], 255, np.uint8)])  # as the table's rows
    else:
        pixels = theme.digit[image]
    height, width = image.shape[:2]
    # A copy, since the image would read the array's memory in place.
    return QImage(np.ascontiguousarray(pixels).data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def inked(image: Bytes, change: NDArray[np.floating], theme: Theme) -> Bytes:
    """A picture, paler, with ink that was added to it in one colour and ink that was removed in another.

    Args:
        image: uint8 (height, width) or (height, width, 3).
        change: of the same shape, -1 for full ink that was removed, to 1.

    Returns:
        Red, green and blue, uint8 (height, width, 3).
    """
    ground = rgb(theme.sunken)
    table: Bytes = theme.digit[:, 2::-1]
    colors = image if image.ndim == 3 else table[image]
    pale = ground + 0.35 * (colors - ground)
    change = change.sum(axis=2) if change.ndim == 3 else change
    share = np.abs(change).clip(0, 1)[..., None]
    tint = np.where(change[..., None] > 0, rgb(theme.support[3]), rgb(theme.against[1]))
    mixture: Bytes = np.rint(pale + share * (tint - pale)).astype(np.uint8)
    return mixture


def rgb(hexadecimal: str) -> NDArray[np.floating]:
    """Red, green and blue, 0 to 255, of a colour ``#rrggbb``."""
    tint = QColor(hexadecimal)
    return np.array([tint.red(), tint.green(), tint.blue()], np.float64)


def draw_ground(painter: QPainter, rect: QRectF, theme: Theme, radius: float, edge: str | None = None) -> None:
    """A sunken area with a thin edge, as the pad and the pictures lie in."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color(edge or theme.border), 1.0))
    painter.setBrush(color(theme.sunken))
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    painter.restore()


def draw_message(painter: QPainter, rect: QRectF, theme: Theme, title: str, text: str = "") -> None:
    """An empty state: a title and what to do, quiet, in the middle of `rect`."""
    title_font, line = text_font(BODY, QFont.Weight.Medium), 20.0
    top = rect.center().y() - (line if text else line / 2)
    painter.setFont(title_font)
    painter.setPen(color(theme.text, 0.85))
    painter.drawText(QRectF(rect.left(), top, rect.width(), line), Qt.AlignmentFlag.AlignCenter, title)
    if text:
        painter.setFont(text_font(BODY))
        painter.setPen(color(theme.muted))
        painter.drawText(
            QRectF(rect.left(), top + line, rect.width(), 2 * line),
            Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap,
            text,
        )


def frame_pen(tint: str) -> QPen:
    """For the frame around one neuron."""
    corners = Qt.PenJoinStyle.MiterJoin
    return QPen(color(tint), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap, corners)
