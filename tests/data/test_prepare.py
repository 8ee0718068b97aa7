"""The parent's side: it stops a child at any moment, survives its crash, and trusts only what was finished."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.data import store
from mnist_viz.data.errors import CancelledError, DataError
from mnist_viz.data.progress import Watch
from mnist_viz.data.published.prepare import Job, prepare
from mnist_viz.data.published.raw import ARRAYS, identity
from tests.data.own_files import npy

if TYPE_CHECKING:
    import threading

    from tests.data.conftest import TinyMnist


def opened(job: Job) -> store.Prepared | None:
    paths = job.raw.locate(job.data_dir, job.title)
    return store.open_prepared(job.prepared, identity(paths), job.shapes, job.classes)


def rows(tiny: TinyMnist) -> dict[str, NDArray[np.uint8]]:
    """The arrays as they are stored, one row an image."""
    return {name: array.reshape(len(array), -1).squeeze() for name, array in tiny.arrays.items()}


# Reading


@pytest.mark.parametrize("compressed", [False, True])
def test_files_are_read_and_the_data_folder_stays_as_it_is(tiny_job: Job, tiny: TinyMnist, compressed: bool) -> None:
    if compressed:
        for name in tiny.arrays:
            tiny.path(name).unlink()
        tiny.write(compressed=True)
    before, stages = tiny.tree(), list[str]()
    prepare(tiny_job, Watch(lambda text, _: stages.append(text)))
    prepared = opened(tiny_job)
    assert prepared is not None
    for name, array in rows(tiny).items():
        assert np.array_equal(prepared[name], array)
    assert [stage.split()[0] for stage in stages] == ["Reading", "Writing"]
    assert tiny.tree() == before


@pytest.mark.parametrize(
    ("array", "change", "said"),
    [
        ("train_labels", lambda a: np.where(a == 9, 10, a).astype(np.uint8), "run from 0 to 10, not from 0 to 9"),
        ("test_images", lambda a: a * (np.arange(len(a)) < 15)[:, None, None], "5 of 20 are empty"),
        ("test_images", lambda a: a[:19], "holds an array of 19 x 28 x 28 where 20 x 28 x 28 is expected"),
    ],
)
def test_files_that_hold_something_else_are_refused(
    tiny_job: Job, tiny: TinyMnist, array: str, change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]], said: str
) -> None:
    tiny.arrays[array] = change(tiny.arrays[array]).astype(np.uint8)
    tiny.write()
    with pytest.raises(DataError, match=said) as raised:
        prepare(tiny_job)
    assert "\n" not in str(raised.value)
    assert not tiny_job.prepared.exists()


# Ending


def test_what_is_cancelled_before_it_starts_starts_no_process(
    tiny_job: Job, cancel: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subprocess.Popen", None)
    cancel.set()
    with pytest.raises(CancelledError):
        prepare(tiny_job, Watch(cancelled=cancel))


def test_a_crash_is_told_in_one_line(tiny_job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys; print('libc10: bad symbol', file=sys.stderr, flush=True); os._exit(3)"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(DataError, match="ended with status 3: libc10: bad symbol: try again") as raised:
        prepare(tiny_job)
    assert "\n" not in str(raised.value)


def test_leftovers_go_a_day_later_but_not_those_of_a_running_job(tiny_job: Job) -> None:
    old, new = (store.scratch(tiny_job.prepared, token) for token in ("old", "new"))
    for folder in (old, new):
        folder.mkdir(parents=True)
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (two_days_ago, two_days_ago))
    prepare(tiny_job)
    assert not old.exists()
    assert new.exists()


# What is trusted


@pytest.fixture
def written(tiny_job: Job, tiny: TinyMnist) -> Job:
    """A job whose prepared set is there."""
    source = identity(tiny_job.raw.locate(tiny_job.data_dir, tiny_job.title))
    store.write(tiny_job.prepared, rows(tiny), source, token="token")
    return tiny_job


def test_what_was_written_is_mapped_and_cannot_be_changed(written: Job, tiny: TinyMnist) -> None:
    prepared = opened(written)
    assert prepared is not None
    images = prepared["train_images"]
    assert np.array_equal(images, tiny.arrays["train_images"].reshape(-1, 784))
    assert isinstance(images.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        images[0, 0] = 1


def test_a_writer_that_was_killed_leaves_nothing_to_trust(
    tiny_job: Job, tiny: TinyMnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[str] = []

    class Killed(BaseException):
        pass

    def die_at_the_third(*args: object, **options: object) -> None:
        saved.append("one")
        if len(saved) == 3:
            raise Killed

    monkeypatch.setattr(store, "sync", die_at_the_third)
    with pytest.raises(Killed):
        store.write(tiny_job.prepared, tiny.arrays, "source", token="token")
    assert opened(tiny_job) is None
    assert not tiny_job.prepared.exists()


def test_a_newer_copy_takes_the_place_of_the_older(written: Job, tiny: TinyMnist) -> None:
    store.write(written.prepared, rows(tiny), {"of": "other files"}, token="other")
    assert opened(written) is None
    assert [path.name for path in written.prepared.parent.iterdir()] == [written.prepared.name]


def test_files_that_changed_since_are_not_mapped_from_the_old_copy(written: Job, tiny: TinyMnist) -> None:
    os.utime(tiny.path("test_labels"), ns=(0, 0))
    assert opened(written) is None


def test_a_damaged_copy_is_not_trusted(written: Job, tiny: TinyMnist) -> None:
    folder = written.prepared
    good = {path.name: path.read_bytes() for path in folder.iterdir()}
    manifest = json.loads(good[store.MANIFEST])
    for name, damaged in (
        (store.MANIFEST, json.dumps({**manifest, "format": store.FORMAT + 1}).encode()),
        (store.MANIFEST, b'{"format": 1,'),
        ("train_images.npy", good["train_images.npy"][:-1]),
        ("train_images.npy", npy(np.zeros((60, 785), np.uint8))),
        ("train_images.npy", npy(np.array([{}], dtype=object))),
        ("test_labels.npy", npy(np.full(20, 10, np.uint8))),
    ):
        assert opened(written) is not None
        (folder / name).write_bytes(damaged)
        assert opened(written) is None
        (folder / name).write_bytes(good[name])


def test_the_copy_of_a_quicker_process_stands(written: Job, tiny: TinyMnist, monkeypatch: pytest.MonkeyPatch) -> None:
    # The other process puts its copy there between the two renames of this one.
    rename = Path.rename

    def overtaken(self: Path, target: Path) -> Path:
        if target == written.prepared:
            rename(store.scratch(written.prepared, "token-old"), target)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", overtaken)
    source = identity(written.raw.locate(written.data_dir, written.title))
    slower = {name: 0 * array for name, array in rows(tiny).items()}
    store.write(written.prepared, slower, source, token="token")
    prepared = opened(written)
    assert prepared is not None
    assert set(prepared) == set(ARRAYS)
    assert np.array_equal(prepared["test_labels"], tiny.arrays["test_labels"])
    assert [path.name for path in written.prepared.parent.iterdir()] == [written.prepared.name]
