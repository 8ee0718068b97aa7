"""One message at a time: its buttons do what they say, a question outlives progress, progress outlives a clearing."""

import pytest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from mnist_viz.controllers import notices as notices_module
from mnist_viz.controllers.notices import Notices
from mnist_viz.views.message_bar import MessageBar


@pytest.fixture
def bar(qtbot: QtBot) -> MessageBar:
    bar = MessageBar()
    qtbot.addWidget(bar)
    return bar


@pytest.fixture
def notices(bar: MessageBar) -> Notices:
    return Notices(bar)


def test_a_button_does_what_it_says_once_and_takes_the_message_away(notices: Notices, bar: MessageBar) -> None:
    done: list[str] = []
    notices.tell("There are two ways.", {"Left": lambda: done.append("left"), "Right": lambda: done.append("right")})
    bar.action_triggered.emit("Right")
    assert (done, bar.text) == (["right"], "")
    bar.action_triggered.emit("Right")
    assert done == ["right"]


def test_what_an_action_says_stays(notices: Notices, bar: MessageBar) -> None:
    notices.tell("One", {"Go on": lambda: notices.tell("Two")})
    bar.action_triggered.emit("Go on")
    assert bar.text == "Two"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cannot write it: no space", "Cannot write it: no space."),
        ("digits.npz is damaged", "digits.npz is damaged."),
        ("/tmp/x is a folder", "/tmp/x is a folder."),
        ("Already a sentence.", "Already a sentence."),
        ("try again?", "Try again?"),
    ],
)
def test_a_warning_is_a_sentence_and_a_file_keeps_its_letters(
    notices: Notices, bar: MessageBar, text: str, shown: str
) -> None:
    notices.warn(text)
    assert (bar.text, bar.kind) == (shown, "error")


def test_progress_does_not_replace_a_question_that_stands(notices: Notices, bar: MessageBar) -> None:
    done: list[str] = []
    notices.tell("Really?", {"Yes": lambda: done.append("yes")})
    notices.progress("Fetching", 0.5, {"Cancel": lambda: done.append("cancel")})
    assert bar.text == "Really?"
    bar.action_triggered.emit("Yes")
    assert done == ["yes"]
    notices.progress("Fetching", 0.6, {})
    assert (bar.text, bar.kind) == ("Fetching", "progress")


def test_progress_replaces_a_question_after_a_while_which_then_comes_again(
    notices: Notices, bar: MessageBar, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    notices.tell("Saved.", {"Undo save": lambda: done.append("undo")})
    monkeypatch.setattr(notices_module, "MS_UNTIL_AGAIN", 0)
    notices.progress("Loading", 0.5, {"Cancel": lambda: done.append("cancel")})
    assert (bar.text, bar.kind) == ("Loading", "progress")
    notices.progress("Loading", 0.6, {"Cancel": lambda: done.append("cancel")})
    notices.end_progress()
    assert bar.text == "Saved."
    bar.action_triggered.emit("Undo save")
    assert (done, bar.text) == (["undo"], "")


def test_progress_replaces_progress_and_what_asks_nothing(notices: Notices, bar: MessageBar) -> None:
    notices.tell("Saved.")
    notices.progress("One", None, {"Cancel": lambda: None})
    assert bar.text == "One"
    notices.progress("Two", 0.5, {"Cancel": lambda: None})
    assert bar.text == "Two"


def test_clear_leaves_progress_and_its_cancel_and_finish_takes_all(notices: Notices, bar: MessageBar) -> None:
    done: list[str] = []
    notices.progress("Fetching", 0.5, {"Cancel": lambda: done.append("cancel")})
    notices.clear()
    assert bar.text == "Fetching"
    bar.action_triggered.emit("Cancel")
    assert done == ["cancel"]
    notices.progress("Fetching", 0.5, {})
    notices.finish()
    assert bar.text == ""
    notices.tell("Said")
    notices.clear()
    assert bar.text == ""


def test_a_dismissed_message_can_do_nothing_any_more(notices: Notices, bar: MessageBar) -> None:
    done: list[str] = []
    notices.tell("Really?", {"Yes": lambda: done.append("yes")})
    bar.dismissed.emit()
    bar.action_triggered.emit("Yes")
    assert done == []


def test_what_stands_comes_again_after_what_is_said_later(notices: Notices, bar: MessageBar) -> None:
    done: list[str] = []
    notices.tell("Deleted.", {"Undo delete": lambda: done.append("back")}, stands=True)
    notices.tell("Trained 2 epochs.")
    assert bar.text == "Trained 2 epochs."
    notices.clear()
    assert bar.text == "Deleted."
    notices.warn("It failed.")
    bar.dismissed.emit()
    assert bar.text == "Deleted."
    notices.clear()
    assert bar.text == "Deleted."
    bar.action_triggered.emit("Undo delete")
    assert (done, bar.text) == (["back"], "")
    notices.clear()
    assert bar.text == ""


def test_what_stands_can_be_dismissed(notices: Notices, bar: MessageBar) -> None:
    notices.tell("Deleted.", {"Undo delete": lambda: None}, stands=True)
    bar.dismissed.emit()
    assert bar.text == ""


def test_dismissing_what_stands_by_its_button_is_for_good(notices: Notices, bar: MessageBar) -> None:
    notices.warn("settings will  not be\nkept", stands=True)
    bar.findChild(QToolButton, "dismiss-message").click()  # type: ignore[union-attr]
    assert bar.text == ""
    notices.tell("Saved.")
    notices.clear()
    assert bar.text == ""


def test_two_things_that_stand_are_answered_one_after_the_other(notices: Notices, bar: MessageBar) -> None:
    notices.warn("Settings will not be kept.", stands=True)
    notices.tell("There is a session that was not saved.", {"Restore it": lambda: None}, stands=True)
    notices.tell("Saved.")
    notices.clear()
    assert bar.text == "There is a session that was not saved."
    bar.action_triggered.emit("Restore it")
    assert (bar.text, bar.kind) == ("Settings will not be kept.", "error")
    bar.dismissed.emit()
    assert bar.text == ""


def test_a_newer_offer_of_the_same_takes_the_place_of_the_older(notices: Notices, bar: MessageBar) -> None:
    notices.tell("Deleted Run 1.", {"Undo delete": lambda: None}, stands=True)
    notices.tell("Deleted Run 2.", {"Undo delete": lambda: None}, stands=True)
    bar.action_triggered.emit("Undo delete")
    assert bar.text == ""
