"""One plot of the curves panel: the lines of one run or several, with a cursor to drag."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_viz.views.curves.axes import Scale, percent_scale, place_ticks
from mnist_viz.views.curves.hover_box import draw_hover_box
from mnist_viz.views.curves.lines import Ink, Lines, Mapping, draw_band, draw_training, draw_validation
from mnist_viz.views.painting import mixed, text_font
from mnist_viz.views.theme import BODY, DARK, GRID, SMALL, Theme, color

AXIS_WIDTH = 40
_TOP, _RIGHT = 4, 8
_PLACES_HEIGHT, _NO_PLACES_HEIGHT = 2 * GRID + 4, 6


class CurvePlot(QWidget):
    """Draws curves over a common axis. The mouse reads and sets the cursor; it neither zooms nor pans.

    The lines are painted into pixmaps: one of the runs that do not change, one with the active run on top. Moving the
    cursor paints no line.

    Args:
        name: the object's.
        format_value: text of a value, for what is under the mouse.
        shows_places: whether the horizontal axis has its numbers here.
    """

    cursor_requested = Signal(float)  # a place on the horizontal axis
    hovered = Signal(object)  # a place, or None when the mouse leaves

    def __init__(self, name: str, format_value: Callable[[float], str], *, shows_places: bool) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._format = format_value
        self._bottom = _PLACES_HEIGHT if shows_places else _NO_PLACES_HEIGHT
        self._theme = DARK
        self._lines: tuple[Lines, ...] = ()
        self._active: int | None = None
        self._alone = True
        self._scale = percent_scale()
        self._extent = 0.0
        self._whole_places = True
        self._cursor: float | None = None
        self._hover: float | None = None
        self._pressed = False
        self.note = ""
        self._still: QPixmap | None = None  # all but the active run
        self._picture: QPixmap | None = None  # all but cursor and mouse

    def sizeHint(self) -> QSize:
        return QSize(32 * GRID, 18 * GRID)

    def minimumSizeHint(self) -> QSize:
        return QSize(20 * GRID, 8 * GRID)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._paint_anew()

    def set_note(self, text: str) -> None:
        """Say `text` in the middle of the plot; an empty one says nothing."""
        if text != self.note:
            self.note = text
            self.update()

    def set_lines(self, lines: Sequence[Lines], active: int | None, alone: bool) -> None:
        """Draw the lines of these runs.

        Args:
            lines: the same object for a run as before is not painted again.
            active: the number of the run that is drawn on top, which may change often.
            alone: there is one run, in the colours of training and validation rather than its own.
        """
        before, self._lines = self._lines, tuple(lines)
        if (active, alone) != (self._active, self._alone):
            self._active, self._alone = active, alone
            self._still = None
        elif not _same(self._others(before), self._others(self._lines)):
            self._still = None
        elif _same(before, self._lines):
            return
        self._picture = None
        self.update()

    def set_scale(self, scale: Scale) -> None:
        if scale != self._scale:
            self._scale = scale
            self._paint_anew()

    def set_extent(self, extent: float, whole: bool = True) -> None:
        """Let the horizontal axis go from 0 to `extent`; `whole` if it counts things of which there are no parts."""
        if (extent, whole) != (self._extent, self._whole_places):
            self._extent, self._whole_places = extent, whole
            self._paint_anew()

    def set_cursor(self, place: float | None) -> None:
        if place != self._cursor:
            self._cursor = place
            self.update()

    def set_hover(self, place: float | None) -> None:
        if place != self._hover:
            self._hover = place
            self.update()

    @property
    def scale(self) -> Scale:
        return self._scale

    @property
    def extent(self) -> float:
        return self._extent

    def place_at(self, x: float) -> float:
        """The place at `x` pixels from the left, within what is shown."""
        area = self._mapping(QRectF(self.rect())).area
        return min(max((x - area.left()) / max(1.0, area.width()), 0.0), 1.0) * self._extent

    def x_of(self, place: float) -> float:
        area = self._mapping(QRectF(self.rect())).area
        return area.left() + area.width() * place / max(self._extent, 1e-9)

    # Painting

    def paint(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the plot without cursor and mouse into `rect`, of lines rather than pixels."""
        mapping = self._mapping(rect)
        self._paint_ground(painter, rect, mapping)
        self._paint_lines(painter, mapping, self._others(self._lines), 0.0)
        self._paint_lines(painter, mapping, self._top(), 0.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None or self._picture.devicePixelRatio() != self.devicePixelRatioF():
            self._paint_picture()
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            if self._picture is not None:
                painter.drawPixmap(0, 0, self._picture)
            self._paint_over(painter)

    def _paint_anew(self) -> None:
        self._still = self._picture = None
        self.update()

    def _paint_picture(self) -> None:
        rect, ratio = QRectF(self.rect()), self.devicePixelRatioF()
        mapping = self._mapping(rect)
        if self._still is None or self._still.devicePixelRatio() != ratio:
            self._still = QPixmap(self.size() * ratio)
            self._still.setDevicePixelRatio(ratio)
            with QPainter(self._still) as painter:
                self._paint_ground(painter, rect, mapping)
                self._paint_lines(painter, mapping, self._others(self._lines), ratio)
        self._picture = QPixmap(self._still)
        with QPainter(self._picture) as painter:
            self._paint_lines(painter, mapping, self._top(), ratio)

    def _paint_ground(self, painter: QPainter, rect: QRectF, mapping: Mapping) -> None:
        theme, area = self._theme, mapping.area
        painter.fillRect(rect, color(theme.panel))
        painter.fillRect(area, color(theme.sunken))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setFont(text_font(SMALL))
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        for tick, text in self._scale.ticks_for(area.height()):
            y = round(float(mapping.y_of_tick(tick)))  # type: ignore[arg-type]  # one value in place of an array
            painter.setPen(QPen(mixed(theme.sunken, theme.border, 0.6), 1))
            painter.drawLine(QLineF(area.left(), y, area.right(), y))
            painter.setPen(color(theme.muted))
            top = min(max(y - 8.0, rect.top()), rect.bottom() - 16)
            painter.drawText(QRectF(rect.left(), top, AXIS_WIDTH - 6, 16), align, text)
        painter.setPen(QPen(color(theme.border), 1))
        painter.drawLine(area.topLeft(), area.bottomLeft())
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        if self._bottom != _PLACES_HEIGHT:
            return
        painter.setPen(color(theme.muted))
        for place, text in place_ticks(self._extent, area.width(), self._whole_places):
            x = area.left() + area.width() * place / self._extent
            box = QRectF(x - 30, area.bottom() + 4, 60, 16)
            align = Qt.AlignmentFlag.AlignHCenter
            if box.right() > rect.right() + 20:  # a number under the right end
                box.setRight(rect.right())
                align = Qt.AlignmentFlag.AlignRight
            painter.drawText(box, align | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_lines(self, painter: QPainter, mapping: Mapping, lines: Sequence[Lines], ratio: float) -> None:
        painter.save()
        painter.setClipRect(mapping.area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # Of several runs no faint line hides another's strong one.
        inks = [self._ink(each) for each in lines]
        for ink, each in zip(inks, lines, strict=True):
            draw_band(painter, mapping, each.training, ink.band)
        for ink, each in zip(inks, lines, strict=True):
            draw_training(painter, mapping, each.training, ink.training, ratio)
        for ink, each in zip(inks, lines, strict=True):
            draw_validation(painter, mapping, each.validation, ink.validation, ratio)
        painter.restore()

    def _ink(self, lines: Lines) -> Ink:
        theme = self._theme
        if self._alone:
            return Ink(color(theme.training), color(theme.validation), color(theme.training, 0.2))
        tint = theme.run_color(lines.color)
        # Mixed with the ground, not transparent: Qt draws opaque lines faster.
        faint = mixed(theme.sunken, tint, 0.6)
        return Ink(faint, color(tint), color(tint, 0.16 if lines.number == self._active else 0.07))

    def _paint_over(self, painter: QPainter) -> None:
        theme, mapping = self._theme, self._mapping(QRectF(self.rect()))
        area = mapping.area
        for place, ink in ((self._hover, color(theme.muted, 0.6)), (self._cursor, color(theme.accent))):
            if place is not None and place <= self._extent * (1 + 1e-9):
                x = round(area.left() + area.width() * place / max(self._extent, 1e-9))
                painter.setPen(QPen(ink, 1))
                painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        if self._hover is not None and not self._alone:
            rows = [(self._ink(lines), lines) for lines in self._lines]
            draw_hover_box(painter, theme, area, self.x_of(self._hover), self._hover, rows, self._format)
        if self.note:
            painter.setFont(text_font(BODY))
            painter.setPen(color(theme.muted))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.note)

    def _mapping(self, rect: QRectF) -> Mapping:
        return Mapping(rect.adjusted(AXIS_WIDTH, _TOP, -_RIGHT, -self._bottom), self._extent, self._scale)

    def _others(self, lines: tuple[Lines, ...]) -> tuple[Lines, ...]:
        return tuple(each for each in lines if each.number != self._active)

    def _top(self) -> tuple[Lines, ...]:
        return tuple(each for each in self._lines if each.number == self._active)

    # The mouse

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._paint_anew()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._extent > 0:
            self._pressed = True
            self.cursor_requested.emit(self.place_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().x())
        if self._pressed:
            self.cursor_requested.emit(place)
        self.hovered.emit(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered.emit(None)
        super().leaveEvent(event)


def _same(one: tuple[Lines, ...], other: tuple[Lines, ...]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
