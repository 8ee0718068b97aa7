"""Run until: an answer is chosen and given a number, and impossible ones are said in words."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_viz.views.run_until import RunUntilDialog

LEFT = Qt.MouseButton.LeftButton
Answers = list[tuple[str, float]]


@pytest.fixture
def dialog(qtbot: QtBot) -> RunUntilDialog:
    return opened(RunUntilDialog(20, layers=2), qtbot)


def opened(dialog: RunUntilDialog, qtbot: QtBot) -> RunUntilDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # a test still looks at it then
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    dialog.activateWindow()
    return dialog


def answers(dialog: RunUntilDialog) -> Answers:
    heard: Answers = []
    dialog.chosen.connect(lambda kind, value: heard.append((kind, value)))
    return heard


def type_in(dialog: RunUntilDialog, name: str, text: str) -> None:
    field = dialog.numbers[name]
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def test_at_first_a_number_of_epochs_can_be_typed(dialog: RunUntilDialog) -> None:
    heard = answers(dialog)
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClicks(focused, "12")
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert heard == [("epochs", 12.0)]
    assert not dialog.isVisible()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("batches", "250", 250.0), ("epochs", "1", 1.0), ("accuracy-above", "98.5", 98.5), ("loss-below", "0.05", 0.05)],
)
def test_who_types_a_number_means_its_answer(dialog: RunUntilDialog, name: str, text: str, value: float) -> None:
    heard = answers(dialog)
    type_in(dialog, name, text)
    assert dialog.choices[name].isChecked()
    QTest.mouseClick(dialog.run_button, LEFT)
    assert heard == [(name, value)]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("batches", "2.5", "The number of batches must be 1 to 10,000,000, not 2.5."),
        ("epochs", "many", "The number of epochs must be a whole number, such as 5."),
        ("accuracy-above", "120", "The validation accuracy must be above 0 and at most 100, not 120."),
        ("loss-below", "0", "The training loss must be above 0, not 0."),
    ],
)
def test_an_impossible_number_is_said_and_cannot_be_run(
    dialog: RunUntilDialog, name: str, text: str, said: str
) -> None:
    heard = answers(dialog)
    type_in(dialog, name, text)
    assert dialog.line == said
    assert not dialog.run_button.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert heard == []
    dialog.choices["dead-layer"].click()  # what is impossible elsewhere is in nobody's way
    assert "after epoch 20" in dialog.line
    QTest.mouseClick(dialog.run_button, LEFT)
    assert heard == [("dead-layer", 0.0)]


def test_it_begins_with_what_was_chosen_last(dialog: RunUntilDialog) -> None:
    heard = answers(dialog)
    dialog.choose("accuracy-above", {"accuracy-above": 99.0, "batches": 7})
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert heard == [("accuracy-above", 99.0)]
    assert dialog.numbers["batches"].value() == 7


def test_without_hidden_layers_none_can_be_dead(qtbot: QtBot) -> None:
    dialog = opened(RunUntilDialog(20, layers=0), qtbot)
    assert not dialog.choices["dead-layer"].isEnabled()
    dialog.choose("dead-layer", {})
    assert dialog.choices["epochs"].isChecked()
