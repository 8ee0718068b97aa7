"""Damaged and hostile session files: what is whole is opened, the rest is refused in one sentence."""

from __future__ import annotations

import json
import os
import re
import resource
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_viz.recording.session_database import checksum, floats
from mnist_viz.recording.session_file import SessionFileError, is_session, open_session

if TYPE_CHECKING:
    from mnist_viz.recording.runs import Runs
    from mnist_viz.recording.session_contents import SessionContents

HUGE = 10**12

Spoil = Callable[[sqlite3.Connection], object]


def refusal(path: Path) -> str:
    with pytest.raises((SessionFileError, OSError)) as caught:
        open_session(path)
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message


def execute(*statements: str) -> Spoil:
    """Change the file by SQL; what it says may be impossible."""

    def spoil(db: sqlite3.Connection) -> None:
        for statement in statements:
            db.execute(statement)

    return spoil


def schema(old: str, new: str) -> Spoil:
    """Change what the file declares."""
    change = "UPDATE sqlite_schema SET sql = replace(sql, ?, ?)"
    return lambda db: (db.execute("PRAGMA writable_schema = ON"), db.execute(change, (old, new)))


def spoilt(path: Path, spoil: Spoil) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA page_size = 16384")
        spoil(db)


def rewritten(table: str, change: Callable[[Any, bytes], tuple[Any, bytes]], where: str = "") -> Spoil:
    """Change what rows say and what they hold; their checksums are right."""

    def spoil(db: sqlite3.Connection) -> None:
        key, content = ("number", "x''") if table == "runs" else ("id", "content")
        for row, said, blob in db.execute(f"SELECT {key}, description, {content} FROM {table} {where}").fetchall():
            values, blob = change(json.loads(said), blob)
            said = json.dumps(values)
            changed = {"description": said, "checksum": checksum(said, blob)} | (
                {"content": blob} if content == "content" else {}
            )
            sets = ", ".join(f"{name} = ?" for name in changed)
            db.execute(f"UPDATE {table} SET {sets} WHERE {key} = ?", (*changed.values(), row))

    return spoil


def with_value(table: str, index: int, value: object) -> Spoil:
    """Change one of the values that the rows of a table say."""
    return rewritten(table, lambda values, blob: ([*values[:index], value, *values[index + 1 :]], blob))


def with_content(table: str, content: bytes) -> Spoil:
    return rewritten(table, lambda values, _: (values, content))


def with_run(**values: Any) -> Spoil:
    """Change what is said of the second run."""
    return rewritten("runs", lambda before, blob: (before | values, blob), "WHERE number = 2")


def with_config(**values: Any) -> Spoil:
    def change(run: Any, blob: bytes) -> tuple[Any, bytes]:
        return run | {"config": run["config"] | values, "image_shape": None}, blob

    return rewritten("runs", change, "WHERE number = 2")


def with_batch_sizes(*sizes: int) -> Spoil:
    """One each sixth step."""

    def change(run: Any, blob: bytes) -> tuple[Any, bytes]:
        settings = run["config"]["changes"][-1][1]
        changes = [[6 * i, settings | {"batch_size": size}] for i, size in enumerate(sizes)]
        return run | {"config": run["config"] | {"changes": changes}}, blob

    return rewritten("runs", change, "WHERE number = 2")


def with_drawing(said: object, content: bytes) -> Spoil:
    def spoil(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM drawing")
        db.execute("INSERT INTO drawing VALUES (0, ?, ?)", (json.dumps(said), content))

    return spoil


def with_metrics(kind: str, change: Callable[[Any], Any]) -> Spoil:
    """Change the metrics of the second run; their checksum is right."""

    def spoil(db: sqlite3.Connection) -> None:
        select = "SELECT content FROM metrics WHERE run = 2 AND kind = ?"
        dtype, columns = ("<f4", 3) if kind == "batches" else ("<f8", 9)
        table = np.frombuffer(db.execute(select, (kind,)).fetchone()[0], dtype).reshape(-1, columns).copy()
        content = change(table).tobytes()
        row = content, checksum("", content), kind
        db.execute("UPDATE metrics SET content = ?, checksum = ? WHERE run = 2 AND kind = ?", row)

    return spoil


def infinite(table: Any) -> Any:
    table[1, 0] = np.inf
    return table


STROKE = {"width": 0.05, "points": 1}

HOSTILE: dict[str, tuple[Spoil, str]] = {
    "another program's": (execute("PRAGMA application_id = 7"), "of another program"),
    "a newer version": (execute("PRAGMA user_version = 3"), "another version of this program wrote it"),
    "a view for a table": (execute("DROP TABLE drawing", "CREATE VIEW drawing AS SELECT 1"), "its tables are not"),
    "a trigger": (execute("CREATE TRIGGER t AFTER DELETE ON runs BEGIN SELECT 1; END"), "its tables are not those"),
    "a table less": (execute("DROP TABLE bests"), "its tables are not those"),
    "columns of any type": (schema(") STRICT", ")"), "its tables are not those|damaged"),
    "no runs": (execute("DELETE FROM runs"), "no runs"),
    "a thousand runs": (
        execute(
            "WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 1100) "
            "INSERT INTO runs SELECT i, '{}', 0 FROM n"
        ), "more than 1,000",
    ),
    "a description of gigabytes": (execute("UPDATE runs SET description = hex(zeroblob(20000000))"), "too long"),
    "nothing said": (with_run(config=None), "damaged"),
    "a run of another number": (with_run(number=1), "two numbers"),
    "a parent that is not there": (with_run(parent=7), "no tree"),
    "a run that is its own parent": (with_run(parent=2), "no tree"),
    "class names too many": (with_run(class_names=["a"] * 9), "class names"),
    "pictures of another shape": (with_run(image_shape=[5, 5]), "shape of its pictures"),
    "a pin that is no count": (with_run(pins=[-3]), "-3 is no count"),
    "a test result that is no number": (with_run(tested=[3, float("nan"), 0.5]), "nan is not what it should be"),
    "a large network without its arrays": (with_config(sizes=[900_000, 6, 5, 3]), "larger than"),
    "other hidden layers": (with_config(sizes=[16, 7, 5, 3]), "do not agree"),
    "no settings": (with_config(changes=[]), "settings are missing"),
    "other batches, where no frame fits": (with_batch_sizes(7), "does not fit the run"),
    "batches that change for ever": (with_batch_sizes(*[16, 17] * 2500), "changes too often"),
    "a frame too few": (execute("DELETE FROM frames WHERE id = 3"), "damaged"),
    "a frame of another step": (with_value("frames", 0, 4), "does not fit the run"),
    "a rate that is no number": (with_value("frames", 1, float("inf")), "inf is not what it should be"),
    "parameters of gigabytes": (with_content("frames", bytes(50_000_000)), "does not fit the run"),
    "an unknown optimizer": (with_value("states", 2, "magic"), "unknown optimizer"),
    "an optimizer of another memory": (with_value("states", 2, "sgd"), "does not fit the run"),
    "a place far from its frame": (with_value("states", 1, 5), "does not fit the run"),
    "a best network of another length": (with_content("bests", b""), "does not fit the run"),
    "a run without frames": (with_run(frames=[]), "no moments"),
    "a frame that is not there": (with_run(frames=[[0, 1], [3, HUGE]]), "damaged"),
    "vectors that are cut elsewhere": (with_value("states", 7, [1, 2, 3]), "does not fit the run"),
    "metrics that end too soon": (with_metrics("batches", lambda table: table[:2]), "metrics of"),
    "metrics that are no numbers": (with_metrics("batches", infinite), "metrics of"),
    "epochs out of order": (with_metrics("epochs", lambda table: table[::-1]), "metrics of"),
    "a drawing that is no number": (with_drawing(STROKE, b"\0\0\xc0\x7f" * 2), "drawing"),
    "a drawing of gigabytes": (with_drawing(STROKE, bytes(51_000_000)), "drawing"),
    "a pen as wide as the world": (with_drawing(STROKE | {"width": 1e9}, bytes(8)), "drawing"),
    "a picture that is none": (with_drawing({"label": 1, "shape": [2, 2]}, bytes(1)), "picture"),
    "no budget": (execute("DELETE FROM settings"), "damaged"),
    "a text that is none": (execute("UPDATE runs SET description = CAST(x'ff00ff' AS TEXT)"), "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_does_not_agree_is_refused_in_one_sentence(session_path: Path, kind: str) -> None:
    spoil, message = HOSTILE[kind]
    spoilt(session_path, spoil)
    assert re.search(message, refusal(session_path))


def test_a_value_of_another_type_than_its_column_is_damage(session_path: Path) -> None:
    """A file may hold what SQLite itself would never write there."""
    whole = session_path.read_bytes()
    spoilt(session_path, schema("checksum INTEGER", "checksum TEXT"))
    spoilt(session_path, execute("UPDATE frames SET checksum = 'abc'"))
    spoilt(session_path, schema("checksum TEXT", "checksum INTEGER"))
    assert session_path.read_bytes() != whole
    assert "damaged" in refusal(session_path)


def test_a_large_network_is_not_made(session_path: Path) -> None:
    """The file claims one of 200 MB: neither it nor its optimizer may be allocated."""
    spoilt(session_path, with_config(sizes=[9_000_000, 6, 5, 3]))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refusal(session_path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kilobytes


def test_a_truncated_file_and_one_of_another_kind_are_refused(session_path: Path) -> None:
    whole = session_path.read_bytes()
    cut = [whole[: int(share * len(whole))] for share in (0.0, 0.01, 0.3, 0.7, 0.95, 0.999)]
    for content in (*cut, b"PK\3\4", b"hello", b"SQLite format 3\0", b"\x93NUMPY\1\0" + b"\0" * 200):
        session_path.write_bytes(content)
        assert "is not a session, or it is damaged" in refusal(session_path)
    assert not is_session(session_path)


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    assert "there is no file" in refusal(tmp_path / "none.mnistviz")
    os.mkfifo(tmp_path / "pipe.mnistviz")
    assert "pipe" in refusal(tmp_path / "pipe.mnistviz")
    assert "directory" in refusal(tmp_path)


def test_opening_writes_nothing_whatever_the_name(session_path: Path) -> None:
    before = session_path.read_bytes()
    odd = session_path.with_name("a?mode=rwc&b#%41 ü.mnistviz")
    session_path.rename(odd)
    log = odd.with_name(f"{odd.name}-wal")
    log.write_bytes(b"somebody's")
    assert len(open_session(odd).runs) == 2
    assert odd.read_bytes() == before
    assert sorted(odd.parent.iterdir()) == [odd, log]


# Damage that can be spared


def flip(path: Path, table: str, row: int) -> None:
    """Flip a bit in the middle of a blob."""

    def spoil(db: sqlite3.Connection) -> None:
        changed = bytearray(db.execute(f"SELECT content FROM {table} WHERE id = ?", (row,)).fetchone()[0])
        changed[len(changed) // 2] ^= 1
        db.execute(f"UPDATE {table} SET content = ? WHERE id = ?", (bytes(changed), row))

    spoilt(path, spoil)


def row_of(path: Path, run: int, step: int) -> int:
    with closing(sqlite3.connect(path)) as db:
        (said,) = db.execute("SELECT description FROM runs WHERE number = ?", (run,)).fetchone()
    return int(dict(json.loads(said)["frames"])[step])


def steps(contents: SessionContents, number: int) -> list[int]:
    return [frame.step for frame in contents.runs.get(number).timeline.frames]


@pytest.mark.parametrize("table", ["frames", "states"])
def test_a_damaged_frame_is_left_out(session_path: Path, saved_runs: Runs, table: str) -> None:
    flip(session_path, table, row_of(session_path, 1, 3))
    contents = open_session(session_path)
    assert contents.left_out == (f"Left out: 1 of {saved_runs.moments} recorded moments.",)
    for run in saved_runs:
        assert steps(contents, run.number) == [frame.step for frame in run.timeline.frames if frame.step != 3]
        assert contents.runs.get(run.number).steps == run.steps


def test_a_frame_of_numbers_that_are_not_finite_is_left_out(session_path: Path) -> None:
    where = f"WHERE id = {row_of(session_path, 1, 3)}"
    spoilt(
        session_path,
        rewritten("frames", lambda said, blob: (said, np.full_like(floats(blob), np.nan).tobytes()), where),
    )
    contents = open_session(session_path)
    assert 3 not in steps(contents, 1)
    assert contents.left_out


def test_without_its_last_frame_a_run_goes_on_from_the_one_before(session_path: Path, saved_runs: Runs) -> None:
    frames = saved_runs.get(2).timeline.frames
    flip(session_path, "frames", row_of(session_path, 2, frames[-1].step))
    contents = open_session(session_path)
    run = contents.runs.get(2)
    assert run.timeline.tail is not None
    assert (run.timeline.tail.step, run.steps) == (frames[-2].step, frames[-2].step)
    assert all(epoch.step <= run.steps for epoch in run.history.epochs)
    assert f"Run 2 ends at batch {frames[-2].step} of {frames[-1].step}" in contents.left_out[1]


def test_with_a_best_network_go_the_frames_that_would_return_to_it(session_path: Path) -> None:
    with closing(sqlite3.connect(session_path)) as db:
        (row,) = db.execute("SELECT min(id) FROM bests").fetchone()
    flip(session_path, "bests", row)
    contents = open_session(session_path)
    assert contents.left_out
    for run in contents.runs:
        for frame in run.timeline.frames:
            assert frame.state is not None


def test_a_run_without_a_whole_frame_is_left_out_and_a_file_without_one_refused(
    session_path: Path, saved_runs: Runs
) -> None:
    for frame in saved_runs.get(1).timeline.frames:
        flip(session_path, "frames", row_of(session_path, 1, frame.step))
    contents = open_session(session_path)
    assert [run.number for run in contents.runs] == [2]
    assert contents.runs.get(2).parent is None
    assert any(sentence == "Left out: début ✎, of which no moment is whole." for sentence in contents.left_out)
    spoilt(session_path, execute("UPDATE frames SET checksum = checksum + 1"))
    assert "none of its recorded moments is whole" in refusal(session_path)


@given(
    table=st.sampled_from(["settings", "runs", "metrics", "frames", "states", "bests", "drawing"]),
    column=st.integers(0, 20),
    value=st.one_of(st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(), st.binary(), st.none()),
)
def test_any_value_anywhere_is_opened_or_refused(
    session_path: Path, tmp_path: Path, table: str, column: int, value: object
) -> None:
    path = tmp_path / "spoilt.mnistviz"
    path.write_bytes(session_path.read_bytes())
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        names = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
        try:
            db.execute(f"UPDATE OR REPLACE {table} SET {names[column % len(names)]} = ?", (value,))
        except (sqlite3.Error, UnicodeEncodeError):
            return  # of a type that the column does not take
    with suppress(SessionFileError):
        open_session(path)
