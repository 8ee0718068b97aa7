"""Widgets that several panels are made of."""

from PySide6.QtCore import SIGNAL
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from mnist_viz.views.widgets import tool_button


class Followed(QAction):
    def followers(self) -> int:
        """Connections to `changed`."""
        return self.receivers(SIGNAL("changed()"))


def test_a_button_follows_its_action_however_often_that_changes_without_growing(qtbot: QtBot) -> None:
    action = Followed("Play")
    button = tool_button("play", kind="icon", action=action)
    qtbot.addWidget(button)
    action.setEnabled(False)
    before = action.followers()
    for number in range(50):
        action.setText(f"Pause {number}")
        action.setEnabled(number % 2 == 1)
    assert (button.text(), button.isEnabled(), action.followers()) == ("Pause 49", True, before)


def test_a_click_on_a_button_triggers_its_action_after_changes_too(qtbot: QtBot) -> None:
    action = QAction("log")
    button = tool_button("log", kind="icon", action=action)
    qtbot.addWidget(button)
    action.setCheckable(True)
    action.setText("logarithmic")
    with qtbot.waitSignal(action.triggered):
        button.click()
    assert action.isChecked()
    assert button.isChecked()
    button.click()
    assert not action.isChecked()
    assert not button.isChecked()
