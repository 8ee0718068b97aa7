"""Pictures from elsewhere come to the pad: from a file, from the clipboard, by drag and drop."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from mnist_viz.controllers.drawing import DrawingController
from mnist_viz.controllers.notices import Notices
from mnist_viz.data.drawing.images import FORMATS
from mnist_viz.data.drawing.picture import ReadImage, Source, read_picture
from mnist_viz.session.background_tasks import BackgroundTasks, Task
from mnist_viz.system.paths import home
from mnist_viz.views.drawing.draw_panel import DrawPanel
from mnist_viz.views.window import MainWindow

_ENDINGS = {"JPEG": "*.jpg *.jpeg", "TIFF": "*.tif *.tiff", "PPM": "*.ppm *.pgm"}
_KINDS = f"Images ({' '.join(_ENDINGS.get(name, f'*.{name.lower()}') for name in FORMATS)})"


class ImagesController(QObject):
    """Reads pictures in the background and hands their digits to the drawing; what fails is one line."""

    def __init__(
        self,
        drawing: DrawingController,
        draw: DrawPanel,
        window: MainWindow,
        notices: Notices,
        tasks: BackgroundTasks,
    ) -> None:
        super().__init__()
        self._drawing = drawing
        self._draw = draw
        self._window = window
        self._notices = notices
        self._tasks = tasks
        self._reading: Task | None = None
        self._folder = str(home())
        self._read: list[ReadImage] = []  # the pad's history holds their pictures
        window.commands.read_image.triggered.connect(self._on_read_image_requested)
        draw.image_dropped.connect(self.read)
        draw.image_pasted.connect(self.read)
        draw.digit_changed.connect(self._on_digit_changed)
        draw.strokes_changed.connect(self._on_drawn)
        draw.digit_requested.connect(self._on_drawn)

    @Slot(str)
    @Slot(object)
    def read(self, source: Source) -> None:
        """Read the file, or the picture (h, w) or (h, w, 3)."""
        self._stop_reading()
        self._reading = self._tasks.submit(
            lambda _: read_picture(source), self._on_read, self._notices.warn,
            queue="pictures", failure="The picture could not be read",
        )  # fmt: skip

    def _stop_reading(self) -> None:
        """Whoever goes on with something else does not wait for the picture any more."""
        self._tasks.forget(self._reading)

    def _on_read(self, image: ReadImage) -> None:
        self._read.append(image)
        self._draw.pad.show_digit(image.shown)
        self._drawing.show_image(image)

    @Slot()
    def _on_read_image_requested(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Read an image", self._folder, _KINDS)
        if path:
            self._folder = str(Path(path).parent)
            self.read(path)

    @Slot(object, int)
    def _on_digit_changed(self, picture: NDArray[np.uint8], label: int) -> None:
        """Undo or redo brought a picture back."""
        self._stop_reading()
        if label >= 0:
            self._drawing.show_given(picture, label)
        for image in self._read:
            if image.shown is picture:
                self._drawing.show_image(image)

    @Slot(object)
    @Slot(int)
    def _on_drawn(self, _what: object) -> None:
        self._stop_reading()
