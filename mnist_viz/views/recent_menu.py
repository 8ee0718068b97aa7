"""The menu of the files that were opened or saved last."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

_LATER = Qt.ConnectionType.QueuedConnection  # the entries are made anew, also the one that is just now triggered


class RecentMenu(QMenu):
    """An entry a file, the last one first, with its whole path as a tooltip, and one that forgets them all."""

    chosen = Signal(str)  # the path
    cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Open recent", parent)
        self.setObjectName("recent-menu")
        self.setToolTipsVisible(True)
        self.set_paths(())

    def set_paths(self, paths: Sequence[str]) -> None:
        """List these files and folders."""
        self.clear()
        self.menuAction().setEnabled(bool(paths))
        for path, name in zip(paths, names_of(paths), strict=True):
            entry = self.addAction(name.replace("&", "&&"))
            entry.setToolTip(path)
            entry.setData(path)
            entry.triggered.connect(self._on_triggered, _LATER)
        if paths:
            self.addSeparator()
            self.addAction("Clear").triggered.connect(self.cleared, _LATER)

    @Slot()
    def _on_triggered(self) -> None:
        entry = self.sender()
        if isinstance(entry, QAction):
            self.chosen.emit(entry.data())


def names_of(paths: Sequence[str]) -> list[str]:
    """The name of each file on one line, with as many of its folders as tell it from another of that name."""
    parts = [Path(path).parts for path in paths]

    def told(own: tuple[str, ...]) -> str:
        others = [other for other in parts if other != own]
        count = 1
        while count < len(own) and any(other[-count:] == own[-count:] for other in others):
            count += 1
        folders = str(Path(*own[-count:-1])) if count > 1 else ""
        return " ".join((f"{own[-1]} – {folders}" if folders else own[-1]).split())

    return [told(own) for own in parts]
