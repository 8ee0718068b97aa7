"""The quick half of the fuzzing: some hundreds of inputs a format; and that the judge sees what is wrong."""

import os
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mnist_viz.bench import fuzz
from mnist_viz.bench.fuzz import traps
from mnist_viz.bench.fuzz.archives import archive_of, changed_archive, members_of
from mnist_viz.bench.fuzz.child import Judge
from mnist_viz.bench.fuzz.formats import FORMATS
from mnist_viz.bench.fuzz.inputs import Beat, Files, Format, make, put

# Where each input takes longer, there are fewer of them.
FEWER = {"preferences": 100, "image": 150, "strokes": 150, "csv": 150, "drawings": 150, "usps": 100, "folder": 150}
INPUTS = dict.fromkeys(fuzz.NAMES, 300) | FEWER
SEED = 1_000_000
"""Others than those that the command begins with."""


def test_every_format_has_its_name() -> None:
    assert tuple(FORMATS) == fuzz.NAMES


@pytest.mark.parametrize("name", fuzz.NAMES)
def test_hostile_files_are_read_or_refused(name: str) -> None:
    said: list[str] = []
    (result,) = fuzz.measure(INPUTS[name], name, SEED, said.append)
    assert result["failures"] == []
    assert result["inputs"] == result["accepted"] + result["refused"] == INPUTS[name]
    assert 0 < result["slowest_s"] < 2
    assert result["peak_mb"] <= result["bound_mb"]
    assert said == [fuzz.line(result)]
    assert result["accepted"]  # not all are refused at the door
    assert result["refused"] or FORMATS[name].called is None or name == "drawings"


def test_there_is_no_other_format() -> None:
    with pytest.raises(ValueError, match="there is no format 'cake'; there are model, "):
        fuzz.measure(1, "cake", 0, print)


@pytest.mark.parametrize("name", ["model", "csv", "drawings", "prepared"])
def test_an_input_is_the_same_whenever_it_is_made(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_VIZ_CANARY", "canary")
    kind = FORMATS[name]
    good = kind.good()
    first = [make(kind, good, number) for number in range(40)]
    assert first == [make(kind, kind.good(), number) for number in range(40)]
    assert len({str(files) for files in first}) > 30


def test_files_are_cut_at_every_byte() -> None:
    kind = FORMATS["strokes"]
    good = kind.good()
    cut = [make(kind, good, 4 * number) for number in range(len(good[0]["pen.jsonl"]))]
    assert [len(files["pen.jsonl"]) for files in cut] == list(range(len(cut)))


def test_members_are_rewritten_with_right_checksums() -> None:
    model = FORMATS["model"].good()[0]["model.npz"]
    assert isinstance(model, bytes)
    assert archive_of(members_of(model)) == model
    read = 0
    for number in range(60):
        try:
            read += bool(members_of(changed_archive(random.Random(number), model)))
        except Exception:
            continue
    assert read > 30


# The judge


@pytest.fixture
def judging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MNIST_VIZ_CANARY", str(tmp_path / "canary"))
    before = os.dup(1)
    printed = os.open(tmp_path / "printed", os.O_WRONLY | os.O_CREAT)
    os.dup2(printed, 1)
    yield tmp_path
    os.dup2(before, 1)
    os.close(before)
    os.close(printed)


def refuse(text: str) -> None:
    raise ValueError(text)


def leave_open(folder: Path) -> None:
    leaks.append(os.open(folder / "file", os.O_RDONLY))


leaks: list[int] = []

WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "another error": (lambda _: [][1], "it raises IndexError"),
    "two lines": (lambda _: refuse("file is\nwrong"), "no sentence"),
    "no name": (lambda _: refuse("it is wrong"), "names no file"),
    "no text": (lambda _: refuse("file \ud800"), "cannot be printed"),
    "code that runs": (lambda _: traps.canary().touch(), "runs code"),
    "something printed": (lambda _: os.write(1, b"hello"), "something is printed"),
    "too much memory": (lambda _: bytes(10**9), "it raises MemoryError"),
    "a file that stays open": (leave_open, "a file stays open"),
}


@pytest.mark.parametrize("what", WRONG)
def test_the_judge_sees(judging: Path, what: str) -> None:
    wrong, problem = WRONG[what]

    def read(folder: Path, beat: Beat) -> None:
        if (folder / "file").read_bytes() != b"good":
            wrong(folder)

    good: list[Files] = [{"file": b"good"}]
    kind = Format("test", 20, "small", (ValueError,), lambda: good, lambda _, __: {"file": b"bad"}, read)
    judge = Judge(kind, judging, 0)
    try:
        found = judge.judged(1)
    finally:
        while leaks:
            os.close(leaks.pop())
    assert problem in found["problem"]


CRASHING = """
import os, sys, time
if "mnist_viz.bench.fuzz.child" in sys.orig_argv:
    from mnist_viz.bench.fuzz import inputs
    make = inputs.make
    def spoilt(kind, good, number):
        if number == 3:
            os.abort()
        if number == 5:
            time.sleep(60)
        return make(kind, good, number)
    inputs.make = spoilt
"""


def test_a_crash_and_a_hang_are_laid_at_the_door_of_their_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "crashing"
    package.mkdir()
    (package / "sitecustomize.py").write_text(CRASHING)
    monkeypatch.setattr("sys.path", [str(package), *sys.path])
    monkeypatch.setattr(fuzz, "PATIENCE", 3.0)
    (result,) = fuzz.measure(8, "idx", 0, str)
    assert result["inputs"] == 8
    assert [(one["number"], one["problem"].partition(",")[0]) for one in result["failures"]] == [
        (3, "the process dies"),
        (5, "it does not come back within 3 s: "),
    ]


def test_an_input_is_laid_out(tmp_path: Path) -> None:
    put(tmp_path / "x", {"a": b"1", "b/c": b"2", "pipe": "pipe", "endless": "endless", "none": "absent", "d": "folder"})
    assert (tmp_path / "x/b/c").read_bytes() == b"2"
    assert (tmp_path / "x/pipe").is_fifo()
    assert (tmp_path / "x/endless").is_char_device()
    assert (tmp_path / "x/d").is_dir()
    assert not (tmp_path / "x/none").exists()
