"""Which files are read and written: the dialogs that ask, and the background tasks that do it."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtWidgets import QFileDialog, QWidget

from mnist_viz.controllers.notices import Notices
from mnist_viz.session.background_tasks import BackgroundTasks, Task
from mnist_viz.system.paths import home

Result = TypeVar("Result")

FILES = "files"
"""The queue of background tasks that read and write models, tables and pictures."""


class FileAccess:
    """Dialogs begin in the folder that was used last; progress and failures are shown in the line of messages.

    Args:
        window: over which the dialogs open.

    Attributes:
        data_in_use: the files and folders of the data that the window uses, which nothing may be written over or into.
        note: told of each file and folder that the user has opened or saved, and can open again.
    """

    def __init__(self, window: QWidget, notices: Notices, tasks: BackgroundTasks) -> None:
        self._window = window
        self._notices = notices
        self.tasks = tasks
        self.folder = str(home())
        self.data_in_use: Callable[[], Sequence[Path]] = lambda: ()
        self.note: Callable[[str], object] = lambda _: None

    def ask_which(self, title: str, kinds: str, window: QWidget | None = None) -> str:
        """The path of the file to read that the user chooses; empty if he cancels.

        Args:
            kinds: as in "Pictures (*.png)", several joined by ";;".
        """
        path, _ = QFileDialog.getOpenFileName(window or self._window, title, self.folder, kinds)
        return self._remember(path)

    def ask_folder(self, title: str, window: QWidget, begin: str = "") -> str:
        """The path of the folder to read that the user chooses, from `begin` on; empty if he cancels."""
        return self._remember(QFileDialog.getExistingDirectory(window, title, begin or self.folder))

    def ask_where(self, title: str, proposed: str, kinds: str) -> tuple[str, str]:
        """The path to write to that the user chooses, and the kind of file; both empty if he cancels.

        Replacing a file is asked about.

        Args:
            proposed: a name, or a whole path, with a suffix, which a name without one gets.
            kinds: as in "Pictures (*.png)", several joined by ";;".
        """
        dialog = QFileDialog(self._window, title, str(Path(self.folder) / proposed), kinds)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        # Known to the dialog, so that it asks before it overwrites the file that is really meant.
        dialog.setDefaultSuffix(Path(proposed).suffix.removeprefix("."))

        def follow(kind: str) -> None:
            dialog.setDefaultSuffix(kind.rpartition("*")[2].strip(".)"))

        dialog.filterSelected.connect(follow)
        chosen = dialog.selectedFiles() if dialog.exec() else []
        kind = dialog.selectedNameFilter()
        dialog.deleteLater()
        return (self._remember(chosen[0]), kind) if chosen else ("", "")

    def why_not(self, path: str) -> str:
        """A sentence on why nothing may be written to `path`, since it is or lies in data in use; empty if it may."""
        target = Path(path).absolute()
        for data in self.data_in_use():
            if any(_is_same(place, data) for place in (target, *target.parents)):
                if _is_same(target, data):
                    return f"cannot write {path}: it is data in use; choose another name"
                return f"cannot write {path}: {data} is data in use; choose another folder"
        return ""

    def _remember(self, path: str) -> str:
        if path:
            self.folder = str(Path(path).parent)
        return path

    def run(
        self,
        text: str,
        work: Callable[[Task], Result],
        on_done: Callable[[Result], object],
        on_error: Callable[[str], object] | None = None,
        *,
        queue: str = FILES,
        writes: str = "",
    ) -> None:
        """Read or write in the background, while `text` says so and offers to cancel it.

        Args:
            on_error: what is done with the sentence that says what went wrong, empty if it was cancelled.
            writes: the path that is written: not over or into the data in use; closing the window waits for it.
        """
        if writes and (why := self.why_not(writes)):
            (on_error or self._notices.warn_if)(why)
            return

        def show(_: str = "", fraction: float | None = None) -> None:
            self._notices.progress(text, fraction, {"Cancel": lambda: task.cancel()})

        def end(answer: Callable[[Any], object], what: object) -> None:
            self._notices.end_progress()
            answer(what)

        ended = partial(end, on_done), partial(end, on_error or self._notices.warn_if)
        task = self.tasks.submit(work, *ended, show, queue=queue, must_end=bool(writes))
        show()


def _is_same(path: Path, other: Path) -> bool:
    """Whether two paths lead to one file or folder, which is there."""
    try:
        return path.samefile(other)
    except OSError:
        return False
