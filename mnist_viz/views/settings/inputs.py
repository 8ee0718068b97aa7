"""What settings are typed and chosen in: a number with its steps, a choice, and lists of layers as text."""

import math
import re
from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QSizePolicy

from mnist_viz.views import zoom
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import Choice

_LADDER = [float(f"{digit}e{power}") for power in range(-12, 13) for digit in (1, 2, 5)]
_GROUPED = re.compile(r"[+-]?\d{1,3}([, '’]\d{3})+")

# A style sheet's padding does not reach the text in a spin box.
_TEXT_MARGINS = (6, 0, 0, 0)


class NumberInput(QAbstractSpinBox):
    """A number in which anything may be typed; the form says what is wrong with it.

    Args:
        problem: says what is wrong with a number, None if nothing; no step leads where something is.
        step: how far a step goes; None for the steps 1, 2, 5, 10, ..., since learning rates differ by factors,
            not by amounts.
        first_step: where those steps begin, above 0.
        whole: whether the number is a whole one.
    """

    edited = Signal()
    committed = Signal()  # after Enter, a step, or leaving the field; only if the number is another one

    def __init__(
        self,
        problem: Callable[[float], str | None],
        *,
        step: float | None = None,
        first_step: float = 0.1,
        whole: bool = False,
    ) -> None:
        super().__init__()
        self._problem = problem
        self._step = step
        self._first_step = first_step
        self._whole = whole
        self._committed = math.nan
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.lineEdit().setTextMargins(*_TEXT_MARGINS)
        self.lineEdit().setMaxLength(24)
        self.lineEdit().textEdited.connect(self.edited)
        self.editingFinished.connect(self._commit)

    def value(self) -> float | None:
        """The number in the field, an int if it is whole and should be; None if the text is none."""
        text = self.text().strip()
        if self._whole and _GROUPED.fullmatch(text):
            text = re.sub(r"[, '’]", "", text)
        try:
            number = float(text.replace(",", "."))
            if not math.isfinite(number):
                return None
            return int(Decimal(text)) if self._whole and number == int(number) else number
        except (ValueError, ArithmeticError):
            return None

    def set_value(self, number: float) -> None:
        """Show `number`; emits nothing."""
        self._committed = number
        self._show(number)

    def stepBy(self, steps: int) -> None:  # noqa: N802
        number = self.value()
        if number is None:
            return
        for _ in range(abs(steps)):
            further = self._up(number) if steps > 0 else self._down(number)
            if self._problem(further) and not self._problem(number):
                break
            number = further
        self._show(number)
        self.edited.emit()
        self._commit()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:  # noqa: N802
        return QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text, position

    def sizeHint(self) -> QSize:
        return QSize(zoom.px(10 * GRID), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # Scrolling the form must not change a number under the pointer.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _show(self, number: float) -> None:
        self.lineEdit().setText(f"{int(number)}" if self._whole and number == int(number) else f"{number:.10g}")

    def _up(self, number: float) -> float:
        if self._step is not None:
            return self._rounded(number + self._step)
        if number < self._first_step * (1 - 1e-9):
            return self._first_step
        return next((rung for rung in _LADDER if rung > number * (1 + 1e-9)), number)

    def _down(self, number: float) -> float:
        if self._step is not None:
            return self._rounded(max(number - self._step, 0.0) if number > 0 else number - self._step)
        if number <= self._first_step * (1 + 1e-9):
            return 0.0 if self._problem(0.0) is None else self._first_step
        return next(rung for rung in reversed(_LADDER) if rung < number * (1 - 1e-9))

    def _rounded(self, number: float) -> float:
        return int(number) if self._whole else round(number, 10)

    @Slot()
    def _commit(self) -> None:
        number = self.value()
        if number is not None and number != self._committed:
            self._committed = number
            self.committed.emit()


class ChoiceInput(Choice):
    """One of several names, shown by their titles."""

    def __init__(self, titles: dict[str, str]) -> None:
        super().__init__()
        for name, title in titles.items():
            self.addItem(title, name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)


def parse_layers(text: str) -> tuple[int, ...]:
    """Read "128, 64"; an empty text is no hidden layer.

    Raises:
        ValueError: something in it is not a whole number.
    """
    words = text.replace(",", " ").replace(";", " ").split()
    if not all(word.isdecimal() and len(word) < 10 for word in words):
        raise ValueError("Hidden layers are whole numbers with commas between them, such as 128, 64.")
    return tuple(int(word) for word in words)


def parse_activations(text: str) -> str:
    """Read "ReLU, tanh" as the names that settings have: "relu,tanh".

    Raises:
        ValueError: there is nothing in it.
    """
    parts = [part.strip().lower().replace(" ", "-") for part in text.replace(";", ",").split(",")]
    if not any(parts):
        raise ValueError("Name the activation of each hidden layer, such as relu, tanh.")
    return ",".join(parts)
