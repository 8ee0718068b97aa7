"""The rows of the tree of runs as Qt's list views and screen readers ask for them."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from mnist_viz.views.runs.row import Rails, RunRow, rails

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class RunsModel(QAbstractListModel):
    """Holds the rows; a name that is typed is only told, since the run decides what it is called."""

    renamed = Signal(int, str)  # number, name

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[RunRow, ...] = ()
        self.rails: list[Rails] = []

    def set_rows(self, rows: Sequence[RunRow]) -> list[int] | None:
        """Hold `rows`; return which have changed, or None if it is another tree, which the views then read anew."""
        before, new = self.rows, tuple(rows)
        if [(row.number, row.depth) for row in before] == [(row.number, row.depth) for row in new]:
            self.rows = new
            return [place for place, row in enumerate(new) if row != before[place]]
        self.beginResetModel()
        self.rows, self.rails = new, rails([row.depth for row in new])
        self.endResetModel()
        return None

    def place(self, number: int) -> int:
        """Where the run of that number is; -1 if it is not."""
        return next((place for place, row in enumerate(self.rows) if row.number == number), -1)

    @property
    def deepest(self) -> int:
        return max((row.depth for row in self.rows), default=0)

    # What Qt asks

    def rowCount(self, parent: Index = _ROOT) -> int:  # noqa: N802
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802
        row = self.rows[index.row()]
        if value != row.name:
            self.renamed.emit(row.number, str(value))
        return True
