"""Damaged and hostile files of every format are read, or refused in one sentence.

None runs code, crashes, hangs, leaves a file open or takes more memory than its format may.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stress import world
from tests.stress.files_reader import Judge, Wrong
from tests.stress.formats import FORMATS, Files, Format, canary

TIMES = 10_000


@pytest.mark.parametrize("name", FORMATS)
def test_files(name: str, tmp_path: Path, times: int | None, seed: int) -> None:
    made = world.make(tmp_path / "world", with_mnist=False)
    process = made.start(
        "files_reader", name, times or TIMES, seed, made.root,
        MNIST_VIZ_CANARY=str(made.root / "canary"), OPENBLAS_NUM_THREADS="1",
    )  # fmt: skip
    said = process.communicate()[0]
    wrong = f"see {made.root / 'input'}"
    assert process.returncode == 0, f"the process died, {wrong}: {made.errors()}"
    result = json.loads(said)
    print(
        f"{name}: {result['read']:,} read, {result['refused']:,} refused; slowest {result['slowest_s']:.2f} s, "
        f"most {result['peak_mb']:.0f} of {result['bound_mb']} MB"
    )
    assert not result["problem"], f"{result['problem']}, {wrong}"


def refuse(text: str) -> None:
    raise ValueError(text)


WRONG: dict[str, Callable[[Path], object]] = {
    "it raises IndexError": lambda _: [][1],
    "no sentence": lambda _: refuse("file is\nwrong"),
    "names no file": lambda _: refuse("it is wrong"),
    "cannot be printed": lambda _: refuse("file \ud800"),
    "runs code": lambda _: canary().touch(),
    "it raises MemoryError": lambda _: bytes(10**9),
    "a file stays open": lambda folder: os.open(folder / "file", os.O_RDONLY),
}


@pytest.mark.parametrize("what", WRONG)
def test_files_that_are_taken_wrongly_are_found(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_VIZ_CANARY", str(tmp_path / "canary"))
    good: list[Files] = [{"file": b"good"}]

    def read(folder: Path, _: object) -> None:
        if (folder / "file").read_bytes() != b"good":
            WRONG[what](folder)

    judge = Judge(Format(20, (ValueError,), lambda: good, read), tmp_path)
    with pytest.raises(Wrong, match=what):
        judge.reads({"file": b"bad"})
