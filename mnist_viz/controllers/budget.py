"""How much room the recorded moments may take: from the menu to the session, and back what they take."""

from PySide6.QtCore import QObject, Signal, Slot

from mnist_viz.session.session import Session
from mnist_viz.views.budget_menu import BudgetMenu


class BudgetController(QObject):
    """Keeps the menu and the session's budget the same."""

    budget_changed = Signal(object)  # bytes

    def __init__(self, session: Session, menu: BudgetMenu) -> None:
        super().__init__()
        self._session = session
        self._menu = menu
        menu.budget_chosen.connect(self.set_budget)
        menu.aboutToShow.connect(self._on_about_to_show)

    @Slot(object)
    def set_budget(self, budget: int) -> None:
        """Let the recorded moments hold `budget` bytes."""
        self._session.set_budget(budget)
        self._menu.set_budget(budget)
        self.budget_changed.emit(budget)

    @Slot()
    def _on_about_to_show(self) -> None:
        runs = self._session.runs
        recorded = runs.nbytes
        self._menu.set_budget(runs.budget)
        self._menu.set_use(runs.moments, recorded, recorded - runs.memory)
