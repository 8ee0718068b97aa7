"""Where the program finds what it ships with, the user's data, and its own caches, settings and logs."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parents[1]


def resource(name: str) -> Path:
    """Return the path of a shipped file, such as ``"fonts/Inter-Regular.otf"``.

    In an installed wheel the files lie inside the package, in a source checkout beside it.

    Raises:
        FileNotFoundError: the installation lacks the file.
    """
    for root in (_PACKAGE / "resources", _PACKAGE.parent / "resources"):
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(f"the installation lacks its file {name!r}; install mnist-viz again")


def home() -> Path:
    """The user's home, or where the program was started if there is none."""
    try:
        return Path.home()
    except RuntimeError:
        return Path.cwd()


def data_dir(given: str | os.PathLike[str] | None = None) -> Path:
    """The folder with data sets in torchvision's layout: `given`, else MNIST_VIZ_DATA_DIR, else the user's."""
    chosen = given or os.environ.get("MNIST_VIZ_DATA_DIR")
    return _expanded(chosen) if chosen else _own(platformdirs.user_data_dir)


def names_data_dir(given: str | os.PathLike[str] | None = None) -> bool:
    """Whether somebody said where the data sets are, so that finding none there is worth a word."""
    return bool(given or os.environ.get("MNIST_VIZ_DATA_DIR"))


def drawings_file() -> Path:
    """The file with the drawings that the user saved. MNIST_VIZ_DRAWINGS replaces it.

    It lies with the user's own data even where data sets are read from elsewhere: that folder may be shared.
    """
    chosen = os.environ.get("MNIST_VIZ_DRAWINGS")
    return _expanded(chosen) if chosen else _own(platformdirs.user_data_dir) / "drawings.jsonl"


def cache_dir() -> Path:
    """The folder for what can be made again: prepared data sets. MNIST_VIZ_CACHE_DIR replaces it."""
    return _named("MNIST_VIZ_CACHE_DIR", platformdirs.user_cache_dir)


def config_dir() -> Path:
    """The folder for settings: the window's layout and theme. MNIST_VIZ_CONFIG_DIR replaces it."""
    return _named("MNIST_VIZ_CONFIG_DIR", platformdirs.user_config_dir)


def state_dir() -> Path:
    """The folder for what a window has not saved yet. MNIST_VIZ_STATE_DIR replaces it."""
    return _named("MNIST_VIZ_STATE_DIR", platformdirs.user_state_dir)


def log_dir() -> Path:
    """The folder for logs. MNIST_VIZ_LOG_DIR replaces it."""
    return _named("MNIST_VIZ_LOG_DIR", platformdirs.user_log_dir)


def why_unwritable(folder: Path) -> str:
    """Why nothing can be kept in `folder`, which is made if it is not there; empty if something can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))  # on a full disk a file can be made, and not be filled
            file.flush()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _named(variable: str, place: Callable[..., str]) -> Path:
    """The folder that a variable of the environment names, else the user's own."""
    chosen = os.environ.get(variable)
    return Path(chosen) if chosen else _own(place)


def _own(place: Callable[..., str]) -> Path:
    """The user's own folder of a kind, as the platform has it."""
    nowhere = Path(os.devnull) / "mnist-viz"  # who has no home has none of these
    try:
        found = Path(place("mnist-viz", appauthor=False))
    except RuntimeError:
        return nowhere
    # Older platformdirs name a folder called "~" wherever the program was started.
    return found if found.is_absolute() else nowhere


def _expanded(path: str | os.PathLike[str]) -> Path:
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path's own raises where there is no home
