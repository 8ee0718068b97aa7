"""Widgets that several panels are made of."""

from PySide6.QtCore import SIGNAL, QEvent
from PySide6.QtGui import QAction, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from mnist_viz.views.widgets import Choice, tool_button


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


def test_a_choice_without_room_ends_in_an_ellipsis_and_says_all_in_its_tip(qtbot: QtBot) -> None:
    choice = Choice("c", "Loss", "What training makes small")
    qtbot.addWidget(choice)
    choice.addItem("Cross-entropy of all classes together")
    choice.resize(400, 30)
    choice.show()
    assert choice.text_room() > choice.fontMetrics().horizontalAdvance(choice.currentText())
    choice.resize(90, 30)
    assert choice.text_room() < choice.fontMetrics().horizontalAdvance(choice.currentText())
    where = choice.rect().center()
    QApplication.sendEvent(choice, QHelpEvent(QEvent.Type.ToolTip, where, choice.mapToGlobal(where)))
    qtbot.waitUntil(QToolTip.isVisible)
    assert QToolTip.text() == "Cross-entropy of all classes together\nWhat training makes small"
    QToolTip.hideText()
