"""Pictures from elsewhere come to the pad: from a file, from the clipboard, by drag and drop."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from mnist_viz.controllers.drawing import DrawingController
from mnist_viz.controllers.notices import Notices
from mnist_viz.data.drawing.images import FORMATS
from mnist_viz.paths import home
from mnist_viz.session.image_reader import ImageReader, ReadImage, Source, Unreadable
from mnist_viz.views.drawing.draw_panel import DrawPanel
from mnist_viz.views.window import MainWindow

_ENDINGS = {"JPEG": "*.jpg *.jpeg", "TIFF": "*.tif *.tiff", "PPM": "*.ppm *.pgm"}
_KINDS = f"Images ({' '.join(_ENDINGS.get(name, f'*.{name.lower()}') for name in FORMATS)})"


class ImagesController(QObject):
    """Reads pictures in the background and hands their digits to the drawing; what fails is one line."""

    def __init__(self, drawing: DrawingController, draw: DrawPanel, window: MainWindow, notices: Notices) -> None:
        super().__init__()
        self._drawing = drawing
        self._draw = draw
        self._window = window
        self._notices = notices
        self._reader = ImageReader()
        self._folder = str(home())
        self._read: list[ReadImage] = []  # the pad's history holds their pictures
        window.read_image_requested.connect(self._on_read_image_requested)
        draw.image_dropped.connect(self.read)
        draw.image_pasted.connect(self.read)
        draw.digit_changed.connect(self._on_digit_changed)
        draw.strokes_changed.connect(self._on_drawn)
        draw.digit_requested.connect(self._on_drawn)

    @Slot(str)
    @Slot(object)
    def read(self, source: Source) -> None:
        """Read the file, or the picture (h, w) or (h, w, 3)."""
        self._reader.read(source)

    def tick(self) -> None:
        """Take what has been read."""
        match self._reader.take():
            case ReadImage() as image:
                self._read.append(image)
                self._draw.pad.show_digit(image.shown)
                self._drawing.show_image(image)
            case Unreadable(message):
                self._notices.warn(message)

    def close(self, timeout: float) -> bool:
        """End what goes on; return whether it ended within `timeout` seconds."""
        return self._reader.close(timeout)

    @Slot()
    def _on_read_image_requested(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Read an image", self._folder, _KINDS)
        if path:
            self._folder = str(Path(path).parent)
            self.read(path)

    @Slot(object, int)
    def _on_digit_changed(self, picture: NDArray[np.uint8], label: int) -> None:
        """Undo or redo brought a picture back."""
        self._reader.cancel()
        if label >= 0:
            self._drawing.show_given(picture, label)
        for image in self._read:
            if image.shown is picture:
                self._drawing.show_image(image)

    @Slot(object)
    @Slot(int)
    def _on_drawn(self, _what: object) -> None:
        """Whoever goes on with something else does not wait for the picture any more."""
        self._reader.cancel()
