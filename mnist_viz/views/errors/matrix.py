"""The confusion matrix: what was read as what, with the accuracy of each class beside its row."""

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from mnist_viz.views.errors.answers import Answers, Cell, worst_cell
from mnist_viz.views.errors.plan import AXIS, LABEL, MatrixPlan, plan_matrix, widest
from mnist_viz.views.errors.scale import LEAST_LIMIT, error_codes, error_table, is_light
from mnist_viz.views.painting import Picture, frame_pen, text_font, text_metrics, text_width
from mnist_viz.views.theme import BODY, DARK, GRID, SMALL, Theme, color

NOWHERE: Cell = (-1, -1)

_TINY = 9  # pixels: figures in small cells
_MIDDLE = Qt.AlignmentFlag.AlignVCenter
_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class ConfusionMatrix(QWidget):
    """Rows are the classes, columns the answers; a cell can be chosen."""

    cell_chosen = Signal(int, int)
    """Label and answer of the cell that the user has chosen; -1 and -1 for none any more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("confusion-matrix")
        self.setAccessibleName("Confusion matrix")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = DARK
        self._answers: Answers | None = None
        self._limit = LEAST_LIMIT
        self._chosen = self._hovered = NOWHERE
        self._plan: MatrixPlan | None = None
        self._picture = Picture()
        self._stale = True

    # --- values in ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._stale = True
        self.update()

    def set_answers(self, answers: Answers | None, limit: int = LEAST_LIMIT) -> None:
        """Show `answers`; as many mistakes as `limit` have the strongest colour."""
        before = self._answers
        if answers is None or before is None or answers.class_names != before.class_names:
            self._plan = None
            self._hovered = NOWHERE
        self._answers, self._limit = answers, limit
        self._stale = True
        self.update()

    def set_chosen(self, cell: Cell) -> None:
        """Frame a cell; `NOWHERE` for none."""
        if cell != self._chosen:
            self._chosen = cell
            self.update()

    # --- what is shown -----------------------------------------------------------------------

    def cell_at(self, position: QPointF) -> Cell:
        """The cell painted there; `NOWHERE` if there is none."""
        plan = self._current_plan()
        if plan is None or not plan.cells.contains(position):
            return NOWHERE
        last = plan.classes - 1
        row, column = (position.y() - plan.top) // plan.cell, (position.x() - plan.left) // plan.cell
        return min(int(row), last), min(int(column), last)

    def cell_rect(self, cell: Cell) -> QRectF:
        """Where a cell is painted; empty if it is not."""
        plan = self._current_plan()
        return plan.rect(*cell) if plan is not None and cell != NOWHERE else QRectF()

    def _current_plan(self) -> MatrixPlan | None:
        if self._plan is None and self._answers is not None:
            names = self._answers.class_names
            ratio = self.devicePixelRatioF()
            plan = plan_matrix(self.width(), self.height(), len(names), widest(names), ratio)
            self._plan = plan.stretched(self.width())
        return self._plan

    # --- painting ----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        plan, answers = self._current_plan(), self._answers
        if plan is None or answers is None:
            return
        if self._stale:
            self._picture.resize(plan.classes, plan.classes)
            error_codes(answers.confusion, self._limit, self._picture.codes)
            self._picture.colorize(error_table(self._theme))
            self._stale = False
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            painter.drawImage(plan.cells, self._picture.image)
            self._draw_grid(painter, plan)
            self._draw_counts(painter, plan, answers)
            self._draw_axes(painter, plan)
            self._draw_names(painter, plan, answers.class_names)
            self._draw_accuracies(painter, plan, answers)
            self._draw_frames(painter, plan)

    def _draw_grid(self, painter: QPainter, plan: MatrixPlan) -> None:
        cells = plan.cells
        if plan.cell >= 6:
            painter.setPen(QPen(color(self._theme.panel), 1))
            along = [k * plan.cell - 0.5 for k in range(1, plan.classes)]
            lines = [QLineF(cells.left(), cells.top() + y, cells.right(), cells.top() + y) for y in along]
            lines += [QLineF(cells.left() + x, cells.top(), cells.left() + x, cells.bottom()) for x in along]
            painter.drawLines(lines)
        painter.setPen(QPen(color(self._theme.accent if self._awaits_keys() else self._theme.border), 1))
        painter.drawRect(cells.adjusted(-0.5, -0.5, 0.5, 0.5))

    def _awaits_keys(self) -> bool:
        return self.hasFocus() and self._chosen == NOWHERE

    def _draw_counts(self, painter: QPainter, plan: MatrixPlan, answers: Answers) -> None:
        if plan.cell < LABEL:
            return
        theme = self._theme
        largest = BODY if plan.cell >= 30 else SMALL if plan.cell >= 18 else _TINY
        # By the number of figures, for all are equally wide.
        sizes = [_fitting(figures, largest, plan.cell - 1) for figures in range(len(str(len(answers.labels))) + 1)]
        quiet, dark, light = (color(tint) for tint in (theme.muted, "#0b0d11" if theme.dark else theme.text, "#ffffff"))
        lightness, codes, confusion = is_light(theme), self._picture.codes, answers.confusion
        set_size = 0
        for row, column in np.argwhere(confusion).tolist():
            text = str(confusion[row, column])
            size = sizes[len(text)]
            if not size:
                continue
            if size != set_size:
                painter.setFont(text_font(size))
                set_size = size
            painter.setPen(quiet if row == column else dark if lightness[codes[row, column]] else light)
            painter.drawText(plan.rect(row, column), Qt.AlignmentFlag.AlignCenter, text)

    def _draw_axes(self, painter: QPainter, plan: MatrixPlan) -> None:
        painter.setFont(text_font(SMALL))
        painter.setPen(color(self._theme.muted))
        above = QRectF(plan.left, 0, plan.side, AXIS - 2)
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, "Read as")
        text = "Right" if plan.bars > text_width("Right", SMALL) else ""
        painter.drawText(QRectF(plan.left + plan.side + GRID, 0, plan.bars, AXIS - 2), _MIDDLE, text)
        painter.save()
        painter.translate(0, plan.top + plan.side)
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, plan.side, AXIS - 2), Qt.AlignmentFlag.AlignCenter, "Is")
        painter.restore()

    def _draw_names(self, painter: QPainter, plan: MatrixPlan, names: tuple[str, ...]) -> None:
        metrics = text_metrics(SMALL)
        marked = [self._chosen, self._hovered]
        rows, columns = ({cell[k] for cell in marked if cell != NOWHERE} for k in (0, 1))
        length = plan.top - AXIS - 4
        for k, name in enumerate(names):
            if k % plan.stride == 0 or k in rows:
                self._set_name(painter, k in rows)
                place = QRectF(AXIS, plan.rect(k, 0).center().y() - 8, plan.names, 16)
                self._ground(painter, place, k in rows and plan.stride > 1)
                text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, plan.names + 1)
                painter.drawText(place.adjusted(-2, 0, 0, 0), _MIDDLE | Qt.AlignmentFlag.AlignRight, text)
            if k % plan.stride == 0 or k in columns:
                self._set_name(painter, k in columns)
                middle = plan.rect(0, k).center().x()
                if not plan.turned:
                    place = QRectF(middle - 16, AXIS, 32, plan.top - AXIS - 2)
                    self._ground(painter, place.adjusted(8, 0, -8, 0), k in columns and plan.stride > 1)
                    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, name)
                    continue
                painter.save()
                painter.translate(middle, plan.top - 4)
                painter.rotate(-90)
                place = QRectF(0, -8, length, 16)
                self._ground(painter, place, k in columns and plan.stride > 1)
                text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, length + 1)
                painter.drawText(place.adjusted(0, 0, 2, 0), _MIDDLE, text)
                painter.restore()

    def _set_name(self, painter: QPainter, marked: bool) -> None:
        painter.setFont(text_font(SMALL, QFont.Weight.DemiBold if marked else QFont.Weight.Normal))
        painter.setPen(color(self._theme.text if marked else self._theme.muted))

    def _ground(self, painter: QPainter, place: QRectF, wanted: bool) -> None:
        """Cover the names beside a marked one, where it has no room of its own."""
        if wanted:
            painter.fillRect(place, color(self._theme.panel))

    def _draw_accuracies(self, painter: QPainter, plan: MatrixPlan, answers: Answers) -> None:
        theme, confusion = self._theme, answers.confusion
        totals = confusion.sum(axis=1).tolist()
        right = np.diag(confusion).tolist()
        x = plan.left + plan.side + GRID
        with_text = plan.cell >= LABEL and plan.bars >= 64
        bar = plan.bars - (text_width("100.0%", SMALL) + 4 if with_text else 0)
        thick = min(max(round(plan.cell * 0.4), 2), 10) if plan.cell >= 5 else 0.6 * plan.cell
        painter.setFont(text_font(SMALL))
        ground, pen = color(theme.muted, 0.14), color(theme.text)
        for k, (hits, total) in enumerate(zip(right, totals, strict=True)):
            middle = plan.rect(k, 0).center().y()
            share = hits / total if total else 0.0
            place = QRectF(x, round(middle - thick / 2) if plan.cell >= 5 else middle - thick / 2, bar, thick)
            painter.fillRect(place, ground)
            place.setWidth(share * bar)
            painter.fillRect(place, color(theme.class_color(k, plan.classes), 0.8))
            if with_text:
                painter.setPen(pen)
                text = f"{share:.1%}" if total else "–"
                place = QRectF(x, middle - 8, plan.bars, 16)
                painter.drawText(place, _MIDDLE | Qt.AlignmentFlag.AlignRight, text)

    def _draw_frames(self, painter: QPainter, plan: MatrixPlan) -> None:
        for cell, tint in ((self._hovered, self._theme.text), (self._chosen, self._theme.accent)):
            if cell != NOWHERE:
                painter.setPen(frame_pen(tint))
                painter.drawRect(plan.rect(*cell))

    # --- the mouse and the keys --------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.cell_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell != NOWHERE:
            self._choose(NOWHERE if cell == self._chosen else cell)
        else:
            event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(NOWHERE)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._answers is None or not self._is_own(event):
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            self._choose(NOWHERE)
            self.clearFocus()  # the arrows are the timeline's again
        elif self._chosen == NOWHERE:
            self._choose(worst_cell(self._answers.confusion))
        else:
            last = len(self._answers.class_names) - 1
            down, right = _STEPS[Qt.Key(event.key())]
            row, column = self._chosen
            self._choose((min(max(row + down, 0), last), min(max(column + right, 0), last)))

    def _is_own(self, event: QKeyEvent) -> bool:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        return plain and (event.key() == Qt.Key.Key_Escape or event.key() in _STEPS)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def _choose(self, cell: Cell) -> None:
        if cell != self._chosen:
            self.set_chosen(cell)
            self.cell_chosen.emit(*cell)

    def _hover(self, cell: Cell) -> None:
        if cell != self._hovered:
            self._hovered = cell
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._plan = None

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._plan = None
            self.update()
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._is_own(event):
            event.accept()  # while the matrix has the focus, the arrows are its own
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(QPointF(event.pos()))
            if cell != NOWHERE and self._answers is not None:
                rect = self.cell_rect(cell).toAlignedRect()
                QToolTip.showText(event.globalPos(), self._answers.describe(cell), self, rect)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def sizeHint(self) -> QSize:
        return QSize(320, 240)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 96)


def _fitting(figures: int, largest: int, room: float) -> int:
    """The size of text in which a number fits, `largest` or smaller; 0 if there is none."""
    return next((size for size in (largest, _TINY) if text_width("0" * figures, size) <= room), 0)
