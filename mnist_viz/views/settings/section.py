"""A part of the settings form that folds: a title that says what is folded, and the fields in two columns."""

from collections.abc import Iterable

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QSizePolicy, QWidget

from mnist_viz.views.elided_label import ElidedLabel
from mnist_viz.views.painting import text_width
from mnist_viz.views.settings.fields import Field
from mnist_viz.views.theme import BODY, GRID, SMALL
from mnist_viz.views.widgets import column, row, set_font, set_look

_CHEVRON = 12 + GRID // 2  # the mark of the style sheet and its gap


class Fold(QCheckBox):
    """The title of a section, which folds and unfolds it, with a summary at the right while it is folded."""

    def __init__(self, title: str, *, small: bool = False) -> None:
        super().__init__(title)
        size, weight = (SMALL, QFont.Weight.Normal) if small else (BODY, QFont.Weight.Medium)
        self.setProperty("kind", "small-fold" if small else "fold")
        set_font(self, size, weight)
        self.setFixedHeight(4 * GRID)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._summary = ElidedLabel("caption")
        self._summary.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        left = _CHEVRON + round(text_width(title, size, weight)) + 2 * GRID
        row(self._summary, margins=(left, 0, GRID // 2, 0), parent=self)
        self.toggled.connect(self._summary.setHidden)

    @property
    def summary(self) -> str:
        return self._summary.text()

    def set_summary(self, text: str, role: str = "caption") -> None:
        """Say in a word what is folded; `role` is that of a label: caption, waiting or problem."""
        self._summary.setText(text)
        self.setAccessibleDescription(text)
        self.setToolTip(text)
        set_look(self._summary, role=role)

    def hitButton(self, point: QPoint) -> bool:  # noqa: N802
        return self.rect().contains(point)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & ~_KEYPAD:
            self.click()
        else:
            super().keyPressEvent(event)


_KEYPAD = Qt.KeyboardModifier.KeypadModifier


class SectionBox(QWidget):
    """Fields below a fold.

    Attributes:
        fold: its title, which unfolds it when it is checked.
        body: what folds.
    """

    toggled = Signal()

    def __init__(self, title: str, fields: Iterable[Field], *, unfolded: bool) -> None:
        super().__init__()
        self.fields = tuple(fields)
        self.fold = Fold(title)
        self.fold.setObjectName(f"fold-{title.lower().replace(' ', '-')}")
        self.body = QWidget()
        self.body.setLayout(_grid(self.fields))
        column(self.fold, self.body, spacing=0, parent=self)
        self.fold.toggled.connect(self._on_toggled)
        self.fold.setChecked(unfolded)
        self.body.setVisible(unfolded)

    @property
    def unfolded(self) -> bool:
        return self.fold.isChecked()

    def show_summary(self, text: str) -> None:
        """Say what is folded; a field in it that is impossible or waits for a reset comes first."""
        if any(field.invalid for field in self.fields):
            self.fold.set_summary("impossible", "problem")
        elif any(field.waits for field in self.fields):
            self.fold.set_summary(f"{text}  •" if text else "•", "waiting")
        else:
            self.fold.set_summary(text)

    @Slot(bool)
    def _on_toggled(self, unfolded: bool) -> None:
        self.body.setVisible(unfolded)
        self.toggled.emit()


def _grid(fields: Iterable[Field]) -> QGridLayout:
    """Two columns; what is `wide` has a row of its own."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, GRID)
    grid.setHorizontalSpacing(GRID + 4)
    grid.setVerticalSpacing(GRID)
    grid.setColumnStretch(0, 1)
    grid.setColumnStretch(1, 1)
    place = 0  # of two in a row
    for field in fields:
        place += place % 2 if field.wide else 0
        grid.addWidget(field, *divmod(place, 2), 1, 2 if field.wide else 1, Qt.AlignmentFlag.AlignTop)
        place += 2 if field.wide else 1
    return grid
