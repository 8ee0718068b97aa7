"""The film: the recorded frames one after the other, each once the one before has been painted."""

import time

from PySide6.QtCore import QObject, Qt, QTimer, Slot

from mnist_viz.session.session import Session, State
from mnist_viz.views.timeline.bar import TimelineBar
from mnist_viz.views.window import MainWindow


class FilmController(QObject):
    """Plays forwards and backwards, until it is at the end or somebody goes elsewhere.

    A frame is asked for when its time has come and the one before is on the screen: a film that is too fast for the
    panels plays more slowly, and nothing piles up. Training goes on meanwhile.
    """

    def __init__(self, session: Session, window: MainWindow, bar: TimelineBar) -> None:
        super().__init__()
        self._session = session
        self._bar = bar
        self._direction = 0
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
            bar.cursor_requested, bar.mark_requested, bar.live_requested,
        ):  # fmt: skip
            intent.connect(self.pause)
        bar.track.painted.connect(self._on_painted)
        bar.film.speed_changed.connect(self._on_speed_changed)
        session.shown_changed.connect(self._on_shown_changed)
        session.run_changed.connect(self._on_run_changed)
        session.state_changed.connect(self._on_state_changed)
        session.recorded_changed.connect(self._on_recorded_changed)
        self._on_recorded_changed()

    @property
    def direction(self) -> int:
        """1 while it plays forwards, -1 backwards, 0 while it does not."""
        return self._direction

    @Slot()
    def pause(self) -> bool:
        """Stop where it is; return whether it was playing."""
        played = self._direction != 0
        self._set_direction(0)
        self._timer.stop()
        return played

    def _play(self, direction: int) -> None:
        """Play, or pause what plays in that direction; at the end in that direction it begins at the other one."""
        if self._direction == direction:
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
        index = index if between and self._direction < 0 else index + self._direction
        if 0 <= index < count:
            self._show(index)
        elif self._bar.film.loops:
            self._show(0 if index > 0 else count - 1)
        else:
            forwards = self._direction > 0
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
        if direction != self._direction:
            self._direction = direction
            self._awaited = False
            self._bar.film.set_playing(direction)

    @Slot(int)
    def _on_painted(self, index: int) -> None:
        if self._awaited and self._direction and index == self._session.timeline.index:
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
            self.pause()  # somebody went elsewhere

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
