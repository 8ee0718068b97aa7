"""The foot of the drawing panel: ask for an example of a class, or save the drawing as one."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QButtonGroup, QMenu, QSizePolicy, QToolButton, QWidget

from mnist_viz.views import zoom
from mnist_viz.views.actions import make_action, set_tip
from mnist_viz.views.elided_label import ElidedLabel
from mnist_viz.views.theme import SMALL
from mnist_viz.views.widgets import Choice, column, label, row, set_font, tool_button

_LABEL, _BUTTON, _WIDEST = 22, 28, 52  # pixels
_KEYS = 10
_SAVE_TIP = "Save the drawing with the class that it is (Alt+S), to train on it: the data set “drawings”"


class GiveRow(QWidget):
    """ "Give me a" with a button a class, or a list where the names are long; above it "Save as"."""

    digit_requested = Signal(int)
    save_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("give-row")
        self._names: tuple[str, ...] = ()
        self._count = ElidedLabel("caption")
        self._count.setObjectName("saved-count")
        self._count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._save = tool_button("save-drawing", "Save as", _SAVE_TIP, kind="pill", title="Save the drawing as")
        set_font(self._save, SMALL)
        self._save.setFixedHeight(_LABEL)
        self._save.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.triggered.connect(self._on_save_chosen)
        self._save.setMenu(self._menu)
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self.digit_requested)
        title, tip = "Give me an example of a class", "Show an example of this class from the test set"
        self._list = Choice("digit-requests", title, tip, self)
        self._list.activated.connect(self.digit_requested)
        self._row = row((self._list, 1), None, spacing=4)
        above = row(label("Give me a", "caption"), (self._count, 1), self._save)
        column(above, self._row, spacing=4, parent=self)
        self._make_keys()
        self.set_can_save(False)
        self.set_saved_count(0)

    def _make_keys(self) -> None:
        tip = "Choose a class to save the drawing as"
        self._open_menu = make_action(self, "save-drawing-menu", "Save drawing as…", "Alt+S", tip)
        self._open_menu.triggered.connect(self._save.showMenu)
        self._give_keys: list[QAction] = []
        self._save_keys: list[QAction] = []
        # The ten of a kind have one name: the list of keys shows them in one row.
        for keys, name, text, prefix in (
            (self._give_keys, "give", "Give me a digit", ""),
            (self._save_keys, "save-as", "Save drawing as a digit", "Alt+"),
        ):
            for k in range(_KEYS):
                action = make_action(self, f"{name}-{k}", text, f"{prefix}{k}", "")
                action.setAutoRepeat(False)
                action.setData(k)
                action.triggered.connect(self._on_key)
                keys.append(action)
        self.keys = [*self._give_keys, self._open_menu, *self._save_keys]

    def set_class_names(self, names: Sequence[str]) -> None:
        if tuple(names) == self._names:
            return
        self._names = tuple(names)
        for button in self._group.buttons():
            self._group.removeButton(button)
            self._row.removeWidget(button)
            button.setParent(None)
            button.deleteLater()
        self._list.clear()
        short = len(names) <= 10 and max(map(len, names), default=0) <= 2
        if short:
            for k, name in enumerate(names):
                button = self._button(k, name)
                self._row.insertWidget(k, button, 1)
                zoom.fit(button)
        else:
            self._list.addItems(list(names))
        self._list.setVisible(not short)
        self._menu.clear()
        for k, name in enumerate(names):
            # A single & would underline what follows it.
            action = self._menu.addAction(name.replace("&", "&&") + (f"\tAlt+{k}" if k < _KEYS else ""))
            action.setData(k)
        for keys, tip in (
            (self._give_keys, "Show a {} from the test set"),
            (self._save_keys, "Save the drawing as {}"),
        ):
            for k, action in enumerate(keys):
                action.setEnabled(k < len(names))
                set_tip(action, tip.format(names[k]) if k < len(names) else "There is no such class")

    def set_can_save(self, can_save: bool) -> None:
        self._save.setEnabled(can_save)
        self._open_menu.setEnabled(can_save)
        for k, action in enumerate(self._save_keys):
            action.setEnabled(can_save and k < len(self._names))

    def set_saved_count(self, count: int) -> None:
        """How many drawings have been saved so far."""
        self._count.setText(f"{count:,} saved" if count else "")
        self._count.setToolTip("Drawings saved so far; choose “drawings” as the data to train on them" if count else "")

    def _button(self, k: int, name: str) -> QToolButton:
        tip, title = f"Show an example of {name} from the test set ({k})", f"Give me an example of {name}"
        button = tool_button(f"digit-request-{k}", name.replace("&", "&&"), tip, kind="narrow", title=title)
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        button.setFixedHeight(_BUTTON)
        button.setMaximumWidth(_WIDEST)  # few classes do not need buttons as wide as the panel
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        self._group.addButton(button, k)
        return button

    @Slot(QAction)
    def _on_save_chosen(self, action: QAction) -> None:
        self.save_requested.emit(action.data())

    @Slot()
    def _on_key(self) -> None:
        action = self.sender()
        assert isinstance(action, QAction)
        (self.save_requested if action in self._save_keys else self.digit_requested).emit(action.data())
