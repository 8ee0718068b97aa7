"""The timeline: the active run's frames and marks on the track, the cursor, and the ways to go elsewhere."""

import time

import numpy as np
from PySide6.QtCore import QObject, QTimer, Slot

from mnist_viz.controllers.marks import marks_of
from mnist_viz.session.session import BUSY, Session
from mnist_viz.views.actions import Actions
from mnist_viz.views.timeline.bar import TimelineBar
from mnist_viz.views.timeline.marks import Mark
from mnist_viz.views.window import MainWindow

SECONDS_BETWEEN_TRACKS = 0.2
"""While training is followed, which records up to twenty frames a second."""


class TimelineController(QObject):
    """Keeps the timeline showing the active run, and turns its intents into calls of the session.

    What changed is noted when it changes and shown at the next `refresh`.
    """

    def __init__(self, session: Session, window: MainWindow, bar: TimelineBar, actions: Actions) -> None:
        super().__init__()
        self._session = session
        self._bar = bar
        self._actions = actions
        self._marks: list[Mark] = []
        self._due = 0.0
        self._frames_dirty = self._marks_dirty = self._cursor_dirty = True
        # What the user did is shown in this turn of the event loop, not at the next tick.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.refresh)
        session.shown_changed.connect(self._on_shown_changed)
        session.recorded_changed.connect(self._on_recorded_changed)
        session.runs_changed.connect(self._on_runs_changed)
        session.run_changed.connect(self._on_recorded_changed)
        bar.cursor_requested.connect(session.go_to)
        bar.mark_requested.connect(self._go_to)
        bar.live_requested.connect(session.go_live)
        window.commands.pin.triggered.connect(session.toggle_pin)
        window.commands.previous_mark.triggered.connect(self._on_previous_mark_requested)
        window.commands.next_mark.triggered.connect(self._on_next_mark_requested)

    @Slot()
    def refresh(self) -> None:
        """Show what has changed since the last time."""
        session, now = self._session, time.monotonic()
        if (self._frames_dirty or self._marks_dirty) and (not session.follows_training or now >= self._due):
            self._due = now + SECONDS_BETWEEN_TRACKS
            if self._frames_dirty:
                self._show_frames()
            self._marks = marks_of(session.run, session.runs)
            self._bar.set_marks(self._marks)
            self._frames_dirty = self._marks_dirty = False
            self._cursor_dirty = True
        if self._cursor_dirty:
            self._cursor_dirty = False
            self._show_cursor()

    def _show_frames(self) -> None:
        session = self._session
        frames, grid = session.timeline.frames, session.history.grid
        epochs = np.array([frame.epoch for frame in frames])
        if len(grid.sizes()) == 1:
            batches = np.full(len(frames), grid.batches(0))
        else:
            batches = np.array([grid.batches(grid.at(max(frame.step - 1, 0))[0]) for frame in frames], np.int64)
        self._bar.set_frames(epochs, epochs == np.rint(epochs), float(session.epochs), batches)
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
        )
        self._bar.set_guest(session.guest)
        self._actions.set_marks_state(
            before=self._neighbour(-1) is not None,
            after=self._neighbour(1) is not None,
            pinned=shown.step in session.run.pins if shown is not None and len(session.runs) else None,
        )

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
        """Show that moment, or while training goes on the recorded one nearest to it: it must not stop for that."""
        session = self._session
        if session.state in BUSY and session.timeline.find(step) is None:
            session.go_to_epoch(session.history.grid.position(step))
        else:
            session.go_to_step(step)

    @Slot()
    def _on_previous_mark_requested(self) -> None:
        self._go_to_neighbour(-1)

    @Slot()
    def _on_next_mark_requested(self) -> None:
        self._go_to_neighbour(1)

    @Slot()
    def _on_shown_changed(self) -> None:
        self._cursor_dirty = True
        self._soon.start(0)

    @Slot()
    def _on_recorded_changed(self) -> None:
        self._frames_dirty = self._marks_dirty = True

    @Slot()
    def _on_runs_changed(self) -> None:
        self._marks_dirty = True
        self._due = 0.0
        self._soon.start(0)
