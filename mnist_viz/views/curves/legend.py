"""What stands around the plots: which line is which, the names of the runs, titles with values."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from mnist_viz.views.curves.curve import RunCurves
from mnist_viz.views.painting import mixed, text_font, text_metrics, text_width
from mnist_viz.views.theme import BODY, DARK, GRID, SMALL, Theme, color

_MIDDLE = Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class Key(QWidget):
    """Which line is which, and the place of the values below. Painted: labels would be laid out at each change."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(3 * GRID)
        self._theme = DARK
        self._alone = True
        self.place = ""

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_alone(self, alone: bool) -> None:
        """Whether there is one run, in the colours of training and validation."""
        if alone != self._alone:
            self._alone = alone
            self.update()

    def set_place(self, text: str) -> None:
        if text != self.place:
            self.place = text
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self.paint(painter, QRectF(self.rect()))

    def paint(self, painter: QPainter, rect: QRectF, with_place: bool = True) -> None:
        theme = self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(text_font(SMALL))
        inks = (theme.training, theme.validation)
        if not self._alone:
            inks = (mixed(theme.panel, theme.text, 0.5).name(), theme.text)
        middle, x = rect.center().y(), rect.left() + 4
        for name, ink, width, dotted in (
            ("training", inks[0], 1.0, False),
            ("validation", inks[1], 1.5, True),
        ):
            painter.setPen(QPen(color(ink), width))
            painter.drawLine(round(x), round(middle), round(x + 14), round(middle))
            if dotted:
                painter.setBrush(color(ink))
                painter.drawEllipse(QRectF(x + 4.5, middle - 2.5, 5, 5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(color(theme.muted))
            painter.drawText(QRectF(x + 20, rect.top(), 100, rect.height()), _MIDDLE, name)
            x += 20 + text_width(name, SMALL) + 2 * GRID
        if with_place:
            painter.drawText(rect.adjusted(0, 0, -8, 0), _RIGHT, self.place)


class RunLegend(QWidget):
    """The names of the runs in their colours, in columns of one width. A click on one says which it was."""

    run_clicked = Signal(int)

    ROW = 18
    _CELL = 80  # pixels that a name has at the least
    _MOST_ROWS = 2

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("curves-legend")
        self.setMouseTracking(True)
        self._theme = DARK
        self._runs: tuple[RunCurves, ...] = ()
        self._active: int | None = None
        self._pressed: int | None = None
        self.hide()

    def sizeHint(self) -> QSize:
        return QSize(2 * self._CELL, self.ROW)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_runs(self, runs: Sequence[RunCurves], active: int | None) -> None:
        """Show the names of these runs; fewer than two need no legend, unless the one is not the active one."""
        before, self._runs, self._active = (self._looks(), self._active), tuple(runs), active
        if before == (self._looks(), active):
            return
        self.setAccessibleName("Runs: " + ", ".join(run.name for run in runs))
        self._arrange()
        self.update()

    def height_for(self, width: float) -> int:
        """How high it is in `width` pixels."""
        columns, rows, _ = self._cells(width)
        return rows * self.ROW + 2 if columns else 0

    def run_at(self, x: float, y: float) -> int | None:
        """The number of the run whose name is at a point; None where there is none."""
        run = self._at(x, y)
        return run.number if run is not None else None

    def middle_of(self, number: int) -> tuple[float, float]:
        """The middle of a run's name.

        Raises:
            KeyError: it is not shown.
        """
        columns, _, shown = self._cells(self.width())
        for k, run in enumerate(self._runs[:shown]):
            if run.number == number:
                return (k % columns + 0.5) * self.width() / columns, (k // columns + 0.5) * self.ROW
        raise KeyError(number)

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self.paint(painter, QRectF(self.rect()))

    def paint(self, painter: QPainter, rect: QRectF) -> None:
        columns, _, shown = self._cells(rect.width())
        if not columns:
            return
        theme, width = self._theme, rect.width() / columns
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for k, run in enumerate(self._runs[:shown]):
            cell = QRectF(rect.left() + k % columns * width, rect.top() + k // columns * self.ROW, width, self.ROW)
            active = run.number == self._active
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color(theme.run_color(run.color)))
            painter.drawRoundedRect(QRectF(cell.left() + 4, cell.center().y() - 4, 8, 8), 2, 2)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            weight = QFont.Weight.DemiBold if active else QFont.Weight.Normal
            painter.setFont(text_font(SMALL, weight))
            painter.setPen(color(theme.text if active else theme.muted))
            room = cell.adjusted(17, 0, -4, 0)
            name = text_metrics(SMALL, weight).elidedText(run.name, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, _MIDDLE, name)
        if shown < len(self._runs):
            cell = QRectF(
                rect.left() + shown % columns * width, rect.top() + shown // columns * self.ROW, width, self.ROW
            )
            painter.setFont(text_font(SMALL))
            painter.setPen(color(theme.muted))
            painter.drawText(cell.adjusted(17, 0, 0, 0), _MIDDLE, f"and {len(self._runs) - shown} more")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self.run_at(event.position().x(), event.position().y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        number = self.run_at(event.position().x(), event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and number is not None and number == self._pressed:
            self.run_clicked.emit(number)
        self._pressed = None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.run_at(event.position().x(), event.position().y()) is not None:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.unsetCursor()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            run = self._at(event.pos().x(), event.pos().y())
            hidden = self._runs[self._cells(self.width())[2] :]
            text = f"Go to {run.name}" if run is not None else "\n".join(each.name for each in hidden)
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _at(self, x: float, y: float) -> RunCurves | None:
        columns, _, shown = self._cells(self.width())
        if not columns or not (0 <= x < self.width() and y >= 0):
            return None
        index = int(y // self.ROW) * columns + int(x / self.width() * columns)
        return self._runs[index] if index < shown else None

    def _arrange(self) -> None:
        needed = self.height_for(self.width())
        self.setVisible(needed > 0)
        if needed and needed != self.height():
            self.setFixedHeight(needed)

    def _cells(self, width: float) -> tuple[int, int, int]:
        """Columns, rows, and how many runs have a cell."""
        count = len(self._runs)
        if count == 0 or (count == 1 and self._runs[0].number == self._active):
            return 0, 0, 0
        columns = min(count, max(1, int(width // self._CELL)))
        rows = min(self._MOST_ROWS, -(-count // columns))
        columns = min(columns, -(-count // rows))  # rather even rows than a long one and a short one
        return columns, rows, count if count <= columns * rows else columns * rows - 1

    def _looks(self) -> list[tuple[int, str, int]]:
        return [(run.number, run.name, run.color) for run in self._runs]


class Heading(QWidget):
    """What a plot shows, and the two values in their lines' colours, at fixed places."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setFixedHeight(3 * GRID)
        self._theme = DARK
        self._title = title
        self._color: int | None = None
        self._value_width = text_width("100.00%", BODY, QFont.Weight.Medium) + GRID
        self.values = ("–", "–")

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_color(self, number: int | None) -> None:
        """The colour of the run whose values these are; None for those of training and validation."""
        if number != self._color:
            self._color = number
            self.update()

    def set_values(self, training: str, validation: str) -> None:
        if (training, validation) != self.values:
            self.values = (training, validation)
            self.setAccessibleName(f"{self._title}: training {training}, validation {validation}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self.paint(painter, QRectF(self.rect()))

    def paint(self, painter: QPainter, rect: QRectF, with_values: bool = True) -> None:
        theme = self._theme
        painter.setFont(text_font(BODY, QFont.Weight.DemiBold))
        painter.setPen(color(theme.text))
        painter.drawText(rect.adjusted(4, 0, 0, 0), _MIDDLE, self._title)
        if not with_values:
            return
        inks = color(theme.training), color(theme.validation)
        if self._color is not None:
            tint = theme.run_color(self._color)
            inks = mixed(theme.panel, tint, 0.65), color(tint)
        painter.setFont(text_font(BODY, QFont.Weight.Medium))
        right = rect.right()
        for text, ink in zip(reversed(self.values), reversed(inks), strict=True):
            painter.setPen(ink)
            painter.drawText(
                QRectF(right - self._value_width, rect.top(), self._value_width, rect.height()), _RIGHT, text
            )
            right -= self._value_width
