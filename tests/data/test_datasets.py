"""The one door: parts of the promised size, read-only, prepared once, and a clear line where that cannot be."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

import mnist_viz
from mnist_viz.data import datasets
from mnist_viz.data.datasets import CancelledError, DataError, Subset, available, first_images, load_dataset
from mnist_viz.data.progress import Watch
from mnist_viz.data.synthetic import cached, handwriting
from mnist_viz.data.user import drawings, user_data
from mnist_viz.system import paths

if TYPE_CHECKING:
    import threading

    from tests.data.conftest import TinyMnist

pytestmark = pytest.mark.usefixtures("cache")


def refused(name: str = "mnist", data_dir: Path | None = None, limit: int | None = None) -> str:
    with pytest.raises(DataError) as raised:
        load_dataset(name, data_dir, limit=limit)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.fixture
def no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on a child process would be an error."""
    monkeypatch.setattr("subprocess.Popen", None)


@pytest.fixture
def prepared(tiny: TinyMnist, tiny_row: datasets.Row, fake_torchvision: Callable[[str], None]) -> TinyMnist:
    """A tiny MNIST that was loaded once."""
    load_dataset("mnist", tiny.data_dir)
    return tiny


# MNIST


def test_validation_is_the_end_of_the_published_training_digits(prepared: TinyMnist) -> None:
    mnist = load_dataset("mnist", prepared.data_dir)
    images, labels = prepared.arrays["train_images"].reshape(-1, 784), prepared.arrays["train_labels"]
    assert (len(mnist.train), len(mnist.validation), len(mnist.test)) == (50, 10, 20)
    assert np.array_equal(mnist.train.images, images[:50])
    assert np.array_equal(mnist.validation.images, images[50:])
    assert np.array_equal(mnist.validation.labels, labels[50:])
    assert np.array_equal(mnist.test.images, prepared.arrays["test_images"].reshape(-1, 784))
    assert mnist.input_size == 784
    assert mnist.class_names == tuple("0123456789")


def test_a_limit_shrinks_every_part_alike_leaves_something_and_never_adds(prepared: TinyMnist) -> None:
    whole, part = load_dataset("mnist", prepared.data_dir), load_dataset("mnist", prepared.data_dir, limit=20)
    assert (len(part.train), len(part.validation), len(part.test)) == (20, 4, 8)
    for small, large in ((part.train, whole.train), (part.validation, whole.validation)):
        assert np.array_equal(small.images, large.images[: len(small)])
        assert np.array_equal(small.labels, large.labels[: len(small)])
    one, many = (load_dataset("mnist", prepared.data_dir, limit=limit) for limit in (1, 1_000))
    assert (len(one.train), len(one.validation), len(one.test)) == (1, 1, 1)
    assert len(many.train) == 50


@pytest.mark.usefixtures("no_child")
def test_an_impossible_limit_is_refused() -> None:
    for limit in (0, -5, True, 2.5):
        assert f"a limit of {limit} training digits is impossible" in refused("synthetic", limit=limit)  # type: ignore[arg-type]


def test_no_array_can_be_written_to(prepared: TinyMnist, calls: list[tuple[int, int]]) -> None:
    for data in (load_dataset("mnist", prepared.data_dir), load_dataset("synthetic", limit=10)):
        for part in (data.train, data.validation, data.test):
            assert not part.images.flags.writeable
            assert not part.labels.flags.writeable
            assert part.images.dtype == part.labels.dtype == np.uint8


def test_a_prepared_set_is_mapped_once_without_a_process(prepared: TinyMnist, no_child: None) -> None:
    reports: list[str] = []
    load_dataset("mnist", prepared.data_dir, watch=Watch(lambda text, _: reports.append(text)))
    assert reports == []
    first, second = (load_dataset("mnist", prepared.data_dir) for _ in range(2))
    assert np.shares_memory(first.train.images, second.train.images)
    assert first.nbytes == 0 < load_dataset("mnist+mnist", prepared.data_dir).nbytes


def test_files_that_change_are_prepared_again_in_place_of_the_old(prepared: TinyMnist, cache: Path) -> None:
    prepared.arrays["test_labels"] = (9 - prepared.arrays["test_labels"]).astype(np.uint8)
    prepared.write()
    os.utime(prepared.path("test_labels"), ns=(0, 0))
    again = load_dataset("mnist", prepared.data_dir)
    assert np.array_equal(again.test.labels, prepared.arrays["test_labels"])
    assert len(list(cache.iterdir())) == 1


def test_where_no_copy_can_be_written_the_files_are_used_from_memory_and_that_is_said(
    prepared: TinyMnist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("where a folder should be")
    monkeypatch.setenv("MNIST_VIZ_CACHE_DIR", str(tmp_path / "file"))
    dataset = datasets.load_dataset("mnist", prepared.data_dir)
    assert np.array_equal(dataset.test.images, prepared.arrays["test_images"].reshape(-1, 784))
    assert (dataset.train.labels == prepared.arrays["train_labels"][: len(dataset.train)]).all()
    (note,) = dataset.notes
    assert note.startswith("MNIST is used from memory and read anew each time")
    assert "MNIST_VIZ_CACHE_DIR" in note


@pytest.mark.parametrize(
    ("place", "spelling"), [("MNIST/raw", "UPPER"), ("MNIST", "dotted"), (".", "under the name of what is not packed")]
)
def test_published_files_are_found_in_any_usual_spelling(
    tmp_path: Path, prepared: TinyMnist, place: str, spelling: str
) -> None:
    folder = tmp_path / "other" / place
    folder.mkdir(parents=True)
    for name, data in prepared.archives().items():
        name = name.replace("-idx", ".idx") if spelling == "dotted" else name
        (folder / (name.upper() if spelling == "UPPER" else name.removesuffix(".gz"))).write_bytes(data)
    dataset = datasets.load_dataset("mnist", tmp_path / "other")
    assert np.array_equal(dataset.test.images, prepared.arrays["test_images"].reshape(-1, 784))


def test_the_data_folder_may_come_from_the_environment_and_a_relative_one_is_the_callers(
    prepared: TinyMnist, no_child: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_VIZ_DATA_DIR", str(prepared.data_dir))
    assert len(load_dataset().train) == 50
    monkeypatch.chdir(prepared.data_dir.parent)
    assert len(load_dataset("mnist", "data").train) == 50


real = paths.data_dir() / "MNIST" / "raw"


@pytest.mark.skipif(not real.exists(), reason="no MNIST here: MNIST_VIZ_DATA_DIR names the folder that has it")
def test_the_real_mnist_is_what_was_published() -> None:
    mnist = load_dataset("mnist")
    assert (len(mnist.train), len(mnist.validation), len(mnist.test)) == (50_000, 10_000, 10_000)
    assert mnist.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert mnist.test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    # The mean of the training pixels that every tutorial normalizes by.
    pixels = np.concatenate([mnist.train.images, mnist.validation.images])
    assert pixels.mean() / 255 == pytest.approx(0.1307, abs=5e-5)


# What cannot be loaded


@pytest.mark.usefixtures("no_child", "tiny_row")
def test_data_that_are_missing_are_said_with_what_to_do(tmp_path: Path, tiny: TinyMnist) -> None:
    said = refused(data_dir=tmp_path / "none")
    assert f"the data folder {tmp_path / 'none'} does not exist: put the 4 files of MNIST into" in said
    assert f"there is no MNIST in {tmp_path}: put the 4 files" in refused(data_dir=tmp_path)
    assert "is a file, not a folder: name the folder" in refused(data_dir=tiny.path("test_labels"))
    tiny.path("test_labels").unlink()
    assert f"{tiny.raw} lacks t10k-labels-idx1-ubyte: put" in refused(data_dir=tiny.data_dir)
    everything = ", ".join(datasets.ROWS)
    assert refused("mnits") == f"there is no data set 'mnits': did you mean 'mnist'? there are {everything}"
    assert refused("cats") == f"there is no data set 'cats': there are {everything}"


# The list


def test_the_list_says_what_is_there_missing_or_damaged(
    tiny: TinyMnist, tiny_row: datasets.Row, no_child: None
) -> None:
    infos = {info.name: info for info in available(tiny.data_dir)}
    assert infos["mnist"].present
    assert infos["mnist"].examples == 80
    assert infos["mnist"].note == f"in {tiny.raw}"
    assert infos["synthetic"].present
    tiny.path("test_labels").write_bytes(b"")
    mnist = {info.name: info for info in available(tiny.data_dir)}["mnist"]
    assert not mnist.present
    assert "not an IDX file" in mnist.note
    nowhere = {info.name: info for info in available(tiny.data_dir / "nowhere")}["mnist"]
    assert not nowhere.present
    assert nowhere.note.endswith("(11.6 MB)")


# The first images


@pytest.mark.parametrize("compressed", [False, True])
def test_the_beginning_of_a_file_is_enough_to_see_what_a_set_looks_like(
    tiny: TinyMnist, tiny_row: datasets.Row, no_child: None, compressed: bool
) -> None:
    if compressed:
        for name in tiny.arrays:
            tiny.path(name).unlink()
        tiny.write(compressed=True)
    assert np.array_equal(first_images("mnist", tiny.data_dir, count=5), tiny.arrays["train_images"][:5])


@pytest.mark.usefixtures("no_child")
def test_first_images_that_cannot_be_had_are_an_error(tiny: TinyMnist, cancel: threading.Event) -> None:
    path = tiny.path("train_images")
    path.write_bytes(path.read_bytes()[: 16 + 3 * 784])
    with pytest.raises(DataError, match="is cut short"):
        first_images("mnist", tiny.data_dir)
    with pytest.raises(DataError, match="there is no KMNIST in"):
        first_images("kmnist", tiny.data_dir)
    cancel.set()
    with pytest.raises(CancelledError):
        first_images("synthetic", watch=Watch(cancelled=cancel))


# Synthetic digits


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """A generator that is quick, and writes down what it was asked for."""
    made: list[tuple[int, int]] = []

    def generate(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        made.append((count, seed))
        labels = (np.arange(count) % 10).astype(np.uint8)
        return np.full((count, 784), seed % 251, np.uint8), labels

    monkeypatch.setattr(handwriting, "generate", generate)
    return made


def test_the_quick_set_needs_no_file() -> None:
    digits = load_dataset("synthetic", limit=5_000)
    assert (len(digits.train), len(digits.validation), len(digits.test)) == (5_000, 1_000, 1_000)
    assert digits.input_size == 784
    for part in (digits.train, digits.validation, digits.test):
        assert np.bincount(part.labels, minlength=10).min() > 0
        assert part.images.any(axis=1).all()


def test_made_digits_are_kept_and_then_mapped_or_made_anew_where_nothing_can_be_kept(
    calls: list[tuple[int, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_dataset("synthetic", limit=5_000)
    asked = len(calls)
    second = load_dataset("synthetic", limit=100)
    assert len(calls) == asked
    assert np.array_equal(second.train.images, first.train.images[:100])
    assert np.array_equal(second.validation.images, first.validation.images[:20])
    (tmp_path / "file").write_text("where a folder should be")
    monkeypatch.setenv("MNIST_VIZ_CACHE_DIR", str(tmp_path / "file"))
    assert len(load_dataset("synthetic", limit=5_000).train) == 5_000


def test_a_larger_set_begins_with_the_quick_one_and_no_block_of_it_is_made_twice(calls: list[tuple[int, int]]) -> None:
    quick = load_dataset("synthetic", limit=5_000)
    calls.clear()
    whole = load_dataset("synthetic", limit=60_000)
    assert (len(whole.train), len(whole.validation), len(whole.test)) == (50_000, 10_000, 10_000)
    assert np.array_equal(whole.train.images[:5_000], quick.train.images)
    assert np.array_equal(whole.test.images[:1_000], quick.test.images)
    assert sum(count for count, _ in calls) == 70_000
    assert len({seed for _, seed in calls}) == len(calls)


def test_another_generator_makes_the_kept_digits_stale(
    calls: list[tuple[int, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_dataset("synthetic", limit=5_000)
    asked = len(calls)
    changed = tmp_path / "synthetic.py"
    changed.write_text("# other strokes")
    monkeypatch.setattr(cached, "GENERATOR", (changed, *cached.GENERATOR[1:]))
    load_dataset("synthetic", limit=5_000)
    assert len(calls) == 2 * asked


def test_every_source_that_the_digits_come_from_counts() -> None:
    root = Path(mnist_viz.__file__).parents[1]
    used: set[Path] = set()
    for path in cached.GENERATOR:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
                used |= {root / (name.replace(".", "/") + ".py") for name in names}
    assert {path for path in used if path.is_file()} <= set(cached.GENERATOR)


def test_drawing_digits_reports_and_can_be_cancelled(
    calls: list[tuple[int, int]], cancel: threading.Event, cache: Path
) -> None:
    fractions: list[float | None] = []

    def progress(text: str, fraction: float | None) -> None:
        fractions.append(fraction)
        if len(fractions) == 3:
            cancel.set()

    with pytest.raises(CancelledError):
        load_dataset("synthetic", limit=5_000, watch=Watch(progress, cancel))
    assert fractions == [0, pytest.approx(1 / 7), pytest.approx(2 / 7)]
    assert not cache.exists()


def test_joined_sets_train_on_all_and_are_judged_by_the_first(prepared: TinyMnist) -> None:
    alone, other = load_dataset("mnist", prepared.data_dir), load_dataset("synthetic", limit=10)
    joined = load_dataset("mnist+synthetic", prepared.data_dir, limit=10)
    assert joined.name == "mnist+synthetic"
    assert len(joined.train) == 20
    assert np.array_equal(joined.train.images[10:], other.train.images)
    assert np.array_equal(joined.test.images, alone.test.images[: len(joined.test)])
    assert not joined.train.images.flags.writeable


def test_a_set_with_fewer_classes_joins_with_the_labels_of_the_first_and_one_of_others_does_not(
    prepared: TinyMnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = load_dataset("mnist", prepared.data_dir)
    few = Subset(alone.train.images[:3], np.array([0, 1, 0], np.uint8))
    monkeypatch.setattr(user_data, "load_user_data", lambda *_, **__: replace(alone, class_names=("7", "3"), train=few))
    joined = load_dataset("mnist+mine.npz", prepared.data_dir)
    assert joined.train.labels[-3:].tolist() == [7, 3, 7]
    assert joined.class_names == alone.class_names
    letters = replace(alone, class_names=tuple("ABCDEFGHIJ"), title="Letters")
    monkeypatch.setattr(user_data, "load_user_data", lambda *_, **__: letters)
    assert refused("mnist+mine.npz", prepared.data_dir) == (
        "MNIST and Letters have other classes or sizes and cannot be joined"
    )


# Drawings


def test_drawings_are_listed_once_there_are_any_and_join_the_digits(
    prepared: TinyMnist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_VIZ_DRAWINGS", str(tmp_path / "drawings.jsonl"))
    assert "drawings" not in {info.name for info in available(prepared.data_dir)}
    drawings.add([("7", [np.array([[0.0, 0.0], [50.0, 0.0], [20.0, 80.0]])])])
    (info,) = (info for info in available(prepared.data_dir) if info.name == "drawings")
    assert (info.examples, info.present, info.download_bytes) == (1, True, 0)
    joined = load_dataset("mnist+drawings", prepared.data_dir)
    assert len(joined.train) == 51
    assert joined.train.labels[-1] == 7
    monkeypatch.setenv("MNIST_VIZ_DRAWINGS", str(tmp_path))  # a folder in the place of the file
    assert "mnist" in {info.name for info in available(prepared.data_dir)}
