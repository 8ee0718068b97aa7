"""The film's buttons show whether it plays and how fast."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.views.actions import Actions
from mnist_viz.views.film_bar import SPEEDS, FilmBar
from mnist_viz.views.theme import DARK

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def actions(qtbot: QtBot) -> Actions:
    return Actions()


@pytest.fixture
def bar(actions: Actions, qtbot: QtBot) -> FilmBar:
    bar = FilmBar(actions)
    qtbot.addWidget(bar)
    actions.set_theme(DARK)
    bar.show()
    qtbot.waitExposed(bar)
    return bar


def test_its_buttons_are_the_intents_that_have_keys(bar: FilmBar, actions: Actions, qtbot: QtBot) -> None:
    for button, action in ((bar.forward_button, actions.film), (bar.back_button, actions.film_back)):
        with qtbot.waitSignal(action.triggered):
            QTest.mouseClick(button, LEFT)


def test_with_nothing_to_play_nothing_can_be_pressed(bar: FilmBar) -> None:
    buttons = (bar.back_button, bar.forward_button, bar.speed_button, bar.loop_button)
    bar.set_available(False)
    assert not any(button.isEnabled() for button in buttons)
    bar.set_available(True)
    assert all(button.isEnabled() for button in buttons)


def test_the_button_of_the_direction_in_which_it_plays_pauses_it(bar: FilmBar) -> None:
    for direction, paused in ((1, (True, False)), (-1, (False, True)), (0, (False, False))):
        bar.set_playing(direction)
        tips = bar.forward_button.toolTip(), bar.back_button.toolTip()
        assert tuple(tip.startswith("Pause the film") for tip in tips) == paused


def test_the_speed_goes_up_and_down_to_its_ends_or_is_chosen_in_the_menu(bar: FilmBar, actions: Actions) -> None:
    heard: list[float | None] = []
    bar.speed_changed.connect(heard.append)
    for _ in range(len(SPEEDS)):
        actions.film_faster.trigger()
    assert heard == [20.0, 30.0, None]
    assert bar.speed_button.text() == "max"
    for _ in range(len(SPEEDS)):
        actions.film_slower.trigger()
    assert bar.speed == SPEEDS[0]
    assert bar.speed_button.text() == "2/s"
    entries = bar.speed_button.menu().actions()
    assert [entry.data() for entry in entries] == list(SPEEDS)
    entries[4].trigger()
    assert (bar.speed, bar.speed_button.text()) == (30.0, "30/s")
    assert [entry.isChecked() for entry in entries] == [speed == 30.0 for speed in SPEEDS]
