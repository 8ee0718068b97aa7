"""The classes of the user's own data: a line each, with some examples and a bar that counts them."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QImage, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_viz.views.data.entry import OwnClass
from mnist_viz.views.data.samples import GAP, SIDE, draw_example, example_image
from mnist_viz.views.painting import text_font, text_metrics, text_width
from mnist_viz.views.theme import BODY, DARK, GRID, SMALL, Theme, color

_HEAD = 3 * GRID
_FEW = 6
"""So many classes have room for larger pictures."""
_MOST_PICTURES = 8
_COUNTED = 26 * GRID  # the column with names, bars and counts


@dataclass(frozen=True)
class _Plan:
    """Where things are in a line: pictures of `side` pixels, with the counts beside the name or below it."""

    side: int
    line: int


_SMALL_PLAN, _LARGE_PLAN = _Plan(SIDE, SIDE + 2 * GRID), _Plan(2 * SIDE, 2 * SIDE + 2 * GRID)


class ClassTable(QWidget):
    """A contact sheet and a chart in one, painted; it lies in a scroll area and may be long."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("class-table")
        self.setAccessibleName("classes")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = DARK
        self._classes: tuple[OwnClass, ...] = ()
        self._images: dict[int, list[QImage]] = {}  # by line, once it was in sight

    def set_classes(self, classes: Sequence[OwnClass]) -> None:
        self._classes = tuple(classes)
        self._images = {}
        counted = ", ".join(f"{c.name} {c.train + c.validation + c.test:,}" for c in self._classes[:20])
        self.setAccessibleDescription(counted)
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._images = {}
        self.update()

    @property
    def _plan(self) -> _Plan:
        return _LARGE_PLAN if len(self._classes) <= _FEW else _SMALL_PLAN

    def sizeHint(self) -> QSize:
        return QSize(60 * GRID, _HEAD + self._plan.line * len(self._classes))

    def minimumSizeHint(self) -> QSize:
        return QSize(40 * GRID, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self._paint(painter, event.region())

    def _paint(self, painter: QPainter, region: QRegion) -> None:
        if not self._classes:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plan, left = self._plan, _COUNTED + 2 * GRID
        most = max(c.train + c.validation + c.test for c in self._classes)
        shown = min(_MOST_PICTURES, max((self.width() - left) // (plan.side + GAP), 1))
        self._paint_head(painter, left)
        for line, one in enumerate(self._classes):
            top = _HEAD + line * plan.line
            if not region.intersects(QRectF(0, top, self.width(), plan.line).toAlignedRect()):
                continue
            self._paint_counts(painter, QRectF(0, top + (plan.side - SIDE) / 2 - 4, _COUNTED, SIDE + GRID), one, most)
            if line not in self._images:
                pictures = one.pictures[:_MOST_PICTURES]
                self._images[line] = [example_image(picture, self._theme) for picture in pictures]
            for place, image in enumerate(self._images[line][:shown]):
                at = QRectF(left + place * (plan.side + GAP), top, plan.side, plan.side)
                draw_example(painter, at, image)

    def _paint_counts(self, painter: QPainter, at: QRectF, one: OwnClass, most: int) -> None:
        """The name and how many there are, and below a bar in three parts."""
        counts = one.train, one.validation, one.test
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        line = QRectF(at.x(), at.y(), at.width(), 20)
        number = f"{sum(counts):,}"
        painter.setFont(text_font(BODY))
        painter.setPen(color(self._theme.muted))
        painter.drawText(line, middle | right, number)
        painter.setPen(color(self._theme.text))
        room = at.width() - text_width(number) - GRID
        painter.drawText(line, middle, text_metrics().elidedText(one.name, Qt.TextElideMode.ElideRight, room))
        painter.setPen(Qt.PenStyle.NoPen)
        x, width = at.x(), at.width()
        painter.setBrush(color(self._theme.border, 0.5))
        painter.drawRect(QRectF(x, at.y() + 24, width, 6))
        for count, (tint, alpha) in zip(counts, self._tints(), strict=True):
            part = width * count / max(most, 1)
            painter.setBrush(color(tint, alpha))
            painter.drawRect(QRectF(x, at.y() + 24, part, 6))
            x += part

    def _paint_head(self, painter: QPainter, left: float) -> None:
        """What the colours of the bars mean."""
        painter.setFont(text_font(SMALL, QFont.Weight.Normal))
        height = _HEAD - GRID
        x = 0.0
        for text, (tint, alpha) in zip(("training", "validation", "test"), self._tints(), strict=True):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color(tint, alpha))
            painter.drawRect(QRectF(x, height / 2 - 4, 8, 8))
            painter.setPen(color(self._theme.muted))
            painter.drawText(QRectF(x + 12, 0, 12 * GRID, height), Qt.AlignmentFlag.AlignVCenter, text)
            x += 12 + text_width(text, SMALL) + 12
        painter.drawText(QRectF(left, 0, 20 * GRID, height), Qt.AlignmentFlag.AlignVCenter, "Some training examples")

    def _tints(self) -> tuple[tuple[str, float], ...]:
        return (self._theme.training, 1.0), (self._theme.validation, 1.0), (self._theme.muted, 0.45)
