"""The menu of the memory budget: how much the recorded moments may take, and how much they take now."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

MB, GB = 2**20, 2**30

BUDGETS = (64 * MB, 256 * MB, GB, 4 * GB, 16 * GB)
"""What is offered, in bytes."""


class BudgetMenu(QMenu):
    """A line that says what is recorded, and a choice of budgets."""

    budget_chosen = Signal(object)  # bytes; more than Qt's own whole numbers hold

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Recording", parent)
        self.setObjectName("budget-menu")
        self.setToolTipsVisible(True)
        self._line = self.addAction("Nothing recorded")
        self._line.setEnabled(False)
        self.addSeparator()
        group = QActionGroup(self)
        self.choices: dict[int, QAction] = {}
        for budget in BUDGETS:
            choice = QAction(f"Keep up to {size_in_words(budget)}", group)
            choice.setObjectName(f"budget-{budget // MB}")
            choice.setCheckable(True)
            choice.setToolTip(
                "When it is full, moments thin out evenly over the runs: the first, last and best ones, those where "
                "branches leave and pinned ones stay. Most of it is on disk."
            )
            choice.setData(budget)
            self.choices[budget] = choice
        group.triggered.connect(self._on_triggered)
        self.addActions(list(self.choices.values()))

    def set_budget(self, budget: int) -> None:
        """Show which budget holds; one that is not offered checks none."""
        for offered, choice in self.choices.items():
            choice.setChecked(offered == budget)

    def set_use(self, moments: int, recorded: int, on_disk: int) -> None:
        """Say what is recorded: the number of moments, their bytes, and how many of these are on disk."""
        disk = f", {size_in_words(on_disk)} of it on disk" if on_disk else ""
        noun = "moment" if moments == 1 else "moments"
        self._line.setText(f"{moments:,} {noun}, {size_in_words(recorded)}{disk}" if moments else "Nothing recorded")

    @property
    def line(self) -> str:
        return self._line.text()

    @Slot(QAction)
    def _on_triggered(self, choice: QAction) -> None:
        self.budget_chosen.emit(choice.data())


def size_in_words(size: int) -> str:
    """A number of bytes for people: "640 MB", "1.5 GB"."""
    if size >= GB:
        return f"{size / GB:.3g} GB"
    return f"{size / MB:.0f} MB" if size >= 10 * MB else f"{size / MB:.1f} MB"
