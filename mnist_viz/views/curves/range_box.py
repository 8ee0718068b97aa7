"""The statistics of the range that is selected on the curves, in the columns of the legend."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QToolButton, QWidget

from mnist_viz.views.curves.legend import METRICS, is_short, value_texts, value_width
from mnist_viz.views.theme import GRID, SMALL, font

Statistics = Sequence[tuple[float, float, float] | None]
"""Least, mean and last of each metric in the order of METRICS; None of no values."""

_ROWS = ("least", "mean", "last")
_LINE = 2 * GRID


class RangeBox(QWidget):
    """What was selected, a row each for least, mean and last, and a button that clears it."""

    cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curves-range")
        self._title = QLabel()
        self._title.setFont(font(SMALL, QFont.Weight.DemiBold))
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        clear = QToolButton()
        clear.setObjectName("curves-clear-range")
        clear.setText("Clear")
        clear.setProperty("kind", "small")
        clear.setFixedHeight(_LINE + 4)
        clear.setToolTip("Select nothing (Escape in the plot)")
        clear.clicked.connect(self.cleared)
        grid = QGridLayout(self)
        grid.setContentsMargins(4, 2, 0, 2)
        grid.setSpacing(0)
        grid.addWidget(self._title, 0, 0, 1, len(METRICS))
        grid.addWidget(clear, 0, len(METRICS), Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(0, 1)
        self._rows = []
        for row, name in enumerate(_ROWS, start=1):
            labels = [QLabel(name), *(QLabel() for _ in METRICS)]
            for column, label in enumerate(labels):
                label.setProperty("role", "caption")
                label.setFixedHeight(_LINE)
                if column:
                    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                    label.setContentsMargins(0, 0, 3, 0)
                grid.addWidget(label, row, column)
            self._rows.append(labels)
        self._cells = [labels[1:] for labels in self._rows]
        self.hide()

    def set_statistics(self, title: str, statistics: Statistics) -> None:
        """Show these of what `title` names."""
        self._title.setText(title)
        for k, row in enumerate(self._cells):
            values = [None if each is None else each[k] for each in statistics]
            texts = value_texts(values, short=is_short(self.width()))
            for label, text in zip(row, texts, strict=True):
                label.setText(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for label in (label for row in self._cells for label in row):
            label.setFixedWidth(value_width(self.width()))

    def set_low(self, low: bool) -> None:
        """Whether there is room for the mean alone."""
        for name, labels in zip(_ROWS, self._rows, strict=True):
            for label in labels:
                label.setVisible(name == "mean" or not low)

    def texts(self) -> list[list[str]]:
        """The title, and a row each for least, mean and last."""
        return [[self._title.text()], *([label.text() for label in row] for row in self._cells)]
