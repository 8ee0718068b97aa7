"""A place for a picture that is blended with others."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from mnist_viz.views.drawing.digit_view import DigitView
from mnist_viz.views.painting import Bytes
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import column, row, tool_button


class BlendSlot(QWidget):
    """The picture with its letter, and buttons that take the one on the pad, take an example, or remove it."""

    pad_requested = Signal()
    example_requested = Signal(int)  # of this class
    removed = Signal()

    def __init__(self, letter: str) -> None:
        super().__init__()
        self._letter = letter
        self._names: tuple[str, ...] = ()
        self.view = DigitView(letter)
        self.pad_button = tool_button(
            f"blend-pad-{letter}", f"Pad → {letter}", f"Take the picture on the pad for {letter}", kind="pill"
        )
        self.pad_button.clicked.connect(self.pad_requested)
        title = f"Take an example for {letter}"
        self.example_button = tool_button(f"blend-example-{letter}", "Example", title, kind="pill", title=title)
        self.example_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.triggered.connect(self._on_chosen)
        self.example_button.setMenu(self._menu)
        self.remove_button = tool_button(f"blend-remove-{letter}", "Remove", f"Leave {letter} out", kind="pill")
        self.remove_button.clicked.connect(self.removed)
        buttons = column(self.pad_button, self.example_button, self.remove_button, None, spacing=2)
        row((self.view, 1), buttons, spacing=GRID // 2, parent=self)

    def set_classes(self, names: Sequence[str]) -> None:
        """The classes of which there are examples."""
        if tuple(names) != self._names:
            self._names = tuple(names)
            self._menu.clear()
            for k, name in enumerate(names):
                self._menu.addAction(name.replace("&", "&&")).setData(k)  # a single & would underline what follows
        self.example_button.setEnabled(bool(names))

    def set_picture(self, picture: Bytes | None, name: str = "") -> None:
        """Show a picture, and what it is; None for none."""
        self.view.set_image(picture)
        self.view.set_caption(f"{self._letter}: {name}" if name else self._letter)
        self.remove_button.setEnabled(picture is not None)

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        self.example_requested.emit(action.data())
