"""The panel that says how each layer of the network is: its numbers, its dead units, what is wrong and what to try."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHeaderView,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from mnist_viz.analysis.layer_advice import advice, no_advice
from mnist_viz.analysis.layer_report import (
    KINDS,
    LayerReport,
    LayersNow,
    LayersOverTime,
    last_before,
    layers_now,
    layers_over_time,
    shown_step,
)
from mnist_viz.analysis.linear_probe import ProbeAccuracies, probe_accuracies
from mnist_viz.analysis.subject import Question
from mnist_viz.engine.layer_names import layer_phrase, layer_title
from mnist_viz.views import zoom
from mnist_viz.views.number_text import format_number, format_value
from mnist_viz.views.plots.series_figure import Series, SeriesFigure
from mnist_viz.views.questions.layer_strip import StripFigure
from mnist_viz.views.questions.panel import QuestionPanel
from mnist_viz.views.theme import GRID, Theme
from mnist_viz.views.widgets import Choice, column, label, row, set_look

_COLUMNS = {
    "Layer": "From the first hidden one to the output layer",
    "Dead": "Neurons that never fire, or answer the same to every picture",
    "Saturated": "Outputs at the flat ends of the activation",
    "Gradient": "The norm of the gradient of the loss with respect to the layer's weights",
    "Update": "The change of the weights in a step, as a share of the weights; about 0.1% is usual",
    "Probe": "What a linear classifier reads from the layer's outputs",
}
_LEAST_WIDTHS = {"Saturated": 400, "Update": 320}  # pixels of the table for these columns
_MOST_SAID = 2  # findings that are not left to the tooltip
_MOST_NAMED = 12  # units of a kind
_LEAST_BESIDE, _MOST_TABLE = 560, 440  # pixels of the panel, and of the table then
_AROUND = 5 * GRID  # pixels of the panel's width that its margins and its scroll bar take
_LEAST_PLOT = 130  # pixels
_LEAST_NUMBER = 1e-9  # what is less is drawn there, on a logarithmic axis
_SHOWN = {
    "weights": "Weights: histograms",
    "activations": "Activations: histograms",
    "gradients": "Gradients: histograms",
    "norms": "Gradient norm: lines",
    "ratios": "Update ratio: lines",
}


class HealthPanel(QuestionPanel):
    """Advice in words, a table of the layers, and for the chosen one its numbers over time."""

    key = "health"
    title = "Layer health"
    sentence = "How each layer learns; choose one to see its numbers at the shown moment and over time"
    questions: ClassVar[Mapping[str, Question]] = {
        "step": Question(shown_step, frozenset({"network"}), quick=True),
        "now": Question(layers_now, frozenset({"network", "examples"})),
        "time": Question(layers_over_time, frozenset({"moments", "examples"})),
        "probe": Question(probe_accuracies, frozenset({"network", "examples"})),
    }

    def make_content(self) -> QWidget:
        self._step = 0  # of the shown moment; the answers about it come later
        self._now: LayersNow | None = None
        self._time: LayersOverTime | None = None
        self._probes: ProbeAccuracies | None = None
        self._drawn: object = None  # what the figures were made of
        self._fitted: list[float] = []  # letters of the longest text in each column, and the zoom
        self.advice = label(wrap=True)
        self.advice.setTextFormat(Qt.TextFormat.PlainText)
        self.advice.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.advice.setMinimumHeight(36)  # two lines: what is below does not jump
        self.table = QTreeWidget()
        self.table.setObjectName("health-layers")
        self.table.setAccessibleName("Layers")
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setHeaderLabels(list(_COLUMNS))
        for number, tip in enumerate(_COLUMNS.values()):
            self.table.headerItem().setToolTip(number, tip)
        self.table.header().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # it would cover the last layer
        self.table.currentItemChanged.connect(self._show_layer)
        self.units = QLabel()
        self.units.setWordWrap(True)
        by = Qt.TextInteractionFlag
        self.units.setTextInteractionFlags(by.LinksAccessibleByMouse | by.LinksAccessibleByKeyboard)
        self.units.linkActivated.connect(self._on_unit_chosen)
        self.shown = Choice("health-shown", "Shown", "What is shown of the chosen layer")
        self.shown.offer(_SHOWN)
        self.shown.currentIndexChanged.connect(self._show_layer)
        self.caption = label(role="muted")
        self.strip = StripFigure()
        lines = "health-lines", "A number a layer over the batches"
        self.lines = SeriesFigure(*lines, (format_number,), "batches trained", bounds=_around)
        self.lines.plots[0].left.setLogMode(False, True)
        for figure in (self.strip, self.lines):
            figure.chosen.connect(self._on_moment_clicked)
        self._stack = QStackedWidget()
        self._stack.setMinimumHeight(_LEAST_PLOT)
        self._stack.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)  # it takes the room there is
        for figure in (self.strip, self.lines):
            self._stack.addWidget(figure)
        self._halves = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._halves.addLayout(column(self.table, self.units, None, spacing=GRID // 2))
        self._halves.addLayout(column(row(self.shown, (self.caption, 1)), (self._stack, 1), spacing=GRID // 2), 1)
        content = QWidget()
        column(self.advice, (self._halves, 1), spacing=GRID // 2, margins=(0, 0, GRID // 2, 0), parent=content)
        scroll = QScrollArea()
        scroll.setWidget(content)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return scroll

    def set_theme(self, theme: Theme) -> None:
        self._show_layer()

    def set_answer(self, name: str, answer: object) -> None:
        if isinstance(answer, int):
            self._step = answer
        elif isinstance(answer, LayersNow):
            self._now = answer
        elif isinstance(answer, LayersOverTime):
            self._time = answer
        elif isinstance(answer, ProbeAccuracies):
            self._probes = answer
        now, time, probes = self._now, self._times, self._probes
        if now is None:
            return
        probes = probes if probes is not None and len(probes.layers) == len(now.layers) else None
        place = last_before(time.steps, self._step) if time is not None else -1
        ratios = time.update_ratios[:, place].tolist() if time is not None and place >= 0 else []
        found = advice(now, ratios, probes, now.layers[-1].units)
        more = f" (and {len(found) - _MOST_SAID} more)" if len(found) > _MOST_SAID else ""
        self.advice.setText("\n".join(found[:_MOST_SAID]) + more if found else no_advice(now))
        self.advice.setToolTip("\n".join(found))
        set_look(self.advice, role="problem" if found else "muted")
        self._show_table(now.layers, ratios, probes)
        self._show_layer()

    @property
    def _times(self) -> LayersOverTime | None:
        """The recorded moments, if they are of a network with as many layers as that of the shown moment."""
        now, time = self._now, self._time
        return time if now is not None and time is not None and len(time.gradient_norms) == len(now.layers) else None

    def _show_table(self, layers: tuple[LayerReport, ...], ratios: list[float], probes: ProbeAccuracies | None) -> None:
        """Fill the rows anew; which one is chosen stays."""
        table, count = self.table, len(layers)
        if table.topLevelItemCount() != count:
            table.clear()
            table.addTopLevelItems([QTreeWidgetItem() for _ in layers])
            table.setCurrentIndex(table.model().index(0, 0))
        lengths: list[float] = [0.0] * len(_COLUMNS)
        for number, layer in enumerate(layers):
            health, ratio = layer.health, ratios[number] if ratios else np.nan
            texts = (
                f"{layer_title(number, count)} ({layer.units:,})",
                f"{len(layer.dead):,}" if number < count - 1 else "–",
                "–" if health.saturated is None else f"{health.saturated:.0%}",
                format_value(health.gradient_norm),
                f"{format_value(100 * ratio)}%" if np.isfinite(ratio) else "–",
                f"{probes.layers[number]:.1%}" if probes is not None else "–",
            )
            item = table.topLevelItem(number)
            assert item is not None
            for place, text in enumerate(texts):
                lengths[place] = max(lengths[place], len(text))
                if item.text(place) != text:
                    item.setText(place, text)
        fitted = [*lengths, zoom.scale()]
        if not self._fitted or any(now > before for now, before in zip(fitted, self._fitted, strict=True)):
            self._fitted = fitted
            self._fit_columns()  # takes long
        table.setFixedHeight(table.header().sizeHint().height() + table.sizeHintForRow(0) * count + 2)

    @property
    def layer(self) -> int:
        """The number of the chosen layer, from 0."""
        return max(self.table.currentIndex().row(), 0)

    @Slot()
    def _show_layer(self) -> None:
        """Show all that there is of the chosen layer."""
        now, time, layer, shown = self._now, self._times, self.layer, self.shown.currentData()
        if now is None or layer >= len(now.layers):
            return
        report, kind = now.layers[layer], next((kind for kind in KINDS if kind == shown), None)
        self.units.setText(_unit_links(layer, report))
        self.units.setVisible(bool(self.units.text()))
        drawn = time or now, layer, shown
        if drawn != self._drawn and kind is not None:
            then = time.spreads[kind][layer] if time is not None else report.spreads[kind][None]
            epochs = time.epochs if time is not None else np.zeros(1)
            self.strip.set_history(then, epochs, centred=kind == "weights", powers=kind == "gradients")
            self.caption.setText("log10 of their sizes" if kind == "gradients" else "")
        elif drawn != self._drawn and time is not None:
            values = time.gradient_norms if shown == "norms" else time.update_ratios
            self.lines.set_series(time.steps, [_strong_one(values, layer)])
            self.caption.setText(f"the strong line is that of {layer_phrase(layer, len(now.layers))}")
        self._drawn = drawn
        self._stack.setCurrentWidget(self.strip if kind is not None else self.lines)
        if kind is not None:
            self.strip.set_now(report.spreads[kind])
        place = last_before(time.steps, self._step) if time is not None else -1
        self.strip.set_chosen(0 if place >= 0 else -1, place)
        self.lines.set_cursor(self._step)

    # What the user does

    @Slot(str)
    def _on_unit_chosen(self, link: str) -> None:
        layer, unit = map(int, link.split(":"))
        self.neuron_chosen.emit(layer, unit)

    @Slot(int)
    def _on_moment_clicked(self, number: int) -> None:
        if self._time is not None and number < len(self._time.steps):
            self.moment_chosen.emit(int(self._time.steps[number]))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow panel has fewer columns; in a wide one the figure is beside the table."""
        super().resizeEvent(event)
        beside = zoom.units(self.width()) >= _LEAST_BESIDE
        ways = QBoxLayout.Direction
        self._halves.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        room = min(self.width() // 2, zoom.px(_MOST_TABLE)) if beside else self.width() - zoom.px(_AROUND)
        for widget in (self.table, self.units):
            widget.setMinimumWidth(room if beside else 0)
            widget.setMaximumWidth(room if beside else 16_777_215)
        for name, least in _LEAST_WIDTHS.items():
            self.table.setColumnHidden(list(_COLUMNS).index(name), room < zoom.px(least))
        self._fit_columns()

    def _fit_columns(self) -> None:
        for place in range(len(_COLUMNS)):
            self.table.resizeColumnToContents(place)


def _unit_links(layer: int, report: LayerReport) -> str:
    parts = []
    for words, units in (("Dead", report.dead), ("Saturated", report.saturated)):
        if units:
            links = ", ".join(f'<a href="{layer}:{unit}">{unit}</a>' for unit in units[:_MOST_NAMED])
            more = f" and {len(units) - _MOST_NAMED:,} more" if len(units) > _MOST_NAMED else ""
            parts.append(f"{words} neurons: {links}{more}")
    return " · ".join(parts)


def _strong_one(values: NDArray[np.floating], layer: int) -> list[Series]:
    """A line for each row of `values`, on a logarithmic axis; that of `layer` is strong, and on top."""
    with np.errstate(invalid="ignore"):
        powers = np.log10(np.maximum(values, _LEAST_NUMBER))
    weak = [Series(each, "muted", strong=False) for k, each in enumerate(powers) if k != layer]
    return [*weak, Series(powers[layer])]


def _around(_plot: int, low: float, high: float) -> tuple[float, float]:
    return low - 0.2, high + 0.2
