"""A run that goes on from a file is the run that was never stopped, to the last bit."""

import json
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist_viz.engine.augmentation import AUGMENTATIONS
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import EpochEnd, Event, Trainer
from mnist_viz.recording.checkpoint import Checkpoint, CheckpointError, save_checkpoint

Labelled = tuple[NDArray[np.uint8], NDArray[np.uint8]]

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


def digits(count: int, seed: int) -> Labelled:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, 784), dtype=np.uint8), rng.integers(0, 3, count).astype(np.uint8)


TRAIN, VALIDATION = digits(90, 1), digits(20, 2)


def trainer_of(settings: Settings) -> Trainer:
    return Trainer(settings, TRAIN, VALIDATION, classes=3)


def timeless(events: list[Event]) -> list[Event]:
    return [
        replace(e, seconds=0.0, samples_per_second=0.0) if isinstance(e, EpochEnd) else replace(e, seconds=0.0)
        for e in events
    ]


def bits(trainer: Trainer) -> tuple[bytes, ...]:
    best = trainer.best
    state = trainer.network.parameters, trainer.network.statistics, trainer.optimizer.state
    return (*(array.tobytes() for array in state), best.parameters.tobytes() if best is not None else b"")


def resumed(trainer: Trainer, path: Path) -> Trainer:
    save_checkpoint(path, trainer, "mnist")
    return Checkpoint(path).resume(TRAIN, VALIDATION, classes=3)


def test_a_run_on_varied_colour_pictures_goes_on_bit_for_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    samples = rng.integers(0, 256, (60, 3072), dtype=np.uint8), rng.integers(0, 3, 60)
    settings, shape = KINDS["varied digits"], (32, 32, 3)
    whole, stopped = (Trainer(settings, samples, samples, classes=3, image_shape=shape) for _ in range(2))
    list(islice(whole.run(), 9))
    list(islice(stopped.run(), 4))
    save_checkpoint(tmp_path / "run.npz", stopped, "cifar10")
    goes_on = Checkpoint(tmp_path / "run.npz").resume(samples, samples, classes=3, image_shape=shape)
    list(islice(goes_on.run(), 5))
    assert bits(goes_on) == bits(whole)


@pytest.mark.parametrize("settings", KINDS.values(), ids=KINDS)
@hypothesis_settings(max_examples=8)
@given(events=st.integers(0, EVENTS - 2))
def test_it_goes_on_bit_for_bit_wherever_it_was_stopped(tmp_path: Path, settings: Settings, events: int) -> None:
    whole, stopped = trainer_of(settings), trainer_of(settings)
    expected = timeless(list(islice(whole.run(), EVENTS)))
    before = timeless(list(islice(stopped.run(), events)))
    goes_on = resumed(stopped, tmp_path / "run.npz")
    assert goes_on.step == stopped.step
    after = timeless(list(islice(goes_on.run(), EVENTS - events)))
    assert before + after == expected
    assert bits(goes_on) == bits(whole)


def test_what_was_changed_on_the_way_stays_changed(tmp_path: Path) -> None:
    def changed(stop_after: int | None) -> tuple[list[Event], Trainer]:
        trainer = trainer_of(BASE)
        events: list[Event] = list(islice(trainer.run(), 3))
        trainer.change(replace(trainer.settings, learning_rate=0.02, batch_size=30, dropout=0.5))
        if stop_after is not None:
            events += islice(trainer.run(), stop_after)
            trainer = resumed(trainer, tmp_path / "run.npz")
        events += trainer.run()
        return timeless(events), trainer

    expected, whole = changed(None)
    for stop_after in (0, 2, 5, 7):
        events, trainer = changed(stop_after)
        assert events == expected
        assert bits(trainer) == bits(whole)
        assert trainer.settings == whole.settings
        assert trainer.grid == whole.grid


def test_it_says_which_settings_and_data_the_run_had(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "run.npz", trainer_of(KINDS["everything"]), "kmnist")
    checkpoint = Checkpoint(tmp_path / "run.npz")
    assert (checkpoint.settings, checkpoint.dataset) == (KINDS["everything"], "kmnist")


def test_other_data_are_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "run.npz", trainer_of(BASE), "mnist")
    with pytest.raises(CheckpointError, match="trained on 90 samples of 784 inputs and 3 classes, and these are 20 of"):
        Checkpoint(tmp_path / "run.npz").resume(VALIDATION, VALIDATION, classes=3)


def with_meta(**values: Any) -> Callable[[dict[str, Any]], None]:
    def spoil(contents: dict[str, Any]) -> None:
        contents["meta"] = np.array(json.dumps(json.loads(str(contents["meta"])) | values))

    return spoil


def with_array(name: str, array: NDArray[Any]) -> Callable[[dict[str, Any]], None]:
    return lambda contents: contents.update({name: array})


DAMAGES: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "another format": (with_meta(format="a cake"), "that of something else"),
    "a newer version": (with_meta(version=99), "a newer program wrote it"),
    "parameters of another length": (with_array("parameters", np.zeros(7, np.float32)), "parameters is float32 of"),
    "parameters that are no numbers": (with_array("parameters", np.full((4763,), "x")), "parameters is <U1 of shape"),
    "pickled objects": (with_array("parameters", np.full((4763,), None)), "run.npz is not a checkpoint"),
    "a network of gigabytes": (with_meta(sizes=[10**6, 6, 5, 3]), "arrays|too large|is float32|parameters"),
    "impossible settings": (with_meta(changes=[[0, {"hidden": [6, 5], "augmentation": {}, "epochs": -1}]]), "epochs"),
    "no settings": (with_meta(changes=[]), "settings are missing"),
    "a place that is no number": (with_meta(place={"epoch": "two"}), "no count|damaged"),
    "sizes and settings that differ": (with_meta(sizes=[784, 6, 3]), "do not agree"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_refused_in_one_line(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "run.npz"
    spoil, message = DAMAGES[damage]
    save_checkpoint(path, trainer_of(BASE), "mnist")
    with np.load(path) as arrays:
        contents = dict(arrays)
    spoil(contents)
    np.savez(path, **contents)
    with pytest.raises(CheckpointError, match=message) as caught:
        Checkpoint(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kept", [0, 10, 1000, 20_000])
def test_a_truncated_file_is_refused(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "run.npz"
    save_checkpoint(path, trainer_of(BASE), "mnist")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match="is not a checkpoint, or it is damaged"):
        Checkpoint(path)


def test_numbers_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    trainer = trainer_of(BASE)
    trainer.network.parameters[3] = np.nan
    save_checkpoint(path, trainer, "mnist")
    with pytest.raises(CheckpointError, match="parameters are not finite"):
        Checkpoint(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file"):
        Checkpoint(tmp_path / "none.npz")


def test_a_foreign_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(CheckpointError, match="it holds other things"):
        Checkpoint(path)


def test_a_large_network_is_not_made_where_the_file_holds_none(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    save_checkpoint(path, trainer_of(BASE), "mnist")
    with np.load(path) as arrays:
        contents = dict(arrays)
    meta = json.loads(str(contents["meta"]))
    meta["sizes"][0] = 900_000
    contents["meta"] = np.array(json.dumps(meta))
    np.savez(path, **contents)
    tracemalloc.start()
    try:
        with pytest.raises(CheckpointError, match="not those that its description asks for"):
            Checkpoint(path)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
