"""The session is kept as it grows, saved to files and opened again; what earlier windows left behind is offered."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QFileDialog

from mnist_viz.controllers.data import DataController
from mnist_viz.controllers.data_dialog import DataDialogController
from mnist_viz.controllers.drawing import DrawingController
from mnist_viz.controllers.files import FilesController, ask_where
from mnist_viz.controllers.notices import Notices
from mnist_viz.recording import checkpoint, storage
from mnist_viz.recording.archive import format_of
from mnist_viz.recording.recovery import LeftBehind, WindowSession, find_left
from mnist_viz.recording.session_contents import Drawing, SessionContents, Stroke
from mnist_viz.recording.session_file import ENDING, is_session, open_session, save_session
from mnist_viz.session.background_tasks import BackgroundTasks, Task
from mnist_viz.session.session import Session
from mnist_viz.session.work import BUSY
from mnist_viz.system.paths import home
from mnist_viz.views.drawing.pad import DrawingPad
from mnist_viz.views.drawing.pad_history import Sheet
from mnist_viz.views.drawing.strokes import Line, frozen_stroke
from mnist_viz.views.window import MainWindow

Result = TypeVar("Result")

SECONDS, SECONDS_AT_REST = 30.0, 2.0
"""All that has changed is kept after so long, while training runs and at rest; the end of an epoch at once."""

MOST_BYTES_A_SECOND = 8 * 2**20
"""Of the ends of epochs; where they would be more, some are passed over."""

MOST_UNSTORED = 64 * 2**20
"""Bytes of frames that are in memory only; where they are more, all is kept."""

MS_BETWEEN_LOOKS = 200
"""Whether something is to be kept."""

SESSIONS, KEEPING = "sessions", "keeping"
"""The queues of background tasks: files that are saved and opened, and the window's own database."""

_KINDS = f"Sessions (*{ENDING})"
_OPENED = f"Sessions and models (*{ENDING} *.npz);;All files (*)"


@dataclass(frozen=True, eq=False)
class _Source:
    """What is opened: a file, onto the window data may be dropped too; or what another window left behind."""

    path: str
    dropped: bool = False
    left: LeftBehind | None = None

    @property
    def name(self) -> str:
        return "the session" if self.left is not None else Path(self.path).name


class KeepingController(QObject):
    """Writes and reads in the background; nothing that was trained is lost, or replaced without asking.

    A window that is closed with something unsaved leaves it behind as one that was killed does, and so nobody is asked
    at the end. Nothing that was left behind goes before somebody has answered for it.

    Args:
        kept: the folder with the databases of all windows.
    """

    def __init__(
        self, session: Session, window: MainWindow, notices: Notices, pad: DrawingPad, drawing: DrawingController,
        models: FilesController, data: DataController, data_sets: DataDialogController, tasks: BackgroundTasks,
        kept: Path,
    ) -> None:  # fmt: skip
        super().__init__()
        self._session = session
        self._window = window
        self._notices = notices
        self._pad = pad
        self._drawing = drawing
        self._models = models
        self._data = data
        self._data_sets = data_sets
        self._home = kept
        self._tasks = tasks
        self._task: Task | None = None  # what is being saved or opened
        self._saves = False  # it is being saved
        self._folder = str(home())
        self._path = ""  # of the session's file
        self._saved: object = None  # what the session was like when it was saved or opened
        self._at_rest: Callable[[], object] | None = None  # what is to be done as soon as training rests
        self._rests = QTimer(self)  # in a turn of its own, since what is done then may restore another session
        self._rests.setSingleShot(True)
        self._rests.timeout.connect(self._act_at_rest)
        self._looks = QTimer(self)
        self._looks.setInterval(MS_BETWEEN_LOOKS)
        self._looks.timeout.connect(self._keep_if_due)
        self._own = WindowSession(kept)
        self._keeps = 0  # that are under way
        self._kept: object = None  # what the session was like when it was kept last
        self._epochs: object = None  # likewise, which epochs had ended
        self._all_kept = self._much_unstored = False
        self._kept_at = self._all_kept_at = 0.0
        self._failed = ""  # why it could not be kept the last time
        self._left: list[LeftBehind] = []  # by other windows, the newest first
        self._waiting: list[LeftBehind] = []  # of these, what nobody has answered for
        self._back: list[LeftBehind] = []  # what is here again, and not all of it in this window's database yet
        self._discarded: list[LeftBehind] = []  # what goes at the end, so that it can be undone
        self._ended = False
        window.commands.save_session.triggered.connect(self._on_save_requested)
        window.commands.save_session_as.triggered.connect(self._on_save_as_requested)
        window.commands.open.triggered.connect(self._on_open_requested)
        window.dropped.connect(self._on_dropped)
        for changed in (session.runs_changed, session.recorded_changed, session.metrics_changed):
            changed.connect(self._show_file)
        session.recorded_changed.connect(self._on_recorded_changed)
        session.state_changed.connect(self._on_state_changed)
        self._looks.start()

    def start(self) -> None:
        """Look for what was left behind."""
        self._tasks.submit(lambda _: find_left(self._home), self._on_found, self._notices.warn, queue=KEEPING)

    @property
    def unsaved(self) -> bool:
        """Whether anything has been trained that is in no file."""
        return any(run.steps for run in self._session.runs) and state_of(self._session) != self._saved

    @property
    def busy(self) -> bool:
        """Whether a file is being saved or opened."""
        return self._task is not None

    @Slot()
    def _keep_if_due(self) -> None:
        if not self._ended and not self._keeps and self._is_due():
            self._keep(everything=self._is_all_due())

    def run(self, job: Callable[[], Result], then: Callable[[Result], object] = lambda _: None) -> None:
        """Do something else that writes, after what is being kept, and then `then` with what it returns."""
        self._tasks.submit(lambda _: job(), then, self._notices.warn, queue=KEEPING, must_end=True)

    # Keeping

    @property
    def is_up_to_date(self) -> bool:
        """Whether the window's database holds all that is worth keeping, as it is now."""
        kept = self._all_kept and self._state() == self._kept
        return not self._keeps and not self._failed and (kept or not self._is_worth_keeping())

    def _is_worth_keeping(self) -> bool:
        runs = self._session.runs
        return len(runs) > 0 and (any(run.steps for run in runs) or not self._pad.sheet().empty)

    def _state(self) -> object:
        return state_of(self._session), self._pad.sheet()

    def _ended_epochs(self) -> object:
        return [(run.number, len(run.history.epochs)) for run in self._session.runs]

    def _is_due(self) -> bool:
        since, rests, tail = (
            time.monotonic() - self._kept_at,
            self._session.state not in BUSY,
            self._session.timeline.tail,
        )
        if self._failed:
            return since >= SECONDS
        if self._kept is None:
            return self._is_worth_keeping()
        least = min(tail.nbytes / MOST_BYTES_A_SECOND, SECONDS_AT_REST) if tail is not None else 0.0
        if self._much_unstored or (since >= least and self._ended_epochs() != self._epochs):
            return True
        late = since >= (SECONDS_AT_REST if rests else SECONDS)
        return late and ((rests and not self._all_kept) or self._state() != self._kept)

    def _is_all_due(self) -> bool:
        rests = self._session.state not in BUSY
        return rests or self._much_unstored or time.monotonic() - self._all_kept_at >= SECONDS

    def _keep(self, *, everything: bool, closed: bool = False) -> None:
        contents, file = SessionContents(self._session.snapshot(), drawing_on(self._pad)), self._path
        # What came back is safe once all of it is in this window's database, and not before.
        safe, self._back = (self._back, []) if everything else ([], self._back)

        def write(_: Task) -> None:
            self._own.keep(contents, file=file, closed=closed, everything=everything)
            for left in safe:
                left.remove()

        not_written = partial(self._on_not_written, safe)
        self._tasks.submit(write, self._on_written, not_written, queue=KEEPING, must_end=True)
        self._keeps += 1
        self._kept_at = time.monotonic()
        self._kept, self._epochs, self._all_kept = self._state(), self._ended_epochs(), everything
        if everything:
            self._all_kept_at, self._much_unstored = self._kept_at, False

    def _on_written(self, _: None) -> None:
        self._keeps -= 1
        self._failed = ""

    def _on_not_written(self, safe: list[LeftBehind], why: str) -> None:
        self._keeps -= 1
        self._back += safe
        if why != self._failed:
            self._failed = why
            self._notices.warn(f"The session cannot be kept in case of a crash: {why}. Save it yourself (Ctrl+S).")

    @Slot()
    def _on_recorded_changed(self) -> None:
        self._much_unstored = self._session.runs.unstored > MOST_UNSTORED

    # The end

    def close_files(self, timeout: float) -> bool:
        """Let what is being saved come to its end within so many seconds; return whether it did."""
        if not self._saves:
            self.cancel()
        return self._tasks.finish(SESSIONS, timeout)  # a disk that slow is not waited for; the old file stays

    def end(self) -> None:
        """Begin to keep what is in no file, or to forget it otherwise; `close` waits for that."""
        if self._ended:
            return
        self._ended = True
        unsaved, gone = self.unsaved, self._discarded
        if unsaved:
            # The lesser part first: with it nothing that was trained is lost, should there be no time for all.
            self._keep(everything=False, closed=True)
            self._keep(everything=True, closed=True)
        else:
            gone = gone + self._back
        for left in gone:
            self.run(left.remove)
        self.run(lambda: self._own.close(remove=not unsaved))

    def release(self) -> None:
        """Let other windows offer what this one has not brought back."""
        for left in self._left:
            left.release()

    def abandon(self) -> None:
        """End as if the process were killed: what was kept stays, and nothing more is done."""
        self._ended = True
        self._tasks.finish(KEEPING, 15.0)
        self.release()
        self._own.close(remove=False)

    # Saving

    def save(self, path: str, then: Callable[[], object] = lambda: None) -> None:
        """Write the session to the file `path`, and do `then` when it is there."""
        if self._is_busy():
            return
        contents = SessionContents(self._session.snapshot(), drawing_on(self._pad))
        if not len(contents.runs):
            self._notices.tell("There is nothing to save yet: the first network is still being made.")
            return
        state = state_of(self._session)

        def saved(_: None) -> None:
            self._path, self._saved = path, state
            self._show_file()
            self._notices.tell(f"Saved {path}")
            then()

        self._saves = True
        self._begin(
            f"Saving {Path(path).name}…",
            lambda task: save_session(path, contents, partial(task.report, ""), task.cancelled),
            saved,
            lambda why: self._notices.warn(why) if why else None,
        )

    def _where(self) -> str:
        """What the user says where to save; empty if nothing."""
        proposed = Path(self._path or Path(self._folder) / f"session{ENDING}")
        chosen = ask_where(self._window, "Save the session", proposed, _KINDS)
        if chosen is None:
            return ""
        self._folder = str(Path(chosen[0]).parent)
        return chosen[0]

    @Slot()
    def _on_save_requested(self) -> None:
        if path := self._path or self._where():
            self.save(path)

    @Slot()
    def _on_save_as_requested(self) -> None:
        if path := self._where():
            self.save(path)

    @Slot()
    def _show_file(self) -> None:
        self._window.set_file(Path(self._path).name, self.unsaved)

    # Opening

    def open(self, path: str, *, dropped: bool = False) -> None:
        """Open the session or the model in the file `path`; if it was `dropped`, data are welcome too."""
        self._open(_Source(path, dropped))

    def _open(self, source: _Source) -> None:
        if self._is_busy():
            return

        def read(task: Task) -> SessionContents | str:
            """The session, or what a file of another kind says it is; empty if it does not."""
            path, left = source.path, source.left is not None
            if not left and not path.lower().endswith(ENDING) and not is_session(path):
                return format_of(path)
            return open_session(path, partial(task.report, ""), task.cancelled, take=self._own.take, left_behind=left)

        def opened(found: SessionContents | str) -> None:
            if isinstance(found, str):
                self._open_other(source, found)
            else:
                self._ask(source, found)

        self._saves = False
        doing = "Restoring" if source.left is not None else "Opening"
        self._begin(f"{doing} {source.name}…", read, opened, partial(self._on_not_opened, source))

    def _on_not_opened(self, source: _Source, why: str) -> None:
        if why and source.left is not None:
            self._waiting.remove(source.left)  # the next start offers it again
            why = f"What was lost cannot be restored: {why} ({self._home})"
        if why:
            self._notices.warn(why)
        self._offer()

    def _ask(self, source: _Source, contents: SessionContents) -> None:
        """Whether it may take the place of what is not saved."""
        restore, again = partial(self._restore, source, contents), partial(self._ask, source, contents)
        if not self.unsaved:
            self._when_at_rest(restore)
            return
        name = "The restored session" if source.left is not None else source.name
        self._notices.tell(
            f"{name} would take the place of runs that are not saved.",
            {
                "Open it": partial(self._when_at_rest, restore),
                "Save first": partial(self._when_at_rest, partial(self._save_first, again)),
            },
            stands=True,
        )

    def _save_first(self, then: Callable[[], object]) -> None:
        if path := self._path or self._where():
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
            self._notices.progress("Waiting for the training to rest…", None, {"Cancel": self._do_not_act})
            return
        self._do_not_act()
        action()

    def _do_not_act(self) -> None:
        self._at_rest = None
        self._notices.end_progress()

    def _restore(self, source: _Source, contents: SessionContents) -> None:
        """Put it in the place of the present session."""
        self._session.restore(contents.runs)
        self._kept, self._all_kept_at = None, 0.0
        if source.left is not None:
            self._path, self._saved = source.left.file, None
            self._waiting.remove(source.left)
            if not contents.left_out:
                self._back.append(source.left)
        else:
            self._path, self._saved = source.path, state_of(self._session)
            self._folder = str(Path(source.path).parent)
        self._show_file()
        self._show_drawing(contents.drawing)
        runs, moments = len(contents.runs), contents.runs.moments
        text = f"{runs} run{'s' if runs > 1 else ''} with {moments:,} recorded moment{'s' if moments > 1 else ''}"
        if contents.left_out:
            self._notices.warn(f"{source.name} is damaged. {' '.join(contents.left_out)}")
        else:
            self._notices.tell(f"The session is back: {text}." if source.left else f"Opened {source.name}: {text}.")
        self._offer()
        self._data.load_for_run()

    def _show_drawing(self, drawing: Drawing) -> None:
        picture, label = drawing.picture, drawing.label
        if picture is not None and not 0 <= label < len(self._session.class_names):
            self._drawing.read_image(picture)  # its digits are found again
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
                {"Look at it as data": partial(self._data_sets.look_at, path)},
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

    # What is under way

    def cancel(self) -> None:
        """Give up what is being saved or opened."""
        if self._task is not None:
            self._task.cancel()

    def _begin(
        self,
        text: str,
        work: Callable[[Task], Result],
        on_done: Callable[[Result], object],
        on_error: Callable[[str], object],
    ) -> None:
        def show(_: str, fraction: float | None) -> None:
            self._notices.progress(text, fraction, {"Cancel": self.cancel})

        def end(answer: Callable[[Any], object], what: object) -> None:
            self._task = None
            self._notices.end_progress()
            answer(what)

        show("", None)
        ended = partial(end, on_done), partial(end, on_error)
        self._task = self._tasks.submit(work, *ended, show, queue=SESSIONS, must_end=self._saves)

    def _is_busy(self) -> bool:
        if self.busy:
            self._notices.tell(f"One moment: a file is still being {'saved' if self._saves else 'opened'}.")
        return self.busy

    # What was left behind

    def _on_found(self, left: list[LeftBehind]) -> None:
        self._left, self._waiting = left, list(left)
        self._offer(waits=False)

    def _offer(self, *, waits: bool = True) -> None:
        """Offer the newest that nobody has answered for; what was lost comes before what was closed.

        Args:
            waits: what was said just now has its time first.
        """
        if not self._waiting or self._ended:
            return
        left = min(self._waiting, key=lambda left: left.closed)  # the first of those that are alike
        when = time.strftime("%d %B, %H:%M", time.localtime(left.when)).lstrip("0")
        if left.closed:
            text, back, away = f"Your work of {when} is in no file, but it is kept.", "Bring it back", "Forget it"
        else:
            text, back, away = f"The program was cut off on {when}. Its work is kept.", "Restore", "Discard"
        if len(self._waiting) > 1:
            text += f" (One of {len(self._waiting)}, {sum(one.size for one in self._waiting) / 1e6:,.0f} MB in all.)"
        bring_back = partial(self._open, _Source(str(left.path), left=left))
        self._notices.tell(text, {back: bring_back, away: partial(self._discard, left)}, stands=True, waits=waits)

    def _discard(self, left: LeftBehind) -> None:
        self._waiting.remove(left)
        self._discarded.append(left)
        self._notices.tell("It is forgotten when the window closes.", {"Undo": self._undo_discard}, stands=True)
        self._offer()

    def _undo_discard(self) -> None:
        """Take back whatever was discarded."""
        self._waiting = [left for left in self._left if left in (*self._waiting, *self._discarded)]
        self._discarded = []
        self._offer(waits=False)


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
