"""Dropped and pasted drawings and pictures: whether a file is one, and those without a file as arrays."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QFileInfo, QMimeData, Qt
from PySide6.QtGui import QImage, QImageReader

from mnist_viz.data.drawing.stroke_files import ENDINGS

_LARGEST = 2048
"""Pixels a side; a larger picture is scaled down, since a digit in it needs no more."""


_NAMED = ("heic", "heif")
"""Pictures that cannot be read, and are told so."""


def is_for_pad(path: str) -> bool:
    """Whether a file is one of strokes or a picture, by its name; it may be something else inside."""
    return is_strokes(path) or _suffix(path) in _NAMED or _suffix(path).encode() in QImageReader.supportedImageFormats()


def is_strokes(path: str) -> bool:
    """Whether a file is one of strokes, by its name."""
    return f".{_suffix(path)}" in ENDINGS


def _suffix(path: str) -> str:
    return QFileInfo(path).suffix().lower()


def picture_of(data: QMimeData) -> NDArray[np.uint8] | None:
    """The pixels in `data`, uint8 (h, w, 4): red, green, blue and how solid each is; None if there are none."""
    image = data.imageData() if data.hasImage() else None
    if not isinstance(image, QImage) or image.isNull():
        return None
    if max(image.width(), image.height()) > _LARGEST:
        keep = Qt.AspectRatioMode.KeepAspectRatio
        image = image.scaled(_LARGEST, _LARGEST, keep, Qt.TransformationMode.SmoothTransformation)
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4).copy()
