"""The timeline: the active run's frames and marks, the cursor and the film."""

import time
from collections.abc import Iterator
from functools import lru_cache, partial
from itertools import pairwise
from typing import cast
from weakref import ref

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from mnist_viz.controllers.redraw import Redraw
from mnist_viz.engine.metrics import format_accuracy, format_loss
from mnist_viz.recording.run import FINDINGS, Run
from mnist_viz.recording.run_words import changes_in_words, moment_in_words, shortened
from mnist_viz.recording.runs import Runs
from mnist_viz.recording.snapshot import Frame
from mnist_viz.session.session import Session
from mnist_viz.session.work import BUSY, State
from mnist_viz.views.actions import Actions
from mnist_viz.views.budget_menu import BudgetMenu
from mnist_viz.views.timeline.bar import TimelineBar
from mnist_viz.views.timeline.marks import Kind, Mark
from mnist_viz.views.window import MainWindow

SECONDS_BETWEEN_TRACKS = 0.2
"""While training is followed, which records up to twenty frames a second."""


class TimelineController(QObject):
    """Keeps the timeline showing the active run, and turns its signals into calls of the session."""

    budget_changed = Signal(object)  # bytes

    def __init__(
        self, session: Session, window: MainWindow, bar: TimelineBar, actions: Actions, budget_menu: BudgetMenu
    ) -> None:
        super().__init__()
        self._session = session
        self._bar = bar
        self._actions = actions
        self._budget_menu = budget_menu
        self._marks: list[Mark] = []
        self._frames_dirty = True
        self._track = Redraw(self._show_track, self, SECONDS_BETWEEN_TRACKS, session=session, following=True)
        self._cursor = Redraw(self._show_cursor, self, SECONDS_BETWEEN_TRACKS, session=session, following=True)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.refresh)
        session.shown_changed.connect(self._on_shown_changed)
        session.recorded_changed.connect(self._on_recorded_changed)
        session.runs_changed.connect(self._track.at_once)
        session.run_changed.connect(self._on_recorded_changed)
        bar.track.cursor_requested.connect(session.go_to)
        bar.track.mark_requested.connect(self._go_to)
        bar.live_requested.connect(session.go_live)
        window.commands.pin.triggered.connect(self._on_pin_triggered)
        window.commands.previous_mark.triggered.connect(self._on_previous_mark_requested)
        window.commands.next_mark.triggered.connect(self._on_next_mark_requested)
        budget_menu.budget_chosen.connect(self.set_budget)
        budget_menu.aboutToShow.connect(self._on_budget_menu_about_to_show)

    @Slot()
    def refresh(self) -> None:
        """Show what has changed since the last time."""
        self._track.tick()
        self._cursor.tick()

    def _show_track(self) -> None:
        if self._frames_dirty:
            self._frames_dirty = False
            self._show_frames()
        self._marks = marks_of(self._session.run, self._session.runs)
        self._bar.track.set_marks(self._marks)
        self._cursor.draw()

    def _show_frames(self) -> None:
        session = self._session
        frames, grid = session.timeline.frames, session.history.grid
        epochs = np.array([frame.epoch for frame in frames])
        if len(grid.sizes()) == 1:
            batches = np.full(len(frames), grid.batches(0))
        else:
            batches = np.array([grid.batches(grid.at(max(frame.step - 1, 0))[0]) for frame in frames], np.int64)
        self._bar.track.set_frames(epochs, float(session.epochs), batches)
        one = session.dataset.noun[:-1] if session.dataset is not None else "picture"
        self._actions.set_step_unit(one if session.settings.batch_size == 1 else "batch")

    def _show_cursor(self) -> None:
        session = self._session
        shown = None if session.guest else session.shown
        grid = session.history.grid
        self._bar.set_cursor(
            session.timeline.index,
            session.at_live,
            shown.epoch if shown is not None else None,
            grid.batches(grid.at(shown.step)[0]) if shown is not None else 0,
            guest=session.guest,
        )
        self._actions.set_marks_state(
            before=self._neighbour(-1) is not None,
            after=self._neighbour(1) is not None,
            pinned=shown.step in session.run.pins if shown is not None and len(session.runs) else None,
        )

    @Slot()
    def _on_pin_triggered(self) -> None:
        """Pin the moment that is shown, or unpin it."""
        session, run, frame = self._session, self._session.run, self._session.timeline.shown
        if frame is None or session.guest:
            return
        pinned = frame.step not in run.pins
        session.set_pinned(run, frame, pinned)
        undo, redo = (partial(self._pin, ref(run), frame, each) for each in (not pinned, pinned))
        words = f"{'pin' if pinned else 'unpin'} {moment_in_words(frame.step, run.history.grid)}"
        self._actions.undo_stack.note(words, undo, redo, frame.nbytes)

    def _pin(self, run: "ref[Run]", frame: Frame, pinned: bool) -> bool:
        pinned_in = run()
        if pinned_in is None or pinned_in not in self._session.runs.all:
            return False
        self._session.set_pinned(pinned_in, frame, pinned)
        return True

    def _neighbour(self, direction: int) -> int | None:
        """The step of the mark before or after the moment that is shown."""
        shown = self._session.timeline.shown
        if shown is None:
            return None
        if direction > 0:
            return min((mark.step for mark in self._marks if mark.step > shown.step), default=None)
        return max((mark.step for mark in self._marks if mark.step < shown.step), default=None)

    def _go_to_neighbour(self, direction: int) -> None:
        step = self._neighbour(direction)
        if step is not None:
            self._go_to(step)

    @Slot(int)
    def _go_to(self, step: int) -> None:
        """Show the moment of a step; while training runs, the nearest recorded one, so that training need not pause."""
        session = self._session
        if session.state in BUSY and session.timeline.find(step) is None:
            session.go_to_epoch(session.history.grid.position(step))
        else:
            session.go_to_step(step)

    @Slot(object)
    def set_budget(self, budget: int) -> None:
        """Let the recorded moments hold `budget` bytes."""
        self._session.set_budget(budget)
        self._budget_menu.set_budget(budget)
        self.budget_changed.emit(budget)

    @Slot()
    def _on_budget_menu_about_to_show(self) -> None:
        runs = self._session.runs
        recorded = runs.nbytes
        self._budget_menu.set_budget(runs.budget)
        self._budget_menu.set_use(runs.moments, recorded, recorded - runs.memory)

    @Slot()
    def _on_previous_mark_requested(self) -> None:
        self._go_to_neighbour(-1)

    @Slot()
    def _on_next_mark_requested(self) -> None:
        self._go_to_neighbour(1)

    @Slot()
    def _on_shown_changed(self) -> None:
        self._cursor.mark()
        self._soon.start(0)  # what the user did is shown in this turn of the event loop, and its frame before it

    @Slot()
    def _on_recorded_changed(self) -> None:
        self._frames_dirty = True
        self._track.mark()


class FilmController(QObject):
    """The film: the recorded frames one after the other, each once the one before has been painted.

    It plays forwards and backwards, until it is at the end or somebody goes elsewhere.

    A frame is asked for when its time has come and the one before is on the screen: a film that is too fast for the
    panels plays more slowly, and nothing piles up. Training goes on meanwhile.
    """

    def __init__(self, session: Session, window: MainWindow, bar: TimelineBar) -> None:
        super().__init__()
        self._session = session
        self._bar = bar
        self.direction = 0  # 1 while it plays forwards, -1 backwards
        self._step = -1  # of the frame that the film has put on the screen
        self._awaited = False  # whether it still has to be painted
        self._asked = 0.0  # when it was asked for
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timeout)
        window.commands.film.triggered.connect(self._on_film_toggled)
        window.commands.film_back.triggered.connect(self._on_film_back_toggled)
        for intent in (
            window.commands.forward_batch.triggered, window.commands.forward_epoch.triggered,
            window.commands.back_batch.triggered, window.commands.back_epoch.triggered,
            window.commands.first.triggered, window.commands.live.triggered,
            window.commands.previous_mark.triggered, window.commands.next_mark.triggered,
            bar.track.cursor_requested, bar.track.mark_requested, bar.live_requested,
        ):  # fmt: skip
            intent.connect(self.pause)
        bar.track.painted.connect(self._on_painted)
        bar.film.speed_changed.connect(self._on_speed_changed)
        session.shown_changed.connect(self._on_shown_changed)
        session.run_changed.connect(self._on_run_changed)
        session.state_changed.connect(self._on_state_changed)
        session.recorded_changed.connect(self._on_recorded_changed)
        self._on_recorded_changed()

    @Slot()
    def pause(self) -> bool:
        """Stop where it is; return whether it was playing."""
        played = self.direction != 0
        self._set_direction(0)
        self._timer.stop()
        return played

    def _play(self, direction: int) -> None:
        """Play, or pause what plays in that direction; at the end in that direction it begins at the other one."""
        if self.direction == direction:
            self.pause()
            return
        timeline = self._session.timeline
        if len(timeline) < 2:
            return
        self._set_direction(direction)
        if direction > 0 and timeline.index >= len(timeline) - 1:
            self._show(0)
        elif direction < 0 and timeline.shown is timeline.first:
            self._show(len(timeline) - 1)
        else:
            self._on_timeout()

    @Slot()
    def _on_timeout(self) -> None:
        """The next frame's time has come."""
        timeline = self._session.timeline
        shown, index, count = timeline.shown, timeline.index, len(timeline)
        between = shown is not None and timeline.frames[index].step != shown.step
        index = index if between and self.direction < 0 else index + self.direction
        if 0 <= index < count:
            self._show(index)
        elif self._bar.film.loops:
            self._show(0 if index > 0 else count - 1)
        else:
            forwards = self.direction > 0
            self.pause()
            if forwards:
                self._session.go_live()

    def _show(self, index: int) -> None:
        self._step = self._session.timeline.frames[index].step
        self._awaited = True
        self._asked = time.monotonic()
        self._session.go_to(index)

    def _wait(self) -> None:
        speed = self._bar.film.speed
        left = self._asked + 1 / speed - time.monotonic() if speed else 0.0
        self._timer.start(max(0, round(1000 * left)))

    def _set_direction(self, direction: int) -> None:
        if direction != self.direction:
            self.direction = direction
            self._awaited = False
            self._bar.film.set_playing(direction)

    @Slot(int)
    def _on_painted(self, index: int) -> None:
        if self._awaited and self.direction and index == self._session.timeline.index:
            self._awaited = False
            self._wait()

    @Slot(object)
    def _on_speed_changed(self, _speed: float | None) -> None:
        if self._timer.isActive():
            self._wait()

    @Slot()
    def _on_film_toggled(self) -> None:
        self._play(1)

    @Slot()
    def _on_film_back_toggled(self) -> None:
        self._play(-1)

    @Slot()
    def _on_shown_changed(self) -> None:
        shown = self._session.timeline.shown
        if self._session.guest or shown is None or shown.step != self._step:
            self.pause()  # the user went to another moment

    @Slot()
    def _on_run_changed(self) -> None:
        self.pause()
        self._on_recorded_changed()

    @Slot()
    def _on_state_changed(self) -> None:
        if self._session.state is State.PREPARING:
            self.pause()
        self._on_recorded_changed()

    @Slot()
    def _on_recorded_changed(self) -> None:
        self._bar.film.set_available(len(self._session.timeline) > 1 and self._session.state is not State.PREPARING)


_in_words = lru_cache(maxsize=1024)(changes_in_words)


def marks_of(run: Run, runs: Runs) -> list[Mark]:
    """All marks of `run`, which is one of `runs`, by step."""
    grid = run.history.grid
    return [
        Mark(step, grid.position(step), kind, text, color)
        for step, kind, text, color in sorted(_found(run, runs), key=lambda found: found[0])
    ]


def _found(run: Run, runs: Runs) -> Iterator[tuple[int, Kind, str, int]]:
    if run.parent is not None and run.parent in runs:
        parent = runs.get(run.parent)
        yield run.root_step, "root", f"Left {shortened(parent.name)} here", parent.color
    for child in runs.children(run):
        yield child.root_step, "branch", f"{shortened(child.name)} left here", child.color
    best = run.best
    if best is not None and len(run.history.epochs) > 1:  # the best of one is nothing
        words = f"Best epoch: validation loss {format_loss(best.val_loss)}, {format_accuracy(best.val_accuracy)} right"
        yield best.step, "best", words, -1
    for step in run.pins:
        yield step, "pin", "Pinned", -1
    for (_, before), (step, after) in pairwise(run.config.changes):
        if words := _in_words(before, after):
            yield step, "change", words[0].upper() + words[1:], -1
    for incident in run.incidents:
        kind = "found" if incident.kind in FINDINGS else cast(Kind, incident.kind)
        yield incident.step, kind, incident.text, -1
