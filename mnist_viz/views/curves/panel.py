"""Loss and accuracy of one run or several, training and validation, with a cursor at the frame that is shown."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QPainter, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from mnist_viz.recording.smoothing import AXES, FIFTIETH, SMOOTHINGS
from mnist_viz.views.curves.axes import (
    Scale,
    linear_scale,
    log_scale,
    percent_scale,
    upper_percent_scale,
    visible_extent,
)
from mnist_viz.views.curves.choice import Choice
from mnist_viz.views.curves.curve import Curve, RunCurves
from mnist_viz.views.curves.legend import Heading, Key, RunLegend
from mnist_viz.views.curves.lines import Lines
from mnist_viz.views.curves.plot import CurvePlot
from mnist_viz.views.number_text import format_loss
from mnist_viz.views.painting import text_font
from mnist_viz.views.theme import DARK, GRID, SMALL, Theme, color

_NOTHING_TRAINED = "Press Play to train:\nthe curves appear here"
_NOTHING_VISIBLE = "All runs are hidden:\nshow one in the Runs panel"


class CurvesPanel(QWidget):
    """Two plots, one above the other, that share their horizontal axis."""

    cursor_requested = Signal(float)  # a place on the horizontal axis
    axis_changed = Signal(str)  # by the user: one of AXES
    smoothing_changed = Signal(str)  # by the user: a key of SMOOTHINGS
    run_clicked = Signal(int)  # the number of a run in the legend

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curves")
        self.setAccessibleName("Loss and accuracy of the runs")
        self._theme = DARK
        self._runs: tuple[RunCurves, ...] = ()
        self._lines: dict[int, tuple[RunCurves, Lines, Lines]] = {}  # by the run's number: of loss and of accuracy
        self._active: int | None = None
        self._hidden = False
        self._end: float | None = 0.0
        self._least = 1.0
        self._cursor: float | None = None
        self._hover: float | None = None
        self._dirty = False
        self._loss_scale: Scale | None = None

        self.log_button = _switch("log-loss", "log", "Show the loss on a logarithmic scale (L)")
        self.zoom_button = _switch("zoom-accuracy", "zoom", "Show the top of the accuracy alone (Z)")
        self.log_button.toggled.connect(self._on_log_toggled)
        self.zoom_button.toggled.connect(self._on_zoom_toggled)
        self.axis_choice = Choice("curves-axis", "Horizontal axis", {axis: axis for axis in AXES}, "X")
        texts = {key: text for key, (text, _) in SMOOTHINGS.items()}
        self.smoothing_choice = Choice("curves-smoothing", "Smoothing", texts, "Shift+S", "smoothing: ")
        self.smoothing_choice.setToolTip(
            "Smoothing (Shift+S): each point is the mean over so many batches before it;\n"
            "the band reaches from the least to the greatest of them"
        )
        self.smoothing_choice.set_value(FIFTIETH)
        self.axis_choice.chosen.connect(self._on_axis_chosen)
        self.smoothing_choice.chosen.connect(self.smoothing_changed)
        for key, text, name, slot in (
            ("L", "Logarithmic loss", "log-loss", self.log_button.toggle),
            ("Z", "Zoom into the accuracy", "zoom-accuracy", self.zoom_button.toggle),
            ("X", "Next horizontal axis", "curves-axis", self.axis_choice.choose_next),
            ("Shift+S", "Next smoothing", "curves-smoothing", self.smoothing_choice.choose_next),
        ):
            action = QAction(text, self)
            action.setObjectName(f"{name}-key")
            action.setShortcut(key)
            action.triggered.connect(slot)
            self.addAction(action)
        self._key = Key()
        self.legend = RunLegend()
        self.legend.run_clicked.connect(self.run_clicked)
        self._loss_heading = Heading("Loss")
        self._accuracy_heading = Heading("Accuracy")
        self.loss_plot = CurvePlot("loss-plot", format_loss, shows_places=False)
        self.accuracy_plot = CurvePlot("accuracy-plot", _percent, shows_places=True)
        for plot in (self.loss_plot, self.accuracy_plot):
            plot.cursor_requested.connect(self.cursor_requested)
            plot.hovered.connect(self._on_hovered)
        self._lay_out()
        self._apply()

    def _lay_out(self) -> None:
        rows = []
        for heading, button in (
            (self._loss_heading, self.log_button),
            (self._accuracy_heading, self.zoom_button),
        ):
            row = QHBoxLayout()
            row.setSpacing(GRID)
            row.addWidget(heading, 1)
            row.addWidget(button)
            rows.append(row)
        foot = QWidget()
        foot.setFixedHeight(2 * GRID + 4)  # the style sheet takes their heights from the buttons
        choices = QHBoxLayout(foot)
        choices.setContentsMargins(2 * GRID, 0, 0, 0)
        choices.setSpacing(0)
        choices.addWidget(self.smoothing_choice)
        choices.addStretch()
        choices.addWidget(self.axis_choice)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, 0, GRID, 4)
        column.setSpacing(0)
        column.addWidget(self._key)
        column.addWidget(self.legend)
        column.addLayout(rows[0])
        column.addWidget(self.loss_plot, 1)
        column.addSpacing(4)
        column.addLayout(rows[1])
        column.addWidget(self.accuracy_plot, 1)
        column.addWidget(foot)
        self.setMinimumWidth(33 * GRID)

    def set_runs(self, runs: Sequence[RunCurves], active: int | None, *, hidden: bool = False) -> None:
        """Show the curves of these runs. Points that are not finite are left out.

        Args:
            runs: a run that has not changed is the same object as before.
            active: the number of the run that is drawn on top, and whose values stand above.
            hidden: there are runs, but the user wants to see none.
        """
        self._runs, self._active, self._hidden = tuple(runs), active, hidden
        self._lines = {run.number: self._lines_of(run) for run in runs}
        if self.is_empty:
            self._loss_scale = None
        self._refresh()

    def set_cursor(self, place: float | None) -> None:
        """Mark the frame that is shown, on the horizontal axis; None marks none."""
        if place != self._cursor:
            self._cursor = place
            self._refresh_cursor()

    def set_extent(self, end: float | None, least: float = 1.0) -> None:
        """Say where the runs end, None if nobody can say, and what the axis shows at the least.

        The axis grows to that in a few steps, see `visible_extent`.
        """
        if (end, least) != (self._end, self._least):
            self._end, self._least = end, least
            self._refresh()

    def set_axis(self, axis: str) -> None:
        """What the places on the horizontal axis are: one of AXES."""
        self.axis_choice.set_value(axis)
        self._refresh()

    def set_smoothing(self, smoothing: str) -> None:
        """What the smoothing of the curves is called: a key of SMOOTHINGS."""
        self.smoothing_choice.set_value(smoothing)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in (self._key, self.legend, self._loss_heading, self._accuracy_heading):
            part.set_theme(theme)
        for plot in (self.loss_plot, self.accuracy_plot):
            plot.set_theme(theme)

    @property
    def axis(self) -> str:
        return self.axis_choice.value

    @property
    def smoothing(self) -> str:
        return self.smoothing_choice.value

    @property
    def readout(self) -> tuple[str, ...]:
        """The texts beside the headings: the place, both losses, both accuracies."""
        return (self._key.place, *self._loss_heading.values, *self._accuracy_heading.values)

    @property
    def is_empty(self) -> bool:
        return not any(len(curve) for run in self._runs for curve in run.curves)

    def paint_to(self, painter: QPainter, size: QSizeF) -> None:
        """Paint the curves without cursor and buttons, as lines rather than pixels, from (0, 0) to `size`."""
        if self._dirty:
            self._apply()
        painter.fillRect(QRectF(0, 0, size.width(), size.height()), color(self._theme.panel))
        left, width, y = 1.0 * GRID, size.width() - 2.0 * GRID, 0.0
        row, legend, places = 3.0 * GRID, self.legend.height_for(width), 2.5 * GRID
        plot = (size.height() - 3 * row - legend - places - GRID) / 2
        self._key.paint(painter, QRectF(left, y, width, row), with_place=False)
        y += row
        if legend:
            self.legend.paint(painter, QRectF(left, y, width, legend))
            y += legend
        for heading, part in (
            (self._loss_heading, self.loss_plot),
            (self._accuracy_heading, self.accuracy_plot),
        ):
            heading.paint(painter, QRectF(left, y, width, row), with_values=False)
            part.paint(painter, QRectF(left, y + row, width, plot))
            y += row + plot
        painter.setFont(text_font(SMALL))
        painter.setPen(color(self._theme.muted))
        painter.drawText(QRectF(left, y, width - GRID, places), Qt.AlignmentFlag.AlignRight, self.axis)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._dirty:
            self._apply()

    def _lines_of(self, run: RunCurves) -> tuple[RunCurves, Lines, Lines]:
        before = self._lines.get(run.number)
        if before is not None and before[0] is run:
            return before
        return (
            run,
            Lines(run.number, run.name, run.color, run.train_loss.finite(), run.validation_loss.finite()),
            Lines(run.number, run.name, run.color, run.train_accuracy.finite(), run.validation_accuracy.finite()),
        )

    @property
    def _shown(self) -> tuple[Lines, Lines] | None:
        """Those whose values stand above: the active run's, or the only one's."""
        if (found := self._lines.get(self._active if self._active is not None else -1)) is not None:
            return found[1:]
        return next(iter(self._lines.values()))[1:] if len(self._lines) == 1 else None

    def _refresh(self) -> None:
        if self.isVisible():
            self._apply()
        else:
            self._dirty = True

    def _refresh_cursor(self) -> None:
        if not self.isVisible():
            self._dirty = True
            return
        self.loss_plot.set_cursor(self._cursor)
        self.accuracy_plot.set_cursor(self._cursor)
        self._show_values()

    def _apply(self) -> None:
        self._dirty = False
        alone = not self._runs or (len(self._runs) == 1 and self._runs[0].number == self._active)
        losses = [lines for _, lines, _ in self._lines.values()]
        accuracies = [lines for _, _, lines in self._lines.values()]
        last = max((float(curve.x[-1]) for curve in _curves(losses)), default=0.0)
        extent = visible_extent(last, self._end, self._least)
        values = [curve.y for curve in _curves(losses)]
        peak = max((float(y.max()) for y in values), default=2.4)
        if self.log_button.isChecked():
            lowest = min((float(y.min()) for y in values), default=0.1)
            self._loss_scale = log_scale(lowest, peak, self._loss_scale)
        else:
            self._loss_scale = linear_scale(peak, self._loss_scale)
        accuracy_scale = percent_scale()
        if self.zoom_button.isChecked():
            accuracy_scale = upper_percent_scale(max((float(c.y[-1]) for c in _curves(accuracies)), default=0.0))
        for plot, scale, lines in (
            (self.loss_plot, self._loss_scale, losses),
            (self.accuracy_plot, accuracy_scale, accuracies),
        ):
            plot.set_extent(extent, self.axis != "seconds")
            plot.set_scale(scale)
            plot.set_lines(lines, self._active, alone)
        self.legend.set_runs(self._runs, self._active)
        self._key.set_alone(alone)
        shown = self._shown
        for heading in (self._loss_heading, self._accuracy_heading):
            heading.set_color(None if alone or shown is None else shown[0].color)
        note = _NOTHING_VISIBLE if self._hidden else _NOTHING_TRAINED
        self.loss_plot.set_note(note if self.is_empty else "")
        self.loss_plot.set_cursor(self._cursor)
        self.accuracy_plot.set_cursor(self._cursor)
        self._show_values()

    def _show_values(self) -> None:
        """Beside the headings stand the values under the mouse, else at the cursor, else the newest."""
        place, shown = self._hover if self._hover is not None else self._cursor, self._shown
        if shown is None or not _curves(shown):
            place = None
        elif place is None:
            place = max(float(curve.x[-1]) for curve in _curves(shown))
        self._key.set_place("" if place is None else _place_text(place, self.axis))
        for heading, k, text_of in ((self._loss_heading, 0, format_loss), (self._accuracy_heading, 1, _percent)):
            values: list[float | None] = [None, None]
            if shown is not None and place is not None:
                values = [shown[k].training.at(place), shown[k].validation.at(place)]
            heading.set_values(*("–" if value is None else text_of(value) for value in values))

    @Slot(object)
    def _on_hovered(self, place: float | None) -> None:
        self._hover = None if self.is_empty else place
        for plot in (self.loss_plot, self.accuracy_plot):
            plot.set_hover(self._hover)
        self._show_values()

    @Slot(bool)
    def _on_log_toggled(self, _: bool) -> None:
        self._loss_scale = None
        self._refresh()

    @Slot(bool)
    def _on_zoom_toggled(self, _: bool) -> None:
        self._refresh()

    @Slot(str)
    def _on_axis_chosen(self, axis: str) -> None:
        self._on_hovered(None)  # what is under the mouse lies elsewhere now
        self.axis_changed.emit(axis)


def _curves(lines: Sequence[Lines]) -> list[Curve]:
    return [curve for each in lines for curve in (each.training, each.validation) if len(curve)]


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def _place_text(place: float, axis: str) -> str:
    if axis == "seconds":
        return f"{place:.1f} s"
    return f"step {place:,.0f}" if axis == "steps" else f"epoch {place:.2f}"


def _switch(name: str, text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setText(text)
    button.setCheckable(True)
    button.setProperty("kind", "small")
    button.setFixedSize(6 * GRID, 3 * GRID)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
