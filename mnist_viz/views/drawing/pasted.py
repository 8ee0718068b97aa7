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
    """The pixels in `data`, (h, w) or (h, w, 3) uint8; None if there are none."""
    image = data.imageData() if data.hasImage() else None
    return as_array(image) if isinstance(image, QImage) and not image.isNull() else None


def as_array(image: QImage) -> NDArray[np.uint8]:
    """The pixels of `image`, (h, w) uint8 if it is grey, else (h, w, 3), red first.

    What is transparent becomes white paper, or black under a light drawing.
    """
    if max(image.width(), image.height()) > _LARGEST:
        keep = Qt.AspectRatioMode.KeepAspectRatio
        image = image.scaled(_LARGEST, _LARGEST, keep, Qt.TransformationMode.SmoothTransformation)
    alpha = image.hasAlphaChannel()
    wanted = QImage.Format.Format_RGBA8888
    image = image.convertToFormat(wanted)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)
    colours = pixels[..., :3]
    if alpha and (pixels[..., 3] < 255).any():
        share = pixels[..., 3:].astype(np.float32) / 255
        ink = float((colours * share).sum() / max(float(share.sum()) * 3, 1e-6))
        colours = np.rint(colours * share + (0 if ink > 127 else 255) * (1 - share)).astype(np.uint8)
    grey = (colours[..., 0] == colours[..., 1]).all() and (colours[..., 1] == colours[..., 2]).all()
    return colours[..., 0].copy() if grey else np.ascontiguousarray(colours)
