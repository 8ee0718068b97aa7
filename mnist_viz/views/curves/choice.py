"""A small button that shows the chosen value and opens the list of all values."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton

from mnist_viz.views.painting import text_width
from mnist_viz.views.theme import GRID, SMALL
from mnist_viz.views.widgets import set_font


class Choice(QToolButton):
    """One of a few values.

    Args:
        name: of the object.
        title: of the menu, for the tooltip and for screen readers.
        choices: the texts by value; the first one is chosen.
        key: the shortcut of `next_action`.

    Attributes:
        next_action: chooses the next value; after the last comes the first.
    """

    chosen = Signal(str)  # the value that the user has chosen

    def __init__(self, name: str, title: str, choices: Mapping[str, str], key: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._title = title
        self.setProperty("kind", "small")
        set_font(self, SMALL)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(f"{title} ({key})")
        self.setFixedSize(round(max(text_width(f"{text} ▾", SMALL) for text in choices.values())) + 2 * GRID, 20)
        self._actions = QActionGroup(self)
        for value, text in choices.items():
            action = self._actions.addAction(text)
            action.setCheckable(True)
            action.setData(value)
        self._actions.triggered.connect(self._on_triggered)
        menu = QMenu(title, self)
        menu.addActions(self._actions.actions())
        self.setMenu(menu)
        self.next_action = QAction(f"Next {title.lower()}", self)
        self.next_action.setObjectName(f"{name}-key")
        self.next_action.setShortcut(key)
        self.next_action.triggered.connect(self._on_next_triggered)
        self.set_value(next(iter(choices)))

    @property
    def value(self) -> str:
        return str(self._actions.checkedAction().data())

    def set_value(self, value: str) -> None:
        """Choose `value` without a signal."""
        action = next(action for action in self._actions.actions() if action.data() == value)
        action.setChecked(True)
        self.setText(f"{action.text()} ▾")
        self.setAccessibleName(f"{self._title}: {action.text()}")

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        self.set_value(action.data())
        self.chosen.emit(action.data())

    @Slot()
    def _on_next_triggered(self) -> None:
        actions = self._actions.actions()
        actions[(actions.index(self._actions.checkedAction()) + 1) % len(actions)].trigger()
