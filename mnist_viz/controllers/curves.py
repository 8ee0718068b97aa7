"""The learning curves of the runs, the cursor on them, and the range that is selected there."""

from typing import cast

from PySide6.QtCore import QObject, Slot

from mnist_viz.controllers.redraw import Redraw
from mnist_viz.recording.history import History
from mnist_viz.recording.run import Run
from mnist_viz.recording.smoothing import SMOOTHINGS, Axis, Series
from mnist_viz.session.session import Session
from mnist_viz.session.work import State
from mnist_viz.views.curves.curve import RunCurves
from mnist_viz.views.curves.panel import CurvesPanel

SECONDS_BETWEEN_CURVES = 0.2
LEAST_SECONDS, LEAST_STEPS = 0.1, 1000
"""The axis shows no less time than this."""

_Key = tuple[object, ...]
"""All that the curves of a run follow from."""


class CurvesController(QObject):
    """Keeps the curves showing the visible runs, and turns clicks into moments of the active one."""

    def __init__(self, session: Session, panel: CurvesPanel) -> None:
        super().__init__()
        self._session = session
        self._panel = panel
        self._made: dict[int, tuple[_Key, RunCurves]] = {}
        self._curves = Redraw(self._show, self, SECONDS_BETWEEN_CURVES, session=session)
        self._cursor = Redraw(self._show_cursor, self)
        self._range: tuple[float, float] | None = None  # places on the axis `_range_axis`
        self._range_axis = self._axis
        session.shown_changed.connect(self._on_shown_changed)
        session.recorded_changed.connect(self._curves.mark)
        session.metrics_changed.connect(self._curves.mark)
        session.run_changed.connect(self._curves.at_once)
        session.runs_changed.connect(self._curves.at_once)
        session.state_changed.connect(self._on_state_changed)
        panel.cursor_requested.connect(self._on_cursor_requested)
        panel.axis_changed.connect(self._on_choice_changed)
        panel.smoothing_changed.connect(self._on_choice_changed)
        panel.run_clicked.connect(session.activate)
        panel.visibility_toggled.connect(session.set_visible)
        panel.range_changed.connect(self._on_range_changed)

    def refresh(self) -> None:
        """Draw what has changed since the last time."""
        self._curves.tick()
        if not self._session.follows_training:  # while it is followed the cursor moves with the curves
            self._cursor.tick()

    def redraw(self) -> None:
        """Draw at once what has changed."""
        self._curves.force()
        self.refresh()

    def selected_steps(self, run: Run) -> tuple[int, int] | None:
        """The steps of `run`, after the first up to the last, in the range that is selected; None if none is."""
        if self._range is None:
            return None
        low, high = (run.history.step_at(place, self._range_axis) for place in self._range)
        return low, high

    @property
    def _axis(self) -> Axis:
        return cast(Axis, self._panel.axis)

    def _show(self) -> None:
        self._show_curves()
        self._cursor.draw()
        self._show_statistics()

    def _show_curves(self) -> None:
        session, axis = self._session, self._axis
        self._made = {run.number: self._curves_of(run) for run in session.runs}
        runs = [run for run in session.runs if run.visible]
        end: float | None = None
        least = LEAST_SECONDS
        if axis != "seconds":
            shown = runs or [session.run]
            end = max(_place(run.history, run.epochs, axis) for run in shown)
            # An epoch; of single digits that would show nothing for minutes.
            least = min(_place(run.history, 1, axis) * min(1, LEAST_STEPS / run.history.grid.start(1)) for run in shown)
        self._panel.set_extent(end, least)
        active = session.runs.active
        self._panel.set_runs(
            [curves for _, curves in self._made.values()], active.number if active is not None else None
        )

    def _curves_of(self, run: Run) -> tuple[_Key, RunCurves]:
        history, axis, smoothing = run.history, self._axis, self._panel.smoothing
        key: _Key = (run.name, run.color, False)
        if run.visible:
            key = history, history.version, axis, smoothing, run.name, run.color
        before = self._made.get(run.number)
        if before is not None and before[0] == key:
            return before
        if not run.visible:
            return key, RunCurves(run.number, run.name, run.color, visible=False)
        train_loss, train_accuracy = history.training(axis, SMOOTHINGS[smoothing][1])
        if run.trained_with.batch_size == 1:  # of one digit it is 0 or 1: the band would fill the plot
            train_accuracy = Series(train_accuracy.x, train_accuracy.y)
        val_loss, val_accuracy = history.validation(axis)
        return key, RunCurves(run.number, run.name, run.color, train_loss, val_loss, train_accuracy, val_accuracy)

    def _show_cursor(self) -> None:
        shown = None if self._session.guest else self._session.shown
        place = self._session.history.x_of(shown.step, self._axis) if shown is not None else None
        self._panel.set_cursor(place)

    def _show_statistics(self) -> None:
        found = {}
        for run in self._session.runs:
            if run.visible and (steps := self.selected_steps(run)) is not None:
                of = run.history.statistics(*steps)
                found[run.number] = of.train_loss, of.validation_loss, of.train_accuracy, of.validation_accuracy
        self._panel.set_statistics(found)

    @Slot()
    def _on_shown_changed(self) -> None:
        if self._session.follows_training:
            self._cursor.mark()
        else:
            self._cursor.soon()

    @Slot()
    def _on_state_changed(self) -> None:
        self._panel.set_training(self._session.state is State.RUNNING)

    @Slot(float)
    def _on_cursor_requested(self, place: float) -> None:
        self._session.go_to_epoch(self._session.history.epoch_at(place, self._axis))

    @Slot(object)
    def _on_range_changed(self, ends: tuple[float, float] | None) -> None:
        self._range, self._range_axis = ends, self._axis
        self._show_statistics()

    @Slot(str)
    def _on_choice_changed(self, _choice: str) -> None:
        steps = self.selected_steps(self._session.run)
        if steps is not None and self._range_axis != self._axis:  # the same moments lie elsewhere on the new axis
            low, high = (self._session.history.x_of(step, self._axis) for step in steps)
            self._range, self._range_axis = (low, high) if low < high else None, self._axis
            self._panel.set_range(self._range)
        self._curves.mark()
        self.redraw()


def _place(history: History, epochs: int, axis: Axis) -> float:
    """Where so many epochs end, of an axis that counts."""
    return float(epochs if axis == "epochs" else history.grid.start(epochs))
