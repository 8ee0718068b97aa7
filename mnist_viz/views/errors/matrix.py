"""The confusion matrix, with the accuracy of each class beside its row."""

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.engine.metrics import format_accuracy
from mnist_viz.views import zoom
from mnist_viz.views.errors.answers import Answers, Cell, worst_cell
from mnist_viz.views.errors.scale import LEAST_LIMIT, error_codes, error_share, error_table, is_light
from mnist_viz.views.plots.cells import CellTexts, RowBars
from mnist_viz.views.plots.heatmap import HeatmapFigure
from mnist_viz.views.theme import Theme, color

NOWHERE: Cell = (-1, -1)

# Least width of the figure without the names, and width of the accuracies: bars with figures, bars, none.
_BARS = ((280, 92), (160, 28), (0, 0))
_BAR_AXIS = 38  # pixels of the colour bar's counts and title


class ConfusionMatrix(HeatmapFigure):
    """Rows are the classes, columns the answers; a cell can be chosen."""

    cell_chosen = Signal(int, int)
    """Label and answer of the cell that the user has chosen; -1 and -1 for none."""
    cell_opened = Signal()
    """The pictures of the chosen cell are requested."""

    keeps_arrows = True
    further_keys = frozenset({Qt.Key.Key_Escape})

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("confusion-matrix", "Confusion matrix", "sequential", square=False, parent=parent)
        self._answers: Answers | None = None
        self._limit = 0
        self._chosen = NOWHERE
        self.left.set_title("Label")
        self.top.set_title("Read as")
        self._texts = CellTexts()
        self.view.addItem(self._texts, ignoreBounds=True)
        self._accuracies = RowBars(self.view)
        self._accuracies.top.set_title("Correct")
        self.addItem(self._accuracies, 0, 1)
        self.bar.set_title("Mistakes", _BAR_AXIS)
        self.set_values(None, 0.0, 1.0)
        self._set_limit(LEAST_LIMIT)
        self.hovered.connect(self._on_hovered)
        self.clicked.connect(self._on_clicked_cell)
        self.double_clicked.connect(self.see_all)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._texts.set_theme(theme)
        self._accuracies.set_theme(theme)
        self._show()

    def set_answers(self, answers: Answers | None, limit: int = LEAST_LIMIT) -> None:
        """Show `answers`; as many mistakes as `limit` have the strongest colour."""
        self._answers = answers
        self._set_limit(limit)
        self._show()

    def _set_limit(self, limit: int) -> None:
        if limit != self._limit:
            self._limit = limit
            counts = [1, *(count for count in (10, 100, 1000) if 2 * count <= limit), limit]
            ticks = [(float(error_share(count, limit)), f"{count:,}") for count in counts]
            self.bar.set_ticks([(0.0, "0"), *ticks])

    def set_chosen(self, row: int, column: int) -> None:
        super().set_chosen(row, column)
        self._chosen = row, column
        self._mark_names()
        self._describe()

    def _show(self) -> None:
        answers = self._answers
        if answers is None:
            self.set_values(None, 0.0, 1.0)
            return
        confusion, theme = answers.confusion, self.theme
        codes = error_codes(confusion, self._limit)
        self.set_values(error_table(theme)[codes], 0.0, 1.0)
        self.set_names(answers.class_names, answers.class_names)
        cells = np.argwhere(confusion)
        quiet, dark, light = (color(tint) for tint in (theme.muted, "#000000", "#ffffff"))
        lightness = is_light(theme)[codes]
        self._texts.set_texts(
            confusion.shape,
            cells,
            [str(confusion[row, column]) for row, column in cells.tolist()],
            [quiet if row == column else dark if lightness[row, column] else light for row, column in cells.tolist()],
        )
        totals, right = confusion.sum(axis=1), np.diag(confusion)
        shares = right / np.maximum(totals, 1)
        self._accuracies.set_rows(
            shares,
            [format_accuracy(share) if total else "–" for share, total in zip(shares, totals, strict=True)],
            [color(theme.class_color(k, len(shares)), 0.8) for k in range(len(shares))],
        )
        self._describe()

    def _describe(self) -> None:
        """Tell screen readers about the chosen cell."""
        answers, chosen = self._answers, self._chosen != NOWHERE
        self.setAccessibleDescription(answers.describe(self._chosen) if answers is not None and chosen else "")
        waits = self.hasFocus() and not chosen
        self.view.setBorder(color(self.theme.accent if waits else self.theme.border))

    def _mark_names(self, hovered: Cell = NOWHERE) -> None:
        for k, axis in enumerate((self.left, self.top)):
            axis.set_marked({cell[k] for cell in (self._chosen, hovered) if cell != NOWHERE})

    def fit(self) -> None:
        super().fit()
        if self._answers is not None:
            self.top.set_room(self.view.width() / len(self._answers.class_names))

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        if event is not None:  # pyqtgraph's own, before the figure is complete
            width = next(width for least, width in _BARS if zoom.units(self.width()) - self.left.width() >= least)
            self._accuracies.setVisible(width > 0)
            self._accuracies.set_texts_shown(width == _BARS[0][1])
            self.ci.layout.setColumnFixedWidth(1, width)
        super().resizeEvent(event)

    @Slot(int, int)
    def _on_hovered(self, row: int, column: int) -> None:
        self._mark_names((row, column))

    @Slot(int, int)
    def _on_clicked_cell(self, row: int, column: int) -> None:
        self._choose(NOWHERE if (row, column) == self._chosen else (row, column))

    def step(self, right: int, down: int) -> bool:
        if self._answers is None:
            return False
        if self._chosen == NOWHERE:
            self._choose(worst_cell(self._answers.confusion))
        else:
            last = len(self._answers.class_names) - 1
            row, column = self._chosen
            self._choose((min(max(row + down, 0), last), min(max(column + right, 0), last)))
        return True

    @property
    def pointing(self) -> bool:
        return self._answers is not None

    def choose(self) -> None:
        self.cell_opened.emit()

    def press(self, key: Qt.Key) -> None:
        self._choose(NOWHERE)
        self.clearFocus()  # gives the arrow keys back to the timeline

    def _choose(self, cell: Cell) -> None:
        if cell != self._chosen:
            self.set_chosen(*cell)
            self.cell_chosen.emit(*cell)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._describe()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._describe()
