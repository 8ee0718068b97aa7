"""The panel of layer health: advice, the table, units by name, and the figures of the chosen layer."""

import re
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.analysis.layer_report import KINDS, POINTS, LayerReport, LayersNow, LayersOverTime
from mnist_viz.analysis.linear_probe import ProbeAccuracies
from mnist_viz.engine.layer_health import LayerHealth
from mnist_viz.views.questions.health import HealthPanel
from tests.views.hand import cell, click, shown

SPREAD = np.linspace(-1, 1, POINTS)


def report(units: int, dead: tuple[int, ...] = (), activation: str = "ReLU") -> LayerReport:
    health = LayerHealth(0.5, 10.0, None, len(dead) / units, None)
    return LayerReport(health, units, activation, True, dead, (), dict.fromkeys(KINDS, SPREAD))


NOW = LayersNow(20, (report(8), report(4, dead=(1, 3)), report(2, activation="")), 0.9)
TIME = LayersOverTime(
    np.array([0, 10, 20]), np.array([0.0, 0.5, 1.0]), np.full((3, 3), 0.5),
    np.array([[np.nan, 0.002, 0.001]] * 3), dict.fromkeys(KINDS, np.broadcast_to(SPREAD, (3, 3, POINTS))),
)  # fmt: skip


@pytest.fixture
def panel(qtbot: QtBot) -> HealthPanel:
    panel = shown(qtbot, HealthPanel(), 900, 500)
    panel.set_answer("step", 20)
    panel.set_answer("now", NOW)
    return panel


def line(panel: HealthPanel, number: int) -> list[str]:
    item = panel.table.topLevelItem(number)
    assert item is not None
    return [item.text(place) for place in range(panel.table.columnCount())]


def test_it_says_what_is_wrong_and_what_to_try(panel: HealthPanel) -> None:
    assert panel.advice.text() == "Hidden 2: 2 of 4 neurons never fire; try He initialization or a smaller rate"
    panel.set_answer("now", replace(NOW, layers=(NOW.layers[0], NOW.layers[0], NOW.layers[2])))
    assert panel.advice.text() == "Nothing looks wrong with the layers"
    panel.set_answer("now", replace(NOW, layers=(report(8, dead=(1,)), report(8), NOW.layers[2])))
    assert panel.advice.text() == "Nothing looks wrong with the layers: 1 dead neuron of 16 does little harm"
    both = replace(report(8, dead=(1, 2)), units=9, saturated=(4,))
    panel.set_answer("now", replace(NOW, layers=(both, NOW.layers[2])))
    wanted = "Nothing looks wrong with the layers: 2 dead and 1 saturated neurons of 9 do little harm"
    assert panel.advice.text() == wanted


def test_the_table_fills_as_answers_come_and_mixes_in_none_about_another_network(panel: HealthPanel) -> None:
    assert line(panel, 1) == ["Hidden 2 (4)", "2", "–", "0.50", "–", "–"]
    panel.set_answer("time", TIME)
    panel.set_answer("probe", ProbeAccuracies(0.8, (0.9, 0.95, 0.96)))
    assert line(panel, 1) == ["Hidden 2 (4)", "2", "–", "0.50", "0.10%", "95.0%"]
    assert line(panel, 2)[:2] == ["Output (2)", "–"]
    panel.set_answer("now", replace(NOW, layers=NOW.layers[1:]))
    assert line(panel, 0) == ["Hidden 1 (4)", "2", "–", "0.50", "–", "–"]


def test_a_dead_unit_is_a_link_that_chooses_it(panel: HealthPanel) -> None:
    heard: list[tuple[int, int]] = []
    panel.neuron_chosen.connect(lambda layer, unit: heard.append((layer, unit)))
    assert not panel.units.isVisible()
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    shown = re.sub("<.*?>", "", panel.units.text())
    assert shown == "Dead neurons: 1, 3"  # their numbers everywhere else
    panel.units.linkActivated.emit("1:3")
    assert heard == [(1, 3)]


def test_the_chosen_layer_stays_chosen_when_new_answers_come(panel: HealthPanel) -> None:
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    panel.set_answer("now", replace(NOW, step=21))
    assert panel.layer == 1


def test_moments_that_come_before_their_network_are_shown_with_it(panel: HealthPanel) -> None:
    fewer = {kind: spreads[:2] for kind, spreads in TIME.spreads.items()}
    panel.set_answer(
        "time", replace(TIME, gradient_norms=np.ones((2, 3)), update_ratios=np.ones((2, 3)), spreads=fewer)
    )
    panel.set_answer("now", replace(NOW, layers=NOW.layers[1:]))
    assert panel.strip.values is not None
    assert panel.strip.values.shape[1] == 3


def test_the_strip_has_a_column_a_moment_and_a_click_leads_there(panel: HealthPanel) -> None:
    assert panel.strip.values is not None
    assert panel.strip.values.shape[1] == 1
    assert panel.strip.framed["chosen"] is None
    heard: list[int] = []
    panel.moment_chosen.connect(heard.append)
    panel.set_answer("time", TIME)
    assert panel.strip.values.shape[1] == 3
    assert panel.strip.framed["chosen"] == (0, 2)
    click(panel.strip, cell(panel.strip, 5, 1))
    assert heard == [10]
    panel.set_answer("step", 10)
    assert panel.strip.framed["chosen"] == (0, 1)
    assert line(panel, 1)[4] == "0.20%"


@pytest.mark.parametrize("shown", ["norms", "ratios"])
def test_lines_go_over_the_batches_and_a_click_leads_to_the_nearest_moment(panel: HealthPanel, shown: str) -> None:
    heard: list[int] = []
    panel.moment_chosen.connect(heard.append)
    panel.set_answer("time", TIME)
    panel.shown.setCurrentIndex(panel.shown.findData(shown))
    assert panel.lines.isVisible()
    place = panel.lines.plots[0].view.mapViewToScene(QPointF(8, panel.lines.plots[0].view.viewRect().center().y()))
    click(panel.lines, place.toPoint())
    assert heard == [10]


def test_numbers_that_are_none_leave_a_gap(panel: HealthPanel) -> None:
    spreads = np.array(TIME.spreads["weights"])
    spreads[:, 1] = np.nan
    panel.set_answer("time", replace(TIME, spreads=dict.fromkeys(KINDS, spreads)))
    assert panel.strip.values is not None
    assert np.isnan(panel.strip.values[:, 1]).all()
    assert np.isfinite(panel.strip.values[:, 2]).all()
