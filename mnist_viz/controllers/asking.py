"""Asking where something is to be saved."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def ask_where(window: QWidget, title: str, proposed: Path, kinds: str) -> tuple[str, str] | None:
    """The path that the user chooses, and the kind of file; None if he cancels. Replacing a file is asked about.

    Args:
        window: over which the dialog opens.
        title: of the dialog.
        proposed: path with a suffix, which a name without one gets.
        kinds: as in "Pictures (*.png)", several joined by ";;".
    """
    dialog = QFileDialog(window, title, str(proposed), kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    # Known to the dialog, so that it asks before it overwrites the file that is really meant.
    dialog.setDefaultSuffix(proposed.suffix.removeprefix("."))

    def follow(kind: str) -> None:
        dialog.setDefaultSuffix(kind.rpartition("*")[2].strip(".)"))

    dialog.filterSelected.connect(follow)
    chosen = dialog.selectedFiles() if dialog.exec() else []
    kind = dialog.selectedNameFilter()
    dialog.deleteLater()
    return (chosen[0], kind) if chosen else None
