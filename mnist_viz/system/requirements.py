"""What a window needs that is known to be missing or to be broken on some machines, said before Qt is loaded."""

import ctypes
import importlib.metadata
import re
import sys

# What Qt loads that its Python packages do not bring: the library, and the package of Debian and Ubuntu.
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}


class MissingError(ImportError):
    """Something that has to be installed first; the message says what, and how."""


def check() -> None:
    """Refuse what would bring the process down later.

    Raises:
        MissingError: PySide6 is missing, or is one that aborts with this version of Python.
    """
    try:
        version = importlib.metadata.version("PySide6-Essentials")
    except importlib.metadata.PackageNotFoundError:
        raise MissingError("a window needs PySide6, which is missing: pip install PySide6-Essentials") from None
    # It drops references to None in every call, until the interpreter aborts (PYSIDE-3474).
    if re.match(r"6\.12(\.|$)", version) and sys.version_info < (3, 12):
        python = ".".join(map(str, sys.version_info[:2]))
        raise MissingError(
            f"PySide6 {version} crashes with Python {python}: pip install 'PySide6-Essentials>=6.11.2,<6.12', "
            "or use Python 3.12 or later"
        )


def explain(error: ImportError) -> str:
    """A sentence that says what to do about a part that cannot be imported."""
    if isinstance(error, MissingError):
        return str(error)
    missing = re.match(r"(lib[\w.+-]+\.so[.\d]*): cannot open shared object file", str(error))
    if missing:
        packages = missing_packages()
        package = LIBRARIES.get(missing[1])
        if package is not None and package not in packages:
            packages.append(package)
        if packages:
            return f"the system lacks {missing[1]}: sudo apt-get install {' '.join(packages)}"
        return f"the system lacks {missing[1]}: install the package that has it"
    return f"a part of the installation is missing or broken ({error})"


def missing_packages() -> list[str]:
    """The packages of Debian and Ubuntu that have what Qt would load and the system has not."""
    return [package for library, package in LIBRARIES.items() if not _is_there(library)] if _has_packages() else []


def _has_packages() -> bool:
    return sys.platform.startswith("linux")


def _is_there(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
