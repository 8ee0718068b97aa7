"""Saving the session and opening it again, and opening whatever else is a file of this program."""

import threading
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
from mnist_viz.recording.archive import format_of
from mnist_viz.recording.session_contents import Drawing, SessionContents, Stroke
from mnist_viz.recording.session_file import ENDING, FORMAT, open_session, save_session
from mnist_viz.session.errands import Errands
from mnist_viz.session.session import Session
from mnist_viz.views.drawing.pad import DrawingPad
from mnist_viz.views.drawing.pad_history import Sheet
from mnist_viz.views.drawing.strokes import Line, frozen_stroke
from mnist_viz.views.window import MainWindow

_SESSIONS = f"Sessions (*{ENDING})"
_OPENED = f"Sessions and models (*{ENDING} *.npz);;All files (*)"


@dataclass(frozen=True, eq=False)
class _Source:
    """What is opened.

    Attributes:
        path: of the file.
        dropped: data are welcome too.
        restores: whether it is the journal of another window.
        file: of the user, that a journal's session goes back to; empty if there is none.
        then: called when the session is there, with whether all of it was whole.
        otherwise: called when it will not be, with the reason; that is empty if it was cancelled.
    """

    path: str
    dropped: bool = False
    restores: bool = False
    file: str = ""
    then: Callable[[bool], object] = lambda _: None
    otherwise: Callable[[str], object] = lambda _: None

    @property
    def name(self) -> str:
        return "the session" if self.restores else Path(self.path).name


@dataclass(frozen=True, eq=False)
class _Opened:
    source: _Source
    contents: SessionContents


class _Progress:
    """How far a file is; told by the thread that reads or writes it."""

    def __init__(self, doing: str, name: str) -> None:
        self.doing = doing
        self.name = name
        self.fraction: float | None = None

    def tell(self, fraction: float) -> None:
        self.fraction = fraction


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
        self._errands = Errands()
        self._progress: _Progress | None = None  # of what is being saved or opened
        self._folder = str(home())
        self._path = ""  # of the session's file
        self._kept: object = None  # what the session was like when it was saved or opened
        self._keeping: object = None  # likewise, of what is being saved
        self._asked: _Source | None = None  # what the question is about that has not been answered; not its contents
        self._first: _Opened | None = None  # what is opened when the present session has been saved
        self._after_saving: _Opened | None = None  # the same, while that is being saved
        self._restoring: _Opened | None = None  # the session takes it as soon as it rests
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
        return self._progress is not None

    def save(self, path: str) -> None:
        """Write the session to the file `path`."""
        if self._is_busy():
            return
        contents = SessionContents(self._session.snapshot(), drawing_on(self._pad))
        if not len(contents.runs):
            self._notices.tell("There is nothing to save yet: the first network is still being made.")
            return
        kept, progress = state_of(self._session), self._begin("Saving", Path(path).name)
        self._errands.run(
            lambda cancel: save_session(path, contents, progress.tell, cancel),
            lambda _: self._saved(path, kept),
            self._not_saved,
        )

    def open(self, path: str, *, dropped: bool = False) -> None:
        """Open the session or the model in the file `path`.

        Args:
            dropped: data are welcome too.
        """
        self._open("Opening", _Source(path, dropped))

    def bring_back(
        self, path: str, file: str, then: Callable[[bool], object], otherwise: Callable[[str], object]
    ) -> bool:
        """Open the journal of another window; return whether that has begun.

        Args:
            path: the session file that the journal is.
            file: where the session was saved, or empty.
            then: called when it is back, with whether all of it was whole.
            otherwise: called when it will not come back, with the reason; that is empty if it was cancelled.
        """
        return self._open("Restoring", _Source(path, restores=True, file=file, then=then, otherwise=otherwise))

    def cancel(self) -> None:
        """Give up what is being saved or opened."""
        self._errands.cancel()

    def tick(self) -> None:
        """Take what has been saved or opened, or say how far it is."""
        self._errands.tick()
        progress = self._progress
        if progress is not None and progress.fraction is not None:
            self._show_progress(progress)
        self._save_when_it_rests()
        self._take_restored()

    def close(self, timeout: float) -> bool:
        """Let what is being saved come to its end within so many seconds; return whether it did."""
        if self._progress is not None and self._progress.doing != "Saving":
            self._errands.cancel()
        ended = self._errands.close(timeout)
        self._errands.tick()  # what has been saved is saved
        self._errands.cancel()  # a disk that slow is not waited for; the old file stays
        return ended

    # Saving

    def _saved(self, path: str, kept: object) -> None:
        self._end()
        self._path, self._kept = path, kept
        self._show_file()
        self._notices.tell(f"Saved {path}")
        if self._after_saving is not None:
            opened, self._after_saving = self._after_saving, None
            self._opened(opened)  # it may have been trained on meanwhile

    def _not_saved(self, why: str) -> None:
        self._end()
        self._after_saving = None
        if why:
            self._notices.warn(why)

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

    def _open(self, doing: str, source: _Source) -> bool:
        if self._is_busy():
            return False
        progress = self._begin(doing, source.name)
        self._errands.run(
            lambda cancel: _read(source.path, progress.tell, cancel),
            lambda found: self._read(source, found),
            lambda why: self._not_opened(source, why),
        )
        return True

    def _read(self, source: _Source, found: SessionContents | str) -> None:
        self._end()
        if isinstance(found, str) and source.restores:
            self._not_opened(source, "it is no session")
        elif isinstance(found, str):
            self._open_other(source, found)
        else:
            self._opened(_Opened(source, found))

    def _not_opened(self, source: _Source, why: str) -> None:
        self._end()
        if why and source.restores:
            why = f"What was lost cannot be restored: {why} ({Path(source.path).parent})"
        if why:
            self._notices.warn(why)
        source.otherwise(why)

    def _opened(self, opened: _Opened) -> None:
        if self._asked is not None and self._asked is not opened.source:
            self._asked.otherwise("")  # the question about it is gone
        self._asked = None
        if self.unsaved:
            self._asked = opened.source
            name = "The restored session" if opened.source.restores else opened.source.name
            self._notices.tell(
                f"{name} would take the place of runs that are not saved.",
                {"Open it": lambda: self._restore(opened), "Save first": lambda: self._save_first(opened)},
                stands=True,
            )
        else:
            self._restore(opened)

    def _save_first(self, opened: _Opened) -> None:
        self._asked, self._first = None, opened
        self._session.pause()  # else what is trained meanwhile would be unsaved again
        self._save_when_it_rests()

    def _save_when_it_rests(self) -> None:
        opened = self._first
        if opened is None or not self._session.can_restore:
            return
        self._first, self._after_saving = None, opened
        self._on_save_requested()
        if not self.busy:  # no file was chosen
            self._after_saving = None
            self._opened(opened)

    def _restore(self, opened: _Opened) -> None:
        self._asked, self._restoring = None, opened
        self._take_restored()

    def _give_up_restoring(self) -> None:
        opened, self._restoring = self._restoring, None
        self._notices.end_progress()
        if opened is not None:
            opened.source.otherwise("")

    def _take_restored(self) -> None:
        """Put in what was opened, as soon as the session rests."""
        opened = self._restoring
        if opened is None:
            return
        if not self._session.can_restore:
            self._session.pause()
            self._notices.progress("Waiting for the training to rest…", None, {"Cancel": self._give_up_restoring})
            return
        self._restoring = None
        self._notices.end_progress()
        self._session.restore(opened.contents.runs)
        source, contents = opened.source, opened.contents
        if source.restores:
            self._path, self._kept = source.file, None
        else:
            self._path, self._kept = source.path, state_of(self._session)
            self._folder = str(Path(source.path).parent)
        self._show_file()
        self._show_drawing(contents.drawing)
        runs, moments = len(contents.runs), contents.runs.moments
        text = f"{runs} run{'s' if runs > 1 else ''} with {moments:,} recorded moment{'s' if moments > 1 else ''}"
        if contents.left_out:
            self._notices.warn(f"{source.name} is damaged. {' '.join(contents.left_out)}")
        else:
            self._notices.tell(f"The session is back: {text}." if source.restores else f"Opened {source.name}: {text}.")
        source.then(not contents.left_out)
        self._data.load_for_run()

    def _show_drawing(self, drawing: Drawing) -> None:
        picture, label = drawing.picture, drawing.label
        if picture is not None and not 0 <= label < len(self._session.class_names):
            self._images.read(picture)  # its digits are found again
            return
        lines = tuple(Line(frozen_stroke(stroke.points), stroke.width, stroke.pressures) for stroke in drawing.strokes)
        self._pad.lay(Sheet(lines, picture, label))

    def _open_other(self, source: _Source, kind: str) -> None:
        path, name = source.path, source.name
        if kind == storage.FORMAT:
            self._models.open_model(path)
        elif kind == checkpoint.FORMAT:
            self._notices.warn(f"{name} is a checkpoint: `mnist-viz train --resume {name}` goes on from it.")
        elif source.dropped:
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

    def _begin(self, doing: str, name: str) -> _Progress:
        self._progress = _Progress(doing, name)
        self._show_progress(self._progress)
        return self._progress

    def _end(self) -> None:
        self._progress = None
        self._notices.end_progress()

    def _is_busy(self) -> bool:
        if self._progress is not None:
            done = "saved" if self._progress.doing == "Saving" else "opened"
            self._notices.tell(f"One moment: a file is still being {done}.")
        return self._progress is not None

    def _show_progress(self, progress: _Progress) -> None:
        text = f"{progress.doing} {progress.name}…"
        self._notices.progress(text, progress.fraction, {"Cancel": self.cancel})

    @Slot()
    def _show_file(self) -> None:
        self._window.set_file(Path(self._path).name, self.unsaved)


def _read(path: str, tell: Callable[[float], object], cancel: threading.Event) -> SessionContents | str:
    """The session in a file, or what an archive of another kind says it is; empty for any other file."""
    if (found := format_of(path)) != FORMAT and (found or not path.lower().endswith(ENDING)):
        return found
    return open_session(path, tell, cancel)


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
