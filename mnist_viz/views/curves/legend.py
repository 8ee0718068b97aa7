"""The runs with their values at one place, or with the statistics of a selected range."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
)

from mnist_viz.engine.metrics import format_accuracy, format_loss
from mnist_viz.views import zoom
from mnist_viz.views.curves.curve import RunCurves
from mnist_viz.views.detail_delegate import Index
from mnist_viz.views.theme import DARK, SMALL, Theme, color, font
from mnist_viz.views.widgets import set_font

METRICS = ("train loss", "val. loss", "train acc.", "val. acc.")
_SHORT = ("loss", "val.", "acc.", "val.")
_TIPS = (
    "Loss of the training batches, smoothed as chosen below",
    "Loss on the validation set at the end of the epoch",
    "Accuracy in the training batches, smoothed as chosen below",
    "Accuracy on the validation set at the end of the epoch",
)
Statistics = Sequence[tuple[float, float, float] | None]
"""Minimum, mean and last value of each metric in the order of METRICS; None where there are no values."""
_LEAST_MEAN_LAST = ("least", "mean", "last")
_MEAN = 1

_CHECK, _NAME, _VALUES = 0, 1, range(2, 2 + len(METRICS))  # columns
_CHECK_WIDTH, _NAME_WIDTH = 20, 66  # pixels; the least for a short name with its colour
_VALUE_WIDTHS = 48, 58
_ROW = 20
_MOST_ROWS = 4  # more are scrolled


class Legend(QTreeWidget):
    """One row a run, a few of them visible. A click on a name or a value chooses the run; the check box hides it.

    The columns of the values are as wide as there is room for.

    Attributes:
        rows: the items of the runs, from top to bottom.
        heading: where or of what the values are.
    """

    run_clicked = Signal(int)  # the run's number
    visibility_toggled = Signal(int, bool)  # the run's number; whether its curves are to be visible

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("curves-legend")
        self.setAccessibleName("Runs and their values")
        self._runs: tuple[RunCurves, ...] = ()
        self._active: int | None = None
        self._place: float | None = None
        self._place_text = ""
        self.heading = ""
        self._statistics: Mapping[int, Statistics] = {}
        self._range_text = ""
        self._which = _MEAN  # of `_LEAST_MEAN_LAST`
        self._filled: dict[QTreeWidgetItem, tuple[object, ...]] = {}  # what the name and the colours follow from
        self._theme = DARK
        self.rows: list[QTreeWidgetItem] = []
        self._delegate = _ValueDelegate(self)
        self._short = False  # no room for the full names of the metrics
        self.setColumnCount(2 + len(METRICS))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setIconSize(QSize(9, 9))
        self.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(_CHECK_WIDTH)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(_CHECK, _CHECK_WIDTH)
        for column in _VALUES:
            self.setItemDelegateForColumn(column, self._delegate)

        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_font(self.header(), SMALL)
        self.header().setFixedHeight(_ROW)
        self.header().setSectionsClickable(False)
        for column in range(self.columnCount()):
            side = Qt.AlignmentFlag.AlignRight if column in _VALUES else Qt.AlignmentFlag.AlignLeft
            self.headerItem().setTextAlignment(column, side | Qt.AlignmentFlag.AlignVCenter)
        for column, tip in zip(_VALUES, _TIPS, strict=True):
            self.headerItem().setToolTip(column, tip)
        self.header().sectionClicked.connect(self._on_header_clicked)
        self.itemClicked.connect(self._on_chosen)
        self.itemActivated.connect(self._on_chosen)
        self.itemChanged.connect(self._on_changed)
        self.set_runs((), None)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.set_runs(self._runs, self._active)

    def set_runs(self, runs: Sequence[RunCurves], active: int | None) -> None:
        """Show these runs, also the hidden ones; the active one in bold and in view."""
        moved = (len(runs), active) != (len(self._runs), self._active)
        self._runs, self._active = tuple(runs), active
        self.blockSignals(True)  # filled here, not changed by the user
        self._set_row_count(len(runs))
        filled, self._filled = self._filled, {}
        for row, run in zip(self.rows, runs, strict=True):
            key = run.name, run.color, run.visible, run.number == active, self._theme, zoom.scale()
            self._filled[row] = key
            if filled.get(row) != key:
                self._fill(row, run)
        self.blockSignals(False)
        self.setFixedHeight(zoom.px(_ROW + _ROW * min(max(1, len(runs)), _MOST_ROWS)))
        if moved:
            for row, run in zip(self.rows, runs, strict=True):
                if run.number == active:
                    self.scrollToItem(row)
        self._show_values()

    def set_place(self, place: float | None, text: str) -> None:
        """Show the values at this place, which is called `text`; None for the newest."""
        if (place, text) != (self._place, self._place_text):
            self._place, self._place_text = place, text
            self._show_values()

    def set_range(self, text: str, statistics: Mapping[int, Statistics]) -> None:
        """Show the statistics of a range, which is called `text`, of each run by its number; none: the values."""
        if (text, statistics) != (self._range_text, self._statistics):
            self._range_text, self._statistics = text, statistics
            self.header().setSectionsClickable(bool(statistics))
            self.headerItem().setToolTip(_NAME, "Click for the least, the mean or the last value" if statistics else "")
            self._show_values()

    def _show_values(self) -> None:
        place = self._place_text
        if self._statistics:
            place = f"{_LEAST_MEAN_LAST[self._which]} of {self._range_text}"
        self.heading = place
        if self._short:
            place = place.removeprefix("epoch ").removeprefix("step ")
        blocked = self.model().blockSignals(True)  # or all of the table would be laid out anew, in three paintings
        self.setHeaderLabels(["", place, *(_SHORT if self._short else METRICS)])
        self.model().blockSignals(blocked)
        self.header().viewport().update()
        self.blockSignals(True)
        for row, run in zip(self.rows, self._runs, strict=True):
            if not run.visible:
                continue
            if not self._statistics:
                self._set_values(row, run.values_at(self._place))
            elif run.number in self._statistics:
                found = self._statistics[run.number]
                self._set_values(row, [None if each is None else each[self._which] for each in found])
        self.blockSignals(False)

    def _fill(self, row: QTreeWidgetItem, run: RunCurves) -> None:
        theme, bold = self._theme, run.number == self._active
        self._set_look(row, color(theme.text if bold else theme.muted), bold=bold)
        for column in _VALUES:
            row.setText(column, "")
        row.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
        row.setCheckState(_CHECK, Qt.CheckState.Checked if run.visible else Qt.CheckState.Unchecked)
        what = f"{'Hide' if run.visible else 'Show'} the curves of {run.name}"
        row.setToolTip(_CHECK, what)
        row.setData(_CHECK, Qt.ItemDataRole.AccessibleTextRole, what)
        row.setText(_NAME, run.name)
        row.setToolTip(_NAME, f"Go to {run.name}")
        swatch = color(theme.run_color(run.color), 1.0 if run.visible else 0.3)
        row.setData(_NAME, Qt.ItemDataRole.DecorationRole, swatch)

    def _set_row_count(self, count: int) -> None:
        while len(self.rows) > count:
            self.takeTopLevelItem(len(self.rows) - 1)
            self.rows.pop()
        while len(self.rows) < count:
            row = QTreeWidgetItem(self)
            row.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.rows.append(row)
        self._size_rows()

    def _size_rows(self) -> None:
        blocked = self.blockSignals(True)
        for row in self.rows:
            row.setSizeHint(_CHECK, zoom.size(0, _ROW))
        self.blockSignals(blocked)

    def _set_look(self, row: QTreeWidgetItem, ink: QColor, *, bold: bool = False) -> None:
        """Set the colour and the weight of a row's texts."""
        for column in range(self.columnCount()):
            row.setForeground(column, QBrush(ink))
            row.setFont(column, font(zoom.px(SMALL), QFont.Weight.DemiBold if bold else QFont.Weight.Normal))

    def _set_values(self, row: QTreeWidgetItem, values: Sequence[float | None]) -> None:
        """Write two losses and two accuracies (0 to 1) into a row; None is written as a dash."""
        for column, value in zip(_VALUES, values, strict=True):
            if value is None:
                row.setText(column, "–")
            else:
                row.setText(column, format_loss(value) if column < 4 else format_accuracy(value))

    def texts(self) -> list[list[str]]:
        """The name and the values of each row, as they are shown."""
        return [[row.text(column) for column in range(_NAME, self.columnCount())] for row in self.rows]

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._size_rows()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        low, high = _VALUE_WIDTHS
        width = min(max((zoom.units(self.width()) - _CHECK_WIDTH - _NAME_WIDTH) // len(METRICS), low), high)
        for column in _VALUES:
            self.setColumnWidth(column, zoom.px(width))
        if self._short != (width < high):
            self._short = width < high
            self._show_values()
        super().resizeEvent(event)

    @Slot(int)
    def _on_header_clicked(self, column: int) -> None:
        if column == _NAME:
            self._which = (self._which + 1) % len(_LEAST_MEAN_LAST)
            self._show_values()

    @Slot(QTreeWidgetItem, int)
    def _on_changed(self, row: QTreeWidgetItem, _column: int) -> None:
        run, shown = self._runs[self.rows.index(row)], row.checkState(_CHECK) is Qt.CheckState.Checked
        if shown != run.visible:
            self.visibility_toggled.emit(run.number, shown)

    @Slot(QTreeWidgetItem, int)
    def _on_chosen(self, row: QTreeWidgetItem, column: int) -> None:
        if column > _CHECK:
            self.run_clicked.emit(self._runs[self.rows.index(row)].number)


class _ValueDelegate(QStyledItemDelegate):
    """Writes a value and nothing else: a style sheet takes ten times as long, at every mouse move."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.setFont(index.data(Qt.ItemDataRole.FontRole))
        painter.setPen(index.data(Qt.ItemDataRole.ForegroundRole).color())
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(option.rect.adjusted(0, 0, -3, 0), align, index.data())
