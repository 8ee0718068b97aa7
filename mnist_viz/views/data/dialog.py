"""The data dialog: the list of data sets, and a page for the user's own data before they are used."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QStackedWidget, QWidget

from mnist_viz.views import zoom
from mnist_viz.views.data.list import DataListPage
from mnist_viz.views.data.preview import DataPreviewPage
from mnist_viz.views.dialog import Dialog
from mnist_viz.views.dropping import DropTarget, path_of
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import column

DATA_ENDINGS = (".npz", ".npy", ".zip", ".csv", ".tsv", ".txt", ".gz", "-ubyte", ".idx")

_SIZE = QSize(960, 720)


class DataDialog(Dialog):
    """A modeless window; its two pages take values and emit signals."""

    own_dropped = Signal(str)  # the path of a folder or a file
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("data-dialog", "Data", parent, once=False)
        self.setModal(False)
        DropTarget(self, _is_data).dropped.connect(self._on_dropped)
        self.setMinimumSize(QSize(94 * GRID, 50 * GRID))
        self.sets, self.own = DataListPage(), DataPreviewPage()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.sets)
        self._pages.addWidget(self.own)
        column(self._pages, parent=self)
        self._sized = False
        self.sets.close_requested.connect(self.reject)

    @property
    def shows_own(self) -> bool:
        """Whether the page with the user's own data is shown."""
        return self._pages.currentWidget() is self.own

    def show_sets(self) -> None:
        """Show the list, with the focus on what is selected."""
        self._pages.setCurrentWidget(self.sets)
        self.sets.select(self.sets.selected, focus=True)

    def show_own(self) -> None:
        """Show the page with the user's own data."""
        self._pages.setCurrentWidget(self.own)
        self.own.setFocus()

    def bring(self) -> None:
        """Show the dialog before the window."""
        self.show()
        self.raise_()
        self.activateWindow()

    def showEvent(self, event: QShowEvent) -> None:
        parent = self.parentWidget()
        if not self._sized and parent is not None:
            self._sized = True
            # Inside the window, below its line of messages.
            room = parent.window().size() - zoom.size(8 * GRID, 12 * GRID)
            self.resize((_SIZE * zoom.scale()).boundedTo(room).expandedTo(self.minimumSize()))
        super().showEvent(event)  # which places what has its size

    def closeEvent(self, event: QCloseEvent) -> None:
        """The frame's button closes the dialog from either page."""
        self._pages.setCurrentWidget(self.sets)
        super().closeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._press()
        else:
            super().keyPressEvent(event)

    @Slot(QMimeData)
    def _on_dropped(self, data: QMimeData) -> None:
        self.own_dropped.emit(path_of(data))

    @Slot()
    def reject(self) -> None:
        """Esc: from the user's own data back to the list, from the list out."""
        if self.shows_own:
            self.own.back_requested.emit()
        else:
            super().reject()
            self.closed.emit()

    def _press(self) -> None:
        """Enter presses the focused button, or on the preview page the button that uses the data."""
        here = self.focusWidget()
        if isinstance(here, QAbstractButton) and here.isEnabled():
            here.click()
        elif self.shows_own and self.own.state == "data":
            self.own.use_button.click()


def looks_like_data(path: str) -> bool:
    """Whether a folder or a file may be data, by its name."""
    try:
        return bool(path) and (path.lower().endswith(DATA_ENDINGS) or Path(path).is_dir())
    except OSError:
        return False


def _is_data(data: QMimeData) -> bool:
    return looks_like_data(path_of(data))
