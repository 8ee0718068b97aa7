"""A home, data and files of every kind for a driven window, which may change nothing outside of them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnist_viz.recording.storage import pretrained_path
from mnist_viz.system.paths import cache_dir, data_dir
from tests.data.own_files import png, put, table

SOURCES = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:9"
"""An address where nobody answers: what would be fetched is refused at once."""


@dataclass(frozen=True)
class World:
    """Everything lies below `root`; the window's dialogs are given paths below `work`."""

    root: Path

    @property
    def work(self) -> Path:
        return self.root / "work"

    def environment(self, **others: str) -> dict[str, str]:
        """For a process that knows no other home."""
        folders = {
            "HOME": "home", "XDG_CONFIG_HOME": "home", "XDG_DATA_HOME": "home", "XDG_STATE_HOME": "home",
            "XDG_CACHE_HOME": "home", "TMPDIR": "tmp", "MNIST_VIZ_CONFIG_DIR": "config", "MNIST_VIZ_STATE_DIR": "state",
            "MNIST_VIZ_LOG_DIR": "log", "MNIST_VIZ_DATA_DIR": "data", "MNIST_VIZ_DRAWINGS": "home/drawings.jsonl",
        }  # fmt: skip
        return {
            **os.environ,
            **{name: str(self.root / place) for name, place in folders.items()},
            **{f"{scheme}_proxy": NOWHERE for scheme in ("http", "https", "ftp")},
            "no_proxy": "", "MNIST_VIZ_CACHE_DIR": str(cache_dir()), "QT_QPA_PLATFORM": "offscreen",
            "PYTHONPATH": str(SOURCES), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONFAULTHANDLER": "1", **others,
        }  # fmt: skip

    def start(self, module: str, *arguments: object, **environment: str) -> "subprocess.Popen[str]":
        """A module of these tests in a process of its own; what it says on standard error goes to `root`/errors."""
        with (self.root / "errors").open("w") as errors:
            return subprocess.Popen(
                [sys.executable, "-m", f"tests.stress.{module}", *map(str, arguments)],
                env=self.environment(**environment), cwd=SOURCES, text=True, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip

    def errors(self) -> str:
        return (self.root / "errors").read_text(errors="replace").strip()[-3000:]

    def files(self) -> list[str]:
        """What there is to be opened, good and bad, and two that are not there."""
        return [*sorted(path.name for path in self.work.iterdir()), "missing.npz", "missing/deep.mnistviz"]


def make(root: Path, *, with_mnist: bool) -> World:
    """Make the world, with a copy of MNIST where it is found."""
    world, work = World(root), root / "work"
    for name in ("home", "tmp", "data", "work"):
        (root / name).mkdir(parents=True)
    mnist = data_dir() / "MNIST" / "raw"
    if with_mnist and mnist.is_dir():
        shutil.copytree(mnist, root / "data" / "MNIST" / "raw")
    rng = np.random.default_rng(0)
    labels = np.arange(90, dtype=np.uint8) % 3
    pictures = rng.integers(0, 90, (90, 28, 28), dtype=np.uint8)
    pictures[np.arange(90), 5 + 5 * labels] = 255
    shutil.copy(pretrained_path(), work / "good.npz")
    np.savez(work / "own.npz", images=pictures, labels=labels)
    header = ",".join(["label", *(f"pixel{k}" for k in range(784))])
    folder = {f"own folder ä/class {k % 3}/{k}.png": png(picture) for k, picture in enumerate(pictures)}
    put(work, {"own.csv": table(pictures, labels, header=header), "digit.png": png(pictures[0]), **folder})
    put(
        work,
        {"noise.png": png(rng.integers(0, 256, (300, 500), dtype=np.uint8)), "bad.csv": "label,pixel0\nnine,ten\n"},
    )
    put(work, {"text.npz": "This is no model.\n", "empty.mnistviz": b"", "noise.mnistviz": rng.bytes(5000)})
    for name, ending in (("good", ".npz"), ("noise", ".png")):
        whole = (work / f"{name}{ending}").read_bytes()
        (work / f"half{ending}").write_bytes(whole[: len(whole) // 2])
    for name in ("folder.npz", "empty folder"):
        (work / name).mkdir()
    return world


def guard(root: Path, complain: Callable[[str], None]) -> None:
    """Refuse this process every change outside of its world, and every connection; it cannot be undone."""
    allowed = tuple(str(path.resolve()) for path in (root, cache_dir(), Path("/dev")))
    changes = {"os.remove": 1, "os.rmdir": 1, "os.mkdir": 1, "os.truncate": 1, "shutil.rmtree": 1, "os.chmod": 1}
    changes |= {"os.rename": 2, "os.link": 2, "os.symlink": 2, "shutil.move": 2}  # so many paths
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        paths = arguments[: changes.get(event, 0)]
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & writing:
            paths = arguments[:1]
        for path in paths:
            if isinstance(path, str | bytes | os.PathLike):
                full = os.path.realpath(os.fsdecode(path))
                if not full.startswith(allowed):
                    complain(f"outside of its world: {event} {full}")
                    raise PermissionError(f"{full} is out of bounds")
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            complain(f"a connection to {arguments[1]}")
            raise ConnectionRefusedError("no connection is wanted here")

    sys.addaudithook(hook)
