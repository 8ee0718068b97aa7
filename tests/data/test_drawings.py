"""Saved drawings: none is lost whatever happens to the file, and they train as a data set, alone or mixed in."""

import errno
import json
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_viz.data.datasets import load_dataset
from mnist_viz.data.drawing.normalization import render
from mnist_viz.data.errors import CancelledError, DataError
from mnist_viz.data.progress import Watch
from mnist_viz.data.user.drawings import add, counts, load, load_drawings, remove_last
from mnist_viz.system import paths

SEVEN = [np.array([(10, 10), (40, 12), (20, 60)])]
ONE = [np.array([(20, 10), (20.123456789, 60)])]


def wobbly(number: int) -> list[np.ndarray]:
    """A line that no other number gives."""
    return [np.array([(0.0, 0.0), (5 + 10 * number, 30), (0, 100 + number)])]


@pytest.fixture
def file() -> Path:
    return paths.drawings_file()


def save(*labels: str) -> None:
    for number, label in enumerate(labels):
        add([(label, wobbly(number))])


# Saving


def test_what_is_saved_comes_back_from_a_line_of_json_each(file: Path) -> None:
    add([("7", SEVEN)])
    add([(" Ä ", [*ONE, np.array([(5, 5)])])])
    first, second = load()
    assert (first.label, second.label) == ("7", "Ä")
    assert (first.strokes[0] == SEVEN[0]).all()
    assert [stroke.shape for stroke in second.strokes] == [(2, 2), (1, 2)]
    assert (first.picture == render(SEVEN)).all()
    assert second.strokes[0][1, 0] == pytest.approx(20.123456789, abs=1e-4)
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [(line["label"], sorted(line)) for line in lines] == [
        ("7", ["label", "strokes"]), ("Ä", ["label", "strokes"])
    ]  # fmt: skip


def test_labels_are_counted_in_their_natural_order_and_without_a_file_there_are_none(file: Path) -> None:
    assert (load(), counts()) == ([], {})
    assert not file.exists()
    save("10", "9", "10", "A")
    assert list(counts().items()) == [("9", 1), ("10", 2), ("A", 1)]


def test_a_drawing_without_a_label_or_of_nothing_or_without_end_is_refused(file: Path) -> None:
    for label in ("", "  ", "a\nb", "x" * 65, "\x00"):
        with pytest.raises(DataError, match="give it a label"):
            add([(label, SEVEN)])
    for strokes in ([], [np.empty((0, 2))], [np.array([(1.0, np.nan)])], [np.array([1.0, 2.0])]):
        with pytest.raises(DataError, match="draw something"):
            add([("7", strokes)])
    assert not file.exists()
    save("7")
    before = file.read_bytes()
    with pytest.raises(DataError, match="too many points"):
        add([("8", [np.random.default_rng(0).random((100_000, 2))])])
    assert file.read_bytes() == before


# Taking back


def test_the_last_drawing_can_be_taken_back_and_those_before_it() -> None:
    save("1", "2", "3")
    remove_last()
    assert list(counts()) == ["1", "2"]
    add([("4", SEVEN)])
    remove_last()
    remove_last()
    assert list(counts()) == ["1"]
    remove_last()
    with pytest.raises(DataError, match="no saved drawing"):
        remove_last()


# A file that something happened to


def test_damaged_lines_and_those_without_end_are_passed_over_and_stay_in_the_file(file: Path) -> None:
    save("1", "2")
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + b'{"label": "3", "str\n\xff\xfe\n\n[1, 2]\n{"label": 3, "strokes": []}\n' + lines[1])
    assert [drawing.label for drawing in load()] == ["1", "2"]
    before = file.read_bytes()
    add([("5", SEVEN)])
    assert file.read_bytes().startswith(before)
    with file.open("ab") as end:
        end.write(b"[" * (3 << 20) + b"\n")
    add([("6", SEVEN)])
    assert [drawing.label for drawing in load()] == ["1", "2", "5", "6"]


def test_a_program_that_is_killed_at_any_byte_of_a_line_loses_that_drawing_alone(file: Path) -> None:
    save("1")
    whole = file.read_bytes()
    save("2")
    line = file.read_bytes()[len(whole) :]
    for length in range(len(line)):
        file.write_bytes(whole + line[:length])
        there = ["1", "2"] if length == len(line) - 1 else ["1"]  # all but the end of the line is all of the drawing
        assert [drawing.label for drawing in load()] == there
        assert sum(counts().values()) == len(there)
        add([("3", SEVEN)])
        assert [drawing.label for drawing in load()] == [*there, "3"]


lines = st.one_of(
    st.binary(max_size=60),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["label", "strokes"]), inner),
        max_leaves=20,
    ).map(lambda value: json.dumps(value).encode()),
    st.just(b'{"removed": "last"}'),
    st.just(b"[" * 3000),
)


@given(st.lists(lines, max_size=8))
def test_no_file_makes_trouble(content: list[bytes]) -> None:
    file = paths.drawings_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\n".join(content))
    before = len(load())
    for drawing in load():
        assert drawing.picture.shape == (28, 28)
    add([("7", SEVEN)])
    assert len(load()) == before + 1


def test_a_file_that_an_editor_saved_in_utf_16_is_left_as_it_is(file: Path) -> None:
    add([("7", ONE)])
    file.write_text(file.read_text(), encoding="utf-16")
    before = file.read_bytes()
    with pytest.raises(DataError, match="UTF-16 now: save it as UTF-8"):
        add([("7", ONE)])
    assert file.read_bytes() == before


def test_a_full_disk_leaves_the_file_as_it_was(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save("1")
    before = file.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match=r"cannot be saved .*No space left on device.*make room"):
        add([("2", SEVEN)])
    assert file.read_bytes() == before


def test_a_failure_takes_away_nothing_that_another_program_has_added(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save("1")
    line = file.read_bytes()

    def meanwhile(_: int) -> None:
        with file.open("ab") as other:
            other.write(line)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", meanwhile)
    with pytest.raises(DataError, match="cannot be saved"):
        add([("2", SEVEN)])
    assert file.read_bytes().startswith(line)
    assert file.read_bytes().endswith(line)
    assert counts()["1"] == 2


def test_many_at_once_lose_nothing() -> None:
    threads = [threading.Thread(target=save, args=[str(k)] * 1 + ["x"] * 9) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(load()), counts()["x"]) == (80, 72)


# As a data set


def save_many(per_class: int, labels: str) -> None:
    number = 0
    for _ in range(per_class):
        for label in labels:
            add([(label, wobbly(number))])
            number += 1


def test_drawings_are_a_data_set_of_their_own() -> None:
    save_many(10, "ba")
    dataset = load_dataset("drawings")
    assert (dataset.name, dataset.class_names, dataset.image_shape) == ("drawings", ("a", "b"), (28, 28))
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (16, 2, 2)
    assert (dataset.train.images[0] == render(wobbly(0)).ravel()).all()
    assert dataset.train.labels[:2].tolist() == [1, 0]


def test_digits_are_always_ten_classes_so_that_any_digit_network_can_be_measured_on_them() -> None:
    save_many(3, "73")
    dataset = load_drawings()
    assert dataset.class_names == tuple("0123456789")
    assert dataset.test.labels.tolist() == [7, 3]


def test_a_drawing_stays_in_its_part_when_others_are_added() -> None:
    save_many(4, "ab")
    before = load_drawings()
    save_many(30, "bca")
    after = load_drawings()
    for part in ("train", "validation", "test"):
        earlier = {picture.tobytes() for picture in getattr(before, part).images}
        assert earlier <= {picture.tobytes() for picture in getattr(after, part).images}


def test_no_drawing_is_in_two_parts() -> None:
    save_many(13, "abc")
    dataset = load_drawings()
    rows = np.concatenate([part.images for part in (dataset.train, dataset.validation, dataset.test)])
    assert len(np.unique(rows, axis=0)) == len(rows) == 39


def test_too_few_say_what_is_missing(file: Path) -> None:
    for labels, said in (
        ("", "there are no saved drawings"),
        ("a", "1 saved drawing is too few"),
        ("aaabb", "5 saved drawings are too few to train on alone: save at least 3 drawings of each of two"),
        ("abcdefgh", "mix them in"),
    ):
        file.unlink(missing_ok=True)
        save(*labels)
        with pytest.raises(DataError, match=said):
            load_drawings()


def test_a_limit_takes_the_newest_and_it_stops_when_asked() -> None:
    save_many(10, "ab")
    dataset, whole = load_drawings(limit=4), load_drawings()
    assert (dataset.train.images == whole.train.images[-4:]).all()
    assert (len(dataset.validation), len(dataset.test)) == (1, 1)
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(CancelledError):
        load_drawings(watch=Watch(cancelled=cancel))


# Mixed in


def test_a_mix_trains_on_those_whose_label_is_a_class() -> None:
    save("7", "cat", "3")
    mixed, alone = load_dataset("synthetic+drawings", limit=50), load_dataset("synthetic", limit=50)
    assert len(mixed.train) == 52
    assert mixed.train.labels[-2:].tolist() == [7, 3]
    assert (mixed.train.images[-2] == render(wobbly(0)).ravel()).all()
    assert (mixed.test.images == alone.test.images).all()
    assert mixed.class_names == alone.class_names


def test_what_tests_drawings_is_not_trained_on_in_a_mix() -> None:
    save_many(10, "37")
    trained = {picture.tobytes() for picture in load_dataset("synthetic+drawings", limit=50).train.images}
    tested = {picture.tobytes() for picture in load_dataset("drawings").test.images}
    assert len(tested) == 2
    assert not trained & tested


def test_a_mix_without_a_fitting_drawing_is_refused() -> None:
    save("cat")
    with pytest.raises(DataError, match="none of your 1 saved drawing has a label among 0, 1, 2"):
        load_dataset("synthetic+drawings", limit=50)


# Counting, which reads only what is new


def test_what_is_counted_follows_the_file_whatever_happens_to_it(file: Path) -> None:
    save("7", "7", "cat")
    assert counts() == {"7": 2, "cat": 1}
    remove_last()
    save("3")
    assert counts() == {"3": 1, "7": 2}
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:30])  # another program is still writing, and then has written
    assert counts() == {"3": 1, "7": 2}
    file.write_bytes(whole + whole.splitlines(keepends=True)[0])
    assert counts() == {"3": 1, "7": 3}
    file.write_bytes(whole.splitlines(keepends=True)[0])  # somebody has edited it
    assert counts() == {"7": 1}
    file.write_bytes(b"")
    assert counts() == {}
    save("1")
    file.unlink()
    assert counts() == {}


def test_counting_again_reads_only_what_was_added(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(*"0123456789")
    assert sum(counts().values()) == 10
    read: list[object] = []
    parse = json.loads

    def loads(line: bytes) -> object:
        read.append(line)
        return parse(line)

    monkeypatch.setattr("mnist_viz.data.user.drawings.json.loads", loads)
    assert sum(counts().values()) == 10
    assert read == []
    save("5")
    assert counts()["5"] == 2
    assert len(read) == 1


def test_more_than_can_be_read_again_is_not_added(monkeypatch: pytest.MonkeyPatch) -> None:
    line = np.array([[0.0, 0.0], [1.0, 1.0]])
    add([("1", [line])])
    before = paths.drawings_file().read_bytes()
    monkeypatch.setattr("mnist_viz.data.user.drawings.MOST_BYTES", 4 * len(before))
    for count, why in ((4, "would take more than"), (9, "these are too many drawings")):
        with pytest.raises(DataError, match=why):
            add([("1", [line])] * count)
    assert paths.drawings_file().read_bytes() == before
    assert add([("2", [line]), ("3", [line])]) == 2
    remove_last(2)
    assert counts() == {"1": 1}
