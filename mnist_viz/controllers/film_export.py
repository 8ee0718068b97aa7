"""Exports films: the dialog, the file and the progress."""

import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QPoint, QRect, QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter, QPalette, QRegion
from PySide6.QtWidgets import QWidget

from mnist_viz.controllers.file_access import FileAccess
from mnist_viz.controllers.notices import Notices
from mnist_viz.recording.film import Picture, formats, free_path
from mnist_viz.recording.run import Run
from mnist_viz.recording.run_words import moment_in_words, shortened
from mnist_viz.recording.snapshot import Frame
from mnist_viz.session.film_writer import FilmWriter
from mnist_viz.session.session import Session
from mnist_viz.session.work import BUSY, RESTING, State
from mnist_viz.views.film_dialog import LABEL_HEIGHT, FilmChoice, FilmDialog, Moments, Subject
from mnist_viz.views.panel import PanelDock
from mnist_viz.views.theme import BODY, GRID, font
from mnist_viz.views.window import MainWindow

Stretch = tuple[int, int]
"""The steps of the first and of the last moment."""

SETTLE_SECONDS = 2.0
"""How long a picture waits for panels that compute in the background."""

_LOOK_MS = 5
_LAYOUT_MS = 50

_MOMENTS = {
    "selected": "The selected range",
    "all": "All recorded moments",
    "epochs": "Ends of epochs",
    "here": "From here on",
}


class Stopped(Exception):
    """The film cannot go on: a sentence that says why."""


class FilmExportController(QObject):
    """Makes one film at a time, one picture per turn of the event loop; training is paused meanwhile.

    Args:
        redraw: draws everything that has changed in the window, at once.
        settled: by panel, whether it shows the session's moment; only of panels that need time for that.
        selected_steps: the steps of a run that are selected on the curves, after the first up to the last, if any.
    """

    def __init__(
        self,
        session: Session,
        window: MainWindow,
        notices: Notices,
        redraw: Callable[[], object],
        settled: Mapping[str, Callable[[], bool]],
        selected_steps: Callable[[Run], Stretch | None],
        access: FileAccess,
    ) -> None:
        super().__init__()
        self._session = session
        self._window = window
        self._notices = notices
        self._access = access
        self._redraw = redraw
        self._settled = settled
        self._choice = FilmChoice()  # what was chosen last
        self._selected_steps = selected_steps
        self._stretches: dict[str, Stretch] = {}  # of the moments that the dialog offers, where only some are wanted
        self._turns: Generator[int] | None = None  # of the film that is being made, if there is one
        self._total = self._taken = 0  # pictures of that film
        self._writer: FilmWriter | None = None
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._turn)
        window.commands.export_film.triggered.connect(self._on_export_film_requested)

    @property
    def is_filming(self) -> bool:
        return self._turns is not None

    def make(self, choice: FilmChoice, path: str, stretch: Stretch = (0, 0)) -> None:
        """Begin the film.

        Args:
            choice: of what, and how.
            path: the file, or the folder to make.
            stretch: the steps of the first and of the last moment, where only some are wanted.
        """
        if self.is_filming:
            self._notices.tell("A film is being made: wait for it, or cancel it first.")
            return
        if why := self._access.why_not(path):
            self._notices.warn(why)
            return
        self._notices.finish()  # the film's progress replaces the message
        self._writer = FilmWriter(self._access.tasks, choice.format, Path(path), choice.rate)
        self._total = self._taken = 0
        self._turns = self._film(choice, stretch, self._writer)
        self._show_progress()
        self._next.start(0)

    @Slot()
    def cancel(self) -> None:
        """Cancel the film, delete what was written, and restore the window."""
        if self._writer is not None:
            self._end("The film was cancelled; nothing was written.")

    def close(self) -> None:
        """Cancel a film that is being written."""
        self._next.stop()
        if self._writer is not None and self._writer.outcome is None:
            self._writer.cancel()

    @Slot()
    def _turn(self) -> None:
        assert self._writer is not None
        assert self._turns is not None
        try:
            wait = next(self._turns)
        except StopIteration:
            outcome = self._writer.outcome
            if isinstance(outcome, Path):
                self._end(f"Saved {outcome}")
            else:
                self._end(outcome or "", failed=True)
        except Stopped as stopped:
            self._end(str(stopped), failed=True)
        except BaseException:
            self._end("")
            raise
        else:
            self._show_progress()
            self._next.start(wait)

    def _end(self, text: str, *, failed: bool = False) -> None:
        self.close()
        turns, self._turns, self._writer = self._turns, None, None
        if turns is not None:
            turns.close()  # puts back what was
        self._notices.finish()
        if text:
            (self._notices.warn if failed else self._notices.tell)(text)

    def _show_progress(self) -> None:
        written = self._writer.written if self._writer is not None else 0
        if not self._total:
            text = "Preparing the film"
        elif self._taken < self._total:
            text = f"Filming: {self._taken} of {self._total} pictures"
        else:
            text = f"Writing the film: {written} of {self._total} pictures"
        fraction = (self._taken + written) / (2 * self._total) if self._total else None
        self._notices.progress(text, fraction, {"Cancel": self.cancel})

    # The film

    def _film(self, choice: FilmChoice, stretch: Stretch, writer: FilmWriter) -> Generator[int]:
        """Take and write the pictures; closing it at any point restores what was shown.

        Yields:
            The milliseconds until the next turn.

        Raises:
            Stopped: it cannot go on.
        """
        session, window = self._session, self._window
        trained = session.state is State.RUNNING
        if trained:
            session.pause()  # the film would have other curves at its end than at its beginning
        while session.state in BUSY:
            yield _LOOK_MS
        run = session.run
        with _cursor_kept(session, window, trained), _panel_in_front(window, choice.subject):
            yield _LAYOUT_MS
            size = area(window, choice.subject)[1].size()
            frames = chosen_frames(run, choice.moments, stretch)
            self._total = len(frames)
            for frame in frames:
                yield from self._show(run, frame, choice.subject)
                picture = _picture(window, choice, size, run, frame)
                while not writer.has_room and writer.outcome is None:
                    yield _LOOK_MS
                if writer.outcome is not None:
                    return
                writer.add(picture)
                self._taken += 1
                yield 0
        writer.finish()
        while writer.outcome is None:
            yield _LOOK_MS

    def _show(self, run: Run, frame: Frame, subject: str) -> Iterator[int]:
        """Show the moment in all panels that are in the picture."""
        session, docks = self._session, self._window.docks
        seen = [key for key, dock in docks.items() if not dock.visibleRegion().isEmpty()]
        waits = [done for key, done in self._settled.items() if key == subject or (subject == "window" and key in seen)]
        until = time.monotonic() + SETTLE_SECONDS
        while True:
            if session.run is not run:
                raise Stopped("The film was stopped, since another run was chosen.")
            if session.shown is not frame:  # also if the user moved the cursor meanwhile
                index = next((i for i, one in enumerate(run.timeline.frames) if one.step == frame.step), None)
                if index is None:
                    raise Stopped("The film was stopped, since its moments are not recorded any more.")
                frame = run.timeline.frames[index]
                if frame is run.timeline.tail:
                    session.go_live()  # or the newest moment would be called past
                else:
                    session.go_to(index)
            self._redraw()
            if all(done() for done in waits) or time.monotonic() > until:
                return
            yield _LOOK_MS

    # The dialog

    @Slot()
    def _on_export_film_requested(self) -> None:
        session, window = self._session, self._window
        if self.is_filming:
            self._notices.tell("A film is being made: wait for it, or cancel it first.")
            return
        if len(session.timeline) < 2:
            self._notices.tell("Nothing is recorded yet: train a little first.")
            return
        shown = None if session.guest else session.shown
        here = (shown.step if shown is not None else 0, sys.maxsize)
        selected = self._selected_steps(session.run)
        self._stretches = {"here": here} | ({"selected": selected} if selected is not None else {})
        moments = []
        for key, title in _MOMENTS.items():
            frames = chosen_frames(session.run, key, self._stretches.get(key, here))
            if len(frames) > 1 and (key != "selected" or selected is not None):
                moments.append(Moments(key, title, len(frames)))
        if moments and moments[0].key == "selected":
            self._choice = replace(self._choice, moments="selected")
        titles = {"window": "The whole window"} | {
            key: dock.windowTitle() for key, dock in window.docks.items() if not (dock.on_demand and dock.isHidden())
        }
        subjects = [Subject(key, title, area(window, key)[1].size()) for key, title in titles.items()]
        dialog = FilmDialog(subjects, moments, formats(), self._choice, window)
        dialog.chosen.connect(self._on_chosen)
        dialog.open()

    @Slot(object)
    def _on_chosen(self, choice: FilmChoice) -> None:
        self._choice = choice
        form = next(form for form in formats() if form.key == choice.format)
        kind = f"{form.title} (*{form.suffix})" if form.suffix else "Folders (*)"
        proposed = f"{choice.subject}{form.suffix}"
        if not form.suffix:  # a folder is always a new one
            proposed = free_path(Path(self._access.folder) / proposed).name
        title = "Save the film" if form.suffix else "Save the film's pictures in a new folder"
        path, _ = self._access.ask_where(title, proposed, kind)
        if path:
            self.make(choice, path, self._stretches.get(choice.moments, (0, 0)))


def area(window: MainWindow, subject: str) -> tuple[QWidget, QRect]:
    """The widget that is filmed, and which part of it: of the window, all but the menus and messages."""
    if subject == "window":
        menus = window.menuWidget()
        return window, window.rect().adjusted(0, menus.geometry().bottom() + 1 if menus is not None else 0, 0, 0)
    dock = window.docks[subject]
    return dock, _in_front(window, dock).rect()  # a panel behind it will be as large


def _in_front(window: MainWindow, dock: PanelDock) -> PanelDock:
    """The visible one of the dock's tabs."""
    tabs = [dock, *(other for other in window.tabifiedDockWidgets(dock) if isinstance(other, PanelDock))]
    # Qt keeps the others visible, outside of the window.
    return next((tab for tab in tabs if not tab.visibleRegion().isEmpty()), dock)


def chosen_frames(run: Run, moments: str, stretch: Stretch) -> list[Frame]:
    """The recorded moments that are meant by "all", "epochs", "here" or "selected"; of the latter by `stretch`."""
    frames = run.timeline.frames
    if moments == "epochs":
        grid = run.history.grid
        return [frame for frame in frames if grid.at(frame.step)[1] == 0]
    if moments in ("here", "selected"):
        return [frame for frame in frames if stretch[0] <= frame.step <= stretch[1]]
    return list(frames)


def _picture(window: MainWindow, choice: FilmChoice, size: QSize, run: Run, frame: Frame) -> Picture:
    """A picture of the widget now, (height, width, 3), with the moment's label below it if chosen.

    All pictures of a film have one `size`, whatever happens to the window.
    """
    widget, source = area(window, choice.subject)
    source.setSize(size)
    label = LABEL_HEIGHT if choice.label else 0
    image = QImage(QSize(size.width(), size.height() + label) * choice.scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(choice.scale)
    palette = window.palette()
    image.fill(palette.color(QPalette.ColorRole.Window))
    widget.render(image, QPoint(), QRegion(source))
    if label:
        moment = moment_in_words(frame.step, run.history.grid)
        with QPainter(image) as painter:
            strip = QRectF(2 * GRID, size.height(), size.width() - 4 * GRID, label)
            _write_label(painter, strip, palette, moment[:1].upper() + moment[1:], shortened(run.name))
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return pixels.copy()[..., 2::-1]  # blue, green and red in memory


@contextmanager
def _cursor_kept(session: Session, window: MainWindow, trained: bool) -> Iterator[None]:
    """Show afterwards the moment that is shown now, and train on if it `trained`."""
    run, frame, live, guest = session.run, session.shown, session.timeline.live, session.guest
    names, shape, title = session.class_names, session.image_shape, window.windowTitle()
    try:
        yield
    finally:
        if trained and session.state in RESTING:
            session.resume()
        if session.run is run:
            if guest and frame is not None:
                session.timeline.go_live()
                session.show_guest(frame.model, names, shape)
                window.setWindowTitle(title)
            elif live or frame is None:
                session.go_live()
            else:
                session.go_to_step(frame.step)


@contextmanager
def _panel_in_front(window: MainWindow, subject: str) -> Iterator[None]:
    """Bring a panel to the front meanwhile."""
    dock = window.docks.get(subject)
    in_front = [one for one in window.docks.values() if not one.visibleRegion().isEmpty()]
    hidden = dock is not None and dock.isHidden()
    if dock is not None:
        dock.show()
        dock.raise_()
    try:
        yield
    finally:
        if dock is not None and hidden:
            dock.hide()
        for one in in_front:  # where a panel was hidden, Qt would choose another one of its place
            one.raise_()


def _write_label(painter: QPainter, strip: QRectF, palette: QPalette, moment: str, run: str) -> None:
    """The moment at the left; the run at the right, where there is room."""
    chosen = font(BODY, QFont.Weight.Medium)
    painter.setFont(chosen)
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.setPen(palette.color(QPalette.ColorRole.WindowText))
    painter.drawText(strip, middle | Qt.AlignmentFlag.AlignLeft, moment)
    metrics = QFontMetrics(chosen)
    if metrics.horizontalAdvance(moment) + 3 * GRID + metrics.horizontalAdvance(run) <= strip.width():
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(strip, middle | Qt.AlignmentFlag.AlignRight, run)
