"""A little world for a driven window: a home, data and files of every kind, outside of which nothing may be changed."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from mnist_viz.paths import data_dir
from mnist_viz.recording.storage import pretrained_path

NOWHERE = "http://127.0.0.1:9"
"""An address where nobody answers: what would be fetched is refused at once."""

_ENDINGS = {
    "model": ".npz", "session": ".mnistviz", "metrics": ".csv", "picture": ".png", "drawing": ".svg", "film": ".gif",
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """Everything lies below `root`.

    Attributes:
        work: the folder that the window's dialogs are given paths in.
    """

    root: Path

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def data(self) -> Path:
        return self.root / "data"

    def environment(self, cache: Path) -> dict[str, str]:
        """For a child that knows no other home; `cache` may be shared."""
        own = {
            "HOME": "home", "XDG_CONFIG_HOME": "home", "XDG_DATA_HOME": "home", "XDG_STATE_HOME": "home",
            "XDG_CACHE_HOME": "home", "TMPDIR": "tmp", "MNIST_VIZ_CONFIG_DIR": "config", "MNIST_VIZ_STATE_DIR": "state",
            "MNIST_VIZ_LOG_DIR": "log", "MNIST_VIZ_DATA_DIR": "data", "MNIST_VIZ_DRAWINGS": "home/drawings.jsonl",
        }  # fmt: skip
        nowhere = {f"{scheme}_proxy": NOWHERE for scheme in ("http", "https", "ftp")}
        return {
            **os.environ,
            **{name: str(self.root / place) for name, place in own.items()},
            **nowhere,
            "no_proxy": "",
            "MNIST_VIZ_CACHE_DIR": str(cache),
            "QT_QPA_PLATFORM": "offscreen",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONFAULTHANDLER": "1",
        }

    def relative(self, name: str) -> Path:
        """The path of a file named as traces name it."""
        return self.work / name

    def files(self) -> list[str]:
        """What there is to be opened, good and bad, and two that are not there."""
        return [*sorted(path.name for path in self.work.iterdir()), "missing.npz", "missing/deep.mnistviz"]


def make(root: Path, given: str | None = None) -> World:
    """Make the world, with a copy of MNIST where it is found: nothing that lies outside may be changed or deleted."""
    world = World(root)
    for name in ("home", "tmp", "data", "work"):
        (root / name).mkdir(parents=True)
    mnist = data_dir(given) / "MNIST" / "raw"
    if mnist.is_dir():
        shutil.copytree(mnist, world.data / "MNIST" / "raw")
    rng = np.random.default_rng(0)
    labels = np.arange(90, dtype=np.uint8) % 3
    pictures = rng.integers(0, 90, (90, 28, 28), dtype=np.uint8)
    pictures[np.arange(90), 5 + 5 * labels] = 255
    work = world.work
    shutil.copy(pretrained_path(), work / "good.npz")
    np.savez(work / "own.npz", images=pictures, labels=labels)
    rows = [",".join(map(str, [label, *picture.ravel()])) for label, picture in zip(labels, pictures, strict=True)]
    header = ",".join(["label", *(f"pixel{k}" for k in range(784))])
    (work / "own.csv").write_text("\n".join([header, *rows]) + "\n")
    for k, (label, picture) in enumerate(zip(labels, pictures, strict=True)):
        folder = work / "own folder ä" / f"class {label}"
        folder.mkdir(parents=True, exist_ok=True)
        _save(picture, folder / f"{k}.png")
    _save(pictures[0], work / "digit.png")
    _save(rng.integers(0, 256, (300, 500), dtype=np.uint8), work / "noise.png")
    whole = (work / "good.npz").read_bytes()
    (work / "half.npz").write_bytes(whole[: len(whole) // 2])
    (work / "text.npz").write_text("This is no model.\n")
    (work / "empty.mnistviz").write_bytes(b"")
    (work / "noise.mnistviz").write_bytes(rng.integers(0, 256, 5000, dtype=np.uint8).tobytes())
    (work / "half.png").write_bytes((work / "noise.png").read_bytes()[:500])
    (work / "folder.npz").mkdir()
    (work / "empty folder").mkdir()
    (work / "bad.csv").write_text("label,pixel0\nnine,ten\n")
    return world


def keep(trace: Path) -> Path:
    """Copy the trace to where it is not tidied up with its world."""
    kept = Path(tempfile.mkdtemp(prefix="mnist-viz-trace-")) / trace.name
    shutil.copy(trace, kept)
    return kept


def places_to_save(kind: str) -> list[str]:
    """Names for what is saved: the same few again and again, and two where nothing can be written."""
    ending = _ENDINGS[kind]
    return [*(f"{kind} {k}{ending}" for k in range(3)), f"no such folder/{kind}{ending}", f"own.npz/{kind}{ending}"]


def guard(root: Path, cache: Path, complain: Callable[[str], None]) -> None:
    """Refuse this process every change outside of its world, and every connection; it cannot be undone."""
    allowed = tuple(str(path.resolve()) for path in (root, cache, Path("/dev")))

    def check(event: str, path: object) -> None:
        if isinstance(path, str | bytes | os.PathLike):
            full = os.path.realpath(os.fsdecode(path))
            if not full.startswith(allowed):
                complain(f"outside of its world: {event} {full}")
                raise PermissionError(f"{full} is out of bounds")

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, _, flags = arguments[:3]
            if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
                check(event, path)
        elif event in ("os.remove", "os.rmdir", "os.mkdir", "os.truncate", "shutil.rmtree", "os.chmod"):
            check(event, arguments[0])
        elif event in ("os.rename", "os.link", "os.symlink", "shutil.move"):
            check(event, arguments[0])
            check(event, arguments[1])
        elif event == "socket.connect" and isinstance(arguments[1], tuple):
            complain(f"a connection to {arguments[1]}")
            raise ConnectionRefusedError("no connection is wanted here")

    sys.addaudithook(hook)


def _save(picture: NDArray[np.uint8], path: Path) -> None:
    height, width = picture.shape
    QImage(picture.tobytes(), width, height, width, QImage.Format.Format_Grayscale8).save(str(path))
