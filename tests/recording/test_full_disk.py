"""A disk that is full at any byte: what is written leaves the old file as it was, says why, and leaves nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("resource", reason="there is no limit for files on this system")

ROOT = Path(__file__).parents[2]
KINDS = (
    "model", "session", "preferences", "film", "drawing", "prepared", "note", "curves",
)  # fmt: skip
# Those that call these write the name of the folder into the sentence, see the tests of the data's child process.
UNNAMED = ("prepared", "note")

SAYS = {"session": "the disk or a quota is full, or a file may not be that large"}  # SQLite keeps errno to itself

Attempts = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def attempts(tmp_path_factory: pytest.TempPathFactory) -> Attempts:
    """What came of writing each kind of file, in a process of its own since its limit is the process's."""
    folder, home = tmp_path_factory.mktemp("disk"), tmp_path_factory.mktemp("home")
    own = {f"MNIST_VIZ_{name}_DIR": str(home / name) for name in ("CONFIG", "STATE", "LOG", "CACHE")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.recording.full_disk", str(folder)],
        env=os.environ | own | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: Attempts = {}
    for line in done.stdout.splitlines():
        attempt = json.loads(line)
        found.setdefault(attempt["kind"], []).append(attempt)
    return found


def test_every_kind_of_file_is_tried(attempts: Attempts) -> None:
    assert sorted(attempts) == sorted(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_leaves_the_old_file_and_says_why(attempts: Attempts, kind: str) -> None:
    *failed, last = attempts[kind]
    assert len(failed) >= 4
    for attempt in failed:
        assert SAYS.get(kind, "File too large") in attempt["error"]
        assert attempt["name"] in attempt["error"] or kind in UNNAMED
        assert "\n" not in attempt["error"]
        assert attempt["same"]
        assert attempt["left"] == [attempt["name"]]
    assert last["changed"]  # and with room it is written
