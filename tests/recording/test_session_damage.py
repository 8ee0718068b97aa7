"""Damaged and hostile session files: what is whole is opened, the rest is refused in one sentence."""

from __future__ import annotations

import io
import json
import re
import resource
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mnist_viz.recording.archive import format_of
from mnist_viz.recording.session_file import SessionFileError, open_session
from mnist_viz.recording.session_plan import FRAME_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mnist_viz.recording.runs import Runs
    from mnist_viz.recording.session_contents import SessionContents

Arrays = dict[str, NDArray[Any]]


def refusal(path: Path) -> str:
    with pytest.raises((SessionFileError, OSError)) as caught:
        open_session(path)
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message


def rewrite(path: Path, spoil: Callable[[Arrays], object]) -> None:
    """Change the arrays of a file, whose checksums are right afterwards."""
    with np.load(path) as arrays:
        contents = dict(arrays)
    spoil(contents)
    with path.open("wb") as file:
        np.savez(file, **contents)


def with_meta(**values: Any) -> Callable[[Arrays], None]:
    def spoil(arrays: Arrays) -> None:
        arrays["meta"] = np.array(json.dumps(json.loads(str(arrays["meta"])) | values))

    return spoil


def with_run(**values: Any) -> Callable[[Arrays], None]:
    """Change what is said of the second run."""

    def spoil(arrays: Arrays) -> None:
        meta = json.loads(str(arrays["meta"]))
        meta["runs"][1] |= values
        arrays["meta"] = np.array(json.dumps(meta))

    return spoil


def with_course(**values: Any) -> Callable[[Arrays], None]:
    def spoil(arrays: Arrays) -> None:
        meta = json.loads(str(arrays["meta"]))
        meta["runs"][1]["course"] |= values
        meta["runs"][1]["image_shape"] = None
        arrays["meta"] = np.array(json.dumps(meta))

    return spoil


def with_array(name: str, array: NDArray[Any]) -> Callable[[Arrays], None]:
    return lambda arrays: arrays.update({name: array})


def with_cell(name: str, row: int, column: int, value: float) -> Callable[[Arrays], None]:
    def spoil(arrays: Arrays) -> None:
        arrays[name] = arrays[name].copy()
        arrays[name][row, column] = value

    return spoil


COLUMN = {name: number for number, name in enumerate(FRAME_COLUMNS)}
HUGE = 10**12

HOSTILE: dict[str, tuple[Callable[[Arrays], object], str]] = {
    "another format": (with_meta(format="a cake"), "that of something else"),
    "a newer version": (with_meta(version=3), "a newer program wrote it"),
    "no version": (with_meta(version=None), "its version is missing"),
    "a list for a description": (with_array("meta", np.array("[1, 2]")), "that of something else"),
    "no runs": (with_meta(runs=[]), "no runs"),
    "two runs of one number": (with_run(number=1), "same number"),
    "a run without a number": (with_run(number=0), "no number"),
    "a parent that is not there": (with_run(parent=7), "no tree"),
    "a run that is its own parent": (with_run(parent=2), "no tree"),
    "a cursor on no frame": (with_run(cursor=HUGE), "cursor"),
    "class names too many": (with_run(classes=["a"] * 9), "class names"),
    "pictures of another shape": (with_run(image_shape=[5, 5]), "shape of its pictures"),
    "a pin that is no count": (with_run(pins=[-3]), "-3 is no count"),
    "a test result that is no number": (with_run(tested=[3, float("nan"), 0.5]), "test set"),
    "a course of gigabytes": (with_course(sizes=[HUGE, 6, 5, 3]), "too large"),
    "a large network without its arrays": (with_course(sizes=[900_000, 6, 5, 3]), "not those that its description"),
    "other hidden layers": (with_course(sizes=[16, 7, 5, 3]), "do not agree"),
    "no samples": (with_course(samples=0), "without samples"),
    "no settings": (with_course(changes=[]), "settings are missing"),
    "an array that nobody asked for": (with_array("run1/frame1/parameters", np.zeros(3, np.float32)), "not those"),
    "an array too few": (lambda arrays: arrays.pop("run1/frame3/parameters"), "not those that its description"),
    "a foreign array": (with_array("evil", np.zeros(3)), "holds other things"),
    "pickled objects": (with_array("run1/frame3/parameters", np.full(9, None)), "damaged|not as large"),
    "pickled tables": (with_array("frames", np.full((3, 12), None)), "damaged|not made of numbers"),
    "parameters of another length": (with_array("run1/frame3/parameters", np.zeros(5, np.float32)), "not as large"),
    "parameters of another type": (
        lambda arrays: arrays.update({"run1/frame3/parameters": arrays["run1/frame3/parameters"].view(np.int32)}),
        "expected float32",
    ),
    "parameters of another shape": (
        lambda arrays: arrays.update({"run1/frame3/parameters": arrays["run1/frame3/parameters"][None]}),
        "expected float32",
    ),
    "a frame of no run": (with_cell("frames", 1, COLUMN["run"], 9), "belong to no run"),
    "a frame at half a step": (with_cell("frames", 1, COLUMN["step"], 2.5), "no counts"),
    "a frame at no step": (with_cell("frames", 1, COLUMN["step"], np.nan), "not finite"),
    "a frame far beyond its place": (with_cell("frames", 1, COLUMN["place_batch"], 5), "does not fit"),
    "an unknown optimizer": (with_cell("frames", 1, COLUMN["optimizer"], 99), "belong to no run"),
    "an optimizer of another memory": (with_cell("frames", 1, COLUMN["optimizer"], 0), "not those|not as large"),
    "a best network that is not there": (with_cell("frames", 1, COLUMN["best"], 50), "best networks"),
    "a best network of no frame": (with_cell("bests", 0, 3, 500), "best networks"),
    "frames out of order": (
        lambda arrays: arrays.update({"run1/frames": arrays["run1/frames"][::-1].copy()}), "not in order"
    ),
    "frames that are not there": (with_array("run1/frames", np.array([0, 99])), "other frames than there are"),
    "no frames": (with_array("run1/frames", np.zeros(0, np.int64)), "other frames than there are"),
    "metrics that end too soon": (with_array("run2/batches", np.zeros((2, 3), np.float32)), "metrics of"),
    "metrics that are no numbers": (with_cell("run2/batches", 1, 0, np.inf), "metrics of"),
    "epochs out of order": (
        lambda arrays: arrays.update({"run2/epochs": arrays["run2/epochs"][::-1].copy()}), "metrics of"
    ),
    "a drawing of strokes that are not there": (with_cell("pad/strokes", 0, 0, 1e9), "drawing"),
    "a drawing that is no number": (with_cell("pad/points", 0, 0, np.nan), "drawing"),
    "a pen as wide as the world": (with_cell("pad/strokes", 0, 1, 1e9), "drawing"),
    "a drawing of another class": (with_meta(drawing={"label": "seven"}), "class of its picture"),
    "meta that is no text": (with_array("meta", np.zeros(5)), "not a text"),
    "meta that is no JSON": (with_array("meta", np.array("{")), "is not a session, or it is damaged"),
    "nothing in meta": (with_array("meta", np.array('{"format": "mnist-viz session", "version": 1}')), "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_does_not_agree_is_refused_in_one_sentence(session_path: Path, kind: str) -> None:
    spoil, message = HOSTILE[kind]
    rewrite(session_path, spoil)
    assert re.search(message, refusal(session_path))


def test_a_large_network_is_not_made(session_path: Path) -> None:
    """The file claims one of 200 MB: neither it nor its optimizer may be allocated."""
    rewrite(session_path, with_course(sizes=[9_000_000, 6, 5, 3]))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refusal(session_path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kilobytes


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.7, 0.95, 0.999])
def test_a_truncated_file_is_refused(session_path: Path, share: float) -> None:
    whole = session_path.read_bytes()
    session_path.write_bytes(whole[: int(share * len(whole))])
    assert "is not a session, or it is damaged" in refusal(session_path)
    assert format_of(session_path) == ""


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "there is no file" in refusal(tmp_path / "none.mnistviz")


@pytest.mark.parametrize("content", [b"", b"PK\3\4", b"hello", b"\x93NUMPY\1\0" + b"\0" * 200])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lesson.mnistviz"
    path.write_bytes(content)
    assert "is not a session, or it is damaged" in refusal(path)


# Damage that can be spared


def flipped(path: Path, name: str) -> None:
    """Flip a bit in the middle of an array."""
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(f"{name}.npy")
    whole = bytearray(path.read_bytes())
    whole[info.header_offset + 30 + len(info.filename) + info.file_size - 9] ^= 0x10
    path.write_bytes(whole)


def steps(contents: SessionContents, number: int) -> list[int]:
    return [frame.step for frame in contents.runs.get(number).timeline.frames]


def test_a_damaged_frame_is_left_out(session_path: Path, saved_runs: Runs) -> None:
    flipped(session_path, "run1/frame3/optimizer_state")
    contents = open_session(session_path)
    assert contents.left_out == (f"Left out: 1 of {saved_runs.moments} recorded moments.",)
    for run in saved_runs:
        expected = [frame.step for frame in run.timeline.frames if frame.step != 3]
        assert steps(contents, run.number) == expected
        assert contents.runs.get(run.number).steps == run.steps


def test_a_frame_of_numbers_that_are_not_finite_is_left_out(session_path: Path) -> None:
    def spoil(arrays: Arrays) -> None:
        arrays["run1/frame3/parameters"] = np.full_like(arrays["run1/frame3/parameters"], np.nan)

    rewrite(session_path, spoil)
    contents = open_session(session_path)
    assert 3 not in steps(contents, 1)
    assert contents.left_out


def test_without_its_last_frame_a_run_goes_on_from_the_one_before(session_path: Path, saved_runs: Runs) -> None:
    frames = saved_runs.get(2).timeline.frames
    flipped(session_path, f"run2/frame{frames[-1].step}/parameters")
    contents = open_session(session_path)
    run = contents.runs.get(2)
    assert run.timeline.tail is not None
    assert (run.timeline.tail.step, run.steps) == (frames[-2].step, frames[-2].step)
    assert all(epoch.step <= run.steps for epoch in run.history.epochs)
    assert f"Run 2 ends at batch {frames[-2].step} of {frames[-1].step}" in contents.left_out[1]


def test_with_a_frame_that_was_the_best_go_those_that_would_return_to_it(session_path: Path, saved_runs: Runs) -> None:
    bests = {f.place.best.step for r in saved_runs for f in r.timeline.frames if f.place is not None and f.place.best}
    first = min(bests)
    flipped(session_path, f"run1/frame{first}/parameters")
    for run in open_session(session_path).runs:
        for frame in run.timeline.frames:
            assert frame.place is not None
            assert frame.place.best is None or frame.place.best.step != first


def test_a_run_without_a_whole_frame_is_left_out(session_path: Path, saved_runs: Runs) -> None:
    own = [frame.step for frame in saved_runs.get(1).timeline.frames]
    for step in own:
        flipped(session_path, f"run1/frame{step}/model")
    contents = open_session(session_path)
    assert [run.number for run in contents.runs] == [2]
    assert contents.runs.get(2).parent is None
    assert any(sentence == "Left out: début ✎, of which no moment is whole." for sentence in contents.left_out)


def test_where_no_frame_is_whole_the_file_is_refused(session_path: Path, saved_runs: Runs) -> None:
    with zipfile.ZipFile(session_path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith("/model.npy")]
    for name in names:
        flipped(session_path, name)
    assert "none of its recorded moments is whole" in refusal(session_path)


def test_a_damaged_drawing_is_left_out(session_path: Path) -> None:
    flipped(session_path, "pad/points")
    contents = open_session(session_path)
    assert contents.drawing.strokes == ()
    assert contents.left_out == ("Left out: the drawing.",)


@pytest.mark.parametrize("name", ["meta", "frames", "bests", "run1/frames", "run1/batches", "run2/epochs"])
def test_damage_in_what_all_depends_on_is_refused(session_path: Path, name: str) -> None:
    flipped(session_path, name)
    assert "is not a session, or it is damaged" in refusal(session_path)


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), min_size=1, max_size=4))
def test_flipped_bits_leave_out_or_refuse(
    session_path: Path, saved_runs: Runs, tmp_path: Path, places: list[tuple[float, int]]
) -> None:
    whole = bytearray(session_path.read_bytes())
    for share, bit in places:
        whole[int(share * len(whole))] ^= 1 << bit
    path = tmp_path / "flipped.mnistviz"
    path.write_bytes(whole)
    try:
        contents = open_session(path)
    except SessionFileError:
        return
    kept = {(run.number, f.step): f.model.parameters.tobytes() for run in saved_runs for f in run.timeline.frames}
    for run in contents.runs:
        assert len(run.timeline)
        for frame in run.timeline.frames:
            assert frame.model.parameters.tobytes() == kept[run.number, frame.step]


# Bombs


def bomb(path: Path, method: int) -> None:
    """A small file that claims a gigabyte of zeros, under the name of a frame's array."""
    with zipfile.ZipFile(path) as old:
        members = {info.filename: old.read(info) for info in old.infolist()}
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (2**28,)})
    with zipfile.ZipFile(path, "w", method) as new:
        for name, content in members.items():
            if name == "run1/frame3/parameters.npy":
                with new.open(name, "w", force_zip64=True) as member:
                    member.write(header.getvalue())
                    for _ in range(64):
                        member.write(bytes(2**20))
            else:
                new.writestr(name, content)


def test_what_is_compressed_is_refused(session_path: Path) -> None:
    bomb(session_path, zipfile.ZIP_DEFLATED)
    assert "it is compressed" in refusal(session_path)


def test_a_claim_of_more_bytes_than_the_file_has_is_refused(session_path: Path) -> None:
    whole = bytearray(session_path.read_bytes())
    at = whole.rfind(b"run1/frame3/parameters.npy") - 46  # its entry in the directory at the end
    assert whole[at : at + 4] == b"PK\1\2"
    struct.pack_into("<II", whole, at + 20, 2**31, 2**31)
    session_path.write_bytes(whole)
    assert "claims to hold more bytes than it has" in refusal(session_path)


def test_members_that_lie_over_each_other_do_not_multiply(session_path: Path) -> None:
    whole = bytearray(session_path.read_bytes())
    names = [b"run1/frame3/parameters.npy", b"run1/frame6/parameters.npy"]
    first, second = (whole.rfind(name) - 46 for name in names)
    whole[second + 42 : second + 46] = whole[first + 42 : first + 46]  # where it begins
    session_path.write_bytes(whole)
    assert 6 not in steps(open_session(session_path), 1)  # its checksum is another
