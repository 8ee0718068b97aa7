"""Frames: a moment of training as a value that nobody can change."""

from itertools import islice

import numpy as np
import pytest

from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.snapshot import Frame, Model, capture


@pytest.fixture
def trainer() -> Trainer:
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (40, 9), dtype=np.uint8), rng.integers(0, 3, 40).astype(np.uint8)
    settings = Settings(
        hidden=(5,),
        batch_size=10,
        epochs=9,
        optimizer="momentum",
        learning_rate=0.05,
        schedule="inverse-time",
        decay=1.0,
    )
    return Trainer(settings, (images, labels), (images, labels), classes=3)


def test_a_frame_says_where_in_training_it_stands(trainer: Trainer) -> None:
    for _ in islice(trainer.run(), 7):  # an epoch with its end, and two batches more
        pass
    frame = capture(trainer)
    assert (frame.step, frame.epoch, frame.learning_rate) == (6, 1.5, 0.025)
    assert (frame.model.sizes, frame.model.activation, frame.model.biases) == ((9, 5, 3), "relu", True)


def test_its_arrays_and_those_of_its_network_are_read_only_copies(trainer: Trainer) -> None:
    next(trainer.run())
    frame = capture(trainer)
    assert frame.state is not None
    kept = frame.model.parameters.tobytes()
    for array in (frame.model.parameters, frame.state.parameters, frame.state.optimizer_state):
        assert not array.flags.writeable
        assert not np.shares_memory(array, trainer.network.parameters)
        assert not np.shares_memory(array, trainer.optimizer.state)
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    for _ in islice(trainer.run(), 9):
        pass
    assert frame.model.parameters.tobytes() == kept
    network = capture(trainer).model.network()
    for layer in network.layers:
        assert layer.biases is not None
        assert not layer.weights.flags.writeable
        assert not layer.biases.flags.writeable


def test_the_frame_answers_as_the_network_did_at_that_moment(trainer: Trainer) -> None:
    images = np.random.default_rng(1).integers(0, 256, (5, 9), dtype=np.uint8)
    frame, expected = capture(trainer), trainer.network.predict_proba(images)
    for _ in islice(trainer.run(), 9):
        pass
    np.testing.assert_array_equal(frame.model.network().predict_proba(images), expected)
    assert not np.array_equal(trainer.network.predict_proba(images), expected)


def test_one_copy_of_the_parameters_serves_the_model_and_the_place_and_is_counted(trainer: Trainer) -> None:
    frame = capture(trainer)
    assert frame.state is not None
    assert frame.model.parameters is frame.state.parameters
    assert frame.nbytes == frame.model.parameters.nbytes + frame.state.optimizer_state.nbytes
    model = Model((2, 2), "relu", True, np.zeros(6, np.float32))
    assert Frame(model).nbytes == 24
