"""Loss and accuracy of one run or several: the values, the curves, and how they are drawn."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.recording.smoothing import AXES, FIFTIETH, SMOOTHINGS
from mnist_viz.views import zoom
from mnist_viz.views.curves.axes import Range
from mnist_viz.views.curves.choice import Choice
from mnist_viz.views.curves.curve import RunCurves
from mnist_viz.views.curves.figure import CurvesFigure
from mnist_viz.views.curves.legend import Legend, Statistics
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import column, label, row, tool_button

_NOTHING_TRAINED = "Press Play to train:\nthe curves appear here"
_NOTHING_VISIBLE = "All runs are hidden:\nshow one in the Runs panel"

_ROOMY = 38 * GRID  # pixels; a narrower panel has no room for all labels


class CurvesPanel(QWidget):
    """A legend with the values at the mouse, the cursor or the end; below it the figure and its switches."""

    cursor_requested = Signal(float)  # a place on the horizontal axis
    axis_changed = Signal(str)  # by the user: one of AXES
    smoothing_changed = Signal(str)  # by the user: a key of SMOOTHINGS
    run_clicked = Signal(int)  # the number of a run in the legend
    visibility_toggled = Signal(int, bool)  # the number of a run; whether its curves are to be seen
    range_changed = Signal(object)  # the places (from, to) that the user has selected, or None
    export_requested = Signal(str)  # "png", "svg", "epochs" or "batches"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curves")
        self.setAccessibleName("Loss and accuracy of the runs")
        self._runs: tuple[RunCurves, ...] = ()
        self._active: int | None = None
        self._extent: tuple[float | None, float] = (0.0, 1.0)
        self._cursor: float | None = None
        self._hover: float | None = None
        self._dirty = False
        self.legend = Legend()
        self.figure = CurvesFigure()
        self._statistics: Mapping[int, Statistics] = {}
        axes: dict[str, str] = {axis: "batches" if axis == "steps" else axis for axis in AXES}  # as the axis is called
        self.axis_choice = Choice("curves-axis", "Horizontal axis", axes, "X")
        texts = {key: text for key, (text, _) in SMOOTHINGS.items()}
        self.smoothing_choice = Choice("curves-smoothing", "Smoothing", texts, "Shift+S")
        self.smoothing_choice.setToolTip(
            "Smoothing (Shift+S): each point is the mean over so many batches before it;\n"
            "the band spans their minimum and maximum"
        )
        self.smoothing_choice.set_value(FIFTIETH)
        for signal, receiver in (
            (self.legend.run_clicked, self.run_clicked),
            (self.legend.visibility_toggled, self.visibility_toggled),
            (self.figure.cursor_requested, self.cursor_requested),
            (self.figure.export_requested, self.export_requested),
            (self.figure.hovered, self._on_hovered),
            (self.figure.range_changed, self._on_range_changed),
            (self.axis_choice.chosen, self._on_axis_chosen),
            (self.smoothing_choice.chosen, self._show_smoothing),
            (self.smoothing_choice.chosen, self.smoothing_changed),
        ):
            signal.connect(receiver)
        self._make_actions()
        self._lay_out()
        self._apply()

    def _make_actions(self) -> None:
        figure = self.figure
        self.log_action = self._add_switch("log-loss", "Logarithmic loss", "L", figure.set_log)
        self.zoom_action = self._add_switch(
            "zoom-accuracy", "Only the top of the accuracy", "Z", figure.set_accuracy_zoom
        )
        choices = self.axis_choice, self.smoothing_choice
        self.addActions([choice.next_action for choice in choices])
        select = figure.add_action("select-range", "Select a range (Ctrl+drag)", figure.select_visible)
        self.clear_action = figure.add_action("clear-range", "Clear the selected range", figure.clear_range)
        before = [select, self.clear_action, figure.add_separator(), self.log_action, self.zoom_action]
        before += [*(choice.menu().menuAction() for choice in choices), figure.add_separator()]
        figure.insertActions(figure.copy_action, before)
        self._table_actions = [
            figure.add_action(f"export-{what}", "", self._on_table) for what in ("epochs", "batches")
        ]
        self._show_range()
        self._show_smoothing()
        self.figure.set_axis(self.axis)

    def _add_switch(self, name: str, text: str, key: str, slot: object) -> QAction:
        action = QAction(text, self)
        action.setObjectName(f"{name}-key")
        action.setShortcut(key)
        action.setToolTip(f"{text} ({key})")
        action.setCheckable(True)
        action.toggled.connect(slot)
        self.addAction(action)
        return action

    def _lay_out(self) -> None:
        switches = []
        for name, text, action in (("log-loss", "log", self.log_action), ("zoom-accuracy", "zoom", self.zoom_action)):
            action.setIconText(text)
            button = tool_button(name, kind="switch", action=action)
            button.setFixedSize(4 * GRID + 4, 2 * GRID + 4)
            switches.append(button)
        self._smoothing_label = label("smooth", "caption")
        foot = QWidget()
        foot.setFixedHeight(3 * GRID)  # the style sheet takes their heights from the buttons
        row(*switches, None, self._smoothing_label, self.smoothing_choice, self.axis_choice, spacing=4, parent=foot)
        column(self.legend, (self.figure, 1), foot, spacing=0, margins=(GRID, 0, GRID, 4), parent=self)
        self.setMinimumWidth(33 * GRID)
        self.figure.setMinimumHeight(17 * GRID)

    def set_runs(self, runs: Sequence[RunCurves], active: int | None) -> None:
        """Show the curves of these runs. Points that are not finite are left out.

        Args:
            runs: also the hidden ones; a run that has not changed is the same object as before.
            active: the number of the run that is drawn on top.
        """
        self._runs, self._active = tuple(runs), active
        self._refresh()

    def set_cursor(self, place: float | None) -> None:
        """Mark the place of the shown frame; None marks none."""
        if place != self._cursor:
            self._cursor = place
            if self.isVisible():
                self._show_cursor()
            else:
                self._dirty = True

    def set_extent(self, end: float | None, least: float = 1.0) -> None:
        """Set where the runs end (None: unknown) and the least that the axis shows.

        The axis grows to the end in a few steps, see `axes.visible_extent`.
        """
        if (end, least) != self._extent:
            self._extent = end, least
            self._refresh()

    def set_training(self, training: bool) -> None:
        """Whether the curves grow; the figure follows them until the user zooms."""
        if training:
            self.figure.set_home("Follow", "Follow the training again (A, or a double click)")
        else:
            self.figure.set_home()

    def set_axis(self, axis: str) -> None:
        """What the horizontal axis counts: one of AXES."""
        self.axis_choice.set_value(axis)
        self.figure.set_axis(axis)

    def set_smoothing(self, smoothing: str) -> None:
        """The smoothing of the curves: a key of SMOOTHINGS."""
        self.smoothing_choice.set_value(smoothing)
        self._show_smoothing()

    def set_range(self, ends: Range | None) -> None:
        """Select these places; None selects nothing."""
        self.figure.set_range(ends)
        self._show_range()

    def set_statistics(self, statistics: Mapping[int, Statistics]) -> None:
        """The statistics of the visible runs, by their numbers, in the selected range."""
        self._statistics = statistics
        self._show_values()

    @property
    def axis(self) -> str:
        return self.axis_choice.value

    @property
    def smoothing(self) -> str:
        return self.smoothing_choice.value

    @property
    def readout(self) -> list[list[str]]:
        """The place, and the name and four values of each run."""
        return [[self.legend.heading], *self.legend.texts()]

    def flush(self) -> None:
        """Draw what was set while the panel was hidden, for an export."""
        if self._dirty:
            self._apply()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.flush()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._smoothing_label.setVisible(zoom.units(self.width()) >= _ROOMY)

    def _refresh(self) -> None:
        if self.isVisible():
            self._apply()
        else:
            self._dirty = True

    def _apply(self) -> None:
        self._dirty = False
        self.legend.set_runs(self._runs, self._active)
        self.figure.set_extent(*self._extent)
        self.figure.set_runs(self._runs, self._active)
        seen = [run for run in self._runs if run.visible]
        self.figure.set_note(
            "" if self.figure.drawn else _NOTHING_VISIBLE if self._runs and not seen else _NOTHING_TRAINED
        )
        self._show_cursor()

    def _show_cursor(self) -> None:
        self.figure.set_cursor(self._cursor)
        self._show_values()

    def _show_values(self) -> None:
        """Show the values under the mouse, at the cursor, or the newest; of a range, unless the mouse is beside it."""
        ends = self.figure.selected
        if ends is not None and (self._hover is None or ends[0] <= self._hover <= ends[1]):
            self.legend.set_range(_range_text(*ends, self.axis), self._statistics)
            return
        self.legend.set_range("", {})
        place = self._hover if self._hover is not None else self._cursor
        newest = [run.end for run in self._runs if run.visible and run.end > 0]
        named = place if place is not None else max(newest, default=None)
        self.legend.set_place(place, "" if named is None or not newest else _place_text(named, self.axis))

    def _show_range(self) -> None:
        selected = self.figure.selected is not None
        self.clear_action.setEnabled(selected)
        if not selected:
            self._statistics = {}
        self._show_values()
        for action, what in zip(self._table_actions, ("epochs", "batches"), strict=True):
            action.setText(f"Save {'the selected ' if selected else ''}{what} as a table (CSV)…")

    @Slot(object)
    def _on_hovered(self, place: float | None) -> None:
        self._hover = place
        self._show_values()

    @Slot(object)
    def _on_range_changed(self, ends: Range | None) -> None:
        self._show_range()
        self.range_changed.emit(ends)

    @Slot(str)
    def _on_axis_chosen(self, axis: str) -> None:
        self._on_hovered(None)  # the places of the new axis are others
        self.figure.set_axis(axis)
        self.axis_changed.emit(axis)

    @Slot()
    def _show_smoothing(self) -> None:
        text = SMOOTHINGS[self.smoothing][0]
        self.figure.set_smoothing("each batch" if text == "none" else f"mean of {text}")

    @Slot()
    def _on_table(self) -> None:
        self.export_requested.emit(self.sender().objectName().rpartition("-")[2])


def _range_text(low: float, high: float, axis: str) -> str:
    if axis == "steps":
        return f"{low:,.0f} – {high:,.0f}"
    return f"{low:.1f} – {high:.1f} s" if axis == "seconds" else f"{low:.2f} – {high:.2f}"


def _place_text(place: float, axis: str) -> str:
    if axis == "seconds":
        return f"{place:.1f} s"
    return f"step {place:,.0f}" if axis == "steps" else f"epoch {place:.2f}"
