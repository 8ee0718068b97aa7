"""Settings that change while training runs, as the window sees it, and runs that stop early."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mnist_viz.engine.settings import Settings
from mnist_viz.session.work import State
from mnist_viz.session.worker import Stop

if TYPE_CHECKING:
    from tests.session.conftest import Driven

PER_EPOCH = 30  # batches of 10


def change(driven: "Driven", **values: object) -> None:
    driven.session.change(replace(driven.session.settings, **values))  # type: ignore[arg-type]


def test_a_new_batch_size_holds_from_the_next_epoch_and_steps_find_their_epochs(driven: "Driven") -> None:
    session = driven.session
    driven.train(5)
    change(driven, batch_size=100)
    driven.train_epoch()
    assert (driven.tail.step, driven.tail.epoch) == (PER_EPOCH, 1.0)
    driven.train_epoch()
    assert (driven.tail.step, driven.tail.epoch) == (PER_EPOCH + 3, 2.0)
    driven.train(1)
    assert driven.tail.epoch == pytest.approx(2 + 1 / 3)
    session.back_epoch()
    driven.rest()
    assert driven.shown.step == PER_EPOCH + 3
    session.back_epoch()
    driven.rest()
    assert driven.shown.step == PER_EPOCH
    (loss, _) = session.history.training()
    assert loss.x[-1] == pytest.approx(2 + 1 / 3)


def test_stepping_back_across_changes_is_exact(driven: "Driven") -> None:
    session = driven.session
    driven.train(28)
    change(driven, batch_size=50, dropout=0.5, learning_rate=0.01)
    seen = {}
    for _ in range(6):
        driven.train(1)
        seen[driven.shown.step] = driven.bits(driven.shown)
    for step in (33, 32, 31, 30, 29):
        session.back_batch()
        driven.rest()
        assert (driven.shown.step, driven.bits(driven.shown)) == (step, seen[step])


def test_what_needs_a_reset_is_refused_and_changes_nothing(driven: "Driven") -> None:
    before = driven.session.settings
    with pytest.raises(ValueError, match="Activation cannot change while a run goes on"):
        change(driven, activation="tanh")
    assert driven.session.settings == before


def test_an_early_stop_shows_the_best_frame_and_play_goes_on(driven: "Driven", settings: Settings) -> None:
    session = driven.session
    driven.reset(replace(settings, early_stopping=1, learning_rate=3.0, gradient_clip=1.0, epochs=200))
    session.play()
    driven.until(lambda: session.state is State.PAUSED)
    (note,) = (stop for stop in driven.stops if stop.reason is Stop.EARLY)
    best = min(session.history.epochs, key=lambda epoch: epoch.val_loss)
    assert note.message.endswith(f"the best was after epoch {best.epoch + 1}.")
    assert driven.shown.step == best.step
    driven.until(lambda: bool(driven.measured))
    assert driven.measured[-1].step == best.step
    steps = session.history.steps
    session.play()
    driven.until(lambda: session.history.steps > steps)
    driven.pause()


def test_a_network_with_batch_normalization_is_shown_as_plain_layers(driven: "Driven", settings: Settings) -> None:
    session = driven.session
    driven.reset(replace(settings, batch_norm=True, activation="gelu"))
    driven.train_epoch()
    shown, ended = driven.shown, session.history.epochs[-1]
    assert session.dataset is not None
    assert shown.model.biases
    validation = session.dataset.validation
    loss, accuracy = shown.model.network().evaluate(validation.images, validation.labels)
    assert (loss, accuracy) == pytest.approx((ended.val_loss, ended.val_accuracy), rel=1e-5)
