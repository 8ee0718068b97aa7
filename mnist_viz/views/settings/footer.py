"""The footer of the settings form: pending changes or an error, and the buttons to apply or discard them."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame

from mnist_viz.engine.setting_sections import in_a_sentence
from mnist_viz.views.actions import make_action
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import column, label, push_button, row, set_look

_NAMED = 4
"""The most settings that are named; of more, the first ones and the number of the others."""

_PLURAL = ("hidden", "biases")


class SettingsFooter(QFrame):
    """Hidden while there is nothing to show.

    Attributes:
        apply_action: does what the apply button does, by a key.
    """

    apply_requested = Signal()

    def __init__(self, titles: Mapping[str, str]) -> None:
        super().__init__()
        self.setObjectName("settings-footer")
        self._titles = titles
        self._line = label(role="caption", wrap=True)
        self._line.setObjectName("settings-line")
        self._line.setMinimumHeight(4 * GRID)
        self._line.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        tip = "Start again with these settings"
        self.apply_button = push_button("apply-settings", "Apply and reset", f"{tip} (Ctrl+Return)")
        self.discard_button = push_button("discard-settings", "Discard", "Go back to the settings of this run")
        for button in (self.discard_button, self.apply_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        margins = (2 * GRID - 4, 4, 2 * GRID - 4, 2 * GRID - 4)
        column(
            self._line, row((self.discard_button, 1), (self.apply_button, 1)), spacing=4, margins=margins, parent=self
        )  # fmt: skip
        self.apply_action = make_action(self, "apply-settings-key", "Apply and reset", "Ctrl+Return", tip)
        self.apply_action.triggered.connect(self.apply_requested)
        self.apply_button.clicked.connect(self.apply_requested)

    def show_state(self, problem: str, waiting: Sequence[str]) -> None:
        """Show the error, or else which settings wait for a reset."""
        text = problem or self._waiting_text(waiting)
        self.setVisible(bool(text))
        set_look(self._line, role="problem" if problem else "waiting" if waiting else "caption")
        self._line.setText(text)
        self._line.setToolTip(text)
        set_look(self.apply_button, kind="primary" if waiting else "")
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
