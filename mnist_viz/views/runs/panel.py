"""The panel of the runs: the tree, and the button that adds a branch to it."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from mnist_viz.views.runs.tree import RunRow, RunsTree
from mnist_viz.views.theme import GRID, Theme

_NONE = "No runs yet. Each training stands here, and each way to go on from it."
_ONE = "Continue from here with other settings: both runs stay."


class RunsPanel(QWidget):
    """Shows the session's runs; speaks of what is wanted done with them.

    Attributes:
        list: the tree of the runs.
        branch_button: asks to go on from the moment that is shown.
    """

    activated = Signal(int)  # the number of a run
    renamed = Signal(int, str)
    recolored = Signal(int, int)  # number, colour
    visibility_toggled = Signal(int, bool)
    delete_requested = Signal(int)
    branch_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runs")
        self.list = RunsTree()
        self.branch_button = QPushButton("Continue from here…")
        self.branch_button.setObjectName("continue-from-here")
        self.branch_button.setToolTip(
            "Go on from the moment that is shown, with other settings, as a run of its own (C)"
        )
        self.branch_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.branch_button.setEnabled(False)
        self._hint = QLabel()
        self._hint.setProperty("role", "muted")
        self._hint.setWordWrap(True)
        self._hint.setContentsMargins(2 * GRID, GRID, 2 * GRID, 0)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(2 * GRID - 4, GRID, 2 * GRID - 4, 2 * GRID - 4)
        buttons.addStretch()
        buttons.addWidget(self.branch_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID // 2, GRID // 2, GRID // 2, 0)
        column.setSpacing(0)
        column.addWidget(self.list, 1)
        column.addWidget(self._hint)
        column.addLayout(buttons)
        self.setFocusProxy(self.list)
        self.list.activated_run.connect(self.activated)
        self.list.renamed.connect(self.renamed)
        self.list.recolored.connect(self.recolored)
        self.list.visibility_toggled.connect(self.visibility_toggled)
        self.list.delete_requested.connect(self.delete_requested)
        self.list.branch_requested.connect(self.branch_requested)
        self.branch_button.clicked.connect(self._on_branch_clicked)

    # Values in

    def set_rows(self, rows: Sequence[RunRow]) -> None:
        """Show these runs, each after the one that it left."""
        self.list.set_rows(rows)
        self._hint.setVisible(len(rows) < 2)
        self._hint.setText(_ONE if rows else _NONE)

    def set_can_branch(self, can: bool) -> None:
        """Say whether there is a moment to go on from."""
        self.list.set_can_branch(can)
        self.branch_button.setEnabled(can)

    def set_theme(self, theme: Theme) -> None:
        self.list.set_theme(theme)

    @property
    def rows(self) -> tuple[RunRow, ...]:
        return self.list.rows

    def sizeHint(self) -> QSize:
        return QSize(45 * GRID, 40 * GRID)

    def minimumSizeHint(self) -> QSize:
        return QSize(31 * GRID, 18 * GRID)

    @Slot()
    def _on_branch_clicked(self) -> None:
        self.branch_requested.emit()
