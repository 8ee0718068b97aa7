"""A picture as the network gets it, enlarged without blurring."""

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFocusEvent, QPainter
from PySide6.QtWidgets import QWidget

from mnist_viz.views import zoom
from mnist_viz.views.canvas import Canvas
from mnist_viz.views.copying import copy_action, copy_digit
from mnist_viz.views.painting import Bytes, digit_image, draw_ground, draw_picture, text_font
from mnist_viz.views.theme import GRID, SMALL, color

_CAPTION_HEIGHT = 32


class DigitView(Canvas):
    """A uint8 picture, grey or in colour, in a thin frame, with a caption of up to two lines below."""

    def __init__(self, caption: str = "", parent: QWidget | None = None) -> None:
        super().__init__("digit-view", parent=parent)
        self._image: Bytes | None = None
        self._caption = ""
        self.set_caption(caption)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        copy_action(self).triggered.connect(self.copy)

    def set_image(self, image: Bytes | None) -> None:
        """Show (height, width) or (height, width, 3) bytes; None for nothing."""
        if image is not self._image:
            self._image = image
            self.update()

    def set_caption(self, caption: str) -> None:
        if caption != self._caption:
            self._caption = caption
            self.setAccessibleName(caption.replace("\n", " "))
            self.update()

    @Slot()
    def copy(self) -> None:
        """Put the picture, if there is one, on the clipboard."""
        if self._image is not None:
            copy_digit(digit_image(self._image, self.theme))

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        return zoom.size(112 + GRID, 112 + _CAPTION_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return zoom.size(58 + GRID, 58 + _CAPTION_HEIGHT)

    def paint(self, painter: QPainter, within: QRectF) -> None:
        theme = self.theme
        side = min(self.area.width() - GRID, self.area.height() - (_CAPTION_HEIGHT if self._caption else 0))
        frame = QRectF(0, 0, side, side)
        draw_ground(painter, frame, theme, 2, edge=theme.accent if self.hasFocus() else None)
        if self._image is not None:
            draw_picture(painter, frame.adjusted(1, 1, -1, -1), digit_image(self._image, theme), zoom.ratio(self))
        painter.setFont(text_font(SMALL))
        painter.setPen(color(theme.muted))
        painter.drawText(
            QRectF(0, side + 4, self.area.width(), _CAPTION_HEIGHT - 4),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap,
            self._caption,
        )
