"""The panels show the frame, and weights on one range."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.analysis.comparison import weight_limit
from mnist_viz.session.worker import Stop, Stopped
from mnist_viz.views.network import weights_panel

if TYPE_CHECKING:
    from tests.controllers.conftest import MakeGuest, Program


@dataclass(frozen=True)
class Shown:
    weights: NDArray[np.floating] | None
    limit: float


@pytest.fixture
def shown(empty: Program, monkeypatch: pytest.MonkeyPatch) -> list[Shown]:
    """What the weights panel is given."""
    given: list[Shown] = []
    panel = empty.app.weights
    set_weights = panel.set_weights

    def heard(layer: int, weights: NDArray[np.floating] | None, limit: float, *others: Any) -> None:
        given.append(Shown(weights, limit))
        set_weights(layer, weights, limit, *others)

    monkeypatch.setattr(panel, "set_weights", heard)
    return given


def test_learned_is_empty_with_a_hint_before_any_training_and_then_it_is_not(
    program: Program, shown: list[Shown], monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[str] = []
    monkeypatch.setattr(weights_panel, "draw_message", lambda painter, rect, theme, title, text: painted.append(title))
    panel = program.app.weights
    assert panel.shows_change()
    panel.grab()
    assert painted[-1:] == ["Nothing learned yet"]
    program.train(1)
    painted.clear()
    panel.grab()
    assert painted == []
    weights = shown[-1].weights
    assert weights is not None
    assert np.abs(weights).max() > 0
    assert panel.heading()[1].endswith("what they learned")


def test_the_weights_themselves_are_shown_before_any_training(program: Program, shown: list[Shown]) -> None:
    program.button("weights-change").click()
    weights = shown[-1].weights
    assert weights is not None
    assert np.array_equal(weights, program.first.model.network().layers[0].weights)


def widened(program: Program, shown: list[Shown]) -> tuple[float, float]:
    """Train, then show step 1 again; return its range alone, and the widest."""
    program.session.change(replace(program.session.settings, learning_rate=2.0))
    program.train(1)
    narrow = shown[-1].limit
    program.train(20)
    wide = shown[-1].limit
    assert wide > narrow
    program.session.go_to(1)
    program.app.tick()
    return narrow, wide


def test_the_range_of_the_weights_only_widens(program: Program, shown: list[Shown]) -> None:
    _, wide = widened(program, shown)
    assert program.session.shown is not None
    assert program.session.shown.step < 21
    assert shown[-1].limit == wide
    limits = [one.limit for one in shown]
    assert limits == sorted(limits)


def test_a_divergence_gives_the_range_back(program: Program, shown: list[Shown]) -> None:
    _, wide = widened(program, shown)
    program.session.stopped.emit(Stopped(Stop.DIVERGED, "It diverged."))
    program.app.tick()
    assert shown[-1].limit < wide


def test_another_guest_has_a_range_of_its_own(program: Program, shown: list[Shown], guest: MakeGuest) -> None:
    for scale in (1.0, 0.01):
        program.open_model(str(guest(scale=scale)))
        program.app.tick()
        weights = shown[-1].weights
        assert weights is not None
        assert shown[-1].limit == weight_limit(weights)


def test_the_readout_counts_the_batches_of_the_frame_shown(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_viz.controllers.display.SECONDS_BETWEEN_TEXTS", 0.0)
    program.train(10)
    program.until(lambda: program.app.transport.readout.texts()[:2] == ["1 / 5000", "10 / 10"])
    program.train(1)
    program.until(lambda: program.app.transport.readout.texts()[:2] == ["2 / 5000", "1 / 10"])
