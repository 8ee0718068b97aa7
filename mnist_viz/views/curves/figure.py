"""Loss above accuracy over one horizontal axis: the lines of the runs, the cursor, the crosshair, a selected range."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from html import escape

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.recording.smoothing import Series
from mnist_viz.views.curves import axes
from mnist_viz.views.curves.curve import RunCurves
from mnist_viz.views.number_text import format_number, format_percent
from mnist_viz.views.painting import mixed
from mnist_viz.views.plots.figure import Figure
from mnist_viz.views.plots.plot import Caption, Floats, Plot, Stroke, Strokes, band, line
from mnist_viz.views.theme import GRID, Theme, color

Range = tuple[float, float]

AXIS_TITLES = {"epochs": "Epochs", "steps": "Batches", "seconds": "Training time (seconds)"}

_AXIS_WIDTH = 58
_AXIS_HEIGHT = 36
_LEAST_TITLED = 240  # pixels of the figure
_TICKS = 0.7  # as pyqtgraph counts density
_LEAST_NAMED = 150  # in less, the names of the vertical axes would write over each other
_LEAST_EXPORTED = QSize(640, 480)
_MOST_NAMED = 8
_FAR = 1e9  # the painter takes no coordinate of any size
_BAND_STEP = 2.0  # pixels from one corner to the next


class _RunLines:
    """A run's strokes in one plot; they are made anew when one of the arguments changes."""

    def __init__(self, training: Series, validation: Series, inks: tuple[QColor, QColor], *, log: bool) -> None:
        self.training, self.validation = training.finite(), validation.finite()
        self._log, self._ink = log, inks[0]
        self.lines = (
            line(self.training.x, self._scaled(self.training.y), inks[0]),
            line(self.validation.x, self._scaled(self.validation.y), inks[1], marks=True),
        )

    def band(self, plot: Plot) -> list[Stroke]:
        """Of what is to be seen, with as many corners as there are pixels; none where there is nothing between."""
        curve = self.training
        low, high = plot.view.viewRange()[0]
        start, end = np.searchsorted(curve.x, (low, high))
        seen = slice(max(int(start) - 1, 0), int(end) + 1)
        x = curve.x[seen]
        if curve.low is None or curve.high is None or not len(x):
            return []
        corners = max(float(plot.view.width()) / _BAND_STEP, 1.0)
        firsts = np.flatnonzero(np.diff(np.floor(x * (corners / max(high - low, 1e-12))), prepend=-np.inf))
        lows, highs = np.minimum.reduceat(curve.low[seen], firsts), np.maximum.reduceat(curve.high[seen], firsts)
        x = np.append(x[firsts], x[-1])  # to the very end
        lows, highs = np.append(lows, lows[-1]), np.append(highs, highs[-1])
        fill = QColor(self._ink)
        fill.setAlphaF(0.2)
        return [band(x, self._scaled(lows), self._scaled(highs), fill)]

    @cached_property
    def ceiling(self) -> float:
        """See `axes.ceiling`."""
        return max(axes.ceiling(self.training.y), axes.ceiling(self.validation.y))

    @cached_property
    def peak(self) -> float:
        """See `axes.loss_peak`."""
        return max(axes.loss_peak(self.training.y), axes.loss_peak(self.validation.y))

    def values_between(self, low: float, high: float) -> Floats:
        """The values of both curves at these places, and the one before and after them."""
        values = []
        for curve in (self.training, self.validation):
            start, end = np.searchsorted(curve.x, (low, high))
            values.append(curve.y[max(int(start) - 1, 0) : int(end) + 1])
        return np.concatenate(values)

    def _scaled(self, values: Floats) -> Floats:
        """As they are drawn."""
        if self._log:
            return np.log10(np.maximum(values, axes.LOG_FLOOR))
        far = max(_FAR, 100 * self.peak)
        return np.clip(values, -far, far)


_Known = tuple[tuple[object, ...], tuple[_RunLines, _RunLines]]
"""What the strokes of a run follow from; those of its loss and of its accuracy."""


class CurvesFigure(Figure):
    """Follows the runs until one zooms; then stays, and fits the vertical axes to what is to be seen.

    The wheel and a drag move along the runs; over a left axis they move that axis. A rectangle (Shift) sets both.
    """

    cursor_requested = Signal(float)  # a place on the horizontal axis
    hovered = Signal(object)  # the place under the mouse, or None
    range_changed = Signal(object)  # the places (from, to) that the user selects, or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("curves-figure", "Loss and accuracy of the runs", parent)
        self.setAccessibleDescription(f"{self.accessibleDescription()}, Ctrl+drag to select a range, click to go there")
        self.caption = Caption()
        self.addItem(self.caption, 0, 0)
        self.loss, self.accuracy = Plot(format_number, format_number), Plot(format_percent, format_number)
        self.plots = (self.loss, self.accuracy)
        self._runs: tuple[RunCurves, ...] = ()
        self._active: int | None = None
        self._lines: dict[int, _Known] = {}  # by the run's number
        self._others: list[_Known] = []  # those that are drawn now below the active one
        self._log = self._zooms_accuracy = False
        self._loss_range: Range | None = None
        self._end: float | None = None
        self._least = 1.0
        self._fitted: dict[Plot, Range] = {}  # the vertical ranges that were set here, not by the user
        self._cursor: float | None = None
        self.selected: Range | None = None
        self._below, self._above = [Strokes() for _ in self.plots], [Strokes() for _ in self.plots]
        for row, (plot, title) in enumerate(zip(self.plots, ("Loss", "Accuracy"), strict=True), start=1):
            self.addItem(plot, row, 0)
            plot.layout.setContentsMargins(0, 6, 2 * GRID, 0)
            self.ci.layout.setRowPreferredHeight(row, 1000 + (plot is self.accuracy) * _AXIS_HEIGHT)
            plot.left.setWidth(_AXIS_WIDTH)
            plot.left.set_title(title)
            plot.left.setTickDensity(_TICKS)
            plot.view.selects_ranges = plot.view.horizontal = True
            plot.view.clicked.connect(self._on_clicked)
            plot.view.double_clicked.connect(self._on_double_clicked)
            plot.view.range_selected.connect(self._on_range_selected)
            plot.cursor_dragged.connect(self.cursor_requested)
            plot.range_dragged.connect(self._select)
            for layer in (self._below[row - 1], self._above[row - 1]):
                plot.addItem(layer, ignoreBounds=True)
            self.watch(plot.view)
        self.loss.bottom.setStyle(showValues=False)
        self.loss.bottom.setHeight(4)
        self.accuracy.bottom.setHeight(_AXIS_HEIGHT)
        self.accuracy.view.setXLink(self.loss.view)
        self.loss.view.sigXRangeChanged.connect(self._on_x_range_changed)
        self.set_axis("epochs")
        self.fit()

    # --- values in ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        for plot in self.plots:
            plot.set_theme(theme)
        self._draw_runs()

    def set_axis(self, axis: str) -> None:
        """What the places are: a key of AXIS_TITLES. The zoom is left, since it was of other places."""
        self.accuracy.bottom.set_title(AXIS_TITLES[axis])
        self.set_crosshair(None)
        self.see_all()

    def set_log(self, logarithmic: bool) -> None:
        """Whether the loss is drawn on a logarithmic scale."""
        if logarithmic != self._log:
            self._log, self._loss_range = logarithmic, None
            self._fitted.pop(self.loss, None)
            self.loss.left.setLogMode(False, logarithmic)
            self._draw_runs()
            self._free(self.loss)

    def set_accuracy_zoom(self, zooms: bool) -> None:
        """Whether the accuracy shows its top alone."""
        if zooms != self._zooms_accuracy:
            self._zooms_accuracy = zooms
            self._free(self.accuracy)

    def set_runs(self, runs: Sequence[RunCurves], active: int | None) -> None:
        """Draw these; the active one on top. A run that is the same object as before is not drawn again."""
        if not self.drawn:
            self._loss_range = None
        self._runs, self._active = tuple(run for run in runs if run.visible), active
        self._draw_runs()
        self._refit()

    def set_extent(self, end: float | None, least: float) -> None:
        """Say where the runs end, None if nobody can say, and what the axis shows at the least."""
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

    @property
    def alone(self) -> bool:
        """Whether one run is drawn, in the colours of training and validation rather than its own."""
        return not self._runs or (len(self._runs) == 1 and self._runs[0].number == self._active)

    @property
    def drawn(self) -> bool:
        """Whether there is anything to see."""
        return any(len(curve) for run in self._runs for curve in run.curves)

    @property
    def extent(self) -> float:
        """The places go from 0 to this while nobody has zoomed."""
        return axes.visible_extent(max((run.end for run in self._runs), default=0.0), self._end, self._least)

    @property
    def visible_places(self) -> Range:
        low, high = self.loss.view.viewRange()[0]
        return float(low), float(high)

    @Slot()
    def select_visible(self) -> None:
        """Select the middle of what is to be seen; its ends can be dragged."""
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

    @contextmanager
    def _as_exported(self) -> Iterator[None]:
        """Not smaller than can be read, with the names of the runs and without cursor and crosshair."""
        size, cursor = self.size(), self._cursor
        exported = size.expandedTo(_LEAST_EXPORTED)
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

    # --- drawing -----------------------------------------------------------------------------

    def _draw_runs(self) -> None:
        kept: dict[int, _Known] = {}
        for run in self._runs:
            key = run, self.alone, self._log, self.theme
            known = self._lines.get(run.number)
            if known is None or known[0] != key:
                inks = self._inks(run)
                loss = _RunLines(run.train_loss, run.validation_loss, inks, log=self._log)
                known = key, (loss, _RunLines(run.train_accuracy, run.validation_accuracy, inks, log=False))
            kept[run.number] = known
        self._lines = kept
        others = [lines for number, lines in kept.items() if number != self._active]
        if others != self._others:
            self._others = others
            for k, layer in enumerate(self._below):
                # Of several runs no faint line hides another's strong one.
                layer.set_strokes([both[k].lines[which] for which in (0, 1) for _, both in others])
        self._draw_active()
        self._write_caption()

    def _draw_active(self) -> None:
        """The run that is looked at: on top, with the band, whose corners follow from the range."""
        active = [both for number, (_, both) in self._lines.items() if number == self._active]
        for k, (plot, layer) in enumerate(zip(self.plots, self._above, strict=True)):
            layer.set_strokes([stroke for both in active for stroke in (*both[k].band(plot), *both[k].lines)])

    def _inks(self, run: RunCurves) -> tuple[QColor, QColor]:
        theme = self.theme
        if self.alone:
            return color(theme.training), color(theme.validation)
        tint = theme.run_color(run.color)
        # Mixed with the ground, not transparent: Qt draws opaque lines faster.
        return mixed(theme.sunken, tint, 0.6), color(tint)

    def _write_caption(self, *, named: bool = False) -> None:
        """Which line is which, and in an exported picture whose."""
        theme = self.theme
        inks = (theme.training, theme.validation)
        if not self.alone:
            inks = (mixed(theme.panel, theme.text, 0.6).name(), theme.text)
        parts = [
            f'<span style="color:{ink}">{sign}</span> {name}'
            for sign, name, ink in zip(("──", "─●─"), ("training", "validation"), inks, strict=True)
        ]
        if named and not self.alone:
            parts += [
                f'<span style="color:{theme.run_color(run.color)}">■</span> {escape(run.name)}'
                for run in self._runs[:_MOST_NAMED]
            ]
            if len(self._runs) > _MOST_NAMED:
                parts.append(f"and {len(self._runs) - _MOST_NAMED} more")
        self.caption.setText("&nbsp;&nbsp;&nbsp;".join(parts), color=theme.muted)

    # --- ranges ------------------------------------------------------------------------------

    def note_area(self) -> QRect:
        area: QRect = self.loss.view.sceneBoundingRect().toRect()
        return area

    def fit(self) -> None:
        self._fitted.clear()
        extent = self.extent
        for plot in self.plots:
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

    def _free(self, plot: Plot) -> None:
        """Fit the vertical axis of `plot` again, also if the user has set it."""
        self._fitted.pop(plot, None)
        self._fit_values()

    def _fit_values(self) -> None:
        """Set the vertical ranges that the user has not set."""
        for plot, fitting in ((self.loss, self._fitting_loss()), (self.accuracy, self._fitting_accuracy())):
            if not self._is_set_by_user(plot):
                plot.view.setYRange(*fitting, padding=0.02)
                self._fitted[plot] = tuple(plot.view.viewRange()[1])
            plot.view.horizontal = not self._is_set_by_user(plot)

    @property
    def _zooms_along(self) -> bool:
        """Whether not all places are to be seen."""
        low, high = self.visible_places
        return low > 0 or high < self.extent

    def _is_set_by_user(self, plot: Plot) -> bool:
        return plot in self._fitted and not np.allclose(plot.view.viewRange()[1], self._fitted[plot], rtol=1e-9)

    def _fitting_loss(self) -> Range:
        lines = [loss for _, (loss, _) in self._lines.values()]
        values = self._visible_values(lines)
        low = min((float(v.min()) for v in values), default=0.1)
        active = [loss.peak for number, (_, (loss, _)) in self._lines.items() if number == self._active]
        peak = max(axes.common_peak([each.peak for each in lines]), *active, 0.0)  # one sees what one trains
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
        lines = [accuracy for _, (_, accuracy) in self._lines.values()]
        if self._zooms_along and (values := self._visible_values(lines)):
            low, high = axes.close_range(np.concatenate(values))
            return max(low, 0.0), min(high, 1.0)
        if not self._zooms_accuracy:
            return 0.0, 1.0
        active = [accuracy for number, (_, (_, accuracy)) in self._lines.items() if number == self._active] or lines
        ends = [float(c.y[-1]) for each in active for c in (each.training, each.validation) if len(c)]
        return axes.upper_percent_range(min(ends, default=0.0))

    def _visible_values(self, lines: Sequence[_RunLines], *, usual: bool = False) -> list[Floats]:
        """The values of each run at the places to be seen; `usual` without those that a divergence has left."""
        values = []
        for each in lines:
            seen = each.values_between(*self.visible_places)
            values.append(seen[seen <= each.ceiling] if usual else seen)
        return [each for each in values if len(each)]

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if event is not None:
            titled = self.height() >= _LEAST_TITLED  # in a low panel the plots have the room
            named = self.height() >= _LEAST_NAMED
            for plot in self.plots:
                plot.left.showLabel(named)
                plot.left.setTickDensity(_TICKS if named else _TICKS / 2)
            self.accuracy.bottom.showLabel(titled)
            self.accuracy.bottom.setHeight(_AXIS_HEIGHT if titled else _AXIS_HEIGHT // 2)
            self._draw_active()

    @Slot()
    def _on_x_range_changed(self) -> None:
        self._draw_active()
        if self.zoomed:
            self._fit_values()

    def _on_range_changed_manually(self, mask: object) -> None:
        if not self._zooms_along and not any(map(self._is_set_by_user, self.plots)):
            self.see_all()  # zoomed out again
            return
        super()._on_range_changed_manually(mask)
        self._fit_values()

    # --- the user's hand ---------------------------------------------------------------------

    def point_at(self, position: QPointF | None) -> None:
        place = None
        if position is not None and self._runs:
            views = [plot.view for plot in self.plots if plot.view.sceneBoundingRect().contains(position)]
            place = float(views[0].mapSceneToView(position).x()) if views else None
        self.set_crosshair(place)
        self.hovered.emit(place)

    def event(self, event: QEvent) -> bool:
        # Escape is a key of the window, which clears the pad; here it clears the range while there is one.
        escapes = event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape  # type: ignore[attr-defined]
        if escapes and self.selected is not None:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.selected is not None:
            self.clear_range()
        else:
            super().keyPressEvent(event)

    @Slot(float, float)
    def _on_clicked(self, x: float, _y: float) -> None:
        self.cursor_requested.emit(max(x, 0.0))

    @Slot(float, float)
    def _on_double_clicked(self, _x: float, _y: float) -> None:
        self.see_all()

    @Slot(float, float, bool)
    def _on_range_selected(self, low: float, high: float, _final: bool) -> None:
        self._select(low, high)

    @Slot(float, float)
    def _select(self, low: float, high: float) -> None:
        ends = max(low, 0.0), max(min(high, self.extent), 0.0)
        if ends[0] < ends[1]:
            self.set_range(ends)
            self.range_changed.emit(ends)
