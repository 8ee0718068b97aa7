"""A map of colours with names on it, and a point that is dragged, clicked to a place, or moved with the arrows."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QFont

from mnist_viz.views.plots.heatmap import HeatmapFigure
from mnist_viz.views.plots.items import Texts
from mnist_viz.views.theme import TITLE, Theme, color

Place = tuple[float, float]
"""x to the right and y downwards, 0 to 1 over the map."""

_STEP = 1 / 64
_POINT = 18  # pixels


class PlaceFigure(HeatmapFigure):
    """Colours, corners with letters, and names of areas."""

    keeps_arrows = True

    place_moved = Signal(float, float, bool)
    """The point has come to x and y; whether that goes on with the drag or the row of keys before."""

    def __init__(self, name: str, accessible_name: str) -> None:
        super().__init__(name, accessible_name, "digit", bar=False, square=False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.place: Place = (0.5, 0.5)
        self._goes_on = ""  # "drag" or "keys": what is going on
        self.corners, self.areas = Texts(TITLE, QFont.Weight.DemiBold), Texts()
        self._edges = pyqtgraph.PlotCurveItem()
        self._point = pyqtgraph.TargetItem(size=_POINT, symbol="o")
        self._point.setZValue(20)
        for item in (self._edges, self.corners, self.areas, self._point):
            self.view.addItem(item, ignoreBounds=True)
        self._point.sigPositionChanged.connect(self._on_dragged)
        self._point.sigPositionChangeFinished.connect(self._on_drag_finished)
        self.view.clicked.connect(self._on_place_clicked)
        self.set_map(None)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._edges.setPen(pyqtgraph.mkPen(color(theme.text, 0.6), width=1))
        self._point.setPen(pyqtgraph.mkPen(color(theme.text), width=2))
        self._point.setBrush(color(theme.accent, 0.5))
        self._point.setHoverPen(pyqtgraph.mkPen(color(theme.text), width=3))
        self._point.setHoverBrush(color(theme.accent, 0.8))
        for texts in (self.corners, self.areas):
            texts.set_colors(color(theme.text), color(theme.panel, 0.85))
        self._show_focus()

    def set_map(
        self,
        colors: NDArray[np.uint8] | None,
        corners: Sequence[tuple[Place, str]] = (),
        areas: Sequence[tuple[Place, str]] = (),
    ) -> None:
        """Show a map, (rows, columns, 3) in red, green and blue; None for nothing.

        Args:
            colors: one row stands for a line, which is as high as the figure.
            corners: places with their letters, which lines connect.
            areas: places with the names of what is around them.
        """
        self.set_values(colors, 0, 255)
        rows, columns = colors.shape[:2] if colors is not None else (1, 1)
        for texts, named in ((self.corners, corners), (self.areas, areas)):
            texts.set_texts([(x * columns, y * rows) for (x, y), _ in named], [name for _, name in named])
        around = [place for place, _ in corners]
        closed = np.array([*around, *around[:1]]).reshape(-1, 2) * (columns, rows)
        self._edges.setData(closed[:, 0], closed[:, 1])
        self._point.setVisible(colors is not None)
        self._move_point()

    def _size(self) -> tuple[int, int]:
        return self.values.shape[:2] if self.values is not None else (1, 1)

    def _move_point(self) -> None:
        rows, columns = self._size()
        with QSignalBlocker(self._point):
            self._point.setPos(self.place[0] * columns, self.place[1] * rows)

    def _go(self, place: Place, what: str) -> None:
        goes_on = bool(what) and what == self._goes_on
        self._goes_on = what
        one_row = self._size()[0] == 1
        x, y = (min(max(value, 0.0), 1.0) for value in place)
        self.place = x, 0.5 if one_row else y
        self._move_point()
        self.place_moved.emit(*self.place, goes_on)

    def _show_focus(self) -> None:
        self.view.setBorder(color(self.theme.accent if self.hasFocus() else self.theme.border))

    @Slot(object)
    def _on_dragged(self, point: pyqtgraph.TargetItem) -> None:
        rows, columns = self._size()
        self._go((point.pos().x() / columns, point.pos().y() / rows), "drag")

    @Slot(object)
    def _on_drag_finished(self, _point: pyqtgraph.TargetItem) -> None:
        self._goes_on = ""

    @Slot(float, float)
    def _on_place_clicked(self, x: float, y: float) -> None:
        rows, columns = self._size()
        if self.values is not None and 0 <= x <= columns and 0 <= y <= rows:
            self._go((x / columns, y / rows), "")

    def step(self, right: int, down: int) -> bool:
        if self.values is not None:
            self._go((self.place[0] + right * _STEP, self.place[1] + down * _STEP), "keys")
        return self.values is not None

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._show_focus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._goes_on = ""
        self._show_focus()
