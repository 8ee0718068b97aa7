"""How far something is, as a bar."""

from PySide6.QtWidgets import QProgressBar


def progress_bar() -> QProgressBar:
    """A thin bar, hidden until `show_progress`."""
    bar = QProgressBar()
    bar.setTextVisible(False)
    bar.setAccessibleName("Progress")
    bar.setRange(0, 1000)
    bar.hide()
    return bar


def show_progress(bar: QProgressBar, fraction: float | None) -> None:
    """Show how far something is, 0 to 1; nothing where that is not known.

    Qt would show by a movement that something goes on, which costs while training; the text beside the bar says it.
    """
    bar.setVisible(fraction is not None)
    bar.setValue(round(1000 * (fraction or 0)))
