"""The runs with their values at one place: a row a run, to highlight it and to hide it."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from mnist_viz.views.curves.curve import RunCurves
from mnist_viz.views.number_text import format_loss
from mnist_viz.views.theme import DARK, SMALL, Theme, color, font

Index = QModelIndex | QPersistentModelIndex

METRICS = ("train loss", "val. loss", "train acc.", "val. acc.")
_SHORT = ("loss", "val.", "acc.", "val.")
_TIPS = (
    "Loss of the training batches, smoothed as chosen below",
    "Loss on the validation set at the end of the epoch",
    "Accuracy in the training batches, smoothed as chosen below",
    "Accuracy on the validation set at the end of the epoch",
)
_NONE = "–"
_TOP = QModelIndex()

ROW = 20
_VALUE_WIDTHS = 44, 58
_NAME_WIDTH = 66  # of a short name with its colour, so that runs can be told apart
_CHECK_WIDTH = 20
_MOST_ROWS = 4  # more are scrolled


def value_texts(values: Sequence[float | None], *, short: bool = False) -> list[str]:
    """Of two losses and two accuracies, in the order of METRICS; `short` for narrow columns."""
    percent = _short_percent if short else _percent
    texts = (format_loss, format_loss, percent, percent)
    return [_NONE if value is None else text(value) for value, text in zip(values, texts, strict=True)]


def is_short(width: int) -> bool:
    """Whether a legend of this width has no room for all digits and names."""
    return value_width(width) < _VALUE_WIDTHS[1]


def value_width(width: int) -> int:
    """Pixels of the column of a metric in a legend of this width."""
    low, high = _VALUE_WIDTHS
    return min(max((width - _CHECK_WIDTH - _NAME_WIDTH) // len(METRICS), low), high)


class LegendModel(QAbstractTableModel):
    """A row a run: a check box, the name, and four values. Values are looked up when they are painted."""

    visibility_toggled = Signal(int, bool)  # the run's number; whether it is to be seen

    def __init__(self) -> None:
        super().__init__()
        self.runs: tuple[RunCurves, ...] = ()
        self.active: int | None = None
        self.place: float | None = None
        self.place_text = ""
        self._texts: dict[int, list[str]] = {}  # the values of the rows that have been painted
        self.theme = DARK
        self.short = False  # whether there is no room for the names of the metrics
        self._fonts = {bold: font(SMALL, QFont.Weight.DemiBold if bold else QFont.Weight.Normal) for bold in (0, 1)}

    def set_runs(self, runs: Sequence[RunCurves], active: int | None) -> None:
        anew = len(runs) != len(self.runs)
        if anew:
            self.beginResetModel()
        self.runs, self.active = tuple(runs), active
        if anew:
            self.endResetModel()
        self.tell_changed()

    def set_place(self, place: float | None, text: str) -> None:
        if (place, text) != (self.place, self.place_text):
            self.place, self.place_text = place, text
            self.tell_changed(2)
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 1, 1)

    def tell_changed(self, first_column: int = 0) -> None:
        """Have the rows painted again, from this column on."""
        self._texts.clear()
        if self.runs:
            self.dataChanged.emit(self.index(0, first_column), self.index(len(self.runs) - 1, self.columnCount() - 1))

    def _row_texts(self, row: int) -> list[str]:
        if row not in self._texts:
            run = self.runs[row]
            values = run.values_at(self.place)
            self._texts[row] = value_texts(values, short=self.short) if run.visible else [""] * len(METRICS)
        return self._texts[row]

    def rowCount(self, parent: Index = _TOP) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: Index = _TOP) -> int:  # noqa: N802
        return 0 if parent.isValid() else 2 + len(METRICS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        run, column = self.runs[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole if column == 1:
                return run.name
            case Qt.ItemDataRole.DisplayRole if column > 1:
                return self._row_texts(index.row())[column - 2]
            case Qt.ItemDataRole.CheckStateRole if column == 0:
                return Qt.CheckState.Checked if run.visible else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.DecorationRole if column == 1:
                return color(self.theme.run_color(run.color), 1.0 if run.visible else 0.3)
            case Qt.ItemDataRole.FontRole:
                return self._fonts[run.number == self.active]
            case Qt.ItemDataRole.ForegroundRole:
                return color(self.theme.text if run.number == self.active else self.theme.muted)
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole if column < 2:
                what = f"{'Hide' if run.visible else 'Show'} the curves of {run.name}" if column == 0 else run.name
                return what if column == 0 or role == Qt.ItemDataRole.AccessibleTextRole else f"Go to {run.name}"
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        # The run is hidden by whoever hears it; the panel is then given the runs anew.
        self.visibility_toggled.emit(self.runs[index.row()].number, Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            if self.short:
                return ("", self.place_text.removeprefix("epoch ").removeprefix("step "), *_SHORT)[section]
            return ("", self.place_text, *METRICS)[section]
        if role == Qt.ItemDataRole.ToolTipRole and section > 1:
            return _TIPS[section - 2]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section > 1 else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


class _ValueDelegate(QStyledItemDelegate):
    """Writes a value and nothing else: a style sheet would take ten times as long, at each movement of the mouse."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.setFont(index.data(Qt.ItemDataRole.FontRole))
        painter.setPen(index.data(Qt.ItemDataRole.ForegroundRole))
        rect: QRect = option.rect
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect.adjusted(0, 0, -3, 0), align, index.data())


class Legend(QTableView):
    """A few rows high; more are scrolled. A click on a name or a value chooses the run, one on a check box hides it."""

    run_clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curves-legend")
        self.setAccessibleName("Runs and their values")
        self.values = LegendModel()
        self._delegate = _ValueDelegate(self)
        self.setModel(self.values)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setIconSize(QSize(9, 9))
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.verticalHeader().setMinimumSectionSize(ROW)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setFont(font(SMALL))
        header.setMinimumSectionSize(_CHECK_WIDTH)
        header.setFixedHeight(ROW)
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        for column in range(self.values.columnCount()):
            if column != 1:
                header.resizeSection(column, _VALUE_WIDTHS[1] if column else _CHECK_WIDTH)
            if column > 1:
                self.setItemDelegateForColumn(column, self._delegate)
        self.clicked.connect(self._on_chosen)
        self.activated.connect(self._on_chosen)
        self._fit()

    def set_theme(self, theme: Theme) -> None:
        self.values.theme = theme
        self.values.tell_changed()

    def set_runs(self, runs: Sequence[RunCurves], active: int | None) -> None:
        changed = (len(runs), active) != (len(self.values.runs), self.values.active)
        self.values.set_runs(runs, active)
        if changed:
            self._fit()
            for row, run in enumerate(runs):
                if run.number == active:
                    self.scrollTo(self.values.index(row, 1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        width = value_width(self.width())
        if is_short(self.width()) != self.values.short:
            self.values.short = not self.values.short
            self.values.tell_changed()
        for column in range(2, self.values.columnCount()):
            self.horizontalHeader().resizeSection(column, width)
        super().resizeEvent(event)

    def texts(self) -> list[list[str]]:
        """The name and the values of each run, as they are shown."""
        columns = range(1, self.values.columnCount())
        return [[self.values.index(row, c).data() for c in columns] for row in range(self.values.rowCount())]

    def _fit(self) -> None:
        self.setFixedHeight(ROW + ROW * min(max(1, len(self.values.runs)), _MOST_ROWS))

    @Slot(QModelIndex)
    def _on_chosen(self, index: QModelIndex) -> None:
        if index.column() > 0:
            self.run_clicked.emit(self.values.runs[index.row()].number)


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def _short_percent(share: float) -> str:
    return f"{100 * share:.1f}%"
