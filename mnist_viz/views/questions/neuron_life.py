"""A neuron over the recorded moments, as three plots against the steps."""

import numpy as np
from PySide6.QtCore import Signal, Slot

from mnist_viz.analysis.neuron_examples import NeuronLife
from mnist_viz.views.number_text import format_number, format_percent
from mnist_viz.views.plots.series_figure import SeriesFigure

_TITLES = "Mean activation, or logit of an output", "Norm of its weights", "Silent on"


class NeuronLifeFigure(SeriesFigure):
    """Mean activation, norm of the weights, and share of silence; a click chooses the nearest moment."""

    moment_chosen = Signal(int)  # a step

    def __init__(self) -> None:
        texts = format_number, format_number, format_percent
        super().__init__("neuron-life", "The neuron over the recorded moments", texts, "batches trained")
        self._life: NeuronLife | None = None
        self.place_chosen.connect(self._on_place_chosen)

    def set_life(self, life: NeuronLife) -> None:
        self._life = life
        self.set_series(life.steps.astype(float), (life.activation, life.weight_norm, life.silent), _TITLES)

    def bounds(self, number: int, low: float, high: float) -> tuple[float, float]:
        """Of an activation zero is seen; a norm that hardly changes is in the middle of its plot."""
        return ((min(low, 0.0), high), (low, max(high, 1.02 * low)), (0.0, 1.0))[number]

    @Slot(float)
    def _on_place_chosen(self, place: float) -> None:
        if self._life is not None:
            steps = self._life.steps
            self.moment_chosen.emit(int(steps[np.abs(steps - place).argmin()]))
