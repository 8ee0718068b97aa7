"""Loss above accuracy over one horizontal axis: the lines of the runs, the cursor, the crosshair, a selected range."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QResizeEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.engine.metrics import format_accuracy, format_loss
from mnist_viz.views import zoom
from mnist_viz.views.curves import axes
from mnist_viz.views.curves.axes import Range
from mnist_viz.views.curves.curve import RunCurves
from mnist_viz.views.curves.metric_plot import TICKS, MetricPlot, RunLines
from mnist_viz.views.number_text import format_number, format_percent
from mnist_viz.views.painting import mixed, text_width
from mnist_viz.views.plots.figure import Figure
from mnist_viz.views.plots.plot import Caption, Floats
from mnist_viz.views.theme import SMALL, Theme, color

AXIS_TITLES = {"epochs": "Epochs", "steps": "Batches", "seconds": "Training time (seconds)"}

_CAPTION_GAP = "\N{NO-BREAK SPACE}" * 3

_VALUES = ("training loss", "validation loss", "training accuracy", "validation accuracy")
_WRITTEN = (format_loss, format_loss, format_accuracy, format_accuracy)
_AXIS_HEIGHT = 36
_LEAST_TITLED = 240  # pixels of the figure
_LEAST_NAMED = 150  # in less, the names of the vertical axes would write over each other
_LEAST_EXPORTED = QSize(640, 480)
_MOST_NAMED = 8
_STEPS = 100  # of the arrow keys from one end of the visible part to the other


class CurvesFigure(Figure):
    """Follows the runs until the user zooms; then the vertical axes fit the visible part.

    The wheel and a drag change the horizontal axis, over a left axis that one. A rectangle (Shift) sets both.
    """

    cursor_requested = Signal(float)  # a place on the horizontal axis
    hovered = Signal(object)  # the place under the mouse, or None
    range_changed = Signal(object)  # the places (from, to) that the user selects, or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("curves-figure", "Loss and accuracy of the runs", parent)
        self.setAccessibleDescription(f"{self.accessibleDescription()}, Ctrl+drag to select a range, click to go there")
        self.caption = Caption()
        self.addItem(self.caption, 0, 0)
        self.loss, self.accuracy = MetricPlot("Loss", format_number), MetricPlot("Accuracy", format_percent)
        self.plots = (self.loss, self.accuracy)
        self._runs: tuple[RunCurves, ...] = ()
        self._active: int | None = None
        self._axis, self._smoothing = "epochs", ""
        self._log = self._zooms_accuracy = False
        self._loss_range: Range | None = None
        self._accuracy_range: Range | None = None
        self._end: float | None = None
        self._least = 1.0
        self._cursor: float | None = None
        self._pointed: float | None = None
        self.selected: Range | None = None
        self.clear_button = self.add_button("clear-range", self.clear_range)
        self.clear_button.setText("Clear range")
        self.clear_button.setToolTip("Clear the selected range (Escape in the plot)")
        for row, plot in enumerate(self.plots, start=1):
            self.addItem(plot, row, 0)
            self.ci.layout.setRowPreferredHeight(row, 1000 + (plot is self.accuracy) * _AXIS_HEIGHT)
            plot.view.clicked.connect(self._request)
            plot.view.double_clicked.connect(self.see_all)
            plot.view.range_selected.connect(self._select)
            plot.cursor_dragged.connect(self.cursor_requested)
            plot.range_dragged.connect(self._select)
            self.watch(plot.view)
        self.loss.bottom.setStyle(showValues=False)
        self.loss.bottom.setHeight(4)
        self.accuracy.bottom.setHeight(_AXIS_HEIGHT)
        self.accuracy.view.setXLink(self.loss.view)
        self.loss.view.sigXRangeChanged.connect(self._on_x_range_changed)
        self.set_axis("epochs")
        self.fit()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        for plot in self.plots:
            plot.set_theme(theme)
        self._draw_runs()

    def set_axis(self, axis: str) -> None:
        """What the horizontal axis counts: a key of AXIS_TITLES. A zoom ends."""
        self._axis = axis
        self.accuracy.bottom.set_title(AXIS_TITLES[axis])
        self.set_crosshair(None)
        self.see_all()

    def set_smoothing(self, words: str) -> None:
        """Say over how many batches the training curves are smoothed."""
        self._smoothing = words
        self._write_caption()

    def set_log(self, logarithmic: bool) -> None:
        """Whether the loss is drawn on a logarithmic scale."""
        if logarithmic != self._log:
            self._log, self._loss_range = logarithmic, None
            self.loss.left.setLogMode(False, logarithmic)
            self.loss.release()
            self._draw_runs()
            self._fit_values()

    def set_accuracy_zoom(self, zooms: bool) -> None:
        """Whether only the top of the accuracy is shown."""
        if zooms != self._zooms_accuracy:
            self._zooms_accuracy = zooms
            self.accuracy.release()
            self._fit_values()

    def set_runs(self, runs: Sequence[RunCurves], active: int | None) -> None:
        """Draw these runs, the active one on top; one that is the same object as before is not drawn again."""
        if not self.drawn:
            self._loss_range = self._accuracy_range = None
        self._runs, self._active = tuple(run for run in runs if run.visible), active
        self._draw_runs()
        self._refit()

    def set_extent(self, end: float | None, least: float) -> None:
        """Set where the runs end (None: unknown) and the least that the axis shows."""
        if (end, least) != (self._end, self._least):
            self._end, self._least = end, least
            self._refit()

    def set_cursor(self, place: float | None) -> None:
        self._cursor = place
        for plot in self.plots:
            plot.set_cursor(place)

    def set_crosshair(self, place: float | None) -> None:
        for plot in self.plots:
            plot.set_crosshair(place)

    def set_range(self, ends: Range | None) -> None:
        """Mark these places as selected; None marks none."""
        self.selected = ends
        for plot in self.plots:
            plot.set_range(ends)
        # Escape is a shortcut of the window, which clears the pad; here it clears the range if there is one.
        self.further_keys = frozenset({Qt.Key.Key_Escape} if ends is not None else ())
        self.clear_button.setVisible(ends is not None)
        self.place_buttons()

    @property
    def alone(self) -> bool:
        """Whether there is only one run, which has the colours of training and validation, not its own."""
        return not self._runs or (len(self._runs) == 1 and self._runs[0].number == self._active)

    @property
    def drawn(self) -> bool:
        return any(len(curve) for run in self._runs for curve in run.curves)

    @property
    def extent(self) -> float:
        """Without a zoom the horizontal axis goes from 0 to this."""
        return axes.visible_extent(max((run.end for run in self._runs), default=0.0), self._end, self._least)

    @property
    def visible_places(self) -> Range:
        low, high = self.loss.view.viewRange()[0]
        return float(low), float(high)

    @Slot()
    def select_visible(self) -> None:
        """Select the middle of the visible range; its ends can be dragged."""
        low, high = self.visible_places
        self._select(low + (high - low) / 4, high - (high - low) / 4)

    @Slot()
    def clear_range(self) -> None:
        self.set_range(None)
        self.range_changed.emit(None)

    # --- pictures out ------------------------------------------------------------------------

    def picture(self, scale: float = 2.0) -> QImage:
        with self._as_exported():
            return super().picture(scale)

    def svg(self) -> bytes:
        with self._as_exported():
            return super().svg()

    def export_description(self) -> str:
        """The runs with their newest values, and over how many batches the curves are smoothed."""
        lines = [f"Horizontally: {AXIS_TITLES[self._axis].lower()}. Training: {self._smoothing}."]
        for run in self._runs:
            values = [
                f"{name} {'–' if value is None else write(value)}"
                for name, value, write in zip(_VALUES, run.values_at(None), _WRITTEN, strict=True)
            ]
            lines.append(f"{run.name}: {', '.join(values)}")
        return "\n".join(lines)

    @contextmanager
    def _as_exported(self) -> Iterator[None]:
        """Large enough to read, with the names of the runs and without cursor and crosshair."""
        size, cursor = self.size(), self._cursor
        exported = size.expandedTo(_LEAST_EXPORTED * zoom.scale())
        self._resize_now(exported)
        self._write_caption(named=True)
        self.set_crosshair(None)
        self.set_cursor(None)
        try:
            yield
        finally:
            self.set_cursor(cursor)
            self._write_caption()
            self._resize_now(size)

    def _resize_now(self, size: QSize) -> None:
        before = self.size()
        if size == before:
            return
        self.resize(size)
        if not self.isVisible():  # Qt would tell it later
            self.resizeEvent(QResizeEvent(size, before))

    def _draw_runs(self) -> None:
        for plot, log in ((self.loss, self._log), (self.accuracy, False)):
            lines = {}
            for run in self._runs:
                key = run, self.alone, log, self.theme
                known = plot.lines.get(run.number)
                if known is None or known.key != key:
                    training, validation = run.curves[:2] if plot is self.loss else run.curves[2:]
                    known = RunLines(key, training, validation, self._inks(run), log=log)
                lines[run.number] = known
            plot.set_lines(lines, self._active)
        self._write_caption()

    def _inks(self, run: RunCurves) -> tuple[QColor, QColor]:
        theme = self.theme
        if self.alone:
            return color(theme.training), color(theme.validation)
        tint = theme.run_color(run.color)
        # Mixed with the ground, not transparent: Qt draws opaque lines faster.
        return mixed(theme.sunken, tint, 0.6), color(tint)

    def _write_caption(self, *, named: bool = False) -> None:
        """Explain the lines, and in an exported picture name the runs."""
        theme = self.theme
        inks = (theme.training, theme.validation)
        if not self.alone:
            inks = (theme.muted, theme.text)
        signs, names = ("──", "─●─"), [f"training, {self._smoothing}", "validation"]
        if text_width(" ".join((*signs, *names)) + _CAPTION_GAP, SMALL) > zoom.units(self.width()):
            names[0] = "training"
        parts = [
            f'<span style="color:{ink}">{sign}</span> {name}'
            for sign, name, ink in zip(signs, names, inks, strict=True)
        ]
        if named and not self.alone:
            parts += [
                f'<span style="color:{theme.run_color(run.color)}">■</span> {escape(run.name)}'
                for run in self._runs[:_MOST_NAMED]
            ]
            if len(self._runs) > _MOST_NAMED:
                parts.append(f"and {len(self._runs) - _MOST_NAMED} more")
        text = _CAPTION_GAP.join(parts)
        if text != self.caption.text:  # or it would be laid out again
            self.caption.setText(text, color=theme.muted)

    # --- ranges ------------------------------------------------------------------------------

    def note_area(self) -> QRect:
        area: QRectF = self.loss.view.sceneBoundingRect()
        in_pixels: QRectF = self.transform().mapRect(area)
        return in_pixels.toRect()

    def fit(self) -> None:
        extent = self.extent
        for plot in self.plots:
            plot.release()
            plot.view.setLimits(xMin=-0.02 * extent, xMax=1.05 * extent, minXRange=1e-4 * extent)
        self.loss.view.setXRange(0, extent, padding=0.005)
        self._fit_values()

    def _refit(self) -> None:
        if not self.zoomed:
            self.fit()
            return
        for plot in self.plots:
            plot.view.setLimits(xMin=-0.02 * self.extent, xMax=1.05 * self.extent)
        self._fit_values()

    def _fit_values(self) -> None:
        """Set the vertical ranges that the user has not set."""
        self.loss.fit_values(self._fitting_loss())
        self.accuracy.fit_values(self._fitting_accuracy())

    @property
    def _zooms_along(self) -> bool:
        """Whether only a part of the horizontal axis is visible."""
        low, high = self.visible_places
        return low > 0 or high < self.extent

    def _fitting_loss(self) -> Range:
        lines = list(self.loss.lines.values())
        values = self._visible_values(lines)
        low = min((float(v.min()) for v in values), default=0.1)
        active = [each.peak for each in self.loss.active]
        peak = max(axes.common_peak([each.peak for each in lines]), *active, 0.0)  # the active run is always visible
        if self._log:
            peak = max((float(v.max()) for v in values), default=peak)
            self._loss_range = axes.log_range(low, peak, self._loss_range)
            return self._loss_range
        if self._zooms_along:
            usual = self._visible_values([each for each in lines if each.peak <= peak], usual=True)
            if usual or values:
                return axes.close_range(np.concatenate(usual or values))
        self._loss_range = axes.linear_range(low, peak, self._loss_range)
        return self._loss_range

    def _fitting_accuracy(self) -> Range:
        lines = list(self.accuracy.lines.values())
        if self._zooms_along and (values := self._visible_values(lines)):
            low, high = axes.close_range(np.concatenate(values))
            return max(low, 0.0), min(high, 1.0)
        if not self._zooms_accuracy:
            drawn = [each for each in lines if len(each.training) or len(each.validation)]
            # The active run is visible, and so is what a divergence has left of it now.
            active = [value for each in self.accuracy.active if each in drawn for value in (each.floor, *each.ends)]
            floor = min(axes.common_floor([each.floor for each in drawn]), *active, 1.0)
            self._accuracy_range = axes.percent_range(floor, self._accuracy_range)
            return self._accuracy_range
        shown = [value for each in self.accuracy.active or lines for value in each.ends]
        return axes.upper_percent_range(min(shown, default=0.0))

    def _visible_values(self, lines: Sequence[RunLines], *, usual: bool = False) -> list[Floats]:
        """The values of each run in the visible range; `usual` without those of a divergence."""
        values = []
        for each in lines:
            seen = each.values_between(*self.visible_places)
            values.append(seen[seen <= each.ceiling] if usual else seen)
        return [each for each in values if len(each)]

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if event is not None:
            titled = zoom.units(self.height()) >= _LEAST_TITLED  # in a low panel the plots have the room
            named = zoom.units(self.height()) >= _LEAST_NAMED
            for plot in self.plots:
                plot.left.showLabel(named)
                plot.left.setTickDensity(TICKS if named else TICKS / 2)
            self.accuracy.bottom.showLabel(titled)
            self._write_caption()
            self.accuracy.bottom.setHeight(_AXIS_HEIGHT if titled else _AXIS_HEIGHT // 2)
            for plot in self.plots:
                plot.draw_active()

    @Slot()
    def _on_x_range_changed(self) -> None:
        for plot in self.plots:
            plot.draw_active()
        if self.zoomed:
            self._fit_values()

    def _on_range_changed_manually(self, mask: object) -> None:
        if not self._zooms_along and not any(plot.is_set_by_user for plot in self.plots):
            self.see_all()  # zoomed out again
            return
        super()._on_range_changed_manually(mask)
        self._fit_values()

    def point_at(self, position: QPointF | None) -> None:
        place = None
        if position is not None and self._runs:
            views = [plot.view for plot in self.plots if plot.view.sceneBoundingRect().contains(position)]
            place = float(views[0].mapSceneToView(position).x()) if views else None
        self._point(place)

    def _point(self, place: float | None) -> None:
        self._pointed = place
        self.set_crosshair(place)
        self.hovered.emit(place)

    def step(self, right: int, down: int) -> bool:
        """Left and right move the line whose values the legend shows; up and down zoom in and out around it."""
        if not self._runs:
            return False
        low, high = self.visible_places
        here = self._pointed if self._pointed is not None else self._cursor if self._cursor is not None else high
        if right:
            self._point(min(max(here + right * (high - low) / _STEPS, low), high))
        else:
            self.loss.view.scaleBy(x=0.8 if down < 0 else 1.25, center=(here, 0.0))
            self._set_zoomed(True)
            self._fit_values()
        return True

    @property
    def pointing(self) -> bool:
        return self._pointed is not None

    def choose(self) -> None:
        assert self._pointed is not None
        self._request(self._pointed)

    def press(self, key: Qt.Key) -> None:
        self.clear_range()

    @Slot(float, float)
    def _request(self, x: float, _y: float = 0.0) -> None:
        self.cursor_requested.emit(max(x, 0.0))

    @Slot(float, float)
    def _select(self, low: float, high: float) -> None:
        ends = max(low, 0.0), max(min(high, self.extent), 0.0)
        if ends[0] < ends[1]:
            self.set_range(ends)
            self.range_changed.emit(ends)
