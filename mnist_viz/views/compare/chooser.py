"""Combo boxes for a run, with its colour, and for a layer."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from mnist_viz.views import icons
from mnist_viz.views.compare.sides import RunChoice
from mnist_viz.views.theme import DARK, GRID, Theme
from mnist_viz.views.widgets import Choice

_WIDEST_LIST = 400


class Field(Choice):
    """A combo box that may be narrower than its texts."""

    def __init__(self, name: str, tip: str, parent: QWidget) -> None:
        super().__init__(name, tip, tip, parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(1)
        self.setStyleSheet("QComboBox { padding: 0 0 0 6px; } QComboBox::drop-down { width: 20px; }")

    def set_entries(self, entries: Sequence[tuple[str, QIcon | None]]) -> None:
        """Show these names; the chosen one stays chosen if it is among them."""
        chosen = self.currentText()
        self.clear()
        for text, icon in entries:
            self.addItem(icon or QIcon(), text)
            self.setItemData(self.count() - 1, text, Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(max(self.findText(chosen), 0))
        # The list may be wider than the closed field.
        view = self.view()
        view.setMinimumWidth(min(view.sizeHintForColumn(0) + 5 * GRID, _WIDEST_LIST))

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Scrolling over the pictures must not change the run.
        event.ignore()


class RunField(Field):
    """A combo box of runs."""

    def __init__(self, name: str, tip: str, parent: QWidget) -> None:
        super().__init__(name, tip, parent)
        self._theme = DARK
        self._choices: tuple[RunChoice, ...] = ()
        self.setIconSize(QSize(16, 16))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._show_choices()

    def set_choices(self, choices: Sequence[RunChoice], number: int) -> None:
        """Set the runs to choose from, and choose the one with `number`."""
        if tuple(choices) != self._choices:
            self._choices = tuple(choices)
            self._show_choices()
        self.setCurrentIndex(next(k for k, choice in enumerate(self._choices) if choice.number == number))

    def run_at(self, index: int) -> int:
        """The number of the run in the list's row `index`."""
        return self._choices[index].number

    @property
    def chosen(self) -> RunChoice | None:
        index = self.currentIndex()
        return self._choices[index] if 0 <= index < len(self._choices) else None

    def _show_choices(self) -> None:
        theme = self._theme
        self.set_entries(
            [(choice.name, icons.icon("swatch", theme.run_color(choice.color))) for choice in self._choices]
        )
