"""The panels show the frame, and weights on one range."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QTimer

from mnist_viz import app
from mnist_viz.analysis.comparison import weight_limit
from mnist_viz.analysis.telling import telling_scores
from mnist_viz.controllers.preferences import Preferences
from mnist_viz.engine.network import Network
from mnist_viz.session.worker import Stop, Stopped

if TYPE_CHECKING:
    from tests.controllers.conftest import MakeGuest, Program


def weights(program: Program) -> NDArray[np.floating]:
    """What the weights panel shows."""
    panel = program.app.weights
    assert panel.message() == ""
    assert panel.mosaic.weights is not None
    return panel.mosaic.weights


def limit(program: Program) -> float:
    """The value of the strongest colours."""
    return program.app.weights.mosaic.limit


def test_learned_is_empty_before_any_training_and_the_range_of_weights_only_widens_until_a_divergence(
    program: Program,
) -> None:
    panel = program.app.weights
    assert panel.shows_change()
    assert panel.message().startswith("Nothing learned yet")
    program.train(1)
    assert np.abs(weights(program)).max() > 0
    assert panel.text().endswith("what they learned")

    program.session.change(replace(program.session.settings, learning_rate=2.0))
    program.train(1)
    narrow = limit(program)
    program.train(20)
    wide = limit(program)
    assert wide > narrow
    program.session.go_to(1)
    program.app.tick()
    assert program.shown.step < 22
    assert limit(program) == wide
    program.session.go_to(0)
    program.session.stopped.emit(Stopped(Stop.DIVERGED, "It diverged."))
    program.session.go_live()
    program.session.go_to(1)
    program.app.tick()
    assert limit(program) <= wide


def test_while_training_goes_on_the_most_telling_neurons_are_chosen_anew_only_when_an_epoch_has_ended(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the tiles would jump. Where it rests they are those of the moment at which it stopped."""
    telling = "mnist_viz.controllers.display.telling_scores"
    chosen_at: list[float] = []

    def noted(network: Network, images: NDArray[np.uint8]) -> list[NDArray[np.floating]]:
        tail = program.session.timeline.tail
        assert tail is not None
        chosen_at.append(tail.epoch)
        return telling_scores(network, images)

    monkeypatch.setattr(telling, noted)
    program.train(1)
    assert chosen_at == [0.1]
    chosen_at.clear()
    program.session.play()
    program.until(lambda: program.session.history.steps > 35)
    program.pause()
    *during, _ = map(int, chosen_at)  # the last one is where it rests
    assert len(during) == len(set(during))
    chosen_at.clear()
    program.session.go_to(1)
    program.app.tick()
    assert chosen_at == []  # in the past the same neurons are seen to become what they are


def test_weights_that_somebody_sees_are_drawn_and_the_neuron_under_the_mouse_and_the_chosen_one_are_framed(
    program: Program,
) -> None:
    program.button("weights-change").click()
    before = weights(program)
    docks = program.app.window.docks
    docks["compare"].raise_()
    program.train(1)
    assert weights(program) is before
    docks["weights"].raise_()
    program.until(lambda: weights(program) is not before)

    weights_panel, activations = program.app.weights, program.app.activations
    activations.neuron_hovered.emit(0, 3)
    assert weights_panel.mosaic.neuron_at(*(weights_panel.mosaic.framed["hovered"] or (-1, -1))) == 3
    weights_panel.neuron_hovered.emit(0, 5)
    assert activations.figure.marked["hovered"] == (0, 5)
    weights_panel.neuron_hovered.emit(0, -1)
    assert activations.figure.marked["hovered"] == (0, -1)
    activations.neuron_clicked.emit(1, 3)
    assert weights_panel.selected_layer() == 1
    assert weights_panel.mosaic.framed["chosen"] == (3, 0)
    assert activations.figure.marked["chosen"] == (1, 3)
    weights_panel.neuron_clicked.emit(1, 3)
    assert weights_panel.mosaic.framed["chosen"] is None
    assert activations.figure.marked["chosen"] == (-1, -1)


def test_a_chosen_neuron_that_the_network_shown_next_lacks_is_chosen_no_more(program: Program) -> None:
    panels = program.app.weights, program.app.activations
    for hidden, chosen in (((100,), (0, 90)), ((64,), (1, 8)), ((64, 5), (2, 9)), ((64,), (0, 35))):
        program.reset(replace(program.session.settings, hidden=hidden))
        program.train(1)
        assert panels[1].figure.marked["chosen"] == (-1, -1)
        panels[0].neuron_clicked.emit(*chosen)
        assert panels[1].figure.marked["chosen"] == chosen
    panels[0].neuron_clicked.emit(0, 785)  # in a panel that shows the network before
    assert panels[1].figure.marked["chosen"] == (-1, -1)
    assert program.kind() == "info"


def test_the_readout_counts_the_batches_of_the_frame_shown_and_that_all_neurons_are_shown_is_remembered(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mnist_viz.controllers.display.SECONDS_BETWEEN_TEXTS", 0.0)
    program.train(10)
    program.until(lambda: program.app.transport.readout.texts()[:2] == ["1 / 5000", "10 / 10"])
    program.train(1)
    program.until(lambda: program.app.transport.readout.texts()[:2] == ["2 / 5000", "1 / 10"])

    program.session.reset(replace(program.session.settings, hidden=(64,)))
    program.until(lambda: program.first.model.sizes[1] == 64)
    program.train(1)
    assert program.app.weights.mosaic.shown_neurons() == 32
    program.button("weights-all").click()
    assert program.app.weights.mosaic.shown_neurons() == 64
    program.app.preferences.save()
    assert Preferences.load().all_weights


def test_each_panel_says_of_which_network_it_is_and_another_guest_has_a_range_of_its_own(
    program: Program, guest: MakeGuest
) -> None:
    docks = program.app.window.docks
    assert docks["weights"].subject == docks["activations"].subject == "Run 1 · 784-8-10"
    assert (docks["draw"].subject, docks["settings"].subject) == ("read by Run 1", "of Run 1")
    program.open_model(str(guest("mine.npz")))
    assert docks["weights"].subject == "mine.npz · 784-8-10"
    assert docks["settings"].subject == "of Run 1, which Play trains, not of mine.npz"
    program.session.go_live()
    program.app.tick()
    program.session.rename(1, "slow")
    assert docks["draw"].subject == "read by slow"

    for scale in (1.0, 0.01):
        program.open_model(str(guest(scale=scale)))
        program.app.tick()
        assert limit(program) == weight_limit(weights(program))


def test_in_a_long_tick_the_window_hears_events_and_once_it_is_closed_nothing_is_drawn(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def first() -> None:
        done.append("first")
        QTimer.singleShot(0, partial(done.append, "event"))

    with monkeypatch.context() as patch:
        patch.setattr(app, "TURN_SECONDS", 0.0)
        patch.setattr(program.app, "_parts", lambda: (first, partial(done.append, "second")))
        program.app._turn()
        assert done == ["first"]
        program.qtbot.waitUntil(lambda: "second" in done)
        assert done == ["first", "event", "second"]

    # The frame could not be read any more: its database is closed.
    read: list[None] = []
    monkeypatch.setattr(program.app.drawing, "show_reading", lambda: read.append(None))
    program.session.shown_changed.emit()
    program.qtbot.waitUntil(lambda: len(read) == 1)
    program.app.window.close()
    read.clear()
    program.session.shown_changed.emit()
    program.qtbot.wait(1)
    assert read == []
