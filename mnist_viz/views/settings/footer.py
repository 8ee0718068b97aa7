"""The foot of the settings form: what waits or is impossible, and the buttons that apply or discard it."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from mnist_viz.engine.setting_sections import in_a_sentence
from mnist_viz.views.theme import GRID, restyle

_NAMED = 4
"""So many settings are named; of more, the first ones and how many others there are."""

_PLURAL = ("hidden", "biases")


class SettingsFooter(QFrame):
    """Out of the way while there is nothing to say: the form above needs the room.

    Attributes:
        apply_action: does what the apply button does, by a key.
    """

    apply_requested = Signal()

    def __init__(self, titles: Mapping[str, str]) -> None:
        super().__init__()
        self.setObjectName("settings-footer")
        self._titles = titles
        self._line = QLabel()
        self._line.setObjectName("settings-line")
        self._line.setWordWrap(True)
        self._line.setProperty("role", "caption")
        self._line.setMinimumHeight(4 * GRID)
        self._line.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self.apply_button = QPushButton("Apply and reset")
        self.apply_button.setObjectName("apply-settings")
        self.apply_button.setToolTip("Start again with these settings (Ctrl+Return)")
        self.discard_button = QPushButton("Discard")
        self.discard_button.setObjectName("discard-settings")
        self.discard_button.setToolTip("Go back to the settings of this run")
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        for button in (self.discard_button, self.apply_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            buttons.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID - 4, 4, 2 * GRID - 4, 2 * GRID - 4)
        column.setSpacing(4)
        column.addWidget(self._line)
        column.addLayout(buttons)
        self.apply_action = QAction("Apply and reset", self)
        self.apply_action.setObjectName("apply-settings-key")
        self.apply_action.setShortcut("Ctrl+Return")
        self.apply_action.triggered.connect(self._on_apply)
        self.apply_button.clicked.connect(self._on_apply)

    def show_state(self, problem: str, waiting: Sequence[str]) -> None:
        """Say what is impossible, or else which settings wait for a reset."""
        text = problem or self._waiting_text(waiting)
        self.setVisible(bool(text))
        role = "problem" if problem else "waiting" if waiting else "caption"
        if self._line.property("role") != role:
            self._line.setProperty("role", role)
            restyle(self._line)
        self._line.setText(text)
        self._line.setToolTip(text)
        kind = "primary" if waiting else ""
        if self.apply_button.property("kind") != kind:
            self.apply_button.setProperty("kind", kind)
            restyle(self.apply_button)
        self.apply_button.setEnabled(bool(waiting))
        self.apply_action.setEnabled(bool(waiting))
        self.discard_button.setEnabled(bool(text))

    def _waiting_text(self, waiting: Sequence[str]) -> str:
        if not waiting:
            return ""
        titles = [self._titles[name] for name in waiting]
        titles = [titles[0], *map(in_a_sentence, titles[1:])]
        if len(titles) > _NAMED:
            titles = [*titles[: _NAMED - 1], f"{len(titles) - _NAMED + 1} more"]
        listed = titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
        return f"{listed} {'change' if len(titles) > 1 or waiting[0] in _PLURAL else 'changes'} with Apply."

    @Slot()
    def _on_apply(self) -> None:
        self.apply_requested.emit()
