"""Saving the session and opening it again, and opening whatever else is a file of this program."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from mnist_viz.controllers.asking import ask_where
from mnist_viz.controllers.data import DataController
from mnist_viz.controllers.data_dialog import DataDialogController
from mnist_viz.controllers.files import FilesController
from mnist_viz.controllers.images import ImagesController
from mnist_viz.controllers.notices import Notices
from mnist_viz.paths import home
from mnist_viz.recording import checkpoint, storage
from mnist_viz.recording.session_contents import Drawing, SessionContents, Stroke
from mnist_viz.recording.session_file import ENDING
from mnist_viz.session.session import Session
from mnist_viz.session.session_files import FileFailure, FileProgress, Opened, OtherKind, Saved, SessionFiles
from mnist_viz.views.drawing.pad import DrawingPad
from mnist_viz.views.drawing.pad_history import Sheet
from mnist_viz.views.drawing.strokes import Line, frozen_stroke
from mnist_viz.views.window import MainWindow

_SESSIONS = f"Sessions (*{ENDING})"
_OPENED = f"Sessions and models (*{ENDING} *.npz);;All files (*)"


@dataclass(frozen=True, eq=False)
class _Return:
    """A session that comes back from a journal: its own file, if it has one, and what is to be done then."""

    journal: str
    file: str
    then: Callable[[], object]


class KeepingController(QObject):
    """Files are written and read in the background; nothing that was trained is replaced without asking."""

    def __init__(
        self,
        session: Session,
        window: MainWindow,
        notices: Notices,
        pad: DrawingPad,
        images: ImagesController,
        files: FilesController,
        data: DataController,
        data_sets: DataDialogController,
    ) -> None:
        super().__init__()
        self._session = session
        self._window = window
        self._notices = notices
        self._pad = pad
        self._images = images
        self._models = files
        self._data = data
        self._data_sets = data_sets
        self._files = SessionFiles()
        self._folder = str(home())
        self._path = ""  # of the session's file
        self._kept: object = None  # what the session was like when it was saved or opened
        self._keeping: object = None  # likewise, of what is being saved
        self._dropped = False  # whether what is being opened was dropped
        self._after_saving: Opened | None = None
        self._restoring: Opened | None = None
        self._returning: _Return | None = None  # what is being opened is one
        window.save_session_requested.connect(self._on_save_requested)
        window.save_session_as_requested.connect(self._on_save_as_requested)
        window.open_requested.connect(self._on_open_requested)
        window.dropped.connect(self._on_dropped)
        session.runs_changed.connect(self._show_file)
        session.recorded_changed.connect(self._show_file)
        session.metrics_changed.connect(self._show_file)

    @property
    def path(self) -> str:
        """Of the session's file; empty if it has none."""
        return self._path

    @property
    def unsaved(self) -> bool:
        """Whether anything has been trained that is in no file."""
        return any(run.steps for run in self._session.runs) and state_of(self._session) != self._kept

    @property
    def busy(self) -> bool:
        """Whether a file is being saved or opened."""
        return self._files.task is not None

    def save(self, path: str) -> None:
        """Write the session to the file `path`."""
        if self._is_busy():
            return
        contents = SessionContents(self._session.snapshot(), drawing_on(self._pad))
        if not len(contents.runs):
            self._notices.tell("There is nothing to save yet: the first network is still being made.")
            return
        self._keeping = state_of(self._session)
        self._files.save(path, contents)
        self._show_progress("Saving", path, None)

    def open(self, path: str, *, dropped: bool = False) -> None:
        """Open the session or the model in the file `path`.

        Args:
            dropped: data are welcome too.
        """
        if self._is_busy():
            return
        self._dropped = dropped
        self._files.open(path)
        self._show_progress("Opening", path, None)

    def bring_back(self, path: str, file: str, then: Callable[[], object]) -> bool:
        """Open the journal of another window; return whether that has begun.

        Args:
            path: the session file that the journal is.
            file: where the session was saved, or empty.
            then: called when it is back.
        """
        if self._is_busy():
            return False
        self._returning = _Return(path, file, then)
        self._files.open(path)
        self._show_progress("Restoring", "the session", None)
        return True

    def tick(self) -> None:
        """Take what has been saved or opened."""
        for outcome in self._files.take():
            match outcome:
                case FileProgress(task, path, fraction):
                    back = self._returning is not None
                    doing = "Saving" if task == "save" else "Restoring" if back else "Opening"
                    self._show_progress(doing, "the session" if back else path, fraction)
                case Saved(path):
                    self._saved(path)
                case Opened():
                    self._opened(outcome)
                case OtherKind(path, kind):
                    self._returning = None
                    self._notices.end_progress()
                    self._open_other(path, kind)
                case FileFailure(_, path, message):
                    if message and self._returning is not None:
                        message = f"What was lost cannot be restored: {message} ({Path(path).parent})"
                    self._after_saving = self._returning = None
                    self._notices.end_progress()
                    if message:
                        self._notices.warn(message)
        self._restored()

    def close(self, timeout: float) -> bool:
        """Let what is being saved come to its end within so many seconds; return whether it did."""
        return self._files.close(timeout)

    # Saving

    def _saved(self, path: str) -> None:
        self._path, self._kept = path, self._keeping
        self._show_file()
        self._notices.tell(f"Saved {path}")
        if self._after_saving is not None:
            opened, self._after_saving = self._after_saving, None
            self._restore(opened)

    @Slot()
    def _on_save_requested(self) -> None:
        if self._path:
            self.save(self._path)
        else:
            self._on_save_as_requested()

    @Slot()
    def _on_save_as_requested(self) -> None:
        proposed = Path(self._path or Path(self._folder) / f"session{ENDING}")
        chosen = ask_where(self._window, "Save the session", proposed, _SESSIONS)
        if chosen is not None:
            self._folder = str(Path(chosen[0]).parent)
            self.save(chosen[0])

    # Opening

    def _opened(self, opened: Opened) -> None:
        self._notices.end_progress()
        if self.unsaved:
            name = "The restored session" if self._is_back(opened) else Path(opened.path).name
            self._notices.tell(
                f"{name} would take the place of runs that are not saved.",
                {"Open it": lambda: self._restore(opened), "Save first": lambda: self._save_first(opened)},
                stands=True,
            )
        else:
            self._restore(opened)

    def _save_first(self, opened: Opened) -> None:
        self._after_saving = opened
        self._on_save_requested()
        if self._files.task is None:  # no file was chosen
            self._after_saving = None
            self._opened(opened)

    def _restore(self, opened: Opened) -> None:
        self._restoring = opened
        self._session.restore(opened.contents.runs)
        self._restored()

    def _restored(self) -> None:
        """Show what else the file holds, once the session has taken its runs: it may have had to pause first."""
        opened = self._restoring
        if opened is None or self._session.runs is not opened.contents.runs:
            return
        returned = self._returning if self._is_back(opened) else None
        self._restoring = self._returning = None
        contents = opened.contents
        if returned is None:
            self._path, self._kept = opened.path, state_of(self._session)
            self._folder = str(Path(opened.path).parent)
        else:
            self._path, self._kept = returned.file, None
        self._show_file()
        self._show_drawing(contents.drawing)
        runs, moments = len(contents.runs), contents.runs.moments
        text = f"{runs} run{'s' if runs > 1 else ''} with {moments:,} recorded moment{'s' if moments > 1 else ''}"
        name = Path(opened.path).name if returned is None else "The journal"
        if contents.left_out:
            self._notices.warn(f"{name} is damaged. {' '.join(contents.left_out)}")
        else:
            self._notices.tell(f"Opened {name}: {text}." if returned is None else f"The session is back: {text}.")
        if returned is not None:
            returned.then()
        self._data.load_for_run()

    def _is_back(self, opened: Opened) -> bool:
        """Whether it is a session that comes back from a journal."""
        return self._returning is not None and self._returning.journal == opened.path

    def _show_drawing(self, drawing: Drawing) -> None:
        picture, label = drawing.picture, drawing.label
        if picture is not None and not 0 <= label < len(self._session.class_names):
            self._images.read(picture)  # its digits are found again
            return
        lines = tuple(Line(frozen_stroke(stroke.points), stroke.width, stroke.pressures) for stroke in drawing.strokes)
        self._pad.lay(Sheet(lines, picture, label))

    def _open_other(self, path: str, kind: str) -> None:
        name = Path(path).name
        if kind == storage.FORMAT:
            self._models.open_model(path)
        elif kind == checkpoint.FORMAT:
            self._notices.warn(f"{name} is a checkpoint: `mnist-viz train --resume {name}` goes on from it.")
        elif self._dropped:
            self._data_sets.look_at(path)
        else:
            self._notices.warn(
                f"{name} is neither a session nor a model of this program.",
                {"Look at it as data": lambda: self._data_sets.look_at(path)},
            )

    @Slot()
    def _on_open_requested(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Open a session or a model", self._folder, _OPENED)
        if path:
            self._folder = str(Path(path).parent)
            self.open(path)

    @Slot(str)
    def _on_dropped(self, path: str) -> None:
        if path.lower().endswith((ENDING, ".npz")) and Path(path).is_file():
            self.open(path, dropped=True)
        else:
            self._data_sets.look_at(path)

    # What is said

    def _is_busy(self) -> bool:
        task = self._files.task
        if task is not None:
            self._notices.tell(f"One moment: a file is still being {'saved' if task == 'save' else 'opened'}.")
        return task is not None

    def _show_progress(self, doing: str, path: str, fraction: float | None) -> None:
        self._notices.progress(f"{doing} {Path(path).name}…", fraction, {"Cancel": self._files.cancel})

    @Slot()
    def _show_file(self) -> None:
        self._window.set_file(Path(self._path).name, self.unsaved)


def state_of(session: Session) -> object:
    """What must be equal for a file to hold all that has been trained."""
    return session.runs.budget, tuple(
        (
            run.number, run.name, run.color, run.visible, run.parent, run.root_step, run.steps, run.settings,
            frozenset(run.pins), len(run.incidents), run.tested,
        )
        for run in session.runs
    )  # fmt: skip


def drawing_on(pad: DrawingPad) -> Drawing:
    sheet = pad.sheet()
    strokes = tuple(Stroke(line.points, line.width, line.pressures) for line in sheet.lines)
    return Drawing(strokes, sheet.digit, sheet.label)
