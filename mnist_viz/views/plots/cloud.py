"""Thousands of points in a plane, coloured by class, of which the mouse can choose one or go around many."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFont, QImage, QPainter, QPainterPath, QPixmap, QPolygonF
from PySide6.QtWidgets import QGraphicsPathItem, QWidget

from mnist_viz.views import zoom
from mnist_viz.views.plots.figure import Figure, View
from mnist_viz.views.plots.items import NOWHERE, Sign, Signs, Texts, ViewItem
from mnist_viz.views.theme import Theme, color

Floats = NDArray[np.floating]
Indices = NDArray[np.intp]

_REACH = 2.4  # how far is seen from the middle, where the mean squared distance of the points is 1
_NEAR = 10.0  # pixels from a point that is meant
_RIGHT, _INNER, _GAP, _RING, _HALO = 5.0, 4.5, 6.5, 9.0, 2.0  # diameters in pixels; the halo adds to them
_APART, _MOVES = 0.3, 8  # how far the names of classes are pushed apart, and in how many moves
_CLEAR = 0.4  # of the star
_LETTER = 0.4  # the width of a letter, in heights of a name with its gap
_STAR, _BEHIND_STAR, _POINTED = Sign("star", 18), Sign("star", 25), Sign("o", 14, filled=False, line=2.0)


class Sprites(ViewItem):
    """Small pictures at places, cached as pixels until they or the range change.

    As pyqtgraph's ScatterPlotItem does, which takes 20 ms for 2,000 points that move and change their colours, it has
    Qt paint all of them in one call, from one picture that holds all of theirs; this takes 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self._points: Floats = np.zeros((0, 2))
        self._atlas = QPixmap()
        self._fragments = PrimitiveArray(QPainter.PixmapFragment, 10)
        self.setCacheMode(self.CacheMode.DeviceCoordinateCache)

    def set_sprites(self, points: Floats, images: Sequence[QImage], which: NDArray[np.integer]) -> None:
        """Show at each of `points` (n, 2) that image whose number `which` (n,) says, the last point on top."""
        self._points = points
        sides = np.array([image.width() for image in images], np.intp)
        starts = np.concatenate([[0], np.cumsum(sides)])
        self._atlas = QPixmap(max(int(starts[-1]), 1), int(sides.max(initial=1)))
        self._atlas.fill(Qt.GlobalColor.transparent)
        with QPainter(self._atlas) as painter:
            for image, start, side in zip(images, starts.tolist(), sides.tolist(), strict=False):
                painter.drawImage(QRect(start, 0, side, side), image)
        self._fragments.resize(len(points))
        fragments = self._fragments.ndarray()
        fragments[:, 2], fragments[:, 3] = starts[which], 0
        fragments[:, 4] = fragments[:, 5] = sides[which]
        fragments[:, 6:8] = 1 / images[0].devicePixelRatio() if images else 1.0
        fragments[:, 8:] = 0.0, 1.0  # turned by, opacity
        self.update()

    def shape(self) -> QPainterPath:
        return NOWHERE

    def paint(self, painter: QPainter, *_: object) -> None:
        painter.setClipRect(self.boundingRect())
        place = painter.transform()
        painter.resetTransform()  # or the pictures would be stretched with the axes
        fragments = self._fragments.ndarray()
        fragments[:, 0] = place.m11() * self._points[:, 0] + place.dx()
        fragments[:, 1] = place.m22() * self._points[:, 1] + place.dy()
        if len(fragments):
            first, count = self._fragments.drawargs()
            painter.drawPixmapFragments(first, count, self._atlas)


class CloudFigure(Figure):
    """Points in the colours of their classes. Those that are read wrongly have a ring in the colour of the answer.

    A drag goes around points and chooses them, a click chooses one.
    """

    hovered = Signal(int)  # the number of the point under the mouse; -1 when there is none any more
    clicked = Signal(int)
    selected = Signal(object)  # the numbers of the points that were gone around, (n,); none after a click beside all

    def __init__(self, name: str, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, accessible_name, parent)
        self.setAccessibleDescription(
            "drag around points to choose them, click one, wheel to zoom, Ctrl+drag to pan, double click to see all"
        )
        self._points: Floats = np.zeros((0, 2))
        self._labels = self._answers = np.zeros(0, np.intp)
        self.chosen: Indices = np.zeros(0, np.intp)
        self.star: tuple[float, float] | None = None
        self._pointed = -1
        self._class_names: tuple[str, ...] = ()
        self.view = View()
        self.view.lassos = True
        self.view.setAspectLocked(True)
        self.sprites, self._signs = Sprites(), Signs()
        self.names = Texts(weight=QFont.Weight.DemiBold)
        self.names.setZValue(5)
        self._lasso = QGraphicsPathItem()
        self._lasso.setZValue(20)
        self._signs.setZValue(10)
        for item in (self.sprites, self.names, self._signs, self._lasso):
            self.view.addItem(item, ignoreBounds=True)
        self.addItem(self.view, 0, 0)
        self.watch(self.view)
        self.view.clicked.connect(self._on_clicked)
        self.view.double_clicked.connect(self.see_all)
        self.view.lasso_dragged.connect(self._on_lasso_dragged)
        self.fit()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.view.setBackgroundColor(color(theme.sunken))
        self._lasso.setPen(pyqtgraph.mkPen(color(theme.accent), width=1.5))
        self._lasso.setBrush(color(theme.accent, 0.12))
        self.names.set_colors(color(theme.text), color(theme.sunken, 0.7))
        self._draw()
        self._draw_signs()

    def set_points(
        self,
        points: Floats,
        labels: NDArray[np.integer],
        answers: NDArray[np.integer],
        class_names: tuple[str, ...],
    ) -> None:
        """Show `points` (n, 2) around the middle, with the numbers of their classes and of the answers, (n,) each."""
        if len(points) != len(self._points):
            self.chosen = np.zeros(0, np.intp)
        self._points, self._class_names = points, class_names
        self._labels, self._answers = labels.astype(np.intp), answers.astype(np.intp)
        self._draw()
        self._draw_names()
        if self._pointed >= 0:
            self._draw_signs()

    def set_star(self, place: tuple[float, float] | None) -> None:
        """Put the star there; None for no star."""
        if place != self.star:
            self.star = place
            self._draw_names()  # they keep clear of it
            self._draw_signs()

    def set_chosen(self, numbers: Indices) -> None:
        """Frame these points, (n,), of those that are shown."""
        self.chosen = numbers[numbers < len(self._points)]
        self._draw()

    def fit(self) -> None:
        self.view.setRange(QRectF(-_REACH, -_REACH, 2 * _REACH, 2 * _REACH), padding=0)
        self._draw()  # the points have a size in pixels

    def _draw(self) -> None:
        """Mistakes come after what is right, and chosen points last."""
        count = len(self._class_names)
        chosen = np.zeros(len(self._points), np.intp)
        chosen[self.chosen] = 1
        wrong = self._answers != self._labels
        codes = ((chosen * 2 + wrong) * count + self._labels) * count + self._answers
        kinds, which = np.unique(codes, return_inverse=True)
        theme, sizes = self.theme, (zoom.scale(), self.devicePixelRatioF())
        images = []
        for code in kinds.tolist():
            rest, answer = divmod(code, count)
            rest, label = divmod(rest, count)
            ring = (
                "" if answer == label else theme.bad if count > len(theme.classes) else theme.class_color(answer, count)
            )
            halo = theme.text if rest >= 2 else ""
            images.append(_sprite(theme.class_color(label, count), theme.sunken, ring, halo, *sizes))
        order = np.argsort(which, kind="stable")
        self.sprites.set_sprites(self._points[order], images, which[order])

    def _draw_names(self) -> None:
        """Each class's name at the middle of its points."""
        names = self._class_names
        counts = np.bincount(self._labels, minlength=len(names))
        present = np.flatnonzero(counts)
        sums = [np.bincount(self._labels, each, len(names)) for each in self._points.T]
        middles = np.stack(sums, axis=1)[present] / counts[present, None]
        wide = max(1.0, _LETTER * max((len(name) for name in names), default=0))
        places = [(x, y) for x, y in _apart(middles, wide, self.star).tolist()]
        self.names.set_texts(places, [names[k] for k in present.tolist()])

    def _draw_signs(self) -> None:
        signs: list[tuple[tuple[float, float], Sign, str]] = []
        if 0 <= self._pointed < len(self._points):
            x, y = self._points[self._pointed].tolist()
            signs.append(((x, y), _POINTED, self.theme.text))
        if self.star is not None:
            signs += [(self.star, _BEHIND_STAR, self.theme.sunken), (self.star, _STAR, self.theme.accent)]
        x, y = np.array([place for place, _, _ in signs]).reshape(-1, 2).T
        self._signs.set_signs(x, y, [sign for _, sign, _ in signs], [color(tint) for _, _, tint in signs])

    def nearest(self, x: float, y: float) -> int:
        """The number of the point at `x`, `y` or a few pixels beside it; -1 if there is none."""
        return self.view.nearest(self._points, x, y, _NEAR)

    def point_at(self, position: QPointF | None) -> None:
        found = -1
        if position is not None and self.view.sceneBoundingRect().contains(position):
            at = self.view.mapSceneToView(position)
            found = self.nearest(at.x(), at.y())
        if found != self._pointed:
            self._pointed = found
            self._draw_signs()
            self.hovered.emit(found)

    @Slot(float, float)
    def _on_clicked(self, x: float, y: float) -> None:
        found = self.nearest(x, y)
        if found >= 0:
            self.clicked.emit(found)
        else:
            self._select(np.zeros(0, np.intp))

    @Slot(object, bool)
    def _on_lasso_dragged(self, around: QPolygonF, ended: bool) -> None:
        path = QPainterPath()
        if not ended:
            path.addPolygon(around)
        self._lasso.setPath(path)
        if ended:
            rule = Qt.FillRule.OddEvenFill
            inside = [around.containsPoint(QPointF(*point), rule) for point in self._points.tolist()]
            self._select(np.flatnonzero(inside))

    def _select(self, numbers: Indices) -> None:
        self.set_chosen(numbers)
        self.selected.emit(numbers)


def _apart(places: Floats, wide: float, star: tuple[float, float] | None = None) -> Floats:
    """The `places` (n, 2) of names, pushed apart where they would cover each other, and away from the star.

    Args:
        places: the middles of the names.
        wide: how many times as wide as high a name is.
        star: where it is, if there is one.
    """
    places = places / (wide, 1.0)
    for _ in range(_MOVES):
        gaps = places[:, None] - places[None]
        lengths = np.linalg.norm(gaps, axis=2)
        near = (lengths < _APART) & (lengths > 0)
        push = np.where(near, (_APART - lengths) / 2 / np.maximum(lengths, 1e-9), 0.0)
        places = places + (push[..., None] * gaps).sum(axis=1)
        if star is not None:
            gap = places - np.array(star) / (wide, 1.0)
            length = np.maximum(np.linalg.norm(gap, axis=1, keepdims=True), 1e-9)
            places = places + gap / length * np.maximum(_CLEAR - length, 0.0)
    return places * (wide, 1.0)


@lru_cache(512)
def _sprite(tint: str, ground: str, ring: str, halo: str, scale: float, ratio: float) -> QImage:
    """A point in a class's colour, with a ring if it is read wrongly and a halo if it is chosen."""
    discs = [(_RING, ring), (_GAP, ground), (_INNER, tint)] if ring else [(_RIGHT, tint)]
    if halo:
        discs.insert(0, (discs[0][0] + _HALO, halo))
    side = int(np.ceil((max(size for size, _ in discs) + 2) * scale * ratio))
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for size, fill in discs:
            painter.setBrush(color(fill, 1.0 if ring or halo else 0.8))
            painter.drawEllipse(QPointF(side / 2, side / 2), size * scale * ratio / 2, size * scale * ratio / 2)
    image.setDevicePixelRatio(ratio)
    return image
