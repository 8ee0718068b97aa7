"""Frames whose arrays move to disk: the same objects with the same numbers."""

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer
from mnist_viz.recording import spill as spill_module
from mnist_viz.recording.snapshot import Frame, capture
from mnist_viz.recording.spill import Spill


@pytest.fixture
def spill() -> Iterator[Spill]:
    result = Spill()
    yield result
    assert result.close(10)


@pytest.fixture
def trainer() -> Trainer:
    rng = np.random.default_rng(0)
    data = rng.integers(0, 255, (60, 16), dtype=np.uint8), rng.integers(0, 3, 60).astype(np.uint8)
    settings = Settings(preset="", hidden=(8,), batch_size=10, optimizer="adam", learning_rate=0.01, batch_norm=True)
    return Trainer(settings, data, data, classes=3)


def numbers(frame: Frame) -> list[bytes]:
    assert frame.place is not None
    place = frame.place
    arrays = (frame.model.parameters, place.parameters, place.statistics, place.optimizer_state)
    return [array.tobytes() for array in arrays]


def test_a_frame_on_disk_has_the_same_numbers(spill: Spill, trainer: Trainer) -> None:
    next(trainer.run())
    frame = capture(trainer)
    before, size = numbers(frame), frame.nbytes
    assert not frame.on_disk
    assert spill.store(frame) is frame
    assert frame.on_disk
    assert (numbers(frame), frame.nbytes) == (before, size)
    assert not frame.model.parameters.flags.writeable
    assert not frame.model.parameters.flags.owndata
    assert spill.store(frame) is frame


def test_training_goes_on_from_a_frame_on_disk(spill: Spill, trainer: Trainer) -> None:
    next(trainer.run())
    frame = spill.store(capture(trainer))
    assert frame.place is not None
    next(trainer.run())
    expected = trainer.network.parameters.tobytes()
    trainer.go_to(frame.place)
    next(trainer.run())
    assert trainer.network.parameters.tobytes() == expected


def test_frames_are_moved_in_a_thread(spill: Spill, trainer: Trainer) -> None:
    frames = [capture(trainer) for _ in range(5)]
    for frame in frames:
        spill.submit(frame)
    until = threading.Event()
    for _ in range(1000):
        if all(frame.on_disk for frame in frames):
            break
        until.wait(0.01)
    assert all(frame.on_disk for frame in frames)


def test_thousands_of_frames_need_few_files(spill: Spill, trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill_module, "SEGMENT", 100_000)
    made: list[int] = []
    real = spill_module._Segment

    def segment(file: BinaryIO, size: int) -> object:
        made.append(size)
        return real(file, size)

    monkeypatch.setattr(spill_module, "_Segment", segment)
    frames = []
    trainer.epochs = 100
    for _ in range(300):
        next(trainer.run())
        frames.append(capture(trainer))
    before = [numbers(frame) for frame in frames]
    for frame in frames:
        spill.store(frame)
    assert [numbers(frame) for frame in frames] == before
    total = sum(frame.nbytes for frame in frames)
    assert total / 100_000 < len(made) < total / 100_000 * 2


def test_an_array_larger_than_a_file_has_one_of_its_own(
    spill: Spill, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spill_module, "SEGMENT", 64)
    frame = capture(trainer)
    before = numbers(frame)
    assert numbers(spill.store(frame)) == before


def test_nothing_is_left_behind(
    spill: Spill, trainer: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    frame = spill.store(capture(trainer))
    assert list(tmp_path.iterdir()) == []
    assert frame.model.parameters.any()


def test_without_room_a_frame_stays_in_memory_and_it_is_said(
    spill: Spill, trainer: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    frame = capture(trainer)
    before = numbers(frame)
    with pytest.raises(OSError, match="No such file"):
        spill.store(frame)
    assert (frame.on_disk, numbers(frame)) == (False, before)
    spill.submit(frame)
    waited = threading.Event()
    for _ in range(1000):
        if spill.problem:
            break
        waited.wait(0.01)
    assert spill.problem == "No such file or directory"
