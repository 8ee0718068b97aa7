"""Writes each kind of file while the system refuses to let any file grow beyond some bytes, as a full disk does.

A process of its own, which `test_full_disk` starts with a folder to work in. Prints a line of JSON for each attempt.
"""

import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mnist_viz.controllers.preferences import Preferences
from mnist_viz.data import store
from mnist_viz.data.published import fetched
from mnist_viz.data.published.raw import ARRAYS, RawFiles
from mnist_viz.data.user import drawings
from mnist_viz.engine.network import Network
from mnist_viz.recording.film import write_film
from mnist_viz.recording.session_file import save_session
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import ModelFile, save_model
from mnist_viz.system.files import write_atomically
from tests import small_runs

RAW = RawFiles("Set", ".", 0)
Write = Callable[[Path, int], object]


def model(path: Path, turn: int) -> None:
    network = Network((30, 20, 3), "relu")
    network.parameters[:] = turn
    save_model(path, ModelFile(Model.of(network), ("a", "b", "c")))


def session(path: Path, turn: int) -> None:
    contents = small_runs.session_contents()
    contents.runs.all[0].name = f"turn {turn}"
    save_session(path, contents)


def preferences(path: Path, turn: int) -> None:
    if problem := Preferences("dark", bytes([turn]) * 5000).save():
        raise OSError(problem)


def film(path: Path, turn: int) -> None:
    rng = np.random.default_rng(turn)
    write_film("gif", path, (rng.integers(0, 256, (40, 50, 3), np.uint8) for _ in range(3)), 10)


def drawing(path: Path, turn: int) -> None:
    drawings.add([(str(turn), [np.random.default_rng(turn).random((400, 2))])])


def prepared(path: Path, turn: int) -> None:
    arrays = {name: np.full((300, 40) if name.endswith("images") else 300, turn, np.uint8) for name in ARRAYS}
    store.write(path, arrays, turn, token="x")


def note(path: Path, turn: int) -> None:
    names = list(RAW.files.values())
    fetched.write_note(path.parent, RAW, {name: Path(__file__) for name in names[: turn + 1]}, path.parent)


def export(path: Path, turn: int) -> None:
    """As the window writes curves and pictures."""
    write_atomically(path, lambda file: file.write(bytes([turn]) * 30_000))


KINDS: dict[str, tuple[str, Write]] = {
    "model": ("model.npz", model),
    "session": ("lesson.mnistviz", session),
    "preferences": ("preferences.json", preferences),
    "film": ("film.gif", film),
    "drawing": ("drawings.jsonl", drawing),
    "prepared": ("prepared", prepared),
    "curves": ("curves.svg", export),
    "note": (".Set-fetched.json", note),
}


def contents(path: Path) -> dict[str, bytes]:
    """Everything in a folder, by name."""
    return {str(one.relative_to(path)): one.read_bytes() for one in sorted(path.rglob("*")) if one.is_file()}


def main() -> None:
    for kind, (name, write) in KINDS.items():
        folder = Path(sys.argv[1]) / kind
        folder.mkdir()
        path = folder / name
        os.environ["MNIST_VIZ_CONFIG_DIR"], os.environ["MNIST_VIZ_DRAWINGS"] = (
            str(folder),
            str(folder / "drawings.jsonl"),
        )
        write(path, 1)
        before = contents(folder)
        size = max(map(len, before.values()))
        for limit in sorted({0, 1, 100, size // 2, size - 1}):
            error = refused(write, path, limit)
            left = sorted(one.name for one in folder.iterdir())
            tell(kind=kind, limit=limit, error=error, same=contents(folder) == before, left=left, name=name)
        write(path, 2)
        tell(kind=kind, limit=None, changed=contents(folder) != before)


def tell(**values: object) -> None:
    print(json.dumps(values), flush=True)


def refused(write: Write, path: Path, limit: int) -> str:
    """What writing says while no file may grow beyond `limit`; empty if it says nothing."""
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        write(path, 2)
    except (OSError, ValueError) as error:
        return str(error)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    return ""


if __name__ == "__main__":
    main()
