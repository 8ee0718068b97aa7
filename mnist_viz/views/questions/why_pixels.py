"""How much each pixel speaks for one class against another, by three methods, as maps."""

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.analysis.attribution import METHODS, Attribution
from mnist_viz.views import zoom
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.network.color_legend import ColorLegend
from mnist_viz.views.number_text import format_value
from mnist_viz.views.plots.heatmap import HeatmapFigure
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import column

_NETWORKS, _METHODS = ("Network", "Random"), ("Integrated", "Occlusion", "Grad × input")
_ROOM_FOR_NAMES = 300  # units of width


class PixelMaps(QWidget):
    """Maps of the network, and of one with random weights; a sentence on their sum, or on the pixel at the mouse."""

    def __init__(self) -> None:
        super().__init__()
        self._found: Attribution | None = None
        self._classes = ("", "")
        self.maps = HeatmapFigure("why-maps", "How much each pixel speaks for the answer", "evidence", bar=False)
        self.maps.hovered.connect(self._on_hovered)
        self._legend = ColorLegend(scale="evidence")
        self.sentence = FittingLabel("muted")
        column((self.maps, 1), self._legend, self.sentence, spacing=GRID // 2, parent=self)

    def set_attribution(self, found: Attribution) -> None:
        self._found = found
        self._classes = found.found.answer_name, found.found.rival_name
        self._legend.set_range(f"for {self._classes[1]}", f"for {self._classes[0]}")
        self._show_maps()
        self._show_sum()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_maps()

    @property
    def _lying(self) -> bool:
        """Whether the methods are beside each other."""
        return bool(self.maps.width() >= self.maps.height())

    def _show_maps(self) -> None:
        if self._found is None:
            return
        limits = np.abs(self._found.maps).max(axis=(2, 3), keepdims=True)
        maps = self._found.maps / np.where(limits > 0, limits, 1.0)
        names: tuple[tuple[str, ...], tuple[str, ...]] = (_NETWORKS, _METHODS)
        if not self._lying:
            maps, names = maps.swapaxes(0, 1), (_METHODS, _NETWORKS)
        rows, columns, height, width = maps.shape
        mosaic = np.ascontiguousarray(maps.transpose(0, 2, 1, 3).reshape(rows * height, columns * width))
        self.maps.set_values(mosaic, -1.0, 1.0, (height, width))
        self.maps.set_names(*(names if zoom.units(self.maps.width()) >= _ROOM_FOR_NAMES else ((), ())))

    def _show_sum(self) -> None:
        if self._found is None:
            return
        answer, rival = self._classes
        total, difference = (format_value(value, signed=True) for value in (self._found.total, self._found.difference))
        self.sentence.set_texts(
            f"Integrated gradients add up to {total}; the difference of the logits of {answer} and {rival} is "
            f"{difference} more than that of an empty picture",
            f"Integrated gradients add up to {total}; the difference of the logits is {difference}",
            f"Integrated: sum {total}, difference of logits {difference}", f"Sum {total} of {difference}",
        )  # fmt: skip

    @Slot(int, int)
    def _on_hovered(self, row: int, column: int) -> None:
        if self._found is None or row < 0:
            self._show_sum()
            return
        height, width = self._found.maps.shape[2:]
        which, method = (row // height, column // width) if self._lying else (column // width, row // height)
        value = float(self._found.maps[which, method, row % height, column % width])
        speaks = f"{format_value(abs(value))} for {self._classes[int(value < 0)]}"
        place = f"row {row % height + 1}, column {column % width + 1}"
        network = ", random weights" if which else ""
        self.sentence.set_texts(f"{METHODS[method]}{network}, {place}: {speaks}", f"{place}: {speaks}", speaks)
