"""The transport shows the session's state and speaks of what the user wants."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from mnist_viz.views.actions import Actions, TransportState
from mnist_viz.views.transport import Progress, TransportBar


@pytest.fixture
def actions(qtbot: QtBot) -> Actions:
    return Actions()


@pytest.fixture
def bar(actions: Actions, qtbot: QtBot) -> TransportBar:
    bar = TransportBar(actions)
    qtbot.addWidget(bar)
    bar.set_presets([("relu-128-64", "relu-128-64", "two layers"), ("sigmoid-sgd", "sigmoid-sgd", "one at a time")])
    bar.set_datasets([("synthetic", "Synthetic digits", True, ""), ("mnist", "MNIST", False, "11 MB")])
    bar.resize(1440, bar.height())
    bar.show()
    qtbot.waitExposed(bar)
    return bar


def step_button(bar: TransportBar, name: str) -> QToolButton:
    found = bar.findChild(QToolButton, f"{name}-button")
    assert isinstance(found, QToolButton)
    return found


STEPS = ("back-epoch", "back-batch", "forward-batch", "forward-epoch")


def test_only_what_makes_sense_can_be_pressed(bar: TransportBar) -> None:
    for state, play, steps in (
        (TransportState("idle", False, True), "Play", (False, False, True, True)),
        (TransportState("paused", True, True), "Play", (True, True, True, True)),
        (TransportState("running", True, True), "Pause", (True, True, False, False)),
        (TransportState("running", True, False), "Pause", (True, True, True, True)),
        (TransportState("stepping", True, True), "Pause", (True, True, False, False)),
        (TransportState("failed", True, True), "Play", (True, True, True, True)),
        (TransportState("failed", True, False), "Play", (True, True, True, True)),
        (TransportState("preparing", True, True), "Play", (False, False, False, False)),
    ):
        bar.set_state(state)
        assert (bar.play_button.text(), bar.play_button.isEnabled()) == (play, True)
        assert tuple(step_button(bar, name).isEnabled() for name in STEPS) == steps


def test_a_button_and_its_action_are_one_intent(bar: TransportBar, actions: Actions, qtbot: QtBot) -> None:
    bar.set_state(TransportState("paused", True, True))
    with qtbot.waitSignal(actions.play.triggered):
        QTest.mouseClick(bar.play_button, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(actions.back_epoch.triggered):
        QTest.mouseClick(step_button(bar, "back-epoch"), Qt.MouseButton.LeftButton)


def test_choosing_a_preset_asks_for_it_and_showing_one_or_a_data_set_does_not(bar: TransportBar, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(bar.preset_chosen), qtbot.assertNotEmitted(bar.dataset_chosen):
        bar.set_current_preset("sigmoid-sgd")
        bar.set_current_dataset("mnist")
    assert (bar.preset.currentText(), bar.dataset.currentData()) == ("sigmoid-sgd", "mnist")
    bar.set_current_preset("relu-128-64")
    with qtbot.waitSignal(bar.preset_chosen) as chosen:
        QTest.keyClick(bar.preset, Qt.Key.Key_Down)
    assert chosen.args == ["sigmoid-sgd"]


def test_a_data_set_that_is_not_here_can_be_fetched_and_the_last_entry_leads_to_more_and_is_none_itself(
    bar: TransportBar, qtbot: QtBot
) -> None:
    bar.set_current_dataset("synthetic")
    assert [bar.dataset.itemText(i) for i in range(2)] == ["Synthetic digits", "MNIST (fetch…)"]
    with qtbot.waitSignal(bar.dataset_chosen) as chosen:
        QTest.keyClick(bar.dataset, Qt.Key.Key_Down)
    assert chosen.args == ["mnist"]
    bar.set_current_dataset("mnist")
    with qtbot.assertNotEmitted(bar.dataset_chosen), qtbot.waitSignal(bar.more_data_requested):
        QTest.keyClick(bar.dataset, Qt.Key.Key_End)
    assert bar.dataset.currentData() == "mnist"


def test_the_list_of_data_sets_can_be_renewed_under_the_choice_or_without_one(bar: TransportBar) -> None:
    bar.set_current_dataset(None)
    assert bar.dataset.currentIndex() == -1
    bar.set_current_dataset("mnist")
    bar.set_datasets([("synthetic", "Synthetic digits", True, ""), ("mnist", "MNIST", True, "")])
    assert bar.dataset.currentText() == "MNIST"


def test_speed_is_full_at_first_and_changes_by_choice_and_by_key(
    bar: TransportBar, actions: Actions, qtbot: QtBot
) -> None:
    assert bar.speed.currentText() == "Full speed"
    speeds: list[float | None] = []
    bar.speed_changed.connect(speeds.append)
    QTest.keyClick(bar.speed, Qt.Key.Key_Up)
    actions.slower.trigger()
    actions.faster.trigger()
    actions.faster.trigger()
    actions.faster.trigger()
    assert speeds == [50.0, 10.0, 50.0, None]


def test_the_readout_says_how_the_training_stands_and_leaves_open_what_is_not_known(bar: TransportBar) -> None:
    bar.set_readout(Progress(3, 10, 120, 391, 0.07314, 0.9812, 0.9704, 212_345.6))
    assert bar.readout.texts() == ["3 / 10", "120 / 391", "0.0731", "98.12% / 97.04%", "212,346"]
    bar.set_readout(Progress(epochs=10, loss=2.3, train_accuracy=0.1))
    assert bar.readout.texts() == ["0 / 10", "–", "2.3000", "10.00% / –", "–"]


def test_in_a_narrow_window_the_lesser_figures_go_first(bar: TransportBar, qtbot: QtBot) -> None:
    assert [i for i, _, _ in bar.readout.shown()] == [0, 1, 2, 3, 4]
    bar.resize(bar.minimumSizeHint().width(), bar.height())
    qtbot.waitUntil(lambda: bar.readout.width() < 300)
    assert {i for i, _, _ in bar.readout.shown()} <= {0, 2, 3}
