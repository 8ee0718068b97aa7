"""Exporting a film: the dialog, the file, the progress, and what came of it."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot

from mnist_viz.controllers.asking import ask_where
from mnist_viz.controllers.filming import Filming, Stage, Stopped, Stretch, area, chosen_frames
from mnist_viz.controllers.notices import Notices
from mnist_viz.recording.film import formats, free_path
from mnist_viz.recording.run import Run
from mnist_viz.session.background_tasks import BackgroundTasks
from mnist_viz.session.film_writer import FilmWriter
from mnist_viz.session.session import Session
from mnist_viz.system.paths import home
from mnist_viz.views.film_dialog import FilmChoice, FilmDialog, Moments, Subject
from mnist_viz.views.window import MainWindow

_MOMENTS = {
    "selected": "The selected range",
    "all": "All recorded moments",
    "epochs": "Ends of epochs",
    "here": "From here on",
}


class FilmExportController(QObject):
    """Makes one film at a time, a picture a turn of the event loop; training pauses meanwhile and goes on after it.

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
        tasks: BackgroundTasks,
    ) -> None:
        super().__init__()
        self._session = session
        self._window = window
        self._notices = notices
        self._tasks = tasks
        self._stage = Stage(session, window, redraw, settled)
        self._choice = FilmChoice()  # what was chosen last
        self._selected_steps = selected_steps
        self._stretches: dict[str, Stretch] = {}  # of the moments that the dialog offers, where only some are wanted
        self._folder = str(home())
        self._filming: Filming | None = None
        self._turns: Iterator[int] = iter(())
        self._writer: FilmWriter | None = None
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._turn)
        window.commands.export_film.triggered.connect(self._on_export_film_requested)

    @property
    def is_filming(self) -> bool:
        return self._filming is not None

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
        self._notices.finish()  # the film's progress comes in the place of what was said
        self._writer = FilmWriter(self._tasks, choice.format, Path(path), choice.rate)
        self._filming = Filming(self._stage, choice, stretch, self._writer)
        self._turns = self._filming.turns()
        self._show_progress()
        self._next.start(0)

    @Slot()
    def cancel(self) -> None:
        """End the film; nothing of it is left, and the window is as before."""
        if self._writer is not None:
            self._writer.cancel()
            self._end("The film was cancelled; nothing was written.")

    def close(self) -> None:
        """End what goes on, for good."""
        self._next.stop()
        if self._writer is not None:
            self._writer.cancel()

    @Slot()
    def _turn(self) -> None:
        assert self._writer is not None
        try:
            wait = next(self._turns)
        except StopIteration:
            outcome = self._writer.outcome
            if isinstance(outcome, Path):
                self._end(f"Saved {outcome}")
            else:
                self._end(outcome or "", failed=True)
        except Stopped as stopped:
            self._writer.cancel()
            self._end(str(stopped), failed=True)
        except BaseException:
            self._writer.cancel()
            self._end("")
            raise
        else:
            self._show_progress()
            self._next.start(wait)

    def _end(self, text: str, *, failed: bool = False) -> None:
        self._next.stop()
        turns, self._turns = self._turns, iter(())
        self._writer = self._filming = None
        if hasattr(turns, "close"):
            turns.close()  # puts back what was
        self._notices.finish()
        if text:
            (self._notices.warn if failed else self._notices.tell)(text)

    def _show_progress(self) -> None:
        film, writer = self._filming, self._writer
        if film is None or writer is None:
            return
        if not film.total:
            text, share = "Getting ready to film", None
        elif film.taken < film.total:
            text, share = f"Filming: {film.taken} of {film.total} pictures", film.taken + writer.written
        else:
            text, share = f"Writing the film: {writer.written} of {film.total} pictures", film.taken + writer.written
        fraction = share / (2 * film.total) if share is not None else None
        self._notices.progress(text, fraction, {"Cancel": self.cancel})

    # The dialog

    @Slot()
    def _on_export_film_requested(self) -> None:
        session, window = self._session, self._window
        if self.is_filming:
            self._notices.tell("A film is being made: wait for it, or cancel it first.")
            return
        if len(session.timeline) < 2:
            self._notices.tell("Nothing is recorded yet: train a little, then there is something to film.")
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
        titles = {"window": "The whole window"} | {key: dock.windowTitle() for key, dock in window.docks.items()}
        subjects = [Subject(key, title, area(window, key)[1].size()) for key, title in titles.items()]
        dialog = FilmDialog(subjects, moments, formats(), self._choice, window)
        dialog.chosen.connect(self._on_chosen)
        dialog.open()

    @Slot(object)
    def _on_chosen(self, choice: FilmChoice) -> None:
        self._choice = choice
        form = next(form for form in formats() if form.key == choice.format)
        kind = f"{form.title} (*{form.suffix})" if form.suffix else "Folders (*)"
        # A folder is always a new one.
        proposed = Path(self._folder) / f"{choice.subject}{form.suffix}"
        proposed = proposed if form.suffix else free_path(proposed)
        title = "Save the film" if form.suffix else "Save the film's pictures in a new folder"
        chosen = ask_where(self._window, title, proposed, kind)
        if chosen is not None:
            self._folder = str(Path(chosen[0]).parent)
            self.make(choice, chosen[0], self._stretches.get(choice.moments, (0, 0)))
