"""A model from a file, shown in place of the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.network import Network
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.snapshot import Model
from mnist_viz.session.session import Session

if TYPE_CHECKING:
    from tests.session.conftest import Bits, Driven


@pytest.fixture
def guest() -> Model:
    network = Network((16, 5, 3), "tanh")
    network.initialize("glorot-normal", np.random.default_rng(9))
    return Model.of(network)


def test_a_guest_is_shown_in_place_of_the_run(finished: Driven, guest: Model) -> None:
    finished.session.show_guest(guest, ("p", "q", "r"))
    assert finished.session.guest
    assert finished.shown.model is guest
    assert finished.session.class_names == ("p", "q", "r")
    assert not finished.session.at_live
    assert not finished.session.can_go_back
    assert finished.tail.step == 90


def test_a_guest_before_there_are_data_stays_when_they_come(empty: Driven, guest: Model, dataset: Dataset) -> None:
    empty.session.show_guest(guest, ("p", "q", "r"))
    empty.session.set_dataset(dataset)
    empty.rest()
    assert empty.shown.model is guest


@pytest.mark.parametrize(
    ("leave", "step"),
    [
        (Session.go_live, 3),
        (Session.step_batch, 4),
        (Session.step_epoch, 30),
        (lambda session: session.go_to(1), 1),
        (Session.reset, 0),
        (Session.play, 90),
    ],
    ids=["go live", "step", "step an epoch", "go to", "reset", "play"],
)
def test_a_guest_goes_when_something_is_done_with_the_run(
    driven: Driven, guest: Model, leave: Callable[[Session], None], step: int
) -> None:
    driven.train(3)
    driven.session.show_guest(guest, ("p", "q", "r"))
    leave(driven.session)
    driven.rest()
    assert not driven.session.guest
    assert driven.shown.step == step
    assert driven.session.class_names == ("a", "b", "c")


def test_a_guest_can_be_trained_further_and_is_forgotten_with_settings_of_another_shape(
    driven: Driven, guest: Model, settings: Settings, undisturbed: dict[int, Bits]
) -> None:
    driven.session.show_guest(guest, ("p", "q", "r"))
    own = replace(settings, hidden=(5,), activation="tanh")
    driven.reset(own, first_weights=guest)
    assert driven.shown.model.parameters.tobytes() == guest.parameters.tobytes()
    driven.train(2)
    driven.session.reset()  # the same first weights are those of the guest
    driven.rest()
    assert driven.shown.model.parameters.tobytes() == guest.parameters.tobytes()
    driven.session.reset_new()
    driven.rest()
    assert driven.shown.model.parameters.tobytes() != guest.parameters.tobytes()

    driven.reset(own, first_weights=guest)
    driven.reset(settings)
    assert driven.bits(driven.shown) == undisturbed[0]
