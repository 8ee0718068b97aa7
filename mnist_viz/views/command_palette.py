"""Everything that can be done, chosen or set in the window, found by words (Ctrl+K)."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QMenu,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from mnist_viz.views.actions import LISTED
from mnist_viz.views.dialog import Dialog
from mnist_viz.views.theme import GRID
from mnist_viz.views.what_is_this import entries, show_entry
from mnist_viz.views.widgets import column, label

_MOVES = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}


@dataclass(frozen=True)
class Command:
    """Something to do: its name, the key that does it too, what does it, and further words that find it."""

    name: str
    hint: str
    do: Callable[[], object]
    words: str = ""


def commands_of(
    window: QWidget, actions: Iterable[QAction], settings: QWidget, go_to: Callable[[QWidget], object]
) -> list[Command]:
    """What the actions, the menus, the lists and the settings of a window offer now; what has a key comes first.

    Args:
        actions: those of the window as a whole. What a panel has in its own menu would not say of which panel.
        settings: the panel whose fields are found by their names.
        go_to: gives a field the focus.
    """
    found = [*_actions(window, list(actions)), *_choices(window), *_fields(settings, go_to)]
    return sorted(found, key=lambda command: (not command.hint, command.name.lower()))


def _actions(window: QWidget, actions: list[QAction]) -> Iterator[Command]:
    times = Counter(map(_name, actions))
    for action in filter(_can_be_done, actions):
        name, key = _name(action), action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        # Such as the digits, which are told by their keys.
        yield Command(name if times[name] == 1 else f"{name}: {key}", key, action.trigger)
    for menu in window.findChildren(QMenu):
        for action in filter(_can_be_done, menu.actions() if menu.title() else ()):
            if action not in actions:
                yield Command(f"{menu.title()}: {_name(action)}", "", action.trigger)


def _can_be_done(action: QAction) -> bool:
    return action.isEnabled() and action.isVisible() and not action.isSeparator() and action.menu() is None


def _name(action: QAction) -> str:
    text = action.property(LISTED) or action.text()  # "Undo" alone: what it takes back has words that others have
    return re.sub("&(.)", r"\1", text.partition("\t")[0]).rstrip("…")


def _choices(window: QWidget) -> Iterator[Command]:
    for combo in window.findChildren(QComboBox):
        if _is_offered(combo):
            for index in range(combo.count()):
                if index != combo.currentIndex() and combo.itemText(index):
                    name = f"{combo.accessibleName().capitalize()}: {combo.itemText(index)}"
                    yield Command(name, "", partial(_choose, combo, index))


def _is_offered(widget: QWidget) -> bool:
    """Whether it would do something, if its panel were seen: what its panel hides is for another case."""
    hidden = widget.isHidden() and widget.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide)
    return widget.isEnabled() and bool(widget.accessibleName()) and not hidden


def _choose(combo: QComboBox, index: int) -> None:
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def _fields(settings: QWidget, go_to: Callable[[QWidget], object]) -> Iterator[Command]:
    for kind in (QAbstractSpinBox, QLineEdit, QCheckBox):
        for field in settings.findChildren(kind):
            if _is_offered(field) and not isinstance(field.parent(), QAbstractSpinBox):
                yield Command(f"Setting: {field.accessibleName()}", "", partial(go_to, field))


def explanations(window: QWidget) -> list[Command]:
    """What the help says, found also by other words for the same."""
    return [
        Command(f"Explain: {entry.title}", "", partial(show_entry, entry, window), entry.words) for entry in entries()
    ]


class CommandPalette(Dialog):
    """A line for words, and what has all of them in its name; Enter does the chosen one."""

    def __init__(self, commands: list[Command], parent: QWidget | None = None) -> None:
        super().__init__("command-palette", "Find a command", parent)
        self._commands = commands
        self.words = QLineEdit()
        self.words.setObjectName("command-words")
        self.words.setAccessibleName("Words of a command")
        self.words.setPlaceholderText("Words of what you want to do, choose or set")
        self.list = QTreeWidget()
        self.list.setObjectName("command-list")
        self.list.setAccessibleName("Commands")
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setColumnCount(2)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.addTopLevelItems([QTreeWidgetItem([command.name, command.hint]) for command in commands])
        self.list.setMinimumSize(60 * GRID, 40 * GRID)
        self.list.setColumnWidth(0, 46 * GRID)
        self.nothing = label("Nothing that can be done now has all these words.", "muted", wrap=True)
        column(self.words, self.nothing, self.list, margins=2 * GRID, parent=self)
        self.words.textChanged.connect(self._on_words_changed)
        self.words.installEventFilter(self)
        self.words.returnPressed.connect(self._do)
        self.list.itemClicked.connect(self._do)
        self._on_words_changed("")

    def shown(self) -> list[str]:
        return [item.text(0) for item in self._items() if not item.isHidden()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """The arrows in the line move the choice below it."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent) or event.key() not in _MOVES:
            return super().eventFilter(watched, event)
        items = [item for item in self._items() if not item.isHidden()]
        if items:
            here = next((row for row, item in enumerate(items) if item is self.list.currentItem()), 0)
            to = here + _MOVES[Qt.Key(event.key())]
            self.list.setCurrentItem(items[min(max(to, 0), len(items) - 1)])
        return True

    def _items(self) -> list[QTreeWidgetItem]:
        return self.list.findItems("*", Qt.MatchFlag.MatchWildcard)

    @Slot(str)
    def _on_words_changed(self, text: str) -> None:
        words = text.lower().split()
        for item, command in zip(self._items(), self._commands, strict=True):
            found_by = f"{command.name} {command.words}".lower()
            item.setHidden(not all(word in found_by for word in words))
        shown = [item for item in self._items() if not item.isHidden()]
        self.nothing.setVisible(not shown)
        if shown:
            self.list.setCurrentItem(shown[0])

    @Slot()
    def _do(self) -> None:
        item = self.list.currentItem()
        if item is not None and not item.isHidden():
            command = self._commands[self.list.currentIndex().row()]
            self.close()
            command.do()
