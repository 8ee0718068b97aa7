"""The fields of the settings form: numbers over many powers of ten, lists of layers, and their captions."""

import math

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSpinBox,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from mnist_viz.views.theme import GRID

_LADDER = (1.0, 2.0, 5.0)

# A style sheet's padding does not reach the text in a spin box.
_TEXT_MARGINS = (6, 0, 0, 0)


class DecimalField(QAbstractSpinBox):
    """A positive number whose steps are 1, 2, 5, 10, ...: learning rates differ by factors, not by amounts."""

    edited = Signal()
    committed = Signal(float)  # after Enter, a step, or leaving the field; only if the number is another one

    def __init__(self, *, first_step: float, zero: bool = False) -> None:
        super().__init__()
        self._first_step = first_step
        self._zero = zero
        self._committed = math.nan
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setTextMargins(*_TEXT_MARGINS)
        self.lineEdit().textEdited.connect(self._on_text_edited)
        self.editingFinished.connect(self._commit)

    def value(self) -> float | None:
        """The number in the field; None if the text is none."""
        try:
            number = float(self.text().strip().replace(",", "."))
        except ValueError:
            return None
        return number if math.isfinite(number) else None

    def set_value(self, number: float) -> None:
        """Show `number`; emits nothing."""
        self._committed = number
        self.lineEdit().setText(f"{number:.10g}")

    def stepBy(self, steps: int) -> None:  # noqa: N802
        number = self.value()
        if number is None:
            return
        for _ in range(abs(steps)):
            number = self._up(number) if steps > 0 else self._down(number)
        self.lineEdit().setText(f"{number:.10g}")
        self.edited.emit()
        self._commit()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:  # noqa: N802
        return QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        # Anything may be typed; the form says what is wrong with it.
        return QValidator.State.Acceptable, text, position

    def sizeHint(self) -> QSize:
        return QSize(10 * GRID, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Who scrolls the form must not change what happens to lie under the pointer.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _up(self, number: float) -> float:
        if number < self._first_step * (1 - 1e-9):
            return self._first_step
        power = math.floor(math.log10(number) + 1e-9)
        rungs = [rung * 10.0**k for k in (power, power + 1) for rung in _LADDER]
        return next(rung for rung in rungs if rung > number * (1 + 1e-9))

    def _down(self, number: float) -> float:
        if number <= self._first_step * (1 + 1e-9):
            return 0.0 if self._zero else self._first_step
        power = math.floor(math.log10(number) + 1e-9)
        rungs = [rung * 10.0**k for k in (power - 1, power) for rung in _LADDER]
        return next(rung for rung in reversed(rungs) if rung < number * (1 - 1e-9))

    @Slot()
    def _on_text_edited(self) -> None:
        self.edited.emit()

    @Slot()
    def _commit(self) -> None:
        number = self.value()
        if number is not None and number != self._committed:
            self._committed = number
            self.committed.emit(number)


class Caption(QWidget):
    """A field with its name above; a dot after the name says that the value waits for a reset.

    Attributes:
        note: a label at the right, above the field, for what follows from the value.
    """

    def __init__(self, title: str, field: QWidget) -> None:
        super().__init__()
        self.title = title
        self.field = field
        self._label = QLabel(title)
        self._label.setProperty("role", "caption")
        self._label.setBuddy(field)
        self._waits = False
        self._invalid = False
        field.setAccessibleName(title)
        self.note = QLabel()
        self.note.setProperty("role", "caption")
        above = QHBoxLayout()
        above.addWidget(self._label, 1)
        above.addWidget(self.note)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(above)
        column.addWidget(field)

    @property
    def waits(self) -> bool:
        return self._waits

    @property
    def invalid(self) -> bool:
        return self._invalid

    def set_waits(self, waits: bool) -> None:
        if waits != self._waits:
            self._waits = waits
            self._label.setText(f"{self.title}  •" if waits else self.title)
            self._label.setProperty("role", "waiting" if waits else "caption")
            _restyle(self._label)

    def set_invalid(self, invalid: bool) -> None:
        if invalid != self._invalid:
            self._invalid = invalid
            self.field.setProperty("invalid", invalid)
            _restyle(self.field)


class _Choice(QComboBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        # The wheel scrolls the form: see DecimalField.
        event.ignore()


class _WholeNumber(QSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def choice(titles: dict[str, str]) -> QComboBox:
    """A choice among names, shown by their titles."""
    combo = _Choice()
    for name, title in titles.items():
        combo.addItem(title, name)
    combo.setItemDelegate(QStyledItemDelegate(combo))  # the default one takes no style sheet
    combo.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    combo.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return combo


def whole_number(low: int, high: int) -> QSpinBox:
    field = _WholeNumber()
    field.setRange(low, high)
    field.setGroupSeparatorShown(True)
    field.setKeyboardTracking(False)  # a number half typed is not meant
    field.lineEdit().setTextMargins(*_TEXT_MARGINS)
    field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return field


def parse_layers(text: str) -> tuple[int, ...]:
    """Read "128, 64"; an empty text is no hidden layer.

    Raises:
        ValueError: something in it is not a whole number.
    """
    words = text.replace(",", " ").replace(";", " ").split()
    if not all(word.isdecimal() for word in words):
        raise ValueError("Hidden layers are whole numbers with commas between them, such as 128, 64.")
    return tuple(int(word) for word in words)


def _restyle(widget: QWidget) -> None:
    """Make the style sheet look at the widget's properties again."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
