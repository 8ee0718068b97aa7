"""The curves show the visible runs on every axis, and a click there goes to that moment of the active run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from mnist_viz.controllers.preferences import Preferences
from mnist_viz.recording.smoothing import AXES
from mnist_viz.views.curves.curve import RunCurves
from mnist_viz.views.curves.panel import CurvesPanel

if TYPE_CHECKING:
    from tests.controllers.conftest import Program

LEFT = Qt.MouseButton.LeftButton


class Given:
    """What the panel has been given last."""

    def __init__(self) -> None:
        self.runs: list[RunCurves] = []
        self.active: int | None = None

    @property
    def names(self) -> list[str]:
        return [run.name for run in self.runs if run.visible]


@pytest.fixture
def given(empty: Program, monkeypatch: pytest.MonkeyPatch) -> Given:
    given, panel = Given(), empty.app.curves
    set_runs = panel.set_runs

    def heard(runs: list[RunCurves], active: int | None) -> None:
        given.runs, given.active = list(runs), active
        set_runs(runs, active)

    monkeypatch.setattr(panel, "set_runs", heard)
    return given


@pytest.fixture
def branched(program: Program, given: Given) -> Program:
    """Run 1 with 12 batches, and run 2 that left it after 6 and has been trained two more."""
    program.train(12)
    program.session.go_to_step(6)
    program.rest()
    program.session.branch()
    program.rest()
    program.train(2)
    program.app.learning.redraw()
    return program


def panel_of(program: Program) -> CurvesPanel:
    return program.app.curves


def test_a_run_and_its_branch_are_drawn_unless_they_are_hidden(branched: Program, given: Given) -> None:
    panel = panel_of(branched)
    assert given.names == ["Run 1", "Run 2"]
    assert given.active == 2
    assert [len(run.train_loss) for run in given.runs] == [12, 8]
    assert [len(run.validation_loss) for run in given.runs] == [1, 0]
    assert (given.runs[0].train_loss.y[:6] == given.runs[1].train_loss.y[:6]).all()
    before = given.runs
    branched.train(1)
    branched.app.learning.redraw()
    assert given.runs[0] is before[0]  # it does not train, and keeps its curves
    assert given.runs[1] is not before[1]
    panel.legend.rows[0].setCheckState(0, Qt.CheckState.Unchecked)
    branched.app.learning.redraw()
    assert not branched.session.runs.get(1).visible
    assert given.names == ["Run 2"]
    assert panel.readout[1][0] == "Run 1"
    branched.session.set_visible(2, False)
    branched.app.learning.redraw()
    assert given.names == []
    assert "hidden" in panel.figure.note


def test_an_epoch_of_very_many_batches_is_not_waited_for(
    program: Program, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_viz.controllers.curves.LEAST_STEPS", 2)  # of 10
    program.train(1)
    program.app.learning.redraw()
    assert panel_of(program).figure.extent == 0.2
    program.train(3)
    program.app.learning.redraw()
    assert panel_of(program).figure.extent == 0.5


def test_on_every_axis_all_is_shown_and_a_click_goes_to_that_moment(program: Program, given: Given) -> None:
    program.train(3)
    panel = panel_of(program)
    program.app.learning.redraw()
    assert panel.figure.extent == 1
    panel.axis_choice.next_action.trigger()
    assert panel.figure.extent == 10
    panel.axis_choice.next_action.trigger()
    assert panel.figure.extent < 5
    panel.axis_choice.next_action.trigger()

    program.train(9)
    program.app.learning.redraw()
    for axis in AXES:
        assert panel.axis == axis
        program.session.go_live()
        x = given.runs[0].train_loss.x[6]
        view = panel.figure.loss.view
        position = view.mapViewToScene(QPointF(float(x), sum(view.viewRange()[1]) / 2)).toPoint()
        QTest.mouseClick(panel.figure.viewport(), LEFT, pos=position)
        program.rest()
        program.app.learning.redraw()
        shown = program.shown
        # A pixel may be less than a batch, or more than one.
        assert 0 < shown.step < 12
        place = program.session.history.x_of(shown.step, panel.axis)
        assert panel._cursor == pytest.approx(place)
        panel.axis_choice.next_action.trigger()
        program.app.learning.redraw()
    program.app.files.show_pretrained()
    program.rest()
    program.app.learning.redraw()
    assert panel._cursor is None  # a guest has no place on the curves


def test_what_is_chosen_is_seen_at_once_and_remembered_and_the_statistics_are_those_of_the_selected_range(
    program: Program, given: Given
) -> None:
    program.train(12)
    program.app.learning.redraw()
    panel, history = panel_of(program), program.session.history

    panel.range_changed.emit((0.2, 0.8))
    panel.figure.set_range((0.2, 0.8))
    program.app.learning.redraw()
    assert program.app.learning.selected_steps(program.session.run) == (2, 8)
    panel.range_changed.emit((0.2, 0.8))
    losses = history.batches[2:8, 0]
    assert panel.readout[0] == ["mean of 0.20 – 0.80"]
    assert float(panel.readout[1][1]) == pytest.approx(losses.mean(), abs=1e-4)
    assert panel.readout[1][2] == "–"  # no epoch ended there
    panel.axis_choice.next_action.trigger()
    assert panel.figure.selected == (2.0, 8.0)
    panel.figure.clear_range()
    assert program.app.learning.selected_steps(program.session.run) is None

    assert given.runs[0].train_loss.low is None  # a fiftieth of ten batches is one
    while panel.smoothing != "10":
        panel.smoothing_choice.next_action.trigger()
    smoothed = given.runs[0].train_loss
    assert smoothed.low is not None
    assert smoothed.y[-1] == pytest.approx(program.session.history.batches[2:12, 0].mean())

    program.app.preferences.save()
    stored = Preferences.load()
    assert (stored.curves_axis, stored.curves_smoothing) == ("steps", "10") != ("epochs", "epoch/50")

    button = panel.figure.see_all_button
    assert button.text() == "See all"
    program.session.play()
    program.until(lambda: button.text() == "Follow")
    program.session.pause()
    program.until(lambda: button.text() == "See all")
