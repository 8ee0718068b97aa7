"""The preferences, in a JSON file."""

import base64
import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mnist_viz.recording.runs import DEFAULT_BUDGET, LEAST_BUDGET, MOST_BUDGET
from mnist_viz.recording.smoothing import AXES, FIFTIETH, SMOOTHINGS
from mnist_viz.system.files import read_small, write_atomically
from mnist_viz.system.paths import config_dir
from mnist_viz.views.zoom import LEVELS

log = logging.getLogger(__name__)

VERSION = 1
"""Of the file; a file without a version has the first."""
MOST_BYTES = 1_000_000
"""Of the file: the layout of a window has some thousands."""
MOST_RECENT = 10
"""So many of the files that were opened or saved last are listed."""
_SLOWEST, _FASTEST = 0.1, 1e6


@dataclass
class Preferences:
    """What is remembered of the window: theme ("system", "dark", "light"), layout, speed in batches a second, and more.

    Attributes:
        problem: why they are not those that were stored, in sentences for the user; empty if all is well.
    """

    theme: str = "system"
    layout: bytes = b""
    speed: float | None = 50.0  # slow enough to see the digits emerge, fast enough not to wait for them
    data_dir: str = ""  # chosen in the data dialog; empty for the usual one
    zoom: float = 1.0  # of the whole interface
    budget: int = DEFAULT_BUDGET  # bytes that the recorded moments may hold
    curves_axis: str = AXES[0]
    curves_smoothing: str = FIFTIETH  # a key of SMOOTHINGS
    recent: list[str] = field(default_factory=list)  # files and folders, the last one first; replaced, not changed
    all_weights: bool = False  # of all neurons, not of the most telling ones
    problem: str = field(default="", compare=False)

    @staticmethod
    def path() -> Path:
        return config_dir() / "preferences.json"

    @classmethod
    def load(cls) -> "Preferences":
        """Read the file; whatever is missing or makes no sense has its default.

        A damaged file is moved aside. One of a newer version stays as it is, and what is known of it is used.
        """
        result, path = cls(), cls.path()
        try:
            stored = json.loads(read_small(path, MOST_BYTES))
            if not isinstance(stored, dict):
                raise ValueError("it is no object")
        except FileNotFoundError:
            return result
        except OSError as error:
            result._note(f"The settings in {path} cannot be read ({error.strerror or error}): the defaults are used.")
        except (ValueError, RecursionError):
            result._note(f"The settings in {path} were damaged: the defaults are used. {_moved_aside(path)}")
        else:
            result._take(stored)
            if _is_newer(stored):
                known = "what this one knows of them is used, and changes are not remembered"
                result._note(f"A newer mnist-viz wrote the settings in {path}: {known}.")
        return result

    def save(self) -> str:
        """Write the file; return why that failed in a sentence, which is also noted in the log, or nothing.

        The file of a newer version is left as it is.
        """
        stored = {"version": VERSION, "layout": base64.b64encode(self.layout).decode()}
        text = json.dumps(stored | {name: getattr(self, name) for name in _VALID}, indent=2).encode()
        try:
            if _is_newer_stored(self.path()):
                raise FileExistsError(f"a newer mnist-viz wrote {self.path()}")
            self.path().parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path(), lambda file: file.write(text))
        except OSError as error:
            why = f"cannot write {self.path()}: {error.strerror}" if error.strerror else str(error)
            problem = f"The settings are not remembered: {why}."
            log.warning("%s", problem)
            return problem
        return ""

    def _take(self, stored: dict[str, Any]) -> None:
        for name, is_valid in _VALID.items():
            if name in stored and is_valid(stored[name]):
                setattr(self, name, stored[name])
        try:
            self.layout = base64.b64decode(stored.get("layout", ""), validate=True)
        except (ValueError, TypeError) as error:
            log.warning("the remembered layout cannot be read: %s", error)

    def _note(self, problem: str) -> None:
        self.problem = problem
        log.warning("%s", problem)


def _can_be_a_path(name: object) -> bool:
    """Whether a path could be called so on this system."""
    try:
        # A path that begins with ~ could not be expanded.
        return isinstance(name, str) and b"\0" not in os.fsencode(name) and not name.startswith("~")
    except UnicodeError:
        return False


def _is_whole(path: object) -> bool:
    return _can_be_a_path(path) and Path(str(path)).is_absolute()


_VALID: dict[str, Callable[[Any], bool]] = {
    "theme": ("system", "dark", "light").__contains__,
    "zoom": lambda level: type(level) in (int, float) and LEVELS[0] <= level <= LEVELS[-1],
    "speed": lambda speed: speed is None or (type(speed) in (int, float) and _SLOWEST <= speed <= _FASTEST),
    "data_dir": _can_be_a_path,
    "budget": lambda budget: type(budget) is int and LEAST_BUDGET <= budget <= MOST_BUDGET,
    "curves_axis": AXES.__contains__,
    "curves_smoothing": tuple(SMOOTHINGS).__contains__,
    "recent": lambda paths: isinstance(paths, list) and len(paths) <= MOST_RECENT and all(map(_is_whole, paths)),
    "all_weights": lambda shown: type(shown) is bool,
}
"""What is stored as it is, and whether a value from the file makes sense."""


def _is_newer(stored: object) -> bool:
    version = stored.get("version") if isinstance(stored, dict) else None
    return isinstance(version, int) and version > VERSION


def _is_newer_stored(path: Path) -> bool:
    """Whether another program of a newer version has written the file, perhaps since it was read here."""
    try:
        return _is_newer(json.loads(read_small(path, MOST_BYTES)))
    except (OSError, ValueError, RecursionError):
        return False


def _moved_aside(path: Path) -> str:
    """Rename the file, replacing an earlier one of that name; return a sentence that says where it is."""
    aside = path.with_name(f"{path.name}.damaged")
    try:
        path.replace(aside)
    except OSError as error:
        return f"The file could not be moved aside ({error.strerror or error})."
    return f"The file is kept as {aside.name}."
