"""What to tell those who are asked for help: versions, settings and the end of the log, without personal data."""

import getpass
import importlib.metadata
import os
import platform
import re
import socket
import sys
import sysconfig
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from mnist_viz import __version__
from mnist_viz.system import logs

_PACKAGES = ("PySide6-Essentials", "numpy", "pillow", "torchvision", "platformdirs", "threadpoolctl")
_LEAST_LETTERS = 3
"""A shorter name of a user or a machine would be found in the middle of sentences that mean something else."""
# The folders on the way to a file. One may have spaces: rather one word too many goes than one too few.
_FOLDERS = re.compile(r"(?:(?<![\w/\\…~.>:])(?:[A-Za-z]:)?|(?P<home>~))[/\\](?=[^\s/\\])(?:[^/\\\n:'\"<>]+[/\\])*")


def report(sections: Mapping[str, Mapping[str, object]], lines: int = 100) -> str:
    """The whole text: what is known of the machine, then `sections`, then so many lines of the log."""
    written = [f"mnist-viz {__version__}", *_rows({"Versions": _versions(), "Machine": _machine(), **sections})]
    written += ["", "Log", *(f"  {line}" for line in logs.tail(lines))]
    return without_names("\n".join(written)) + "\n"


def without_names(text: str) -> str:
    """The text without the names of the user and of the machine, and of the folders in which files lie."""
    for folder, name in _folders():
        for spelled in _spellings(folder):
            text = re.sub(rf"{re.escape(spelled)}(?=[/\\]|$|[^\w.-])", name, text, flags=re.MULTILINE)
    text = _FOLDERS.sub(lambda found: "~/" if found["home"] and found[0] == "~/" else _ellipsis(found), text)
    for name, instead in _names():
        for spelled in _spellings(name):
            text = re.sub(rf"(?<![^\W_]){re.escape(spelled)}(?![^\W_])", instead, text, flags=re.IGNORECASE)
    return text


def _ellipsis(found: re.Match[str]) -> str:
    return "~/…/" if found["home"] else "…/"


def _rows(sections: Mapping[str, Mapping[str, object]]) -> Iterable[str]:
    for title, rows in sections.items():
        yield ""
        yield title
        for name, value in rows.items():
            yield f"  {name}: {value}"


def _versions() -> dict[str, object]:
    """Read from what is installed: nothing is imported for it."""
    found: dict[str, object] = {"Python": platform.python_version()}
    for package in _PACKAGES:
        with suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return found


def _machine() -> dict[str, object]:
    system = f"{platform.system()} {platform.release()}"  # platform.platform() would start a program
    with suppress(OSError):
        system += f", {platform.freedesktop_os_release()['PRETTY_NAME']}"
    return {"system": system, "processor": platform.machine(), "processors": os.cpu_count()}


def _folders() -> list[tuple[str, str]]:
    """Folders that have a name which tells nobody who uses the program; the innermost first."""
    paths = sysconfig.get_paths()
    own = Path(__file__).resolve().parents[2]
    known = {paths["purelib"]: "site-packages", paths["stdlib"]: "python", sys.prefix: "python", str(own): "program"}
    with suppress(RuntimeError):
        home = Path.home()
        if len(home.parts) > 1:  # "/" is the home of some services
            known |= {str(home.resolve()): "~", str(home): "~"}
    named = {folder: name if name == "~" else f"<{name}>" for folder, name in known.items()}
    return sorted(named.items(), key=lambda item: -len(item[0]))


def _names() -> list[tuple[str, str]]:
    """What the user and the machine are called; the longest first."""
    users, machines = set(), set()
    with suppress(Exception):  # without a name there is none to leave out
        users.add(getpass.getuser())
    with suppress(RuntimeError):
        users.add(Path.home().name)
    with suppress(ImportError, KeyError, AttributeError):
        import pwd

        full = pwd.getpwuid(os.getuid()).pw_gecos.partition(",")[0]
        users |= {full, *full.split()}
    for name in (socket.gethostname(), platform.node()):
        machines |= {name, name.partition(".")[0]}
    machines.discard("localhost")
    found = [(name, "<user>") for name in users] + [(name, "<machine>") for name in machines]
    return sorted(((n, i) for n, i in found if len(n) >= _LEAST_LETTERS), key=lambda item: -len(item[0]))


def _spellings(text: str) -> set[str]:
    """The ways in which letters with marks are written, and in addresses of files."""
    forms = {text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)}
    return forms | {quote(form) for form in forms} | {form.encode("unicode_escape").decode() for form in forms}
