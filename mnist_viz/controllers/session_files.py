"""Saves sessions to files and opens them, and offers to restore those of earlier windows."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot

from mnist_viz.controllers.data import DataController
from mnist_viz.controllers.data_dialog import DataDialogController
from mnist_viz.controllers.drawing import DrawingController
from mnist_viz.controllers.file_access import FileAccess
from mnist_viz.controllers.files import FilesController
from mnist_viz.controllers.keeping import KeepingController
from mnist_viz.controllers.notices import Notices
from mnist_viz.recording.drawing import Drawing
from mnist_viz.recording.recovery import LeftBehind
from mnist_viz.recording.session_contents import SessionContents
from mnist_viz.recording.session_file import ENDING, is_session, open_session, save_session
from mnist_viz.recording.storage import is_model_file
from mnist_viz.recording.weights_import import MODEL_ENDINGS, is_weights
from mnist_viz.session.background_tasks import Task
from mnist_viz.session.session import Session
from mnist_viz.views.data.dialog import looks_like_data
from mnist_viz.views.drawing.draw_panel import DrawPanel
from mnist_viz.views.drawing.pasted import is_for_pad
from mnist_viz.views.window import MainWindow

SESSIONS = "sessions"
"""The queue of background tasks that save and open files."""

_KINDS = f"Sessions (*{ENDING})"
_OPENED = f"Sessions and models (*{ENDING} *.npz);;All files (*)"


@dataclass(frozen=True, eq=False)
class _Source:
    """What is opened: a file, possibly dropped onto the window, or the session of an earlier window."""

    path: str
    dropped: bool = False
    left: LeftBehind | None = None

    @property
    def name(self) -> str:
        return "the session" if self.left is not None else Path(self.path).name


class SessionFilesController(QObject):
    """Reads and writes in the background; asks before it replaces unsaved runs."""

    def __init__(
        self, session: Session, window: MainWindow, notices: Notices, draw: DrawPanel, drawing: DrawingController,
        models: FilesController, data: DataController, data_sets: DataDialogController, keeping: KeepingController,
        access: FileAccess,
    ) -> None:  # fmt: skip
        super().__init__()
        self._session = session
        self._window = window
        self._notices = notices
        self._pad = draw.pad
        self._drawing = drawing
        self._models = models
        self._data = data
        self._data_sets = data_sets
        self._keeping = keeping
        self._access = access
        self._saves = False  # whether the file that is at work is saved, rather than opened
        self._at_rest: Callable[[], object] | None = None  # what to do once training is paused
        self._rests = QTimer(self)  # in a turn of its own, since it may restore another session
        self._rests.setSingleShot(True)
        self._rests.timeout.connect(self._act_at_rest)
        self._left: list[LeftBehind] = []  # by other windows, the newest first
        self._waiting: list[LeftBehind] = []  # those that have not been answered
        self._closed = False
        window.commands.save_session.triggered.connect(self._on_save_requested)
        window.commands.save_session_as.triggered.connect(self._on_save_as_requested)
        window.commands.open.triggered.connect(self._on_open_requested)
        for widget in (window, draw):
            widget.refused.connect(notices.warn)
        window.dropped.connect(self._on_dropped)
        draw.file_dropped.connect(self._on_dropped)
        for changed in (session.runs_changed, session.recorded_changed, session.metrics_changed):
            changed.connect(self._show_file)
        session.state_changed.connect(self._on_state_changed)
        keeping.found.connect(self._on_found)

    @property
    def busy(self) -> bool:
        """Whether a file is being saved or opened."""
        return self._access.tasks.busy(SESSIONS)

    def close(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for a file to be saved; return whether it was."""
        self._closed = True
        if not self._saves:
            self.cancel()
        return self._access.tasks.finish(SESSIONS, timeout)  # a disk that slow is not waited for; the old file stays

    # Saving

    def save(self, path: str, then: Callable[[], object] = lambda: None) -> None:
        """Write the session to the file `path`, and do `then` when it is there."""
        if self._is_busy() or self._is_own(path):
            return
        contents = self._keeping.contents()
        if not len(contents.runs):
            self._notices.tell("There is nothing to save yet: the first network is still being made.")
            return
        state = self._keeping.state()

        def saved(_: None) -> None:
            self._keeping.set_saved(path, state)
            self._show_file()
            self._access.note(path)
            self._notices.tell(f"Saved {path}")
            then()

        self._saves = True
        self._access.run(
            f"Saving {Path(path).name}…",
            lambda task: save_session(path, contents, task),
            saved,
            queue=SESSIONS,
            writes=path,
        )

    def _where(self) -> str:
        """What the user says where to save; empty if nothing."""
        path, _ = self._access.ask_where("Save the session", self._keeping.file or f"session{ENDING}", _KINDS)
        return path

    @Slot()
    def _on_save_requested(self) -> None:
        path = self._keeping.file or self._where()
        if path and self._keeping.is_file_changed():
            self._notices.tell(
                f"{Path(path).name} was changed by another program since it was opened or saved here.",
                {"Replace it": partial(self.save, path), "Save as…": self._on_save_as_requested},
                stands=True,
            )
        elif path:
            self.save(path)

    @Slot()
    def _on_save_as_requested(self) -> None:
        if path := self._where():
            self.save(path)

    @Slot()
    def _show_file(self) -> None:
        self._window.set_file(Path(self._keeping.file).name, self._keeping.unsaved)

    # Opening

    def open(self, path: str, *, dropped: bool = False) -> None:
        """Open the session, model, picture or strokes in the file `path`; if it was `dropped`, data are welcome too."""
        if is_for_pad(path):
            self._drawing.read_file(path)
        elif dropped and looks_like_data(path) and not path.lower().endswith(".npz"):
            self._data_sets.look_at(path)
        else:
            self._open(_Source(path, dropped))

    def _open(self, source: _Source) -> None:
        if self._is_busy() or (source.left is None and self._is_own(source.path)):
            return
        store = self._keeping.own.store

        def read(task: Task) -> SessionContents | bool:
            """The session, or whether a file of another kind is a model."""
            path, left = source.path, source.left is not None
            if not left and not path.lower().endswith(ENDING) and not is_session(path):
                named = path.lower().endswith(MODEL_ENDINGS) and not path.lower().endswith(".npz")
                return named or is_model_file(path) or is_weights(Path(path))
            return open_session(path, task, store=store, left_behind=left)

        def opened(found: SessionContents | bool) -> None:
            if isinstance(found, bool):
                self._open_other(source, found)
            else:
                self._ask(source, found)

        self._saves = False
        doing = "Restoring" if source.left is not None else "Opening"
        failed = partial(self._on_not_opened, source)
        self._access.run(f"{doing} {source.name}…", read, opened, failed, queue=SESSIONS)

    def _on_not_opened(self, source: _Source, why: str) -> None:
        if why and source.left is not None:
            self._answered(source.left)  # the next start offers it again
            why = f"What was lost cannot be restored: {why} ({self._keeping.home})"
        if why:
            self._notices.warn(why)
        self._offer()

    def _ask(self, source: _Source, contents: SessionContents) -> None:
        """Ask before it replaces a session that is not saved."""
        restore, again = partial(self._restore, source, contents), partial(self._ask, source, contents)
        if not self._keeping.unsaved:
            self._when_at_rest(restore)
            return
        name = "The restored session" if source.left is not None else source.name
        self._notices.tell(
            f"{name} would replace runs that are not saved.",
            {
                "Open it": partial(self._when_at_rest, restore),
                "Save first": partial(self._when_at_rest, partial(self._save_first, again)),
            },
            stands=True,
        )

    def _save_first(self, then: Callable[[], object]) -> None:
        if path := self._keeping.file or self._where():
            self.save(path, then)
        else:
            then()

    def _when_at_rest(self, action: Callable[[], object]) -> None:
        self._at_rest = action
        self._act_at_rest()

    @Slot()
    def _on_state_changed(self) -> None:
        if self._at_rest is not None:
            self._rests.start(0)

    @Slot()
    def _act_at_rest(self) -> None:
        action = self._at_rest
        if action is None:
            return
        if not self._session.can_restore:
            self._session.pause()
            self._notices.progress("Waiting for training to pause…", None, {"Cancel": self._do_not_act})
            return
        self._do_not_act()
        action()

    def _do_not_act(self) -> None:
        self._at_rest = None
        self._notices.end_progress()

    def _restore(self, source: _Source, contents: SessionContents) -> None:
        """Replace the present session by it."""
        self._session.restore(contents.runs)
        self._keeping.restored(source.left, whole=not contents.left_out)
        if source.left is not None:
            self._keeping.set_saved(source.left.file, None)
            self._answered(source.left)
        else:
            self._keeping.set_saved(source.path, self._keeping.state())
            self._access.note(source.path)
        self._show_file()
        self._show_drawing(contents.drawing)
        runs, moments = len(contents.runs), contents.runs.moments
        text = f"{runs} run{'s' if runs > 1 else ''} with {moments:,} recorded moment{'s' if moments > 1 else ''}"
        if contents.left_out:
            self._notices.warn(f"{source.name} is damaged. {' '.join(contents.left_out)}")
        else:
            self._notices.tell(f"Restored the session: {text}." if source.left else f"Opened {source.name}: {text}.")
        self._offer()
        self._data.load_for_run()

    def _show_drawing(self, drawing: Drawing) -> None:
        picture, label = drawing.picture, drawing.label
        if picture is not None and not 0 <= label < len(self._session.class_names):
            self._drawing.read_image(picture)  # find its digits again
            return
        self._pad.lay(drawing)

    def _open_other(self, source: _Source, is_model: bool) -> None:
        path, name = source.path, source.name
        if is_model:
            self._models.open_model(path)
        elif source.dropped:
            self._data_sets.look_at(path)
        else:
            self._notices.warn(
                f"{name} is neither a session nor a model of this program.",
                {"Look at it as data": partial(self._data_sets.look_at, path)},
            )

    @Slot()
    def _on_open_requested(self) -> None:
        if path := self._access.ask_which("Open a session or a model", _OPENED):
            self.open(path)

    @Slot(str)
    def _on_dropped(self, path: str) -> None:
        self.open(path, dropped=True)

    # What is under way

    def cancel(self) -> None:
        self._access.tasks.cancel(SESSIONS)

    def _is_busy(self) -> bool:
        if self.busy:
            self._notices.tell(f"Please wait: a file is still being {'saved' if self._saves else 'opened'}.")
        return self.busy

    def _is_own(self, path: str) -> bool:
        """Whether the path leads into the folder where windows keep their sessions; that is said."""
        folder = self._keeping.home
        if Path(path).resolve().parent != folder.resolve():
            return False
        self._notices.warn(
            f"The folder {folder} is the program's own: what windows keep there is offered at the next start. "
            "Sessions are saved elsewhere."
        )
        return True

    # Sessions of earlier windows

    @Slot(object)
    def _on_found(self, left: list[LeftBehind]) -> None:
        self._left, self._waiting = left, list(left)
        self._offer(waits=False)

    def _offer(self, *, waits: bool = True) -> None:
        """Offer the newest unanswered session; those of killed windows come before those of closed ones.

        Args:
            waits: show the previous message for some seconds first.
        """
        if not self._waiting or self._closed:
            return
        left = min(self._waiting, key=lambda left: left.closed)  # the first of those that are alike
        when = time.strftime("%d %B, %H:%M", time.localtime(left.when)).lstrip("0")
        if left.closed:
            text, back, away = f"Your unsaved work of {when} was kept.", "Restore", "Discard"
        else:
            text, back, away = f"The program was cut off on {when}. Its work is kept.", "Restore", "Discard"
        if len(self._waiting) > 1:
            text += f" (One of {len(self._waiting)}, {sum(one.size for one in self._waiting) / 1e6:,.0f} MB in all.)"
        bring_back = partial(self._open, _Source(str(left.path), left=left))
        self._notices.tell(text, {back: bring_back, away: partial(self._discard, left)}, stands=True, waits=waits)

    def _answered(self, left: LeftBehind) -> None:
        """Stop offering it; do not delete it at the end either."""
        for lefts in (self._waiting, self._keeping.discarded):
            if left in lefts:
                lefts.remove(left)

    def _discard(self, left: LeftBehind) -> None:
        self._answered(left)
        self._keeping.discarded.append(left)
        self._notices.tell("It will be deleted when the window closes.", {"Undo": self._undo_discard}, stands=True)
        self._offer()

    def _undo_discard(self) -> None:
        """Undo all discarding."""
        self._waiting = [left for left in self._left if left in (*self._waiting, *self._keeping.discarded)]
        self._keeping.discarded = []
        self._offer(waits=False)
