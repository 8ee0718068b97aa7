"""The panel of the runs: the tree, and the button that adds a branch to it."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QWidget

from mnist_viz.views import zoom
from mnist_viz.views.runs.tree import RunRow, RunsTree
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import column, label, push_button, row

_NONE = "No runs yet. Each training is listed here, with the branches that continue it."
_ONE = "Continue from here with other settings: both runs are kept."


class RunsPanel(QWidget):
    """Shows the session's runs."""

    branch_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runs")
        self.tree = RunsTree()
        tip = "Continue from the shown moment with other settings, as a new run (C)"
        self.branch_button = push_button("continue-from-here", "Continue from here…", tip)
        self.branch_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.branch_button.setEnabled(False)
        self._hint = label(role="muted", wrap=True)
        self._hint.setContentsMargins(2 * GRID, GRID, 2 * GRID, 0)
        buttons = row(None, self.branch_button, margins=(2 * GRID - 4, GRID, 2 * GRID - 4, 2 * GRID - 4))
        margins = (GRID // 2, GRID // 2, GRID // 2, 0)
        column((self.tree, 1), self._hint, buttons, spacing=0, margins=margins, parent=self)
        self.setFocusProxy(self.tree)
        self.tree.branch_requested.connect(self.branch_requested)
        self.branch_button.clicked.connect(self.branch_requested)

    def set_rows(self, rows: Sequence[RunRow]) -> None:
        """Show these runs, each branch after its parent."""
        self.tree.set_rows(rows)
        self._hint.setVisible(len(rows) < 2)
        self._hint.setText(_ONE if rows else _NONE)

    def set_can_branch(self, can: bool) -> None:
        """Whether there is a moment to continue from."""
        self.tree.set_can_branch(can)
        self.branch_button.setEnabled(can)

    def sizeHint(self) -> QSize:
        return zoom.size(45 * GRID, 40 * GRID)

    def minimumSizeHint(self) -> QSize:
        return zoom.size(20 * GRID, 17 * GRID)
