"""Dropped and pasted pictures as arrays."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QFileInfo, QMimeData, Qt
from PySide6.QtGui import QImage, QImageReader

_LARGEST = 2048
"""Pixels a side; a larger picture is scaled down, since a digit in it needs no more."""


def has_picture(data: QMimeData) -> bool:
    """Whether `data` is a picture, or the file of one."""
    return bool(file_of(data)) or data.hasImage()


def file_of(data: QMimeData) -> str:
    """The path of the one picture file in `data`, which may not be one inside; empty if `data` is something else."""
    urls = data.urls() if data.hasUrls() else []
    path = urls[0].toLocalFile() if len(urls) == 1 and urls[0].isLocalFile() else ""
    return path if QFileInfo(path).suffix().lower().encode() in QImageReader.supportedImageFormats() else ""


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
