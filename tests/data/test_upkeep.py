"""The program deletes only what it fetched, and verifying reads every byte again."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from mnist_viz.data.datasets import CancelledError, DataError, Row, available, load_dataset, remove, verify
from mnist_viz.data.progress import Watch

if TYPE_CHECKING:
    from pathlib import Path

    from tests.data.conftest import Server, TinyMnist


@pytest.fixture
def ours(
    tiny: TinyMnist,
    tiny_row: Row,
    fake_torchvision: Callable[[str], None],
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> TinyMnist:
    """A tiny MNIST that the program fetched."""
    monkeypatch.setenv("MNIST_VIZ_MIRROR", server.url)
    shutil.rmtree(tiny.data_dir)
    server.files.update(tiny.archives())
    load_dataset("mnist", tiny.data_dir, download=True)
    return tiny


@pytest.fixture
def theirs(tiny: TinyMnist, tiny_row: Row, fake_torchvision: Callable[[str], None]) -> TinyMnist:
    """A tiny MNIST that somebody put there."""
    load_dataset("mnist", tiny.data_dir)
    return tiny


def flip_a_byte(path: Path) -> None:
    """Damage a file without a trace in its size and time."""
    status, data = path.stat(), bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def mnist_is_fetched(tiny: TinyMnist) -> bool:
    return {info.name: info for info in available(tiny.data_dir)}["mnist"].fetched


# Removing


def test_what_was_fetched_is_deleted_with_its_prepared_copy(ours: TinyMnist, cache: Path) -> None:
    size = sum(map(len, ours.plain().values()))
    assert mnist_is_fetched(ours)
    assert remove("mnist", ours.data_dir) == size
    assert list(ours.data_dir.iterdir()) == []
    assert list(cache.iterdir()) == []
    assert not mnist_is_fetched(ours)


def test_what_somebody_put_there_stays_also_beside_a_damaged_note(theirs: TinyMnist, cache: Path) -> None:
    for text in (None, "", "[]", '{"format": 9}'):
        if text is not None:
            (theirs.data_dir / ".MNIST-fetched.json").write_text(text)
        before = theirs.tree()
        with pytest.raises(DataError, match=r"the program did not fetch the MNIST in .* so it deletes nothing"):
            remove("mnist", theirs.data_dir)
        assert theirs.tree() == before
        assert list(cache.iterdir()) != []


def test_what_somebody_put_in_the_place_of_a_file_or_beside_it_stays(ours: TinyMnist) -> None:
    path, precious = ours.path("test_labels"), ours.data_dir / "precious"
    os.utime(path, ns=(0, 0))
    (ours.raw / "notes.txt").write_text("mine")
    precious.write_text("mine")
    note = ours.data_dir / ".MNIST-fetched.json"
    note.write_text(note.read_text().replace(ours.path("train_labels").name, "../../precious"))
    remove("mnist", ours.data_dir)
    assert {path.name, "notes.txt"} <= {file.name for file in ours.raw.iterdir()}
    assert precious.read_text() == "mine"


def test_made_digits_have_no_file_to_delete_and_an_unknown_name_is_refused() -> None:
    with pytest.raises(DataError, match="made by the program itself"):
        remove("synthetic")
    for do in (verify, remove):
        with pytest.raises(DataError, match="there is no data set 'mnits': did you mean 'mnist'"):
            do("mnits")


# Verifying


def test_a_whole_set_is_said_to_be_whole(ours: TinyMnist) -> None:
    stages: list[str] = []
    said = verify("mnist", ours.data_dir, watch=Watch(lambda text, _: stages.append(text)))
    assert said.startswith("MNIST is whole: 4 files with 0.1 MB were read, which hold 80 examples")
    assert said.endswith("and are as they were fetched.")
    assert stages[0] == f"Verifying {ours.path('train_images').name}"


def test_verifying_what_somebody_put_there_promises_less_and_writes_nothing(theirs: TinyMnist, cache: Path) -> None:
    shutil.rmtree(cache)
    before = theirs.tree()
    assert verify("mnist", theirs.data_dir).endswith("which hold 80 examples.")
    assert theirs.tree() == before
    assert not cache.exists()
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(CancelledError):
        verify("mnist", theirs.data_dir, watch=Watch(cancelled=cancel))
    theirs.path("test_labels").unlink()
    with pytest.raises(DataError, match="lacks t10k-labels-idx1-ubyte"):
        verify("mnist", theirs.data_dir)


def test_one_wrong_byte_is_found_and_mended_by_another_fetch(ours: TinyMnist) -> None:
    path = ours.path("train_images")
    flip_a_byte(path)
    with pytest.raises(DataError, match=f"{path} is damaged .it is no longer what was fetched.: fetch it again"):
        verify("mnist", ours.data_dir)
    with pytest.raises(DataError, match="is damaged"):
        load_dataset("mnist", ours.data_dir)
    load_dataset("mnist", ours.data_dir, download=True)
    assert path.read_bytes() == ours.plain()["train_images"]
    assert "is whole" in verify("mnist", ours.data_dir)


def test_a_damaged_prepared_copy_is_found_and_made_again(theirs: TinyMnist, cache: Path) -> None:
    for path in cache.glob("*/train_images.npy"):
        flip_a_byte(path)
    with pytest.raises(DataError, match=r"the prepared copy of MNIST in .* was damaged: load it again"):
        verify("mnist", theirs.data_dir)
    load_dataset("mnist", theirs.data_dir)
    assert "is whole" in verify("mnist", theirs.data_dir)
