"""The moment of a run nearest to an epoch, and how it is named."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.progress import BatchEnd, EpochEnd
from mnist_viz.engine.run_config import RunConfig
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.history import History
from mnist_viz.recording.run import Run, frame_at, moment_of
from mnist_viz.recording.snapshot import Frame, Model
from mnist_viz.recording.timeline import Timeline

MODEL = Model((6, 4, 3), "relu", True, np.zeros(43, np.float32))
BATCHES = 10
"""In an epoch."""


def run_with(*steps: int, newest: int | None = None) -> Run:
    """A run with frames recorded after so many steps each, and a newest state that is not recorded."""
    grid, settings = EpochGrid(100, BATCHES), Settings()
    config = RunConfig(1, 100, MODEL.sizes, ((0, settings),))
    run = Run(1, "Run 1", 0, "mnist", ("a", "b", "c"), None, config, 20, Timeline(), History(grid))
    for step in steps:
        run.timeline.add(frame(step))
    if newest is not None:
        run.timeline.follow(frame(newest))
    return run


def frame(step: int) -> Frame:
    return Frame(MODEL, step, step / BATCHES)


def test_the_moment_nearest_to_an_epoch_is_found_and_named() -> None:
    for run, epoch, step, late, words in (
        (run_with(0, 5, 10, 20, 30), 0.0, 0, False, "the first weights"),
        (run_with(0, 5, 10, 20, 30), 0.4, 5, False, "after epoch 1, batch 5"),
        (run_with(0, 5, 10, 20, 30), 3.0, 30, False, "after epoch 3"),
        (run_with(0, 5, 10, 20, 30), 7.5, 30, True, "only 3 epochs: after epoch 3"),
        (run_with(0), 2.0, 0, True, "not trained yet: the first weights"),
        (run_with(0, 10), 2.0, 10, True, "only 1 epoch: after epoch 1"),
        (run_with(0, 10, newest=17), 2.0, 17, True, "ends after epoch 2, batch 7"),  # though it is not recorded
    ):
        moment = frame_at(run, epoch)
        assert moment is not None
        assert (moment.frame.step, moment.late, moment.words[0]) == (step, late, words)
    assert frame_at(run_with(), 1.0) is None
    assert moment_of(run_with(0, 10), frame(13)).words == ("after epoch 2, batch 3",)  # shown, it is never late


@given(st.lists(st.integers(0, 200), min_size=1, max_size=20, unique=True), st.floats(0, 25))
def test_no_recorded_frame_is_nearer(steps: list[int], epoch: float) -> None:
    run = run_with(*steps)
    moment = frame_at(run, epoch)
    assert moment is not None
    assert abs(moment.frame.epoch - epoch) == min(abs(step / BATCHES - epoch) for step in steps)
    assert moment.late == (epoch > max(steps) / BATCHES)


def ended(epoch: int, loss: float, accuracy: float) -> EpochEnd:
    return EpochEnd(BATCHES * epoch, epoch - 1, loss, accuracy, loss, accuracy, 0.1, 1.0, 1.0)


def test_an_epoch_after_which_the_network_guesses_is_not_the_best() -> None:
    run = run_with(0, 10, 20)
    run.history.epochs = [ended(1, 1.1, 0.33), ended(2, 1.2, 0.34)]
    assert run.best is None
    run.history.epochs.append(ended(3, 1.3, 0.8))
    assert run.best is run.history.epochs[-1]


def test_what_was_set_after_the_last_batch_is_not_what_it_was_trained_with() -> None:
    run = run_with(0, 10)
    run.history.add_batches([BatchEnd(step, 0, step - 1, 1.0, 0.5, 0.1) for step in range(1, 11)])
    run.configure(run.config.changed(10, Settings(learning_rate=5.0)))
    assert (run.settings.learning_rate, run.trained_with.learning_rate) == (5.0, 0.1)
