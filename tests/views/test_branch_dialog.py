"""What is asked before a run is left for another one, by mouse and keys."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.settings import Settings
from mnist_viz.views.runs.branch_dialog import BranchDialog

LEFT, BEFORE = Qt.MouseButton.LeftButton, Settings(epochs=7, seed=3)


class Form(BranchDialog):
    """The dialog, and what a hand does to it."""

    def input(self, name: str) -> QWidget:
        return self.fields[name].inputs()[0]

    def retype(self, field: QWidget, text: str) -> None:
        field.setFocus()
        QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(field, Qt.Key.Key_Delete)
        QTest.keyClicks(field, text)

    def pick(self, optimizer: str) -> None:
        combo = self.input("optimizer")
        assert isinstance(combo, QComboBox)
        combo.setFocus()
        wanted = combo.findData(optimizer)
        combo.setCurrentIndex(wanted - 1 if wanted else 1)
        QTest.keyClick(combo, Qt.Key.Key_Down if wanted else Qt.Key.Key_Up)

    def press(self, text: str) -> None:
        button = next(button for button in self.findChildren(QPushButton) if button.text() == text)
        QTest.mouseClick(button, LEFT)


def opened(qtbot: QtBot, settings: Settings = BEFORE) -> Form:
    form = Form("epoch 3, batch 120", "Run 1", settings, "Run 2")
    qtbot.addWidget(form)
    form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    form.show()
    qtbot.waitExposed(form)
    form.activateWindow()
    return form


@pytest.fixture
def form(qtbot: QtBot) -> Form:
    return opened(qtbot)


def test_it_says_from_where_it_goes_on_and_that_nothing_differs(form: Form) -> None:
    texts = [label.text() for label in form.findChildren(QLabel)]
    assert "Continue from epoch 3, batch 120" in texts
    assert any(text.startswith("“Run 1” is not changed") for text in texts)
    assert (form.settings, form.line, form.name.text()) == (BEFORE, "No setting is changed yet.", "Run 2")


def test_a_press_scales_the_learning_rate_and_names_the_run_after_it(form: Form) -> None:
    for presses, rate in ((["1/3"], 0.0333), (["3 ×"], 0.3), (["1/10", "1/10"], 0.001)):
        form.retype(form.input("learning_rate"), "0.1")
        for text in presses:
            form.press(text)
        assert form.settings == replace(BEFORE, learning_rate=rate)
        assert form.name.text() == f"rate {rate}"
    form.retype(form.input("learning_rate"), "50")
    assert [button.isEnabled() for button in form.factor_buttons] == [True, True, False]


def test_what_is_typed_is_what_it_goes_on_with(form: Form) -> None:
    settings = BEFORE
    for name, value in (("learning_rate", 0.25), ("batch_size", 32), ("dropout", 0.5), ("l2", 0.001)):
        form.retype(form.input(name), f"{value:g}")
        settings = replace(settings, **{name: value})  # type: ignore[arg-type]
        assert form.settings == settings


def test_what_differs_is_said_and_what_is_mended_can_be_chosen(form: Form) -> None:
    form.press("1/10")
    form.retype(form.input("dropout"), "1.5")
    assert not form.train_button.isEnabled()
    form.retype(form.input("dropout"), "0.2")
    assert form.line == "Learning rate 0.1 → 0.01, dropout 0 → 0.2."
    assert form.train_button.isEnabled()


def test_another_optimizer_brings_its_usual_rate_and_its_momentum(form: Form) -> None:
    for optimizer, momentum in (("momentum", True), ("adam", True), ("rmsprop", False)):
        form.pick(optimizer)
        rate = OPTIMIZERS[optimizer].usual_rate
        assert form.settings == replace(BEFORE, optimizer=optimizer, learning_rate=rate)
        assert form.input("momentum").isEnabled() is momentum
        form.pick("sgd")
        assert form.settings == BEFORE


def test_what_means_nothing_keeps_its_value(form: Form) -> None:
    form.pick("momentum")
    form.retype(form.input("momentum"), "nonsense")
    form.pick("sgd")
    assert form.settings == BEFORE


def test_dropout_means_nothing_without_hidden_layers(qtbot: QtBot) -> None:
    form = opened(qtbot, replace(BEFORE, hidden=()))
    assert not form.input("dropout").isEnabled()
    assert form.settings == replace(BEFORE, hidden=())


# The name


@pytest.mark.parametrize(("typed", "name"), [("Mine", "Mine"), ("", "rate 0.01"), ("   ", "rate 0.01")])
def test_the_name_follows_what_is_changed_until_one_is_typed(form: Form, qtbot: QtBot, typed: str, name: str) -> None:
    form.press("1/10")
    form.retype(form.name, typed)
    with qtbot.waitSignal(form.chosen) as told:
        form.press("Continue, paused")
    assert told.args == [replace(BEFORE, learning_rate=0.01), name, False]


# Impossible values


def test_what_is_impossible_is_said_and_cannot_be_chosen(form: Form, qtbot: QtBot) -> None:
    for name, text, said in (
        ("learning_rate", "fast", "The learning rate must be a number, such as 0.1."),
        ("batch_size", "1.5", "The batch size must be a whole number, not 1.5."),
        ("l2", "2", "The L2 must be 0 or more and at most 1, not 2."),
    ):
        form.retype(form.input(name), text)
        assert form.line == said
        assert form.fields[name].invalid
        assert form.settings is None
        assert not form.train_button.isEnabled()
        assert not form.pause_button.isEnabled()
        with qtbot.assertNotEmitted(form.chosen):
            QTest.keyClick(form.input(name), Qt.Key.Key_Return)
        assert form.isVisible()
        form.retype(form.input(name), f"{getattr(BEFORE, name):g}")


# Choosing


@pytest.mark.parametrize("where", ["button", "name", "l2"])
def test_the_button_or_enter_continues_and_trains(form: Form, qtbot: QtBot, where: str) -> None:
    with qtbot.waitSignal(form.chosen) as told:
        if where == "button":
            form.press("Continue and train")
        else:
            QTest.keyClick(form.name if where == "name" else form.input(where), Qt.Key.Key_Return)
    assert told.args == [BEFORE, "Run 2", True]
    assert not form.isVisible()


@pytest.mark.parametrize("way", ["button", "key"])
def test_cancel_makes_nothing(form: Form, qtbot: QtBot, way: str) -> None:
    form.press("1/10")
    with qtbot.assertNotEmitted(form.chosen):
        if way == "button":
            form.press("Cancel")
        else:
            QTest.keyClick(form, Qt.Key.Key_Escape)
    assert not form.isVisible()


def test_tab_leads_through_every_field(form: Form) -> None:
    form.name.setFocus()
    seen = []
    for _ in range(12):
        seen.append(form.focusWidget().objectName())
        QTest.keyClick(form.focusWidget(), Qt.Key.Key_Tab)
    assert seen[:8] == [
        "branch-name", "learning-rate", "rate-1/10", "rate-1/3", "rate-3 ×", "optimizer", "batch-size", "dropout",
    ]  # fmt: skip
    assert seen[8:] == ["l2", "continue-and-train", "continue-paused", "cancel-branch"]
