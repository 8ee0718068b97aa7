"""A run that goes on from a file is the run that was never stopped, to the last bit."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mnist_viz.data.dataset import Dataset, Subset
from mnist_viz.engine.augmentation import AUGMENTATIONS
from mnist_viz.engine.progress import BatchEnd, EpochEnd, Event
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.checkpoint import open_checkpoint, save_checkpoint
from mnist_viz.recording.runs import Runs
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.recording.session_file import SessionFileError, open_session, save_session
from mnist_viz.recording.snapshot import capture
from mnist_viz.recording.trainers import new_run, new_trainer, resumed_trainer
from tests.small_data import timeless

BASE = Settings(hidden=(6, 5), batch_size=16, epochs=3)
KINDS = {
    "plain": BASE,
    "everything": replace(
        BASE, optimizer="adam", learning_rate=0.005, momentum=0.8, batch_norm=True, dropout=0.3, input_dropout=0.1,
        schedule="cosine", l1=1e-4, l2=1e-3, max_norm=2.0, label_smoothing=0.1, gradient_clip=1.0,
        activation="gelu,tanh", early_stopping=2,
    ),
    "one sample": replace(BASE, batch_size=1, epochs=1, activation="sigmoid"),
    "varied digits": replace(BASE, augmentation=AUGMENTATIONS["standard"], optimizer="nesterov"),
}  # fmt: skip
EVENTS = 24


def subset(count: int, seed: int, pixels: int = 784) -> Subset:
    rng = np.random.default_rng(seed)
    return Subset(rng.integers(0, 256, (count, pixels), np.uint8), rng.integers(0, 3, count).astype(np.uint8))


def dataset(train: Subset, validation: Subset, shape: tuple[int, ...] = (28, 28)) -> Dataset:
    return Dataset("kmnist", "KMNIST", ("a", "b", "c"), train, validation, validation, "made in a test", shape)


DATA = dataset(subset(90, 1), subset(20, 2))


def trainer_of(settings: Settings, data: Dataset = DATA) -> Trainer:
    return new_trainer(settings, data)


def bits(trainer: Trainer) -> tuple[bytes, ...]:
    best = trainer.best
    state = trainer.network.parameters, trainer.network.statistics, trainer.optimizer.state
    return (*(array.tobytes() for array in state), best.parameters.tobytes() if best is not None else b"")


def saved(trainer: Trainer, events: list[Event], path: Path, data: Dataset = DATA) -> None:
    """Write a checkpoint of the run that yielded `events`."""
    run = new_run(trainer, data)
    run.history.add_batches([event for event in events if isinstance(event, BatchEnd)])
    for event in events:
        if isinstance(event, EpochEnd):
            run.history.add_epoch(event)
    save_checkpoint(path, run, trainer)


def resumed(path: Path, data: Dataset = DATA) -> Trainer:
    run, state = open_checkpoint(path)
    return resumed_trainer(run.config, run.epochs, state, data)


@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)
@hypothesis_settings(max_examples=8)
@given(events=st.integers(0, EVENTS - 2))
def test_it_goes_on_bit_for_bit_wherever_it_was_stopped(tmp_path: Path, settings: Settings, events: int) -> None:
    whole, stopped = trainer_of(settings), trainer_of(settings)
    expected = timeless(list(islice(whole.run(), EVENTS)))
    before = list(islice(stopped.run(), events))
    saved(stopped, before, tmp_path / "run")
    goes_on = resumed(tmp_path / "run")
    assert goes_on.step == stopped.step
    after = list(islice(goes_on.run(), EVENTS - events))
    assert timeless(before + after) == expected
    assert bits(goes_on) == bits(whole)


def test_so_does_a_run_on_varied_colour_pictures(tmp_path: Path) -> None:
    data = dataset(subset(60, 0, 3072), subset(20, 1, 3072), (32, 32, 3))
    whole, stopped = (trainer_of(KINDS["varied digits"], data) for _ in range(2))
    list(islice(whole.run(), 9))
    saved(stopped, list(islice(stopped.run(), 4)), tmp_path / "run", data)
    goes_on = resumed(tmp_path / "run", data)
    list(islice(goes_on.run(), 5))
    assert bits(goes_on) == bits(whole)


def test_what_was_changed_on_the_way_stays_changed(tmp_path: Path) -> None:
    def changed(stop_after: int | None) -> tuple[list[Event], Trainer]:
        trainer = trainer_of(BASE)
        events: list[Event] = list(islice(trainer.run(), 3))
        trainer.change(replace(trainer.settings, learning_rate=0.02, batch_size=30, dropout=0.5))
        if stop_after is not None:
            events += islice(trainer.run(), stop_after)
            saved(trainer, events, tmp_path / "run")
            trainer = resumed(tmp_path / "run")
        events += trainer.run()
        return timeless(events), trainer

    expected, whole = changed(None)
    for stop_after in (0, 2, 5, 7):
        events, trainer = changed(stop_after)
        assert events == expected
        assert bits(trainer) == bits(whole)
        assert (trainer.settings, trainer.grid) == (whole.settings, whole.grid)


def test_it_is_a_session_with_the_metrics_of_its_run(tmp_path: Path) -> None:
    trainer = trainer_of(KINDS["everything"])
    events = list(islice(trainer.run(), 9))
    saved(trainer, events, tmp_path / "run")
    run = open_session(tmp_path / "run").runs.active
    assert run is not None
    assert (run.settings, run.dataset, run.class_names) == (KINDS["everything"], "kmnist", ("a", "b", "c"))
    assert run.steps == sum(isinstance(event, BatchEnd) for event in events)
    assert run.history.epochs == [event for event in events if isinstance(event, EpochEnd)]


def test_other_data_are_refused(tmp_path: Path) -> None:
    saved(trainer_of(BASE), [], tmp_path / "run")
    with pytest.raises(ValueError, match="trained on 90 samples of 784 inputs and 3 classes, and these are 20 of"):
        resumed(tmp_path / "run", dataset(DATA.validation, DATA.validation))


def test_a_session_whose_last_moment_is_only_a_picture_is_refused(tmp_path: Path) -> None:
    trainer = trainer_of(BASE)
    saved(trainer, [], tmp_path / "run")
    runs = open_session(tmp_path / "run").runs
    timeline = runs.all[0].timeline
    timeline.replace(timeline.frames[-1], capture(trainer).without_state())
    save_session(tmp_path / "run", SessionContents(runs))
    with pytest.raises(SessionFileError, match="run does not hold what training needs to go on"):
        open_checkpoint(tmp_path / "run")


def test_any_session_can_be_gone_on_with_and_none_but_a_checkpoint_is_replaced(
    session_path: Path, saved_runs: Runs, tmp_path: Path
) -> None:
    run, state = open_checkpoint(session_path)
    assert saved_runs.active is not None
    assert (run.number, state.epoch) == (saved_runs.active.number, run.history.grid.at(run.steps)[0])
    before = session_path.read_bytes()
    with pytest.raises(OSError, match="it is there already and is no mnist-viz checkpoint"):
        saved(trainer_of(BASE), [], session_path)
    assert session_path.read_bytes() == before
    for _ in (1, 2):
        saved(trainer_of(BASE), [], tmp_path / "run")
