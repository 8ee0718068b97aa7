"""The settings form says what changes at once, what waits for a reset, and what is impossible."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.settings import Settings
from mnist_viz.views.settings_panel import SettingsPanel

SETTINGS = Settings(hidden=(128, 64), epochs=10)


@pytest.fixture
def panel(qtbot: QtBot) -> SettingsPanel:
    panel = SettingsPanel()
    qtbot.addWidget(panel)
    panel.set_settings(SETTINGS)
    panel.set_running(SETTINGS)
    panel.resize(360, 600)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def retype(qtbot: QtBot, field: QWidget, text: str) -> None:
    """Replace a field's text by keys."""
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field, text)


def line(panel: SettingsPanel) -> str:
    label = panel.findChild(QLabel, "settings-line")
    assert isinstance(label, QLabel)
    return label.text() if label.isVisible() else ""


def count(panel: SettingsPanel) -> str:
    label = panel.findChild(QLabel, "parameter-count")
    assert isinstance(label, QLabel)
    return label.text()


@pytest.mark.parametrize("name", list(PRESETS))
def test_what_is_filled_in_is_read_back(panel: SettingsPanel, name: str) -> None:
    settings = PRESETS[name].settings
    panel.set_settings(settings)
    assert panel.settings == settings


def test_filling_in_asks_for_nothing(panel: SettingsPanel, qtbot: QtBot) -> None:
    with (
        qtbot.assertNotEmitted(panel.settings_edited),
        qtbot.assertNotEmitted(panel.learning_rate_changed),
        qtbot.assertNotEmitted(panel.epochs_changed),
    ):
        panel.set_settings(PRESETS["sigmoid-sgd"].settings)


def test_with_nothing_changed_nothing_waits(panel: SettingsPanel) -> None:
    assert panel.waiting == []
    assert not panel.apply_button.isVisible()
    assert line(panel) == ""


def test_what_needs_a_reset_says_so_before_it_happens(panel: SettingsPanel, qtbot: QtBot) -> None:
    retype(qtbot, panel.hidden, "32")
    assert panel.waiting == ["hidden"]
    assert line(panel) == "Hidden layers change with Apply."
    panel.seed.setFocus()
    QTest.keyClick(panel.seed, Qt.Key.Key_Up)
    assert line(panel) == "Hidden layers and seed change with Apply."
    assert panel.apply_button.isVisible()
    assert panel.apply_button.isEnabled()


def test_apply_hands_over_the_settings(panel: SettingsPanel, qtbot: QtBot) -> None:
    retype(qtbot, panel.hidden, "256 32")
    with qtbot.waitSignal(panel.apply_requested) as applied:
        QTest.mouseClick(panel.apply_button, Qt.MouseButton.LeftButton)
    assert applied.args == [replace(SETTINGS, hidden=(256, 32))]
    panel.set_running(replace(SETTINGS, hidden=(256, 32)))
    assert panel.waiting == []


def test_ctrl_return_applies_from_within_a_field(panel: SettingsPanel, qtbot: QtBot) -> None:
    panel.activateWindow()
    retype(qtbot, panel.hidden, "16")
    with qtbot.waitSignal(panel.apply_requested) as applied:
        QTest.keyClick(panel.hidden, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert applied.args == [replace(SETTINGS, hidden=(16,))]


def test_discard_goes_back_to_the_run(panel: SettingsPanel, qtbot: QtBot) -> None:
    retype(qtbot, panel.hidden, "abc")
    QTest.mouseClick(panel.discard_button, Qt.MouseButton.LeftButton)
    assert panel.hidden.text() == "128, 64"
    assert panel.settings == SETTINGS
    assert line(panel) == ""


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("hidden", "128, x", "Hidden layers are whole numbers with commas between them, such as 128, 64."),
        ("hidden", "12.5", "Hidden layers are whole numbers with commas between them, such as 128, 64."),
        ("hidden", "0", "A hidden layer needs 1 to 8,192 neurons, not 0."),
        ("hidden", "1 " * 17, "At most 16 hidden layers, not 17."),
        ("learning_rate", "-1", "The learning rate must be above 0 and at most 100, not -1."),
        ("learning_rate", "fast", "Learning rate must be a number, such as 0.1."),
        ("learning_rate", "nan", "Learning rate must be a number, such as 0.1."),
        ("decay", "-0.1", "The decay must be 0 or more, not -0.1."),
    ],
)
def test_what_is_impossible_is_marked_and_explained_as_it_is_typed(
    panel: SettingsPanel, qtbot: QtBot, field: str, text: str, problem: str
) -> None:
    widget: QWidget = getattr(panel, field)
    with qtbot.assertNotEmitted(panel.learning_rate_changed):
        retype(qtbot, widget, text)
        panel.epochs.setFocus()
    assert line(panel) == problem
    assert widget.property("invalid") is True
    assert panel.settings is None
    assert not panel.apply_button.isEnabled()


def test_no_hidden_layer_is_possible(panel: SettingsPanel, qtbot: QtBot) -> None:
    retype(qtbot, panel.hidden, " ")
    assert panel.settings == replace(SETTINGS, hidden=())
    assert count(panel) == "7,850 parameters"


def test_the_learning_rate_changes_at_once_when_it_is_complete(panel: SettingsPanel, qtbot: QtBot) -> None:
    rates: list[float] = []
    panel.learning_rate_changed.connect(rates.append)
    retype(qtbot, panel.learning_rate, "0.05")
    assert rates == []
    QTest.keyClick(panel.learning_rate, Qt.Key.Key_Return)
    QTest.keyClick(panel.learning_rate, Qt.Key.Key_Return)
    assert rates == [0.05]
    assert panel.waiting == []


def test_a_decimal_comma_is_understood(panel: SettingsPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.learning_rate_changed) as changed:
        retype(qtbot, panel.learning_rate, "0,02")
        QTest.keyClick(panel.learning_rate, Qt.Key.Key_Return)
    assert changed.args == [0.02]


def test_the_learning_rate_steps_by_1_2_5(panel: SettingsPanel, qtbot: QtBot) -> None:
    rates: list[float] = []
    panel.learning_rate_changed.connect(rates.append)
    panel.learning_rate.setFocus()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(panel.learning_rate, key)
    assert rates == pytest.approx([0.2, 0.5, 1.0, 0.5, 0.2])
    panel.learning_rate.set_value(0.03)
    panel.learning_rate.stepBy(-1)
    assert panel.learning_rate.text() == "0.02"


def test_decay_steps_down_to_zero_and_up_from_it(panel: SettingsPanel) -> None:
    panel.decay.stepBy(1)
    assert panel.decay.value() == 1e-4
    panel.decay.stepBy(-1)
    assert panel.decay.value() == 0.0


def test_epochs_change_at_once(panel: SettingsPanel, qtbot: QtBot) -> None:
    panel.epochs.setFocus()
    with qtbot.waitSignal(panel.epochs_changed) as changed:
        QTest.keyClick(panel.epochs, Qt.Key.Key_Up)
    assert changed.args == [11]
    assert panel.waiting == []


def test_momentum_can_be_set_only_for_the_optimizer_that_has_it(panel: SettingsPanel, qtbot: QtBot) -> None:
    assert not panel.momentum.isEnabled()
    QTest.keyClick(panel.optimizer, Qt.Key.Key_Down)
    assert panel.momentum.isEnabled()
    assert panel.waiting == ["optimizer"]


def test_the_number_of_parameters_follows_what_is_typed(panel: SettingsPanel, qtbot: QtBot) -> None:
    assert count(panel) == "109,386 parameters"
    retype(qtbot, panel.hidden, "10")
    assert count(panel) == "7,960 parameters"
    QTest.mouseClick(panel.biases, Qt.MouseButton.LeftButton, pos=QPoint(10, panel.biases.height() // 2))
    assert count(panel) == "7,940 parameters"
    panel.set_sizes(3072, 10)
    assert count(panel) == "30,820 parameters"


def test_each_edit_that_makes_sense_is_told(panel: SettingsPanel, qtbot: QtBot) -> None:
    edited: list[Settings] = []
    panel.settings_edited.connect(edited.append)
    retype(qtbot, panel.hidden, "8")
    assert edited[-1] == replace(SETTINGS, hidden=(8,))


def test_without_a_run_the_form_waits_for_the_first_one(qtbot: QtBot) -> None:
    panel = SettingsPanel()
    qtbot.addWidget(panel)
    panel.set_settings(SETTINGS)
    panel.show()
    retype(qtbot, panel.hidden, "8")
    assert panel.waiting == ["hidden"]
