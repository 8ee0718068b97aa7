"""Numbers go by steps that suit them, and never where they cannot be."""

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mnist_viz.engine.settings import SPECS, Number, Settings

if TYPE_CHECKING:
    from tests.views.conftest import Form

NUMBERS = [name for name, spec in SPECS.items() if isinstance(spec, Number)]


def test_the_learning_rate_steps_by_1_2_5(panel: "Form") -> None:
    changed: list[Settings] = []
    panel.live_changed.connect(changed.append)
    panel.number("learning_rate").setFocus()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(panel.number("learning_rate"), key)
    assert [settings.learning_rate for settings in changed] == pytest.approx([0.2, 0.5, 1.0, 0.5, 0.2])
    panel.number("learning_rate").set_value(0.03)
    panel.number("learning_rate").stepBy(-1)
    assert panel.number("learning_rate").text() == "0.02"


def test_no_step_leads_to_an_impossible_number(unfolded: "Form") -> None:
    for name in NUMBERS:
        for steps in (3, -1000, 1000):
            unfolded.number(name).stepBy(steps)
            value = unfolded.number(name).value()
            assert value is not None
            assert SPECS[name].problem(value) is None, name  # type: ignore[union-attr]


def test_shares_go_in_equal_steps_and_decay_down_to_zero(unfolded: "Form") -> None:
    decay = unfolded.number("decay")
    decay.set_value(0.0)
    decay.stepBy(1)
    assert decay.value() == 1e-4
    decay.stepBy(-1)
    assert decay.value() == 0.0
    unfolded.number("dropout").stepBy(3)
    assert unfolded.number("dropout").value() == 0.15
    unfolded.number("momentum").stepBy(5)
    assert unfolded.number("momentum").value() == 0.95
