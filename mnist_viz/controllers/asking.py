"""Asks a question about a digit: puts it on the pad, and opens the panel that answers."""

from functools import partial

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication, QWidget

from mnist_viz.views.actions import Actions, offer_first
from mnist_viz.views.drawing.draw_panel import DrawPanel
from mnist_viz.views.gallery import Gallery
from mnist_viz.views.window import MainWindow


class AskingController(QObject):
    """Offers the same questions about each digit of each gallery, and about the picture on the pad."""

    def __init__(self, window: MainWindow, draw: DrawPanel, actions: Actions) -> None:
        super().__init__()
        self._window = window
        self._questions = actions.questions
        for key, action in self._questions.items():
            action.triggered.connect(partial(self._ask, key))
        draw.set_questions(list(self._questions.values()))
        self.connect_galleries(window)

    @Slot(object)
    def connect_galleries(self, parent: QWidget) -> None:
        """Put the questions into the context menus of the galleries in `parent`."""
        for gallery in parent.findChildren(Gallery):
            offer_first(gallery, list(self._questions.values()))

    def _ask(self, key: str, _checked: bool = False) -> None:
        focused = QApplication.focusWidget()
        if isinstance(focused, Gallery):
            focused.choose_current()
        self._window.open_panel(key)
