"""Training until something holds."""

import numpy as np
import pytest

from mnist_viz.engine.layer_health import dead_layer
from mnist_viz.engine.progress import EpochEnd
from mnist_viz.engine.training import Trainer
from mnist_viz.session.conditions import Condition
from mnist_viz.session.worker import Stop
from tests.session.conftest import Build, Watched


def test_training_pauses_when_the_accuracy_is_reached(watched: Watched, build: Build) -> None:
    watched.load(build)
    watched.worker.run(epochs=50, until=Condition("accuracy-above", 0.5))
    stopped = watched.rested()
    assert stopped.reason is Stop.REACHED
    assert stopped.message.startswith("Paused: the validation accuracy is ")
    last = max(watched.frames())
    assert last % 30 == 0
    events = [event for event in watched.events(watched.notes) if event.step <= last]
    accuracies = [event.val_accuracy for event in events if isinstance(event, EpochEnd)]
    assert accuracies[-1] >= 0.5
    assert all(accuracy < 0.5 for accuracy in accuracies[:-1])


def test_training_pauses_when_the_loss_has_fallen(watched: Watched, build: Build) -> None:
    watched.load(build)
    watched.worker.run(epochs=200, until=Condition("loss-below", 0.6))
    stopped = watched.rested()
    assert stopped.reason is Stop.REACHED
    assert "the training loss is 0." in stopped.message


def test_what_never_comes_ends_with_the_last_epoch(watched: Watched, build: Build) -> None:
    watched.load(build)
    watched.worker.run(epochs=2, until=Condition("loss-below", 0.0))
    assert watched.rested().reason is Stop.FINISHED


def test_training_pauses_when_a_layer_is_dead(watched: Watched, build: Build) -> None:
    trainer = build()

    def dead() -> Trainer:
        trainer.network.layers[0].weights[:] = 0.0
        assert trainer.network.layers[0].biases is not None
        trainer.network.layers[0].biases[:] = -1.0
        return trainer

    watched.load(dead)
    watched.worker.run(epochs=2, until=Condition("dead-layer"))
    stopped = watched.rested()
    assert (stopped.reason, stopped.message) == (
        Stop.REACHED,
        "Paused: hidden layer 1 answers the same to every picture.",
    )
    assert max(watched.frames()) == 1


def test_a_layer_is_dead_only_if_all_its_neurons_are(build: Build) -> None:
    network = build().network
    images = np.random.default_rng(0).integers(0, 255, (20, 16), dtype=np.uint8)
    assert dead_layer(network, images) is None
    network.layers[0].weights[:, 1:] = 0.0
    assert dead_layer(network, images) is None
    network.layers[0].weights[:] = 0.0
    assert dead_layer(network, images) == 0


@pytest.mark.parametrize("kind", ["accuracy-above", "loss-below", "dead-layer"])
def test_a_condition_can_be_paused(watched: Watched, build: Build, kind: str) -> None:
    watched.load(build)
    watched.worker.run(epochs=10_000, until=Condition(kind, 2.0 if kind == "accuracy-above" else -1.0))  # type: ignore[arg-type]
    watched.until(lambda note: getattr(note, "step", 0) >= 5)
    watched.worker.pause()
    assert watched.rested().reason is Stop.PAUSED
