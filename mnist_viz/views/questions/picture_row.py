"""Three pictures beside each other, as large as there is room for."""

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.views import zoom
from mnist_viz.views.drawing.digit_view import DigitView
from mnist_viz.views.painting import Bytes
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import row

_CAPTIONS = 4 * GRID


class PictureRow(QWidget):
    """Three pictures with captions of two lines; it is no higher than they are."""

    def __init__(self) -> None:
        super().__init__()
        self.views = DigitView(), DigitView(), DigitView()
        row(*((view, 1) for view in self.views), spacing=GRID, parent=self)

    def set_pictures(self, pictures: Sequence[Bytes], captions: Sequence[str]) -> None:
        """Show three pictures, uint8 (h, w) or (h, w, 3)."""
        for view, picture, caption in zip(self.views, pictures, captions, strict=True):
            view.set_image(picture)
            view.set_caption(caption)

    @property
    def captions(self) -> list[str]:
        """In one line each."""
        return [view.accessibleName() for view in self.views]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setMaximumHeight(max(self.views[0].width() + zoom.px(_CAPTIONS - GRID), self.minimumSizeHint().height()))
