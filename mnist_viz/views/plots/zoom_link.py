"""A link between heatmaps that keeps the same part of their arrays visible."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Slot

from mnist_viz.views.plots.heatmap import HeatmapFigure


class ZoomLink(QObject):
    """Applies zoom and pan in one figure to all others with as many rows and columns.

    pyqtgraph's own links align views on the screen, which is wrong for pictures side by side.
    """

    def __init__(self, figures: Sequence[HeatmapFigure], parent: QObject) -> None:
        super().__init__(parent)
        self._figures = tuple(figures)
        self._busy = False
        for figure in figures:
            figure.zoomed_changed.connect(self._on_zoomed_changed)
            figure.view.sigRangeChanged.connect(self._on_range_changed)

    @Slot(bool)
    def _on_zoomed_changed(self, _zoomed: bool) -> None:
        self._share(next(figure for figure in self._figures if figure is self.sender()))

    @Slot(object, object, object)
    def _on_range_changed(self, view: object, _range: object, _changed: object) -> None:
        source = next(figure for figure in self._figures if figure.view is view)
        if source.zoomed:
            self._share(source)

    def _share(self, source: HeatmapFigure) -> None:
        if self._busy:
            return
        self._busy = True
        for figure in self._figures:
            if figure is source or not _same_shape(figure, source):
                continue
            if source.zoomed:
                figure.show_part(source.view.viewRect())
            else:
                figure.see_all()
        self._busy = False


def _same_shape(one: HeatmapFigure, other: HeatmapFigure) -> bool:
    return one.values is not None and other.values is not None and one.values.shape == other.values.shape
