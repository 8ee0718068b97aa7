"""Remembers the files that were opened or saved last, and opens them again."""

import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from mnist_viz.controllers.notices import Notices
from mnist_viz.controllers.preferences import MOST_RECENT, Preferences
from mnist_viz.system.paths import cache_dir, config_dir, log_dir, state_dir
from mnist_viz.views.recent_menu import RecentMenu


class RecentFilesController(QObject):
    """Fills the menu *Open recent*.

    Args:
        open_file: opens a file or a folder of any kind.
    """

    def __init__(
        self, preferences: Preferences, menu: RecentMenu, notices: Notices, open_file: Callable[[str], object]
    ) -> None:  # fmt: skip
        super().__init__()
        self._preferences = preferences
        self._menu = menu
        self._notices = notices
        self._open = open_file
        menu.chosen.connect(self._on_chosen)
        menu.cleared.connect(partial(self._set, ()))
        menu.set_paths(preferences.recent)

    def add(self, path: str) -> None:
        """Note that a file was opened or saved just now, unless it is a program's private one."""
        path = str(Path(path).absolute())
        if not is_private(path):
            self._set([path, *(other for other in self._preferences.recent if other != path)])

    def _set(self, paths: Sequence[str]) -> None:
        self._preferences.recent = list(paths[:MOST_RECENT])
        self._menu.set_paths(self._preferences.recent)

    @Slot(str)
    def _on_chosen(self, path: str) -> None:
        if not _is_gone(Path(path)):
            self._open(path)
            return
        self._set([other for other in self._preferences.recent if other != path])
        self._notices.warn(f"{Path(path).name} is no longer in {Path(path).parent}.")


def _is_gone(path: Path) -> bool:
    try:
        return not path.exists()
    except OSError:  # opening it will say what is wrong
        return False


def is_private(path: str) -> bool:
    """Whether a file lies where programs keep what nobody looks for: temporary files, and this program's own."""
    folders = [cache_dir(), config_dir(), log_dir(), state_dir()]
    with suppress(OSError):  # there is none where nothing can be written, as on a full disk
        folders.append(Path(tempfile.gettempdir()))
    return any(Path(path).is_relative_to(folder.absolute()) for folder in folders)
