"""The network as a picture: its input, every hidden neuron as a cell, and the strongest paths to the winner."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QGraphicsRectItem, QWidget

from mnist_viz.engine.layer_names import layer_title
from mnist_viz.views import zoom
from mnist_viz.views.network.activations_plan import Block, plan_network
from mnist_viz.views.network.closer_look import NOWHERE, Neuron
from mnist_viz.views.painting import Bytes, Floats, mixed, text_width
from mnist_viz.views.plots.figure import Figure, View
from mnist_viz.views.plots.heatmap import HeatmapItem, Scale
from mnist_viz.views.plots.items import Texts
from mnist_viz.views.plots.plot import Stroke, Strokes
from mnist_viz.views.theme import SMALL, Theme, color

Link = tuple[int, int, float]
"""From a neuron, to a neuron of the next layer, and the contribution."""


@dataclass(frozen=True, eq=False)
class LayerCells:
    """What a layer's cells show.

    Attributes:
        values: (neurons,); None for a layer at rest.
        limit: the value of the strongest colour.
        scale: of the colours.
        lit: whether it is not dimmed.
    """

    values: Floats | None = None
    limit: float = 1.0
    scale: Scale = "sequential"
    lit: bool = True


_SHADES = 6  # of the paths of either sign
_OWN = _SHADES + 1  # in place of a shade: a path of the marked neuron
_CAPTION_LINES = 2.0, 15.0  # units from the lower edge of the layers to both lines of a caption
_BESIDE_CAPTION = 4.0  # units to the edge of the figure
_DIMMED = 0.3  # opacity of a layer that is not lit
_FAINT = 0.25  # opacity of the other paths while those of a marked neuron are emphasized


class NetworkFigure(Figure):
    """Input and hidden layers in pixel coordinates; the outputs are a widget beside it, or the last layer.

    Args:
        output_row: the rectangle of an output's row, in the figure's coordinates; empty if it is not shown. None if
            the outputs are the last of the layers.
    """

    neuron_hovered = Signal(int, int)
    """Layer and neuron under the mouse; -1, -1 when there is none any more."""
    neuron_clicked = Signal(int, int)
    neuron_double_clicked = Signal(int, int)

    def __init__(
        self,
        output_row: Callable[[int], QRectF] | None,
        parent: QWidget | None = None,
        *,
        name: str = "network-figure",
        accessible_name: str = "Activations of each neuron",
    ) -> None:
        super().__init__(name, accessible_name, parent)
        self._output_row = output_row
        self._sizes: tuple[int, ...] = ()
        self._image_shape: tuple[int, ...] | None = (28, 28)
        self._captions: tuple[str, str] = ("", "")
        self._beside = 0.0, 0.0
        self._paths: Sequence[Sequence[Link]] = ()
        self._pointed = NOWHERE
        self.marked = {"hovered": NOWHERE, "chosen": NOWHERE}
        self.plan = plan_network((), (1.0, 1.0), 1.0)  # where input and layers are without zoom
        self.view = View(downwards=True)
        self.view.setAspectLocked(True)
        self.addItem(self.view, 0, 0)
        self._bands, self._ground, self._input = _SmoothPath(), QGraphicsRectItem(), HeatmapItem("digit")
        self._layers: list[_Layer] = []
        self._texts = [Texts(SMALL, anchor=(0.5, 0.0), offset=(0.0, down)) for down in _CAPTION_LINES]
        self._links = Strokes()
        self._links.setCacheMode(QGraphicsItem.CacheMode.NoCache)  # they change with each picture
        self.path_counts = 0, 0  # how many paths are drawn, and how many of them are emphasized
        self._frames = {which: QGraphicsRectItem() for which in self.marked}
        below: list[QGraphicsItem] = [self._bands, self._ground, self._input]
        above: list[QGraphicsItem] = [self._links, *self._frames.values(), *self._texts]
        for item in (*below, *above):
            item.setZValue(0 if item in below else 2)  # the layers between them have 1
            self.view.addItem(item, ignoreBounds=True)
        self._bands.setPen(QPen(Qt.PenStyle.NoPen))
        self._bands.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)  # or they take as long as all the paths
        self.watch(self.view)
        self.view.sigResized.connect(self.fit_unless_zoomed)
        self.view.clicked.connect(self._on_clicked)
        self.view.double_clicked.connect(self._on_double_clicked)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._bands.setBrush(color(theme.muted, 0.07))
        self._ground.setPen(_line(theme.border))
        self._ground.setBrush(color(theme.sunken))
        self._input.set_theme(theme)
        for layer in self._layers:
            layer.set_theme(theme)
        for which, tint in (("hovered", theme.text), ("chosen", theme.accent)):
            self._frames[which].setPen(_line(tint, 2))
        for texts, tint in zip(self._texts, (theme.text, theme.muted), strict=True):
            texts.set_colors(color(tint))
        self.draw_paths()

    def set_structure(
        self, sizes: tuple[int, ...], image_shape: tuple[int, ...] | None, captions: tuple[str, str]
    ) -> None:
        """Lay another network out.

        Args:
            sizes: the width of each layer that is shown.
            image_shape: of the picture that the inputs form; None if they form none.
            captions: two lines below the input.
        """
        self._sizes, self._image_shape, self._captions, self._paths = sizes, image_shape, captions, ()
        for layer in self._layers:
            self.view.removeItem(layer)
        self._layers = [_Layer() for _ in sizes]
        for layer in self._layers:
            layer.setZValue(1)
            layer.set_theme(self.theme)
            self.view.addItem(layer, ignoreBounds=True)
        self.mark("hovered", NOWHERE)
        self._lay_out()
        self.see_all()

    def set_input(self, image: Bytes | None) -> None:
        """The uint8 picture, grey or in colour, that goes into the network; None when there is none."""
        self._input.setVisible(image is not None)
        if image is not None:
            self._input.set_values(image, 0, 255)
            self._place_input()

    def set_layers(
        self, layers: Sequence[LayerCells], paths: Sequence[Sequence[Link]] = (), *, input_lit: bool = True
    ) -> None:
        """Show what each layer holds, or all at rest without `layers`, and the paths; dim what is not lit."""
        self._paths = paths
        for item, cells in zip(self._layers, layers or [LayerCells()] * len(self._layers), strict=True):
            item.set_scale(cells.scale, self.theme)
            item.show_neurons(cells.values, cells.limit)
            item.setOpacity(1.0 if cells.lit else _DIMMED)
        for ground in (self._ground, self._input):
            ground.setOpacity(1.0 if input_lit else _DIMMED)
        self.draw_paths()

    def mark(self, which: str, neuron: Neuron) -> None:
        """Frame the "hovered" or the "chosen" neuron, and emphasize its paths."""
        if self.marked[which] != neuron:
            self.marked[which] = neuron
            self._draw_frames()
            self.draw_paths()

    def neuron_at(self, position: QPointF) -> Neuron:
        """The hidden neuron at `position`, in the figure's units; NOWHERE if there is none."""
        return self._neuron_in_view(self.view.mapSceneToView(position))

    def _neuron_in_view(self, at: QPointF) -> Neuron:
        for layer, block in enumerate(self.plan.blocks):
            neuron = block.neuron_at(at)
            if neuron >= 0:
                return layer, neuron
        return NOWHERE

    def neuron_rect(self, layer: int, neuron: int) -> QRectF:
        """The rectangle of a neuron without zoom, in layer -1 of an input; empty if it is not shown."""
        blocks = self.plan.blocks
        if layer == -1:
            return self.plan.input_rect(neuron, self._image_shape)
        if 0 <= layer < len(blocks):
            return blocks[layer].rect_of(neuron) if 0 <= neuron < blocks[layer].count else QRectF()
        return self._output_row(neuron) if layer == len(blocks) and self._output_row is not None else QRectF()

    def fit(self) -> None:
        size = self.view.width(), self.view.height()
        if size != (self.plan.body.right(), self.plan.body.bottom()):
            self._lay_out()
        self.view.setRange(QRectF(0, 0, *size), padding=0)

    def _lay_out(self) -> None:
        size, ratio = (self.view.width(), self.view.height()), zoom.ratio(self)
        shape = self._image_shape[:2] if self._image_shape is not None else None
        plan = plan_network(self._sizes, size, ratio, shape, outputs_beside=self._output_row is not None)
        self.plan = plan
        self._ground.setRect(plan.input.adjusted(-1, -1, 1, 1))
        self._place_input()
        for layer, block in zip(self._layers, plan.blocks, strict=True):
            layer.place(block)
        self._draw_bands()
        self._write_captions()
        self._draw_frames()
        self.draw_paths()

    def _place_input(self) -> None:
        if self._input.image is not None:
            high, wide = self._input.image.shape[:2]
            rect = self.plan.input
            self._input.setPos(rect.topLeft())
            self._input.setScale(min(rect.width() / wide, rect.height() / high))

    def _write_captions(self) -> None:
        plan, room = self.plan, self.plan.caption_room
        captions = [(plan.input, self._captions)]
        for k, block in enumerate(plan.blocks, start=1):
            name = layer_title(k - 1) if room >= 52 else f"H {k}" if room >= 32 else str(k)
            if k == len(plan.blocks) and not plan.outputs_beside:
                name = "Output" if room >= 52 else "Out" if room >= 26 else ""
            noun = "neuron" if block.count == 1 else "neurons"
            size = f"{block.count:,} {noun}" if room >= 84 else f"{block.count:,}" if room >= 32 else ""
            captions.append((block.rect, (name, size)))
        places = []
        for rect, lines in captions:
            half = max(text_width(line, SMALL) for line in lines) / 2 + _BESIDE_CAPTION
            places.append((max(min(rect.center().x(), plan.body.right() - half), half), plan.body.bottom()))
        for number, texts in enumerate(self._texts):
            texts.set_texts(places, [lines[number] for _, lines in captions])

    def _draw_frames(self) -> None:
        for which, frame in self._frames.items():
            layer, neuron = self.marked[which]
            rect = self.neuron_rect(layer, neuron) if layer < len(self.plan.blocks) else QRectF()
            frame.setVisible(not rect.isEmpty())
            frame.setRect(rect.adjusted(-1, -1, 1, 1))

    def place_outputs(self, top: float, bottom: float) -> None:
        """Lead bands and paths to the outputs beside the figure, which reach from `top` to `bottom`, in units."""
        self._beside = top, bottom
        self._draw_bands()
        self.draw_paths()

    def _draw_bands(self) -> None:
        plan, (top, bottom) = self.plan, self._beside
        outputs = [QRectF(plan.body.right() + 4, top, 1, bottom - top)] if plan.outputs_beside else []
        self._bands.setPath(_bands([plan.input, *(block.rect for block in plan.blocks), *outputs]))

    def draw_paths(self) -> None:
        """Draw the paths to the current rows of the outputs."""
        rect_of = cache(self.neuron_rect)
        marked = {neuron for neuron in self.marked.values() if neuron != NOWHERE}
        curves: dict[tuple[int, int], QPainterPath] = {}  # by shade, the strongest last, and sign
        drawn = own = 0
        for layer, links in enumerate(self._paths[: len(self.plan.blocks) + 1], start=-1):
            strongest = max((abs(contribution) for *_, contribution in links), default=0.0)
            for source, target, contribution in links:
                start, end = rect_of(layer, source), rect_of(layer + 1, target)
                if start.isEmpty() or end.isEmpty() or not strongest:
                    continue
                # A path to the row of an output ends at the edge of the figure.
                stop = QPointF(min(end.center().x(), self.plan.body.right()), end.center().y())
                is_own = bool(marked & {(layer, source), (layer + 1, target)})
                shade = _OWN if is_own else round(_SHADES * abs(contribution) / strongest)
                path = curves.setdefault((shade, 1 if contribution > 0 else -1), QPainterPath())
                _add_curve(path, start.center(), stop)
                drawn, own = drawn + 1, own + is_own
        strokes = []
        for (shade, sign), path in sorted(curves.items(), key=lambda item: item[0]):
            share = min(shade / _SHADES, 1.0)
            # Mixed with the background, not transparent: Qt draws opaque curves four times as fast.
            tint = self.theme.support[-2] if sign > 0 else self.theme.against[1]
            ink = mixed(self.theme.panel, tint, 0.35 + 0.65 * share)
            ink.setAlphaF(_FAINT if own and shade != _OWN else 1.0)
            strokes.append(Stroke(path, ink, zoom.scale() * (3.0 if shade == _OWN else 0.75 + 1.75 * share)))
        self._links.set_strokes(strokes)
        self.path_counts = drawn, own

    def point_at(self, position: QPointF | None) -> None:
        neuron = NOWHERE if position is None else self.neuron_at(position)
        if neuron != self._pointed:
            self._pointed = neuron
            self.neuron_hovered.emit(*neuron)

    def step(self, right: int, down: int) -> bool:
        """From neuron to neuron, and at the side of a layer to the next one."""
        blocks = self.plan.blocks
        if not blocks:
            return False
        layer, neuron = self._pointed if self._pointed != NOWHERE else self.marked["chosen"]
        if not 0 <= layer < len(blocks):
            self._go_to(0, 0)
            return True
        block = blocks[layer]
        row, column = divmod(neuron, block.columns)
        row, column = row + down, column + right
        inside = 0 <= row < block.rows and 0 <= column < block.columns and row * block.columns + column < block.count
        if inside:
            self._go_to(layer, row * block.columns + column)
        elif right and 0 <= layer + right < len(blocks):
            beyond = blocks[layer + right]
            share = (row + 0.5) / block.rows
            number = int(share * beyond.rows) * beyond.columns + (0 if right > 0 else beyond.columns - 1)
            self._go_to(layer + right, min(number, beyond.count - 1))
        return True

    @property
    def pointing(self) -> bool:
        return self._pointed not in (NOWHERE, self.marked["chosen"])

    def choose(self) -> None:
        self.neuron_clicked.emit(*self._pointed)

    def _go_to(self, layer: int, neuron: int) -> None:
        self._pointed = layer, neuron
        self.neuron_hovered.emit(layer, neuron)

    @Slot(float, float)
    def _on_clicked(self, x: float, y: float) -> None:
        neuron = self._neuron_in_view(QPointF(x, y))
        if neuron != NOWHERE:
            self.neuron_clicked.emit(*neuron)

    @Slot(float, float)
    def _on_double_clicked(self, x: float, y: float) -> None:
        neuron = self._neuron_in_view(QPointF(x, y))
        if neuron != NOWHERE and not self.zoomed:
            self.neuron_double_clicked.emit(*neuron)
        else:
            self.see_all()


class _SmoothPath(QGraphicsPathItem):
    """A path that is antialiased, unlike the other items."""

    def paint(self, painter: QPainter, *args: object) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        super().paint(painter, *args)  # type: ignore[arg-type]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


class _Layer(HeatmapItem):
    """The neurons of a layer as cells, row by row."""

    def __init__(self) -> None:
        super().__init__("sequential")
        self._block = Block(QRectF(0, 0, 1, 1), 1, 1, 1)
        self._neurons: tuple[Floats | None, float] = (None, 1.0)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.setBorder(_line(theme.border))

    def set_scale(self, scale: Scale, theme: Theme) -> None:
        if scale != self.scale_name:
            self.scale_name = scale
            self.set_theme(theme)

    def place(self, block: Block) -> None:
        self._block = block
        self.setPos(block.rect.topLeft())
        self.setScale(block.cell)
        self.divide((block.rows, block.columns), (1, 1), block.count)
        self.show_neurons(*self._neurons)

    def show_neurons(self, values: Floats | None, limit: float) -> None:
        """Show a value for each neuron, the strongest colour for `limit`; None for a layer at rest."""
        self._neurons = values, limit
        block = self._block
        cells = np.zeros(block.rows * block.columns, np.float32)
        cells[block.count :] = np.nan  # not painted
        if values is not None and len(values) == block.count:
            cells[: block.count] = values
        low = -limit if self.scale_name == "diverging" else 0.0
        self.set_values(cells.reshape(block.rows, block.columns), low, limit)


def _line(tint: str, width: int = 1) -> QPen:
    pen = QPen(color(tint), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap, Qt.PenJoinStyle.MiterJoin)
    pen.setCosmetic(True)
    return pen


def _bands(layers: Sequence[QRectF]) -> QPainterPath:
    """A band from each layer to the next, for all connections between them."""
    bands = QPainterPath()
    bands.setFillRule(Qt.FillRule.WindingFill)
    for a, b in pairwise(layers):
        left, right = a.right() + 4, b.left() - 4
        bend = (right - left) / 2
        bands.moveTo(left, a.top())
        bands.cubicTo(left + bend, a.top(), right - bend, b.top(), right, b.top())
        bands.lineTo(right, b.bottom())
        bands.cubicTo(right - bend, b.bottom(), left + bend, a.bottom(), left, a.bottom())
        bands.closeSubpath()
    return bands


def _add_curve(path: QPainterPath, start: QPointF, end: QPointF) -> None:
    bend = (end.x() - start.x()) / 2
    path.moveTo(start)
    path.cubicTo(start.x() + bend, start.y(), end.x() - bend, end.y(), end.x(), end.y())
