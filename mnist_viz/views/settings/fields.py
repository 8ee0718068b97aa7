"""The fields of the settings form: an input with its name above, its value, and what is the matter with it."""

from abc import abstractmethod
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from mnist_viz.engine.setting_sections import in_a_sentence
from mnist_viz.engine.settings import Choice, Number, Settings, Spec
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.settings.inputs import ChoiceInput, NumberInput
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import column, label, row, set_look

_WHEN = {True: "changes at once", False: "changes with Apply"}
_LATER = {"batch_size": "changes with the next epoch"}

_FIRST_STEPS = {"learning_rate": 1e-5, "decay": 1e-4, "l1": 1e-6, "l2": 1e-6}


class Field(QWidget):
    """A setting with its name above its input; a dot after the name says that the value waits for a reset.

    Attributes:
        name: the setting, as `Settings` calls it.
        title: how a person reads it.
        note: what follows from the value, at the right above the input, in what room the title leaves.
        waits: whether the value waits for a reset.
        invalid: whether it is impossible.
    """

    wide = False  # whether it takes the width of two

    edited = Signal()
    committed = Signal(str)  # its name, once the value is complete and another one

    def __init__(self, name: str, spec: Spec, main: QWidget) -> None:
        super().__init__()
        self.name = name
        self.title = spec.title
        self._main = main
        self.waits = False
        self.invalid = False
        main.setObjectName(name.replace("_", "-"))
        main.setAccessibleName(spec.title)
        main.setToolTip(f"{spec.hint}; {_LATER.get(name, _WHEN[spec.live])}")
        self._label = label(spec.title, "caption")
        self._label.setBuddy(main)
        self.note = FittingLabel("caption")
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._column = column(row(self._label, (self.note, 1), spacing=GRID), main, spacing=2, parent=self)

    @abstractmethod
    def value(self) -> Any:
        """The value of the setting.

        Raises:
            ValueError: what stands in the field is none; the message says what would be.
        """

    @abstractmethod
    def set_value(self, value: Any) -> None:
        """Show a value; emits nothing."""

    def inputs(self) -> list[QWidget]:
        """The widgets that take the keyboard focus, in reading order."""
        return [self._main]

    def set_waits(self, waits: bool) -> None:
        if waits != self.waits:
            self.waits = waits
            self._show_waits()

    def set_invalid(self, invalid: bool) -> None:
        if invalid != self.invalid:
            self.invalid = invalid
            self._show_invalid()

    def _show_waits(self) -> None:
        self._label.setText(f"{self.title}  •" if self.waits else self.title)
        set_look(self._label, role="waiting" if self.waits else "caption")

    def _show_invalid(self) -> None:
        set_look(self._main, invalid=self.invalid)

    def _hide_title(self) -> None:
        self._label.hide()
        self.note.hide()

    @Slot()
    def _on_committed(self) -> None:
        self.committed.emit(self.name)


class NumberField(Field):
    """A setting that is a number."""

    def __init__(self, name: str, spec: Number) -> None:
        share = spec.open_most  # below 1: equal steps
        self.input = NumberInput(
            spec.problem,
            step=1 if spec.whole or name == "warmup" else 0.05 if share else None,
            first_step=_FIRST_STEPS.get(name, 0.1),
            whole=spec.whole,
        )
        super().__init__(name, spec, self.input)
        self._spec = spec
        self.input.edited.connect(self.edited)
        self.input.committed.connect(self._on_committed)

    def value(self) -> float:
        number = self.input.value()
        if number is None:
            raise ValueError(
                f"The {in_a_sentence(self.title)} must be a {self._kind}, such as {getattr(Settings(), self.name):g}."
            )
        if self._spec.whole and number != int(number):
            raise ValueError(f"The {in_a_sentence(self.title)} must be a {self._kind}, not {number:g}.")
        return number

    def set_value(self, value: float) -> None:
        self.input.set_value(value)

    @property
    def _kind(self) -> str:
        return "whole number" if self._spec.whole else "number"


class ChoiceField(Field):
    """A setting that is one of several names."""

    def __init__(self, name: str, spec: Choice) -> None:
        self.input = ChoiceInput(spec.titles)
        super().__init__(name, spec, self.input)
        self.input.activated.connect(self._on_activated)

    def value(self) -> str:
        return str(self.input.currentData())

    def set_value(self, value: str) -> None:
        self.input.choose(value)

    @Slot()
    def _on_activated(self) -> None:
        self.edited.emit()
        self.committed.emit(self.name)


class SwitchField(Field):
    """A setting that is on or off, with its name beside the box."""

    wide = True

    def __init__(self, name: str, spec: Spec) -> None:
        self.input = QCheckBox(spec.title)
        self.input.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        super().__init__(name, spec, self.input)
        self._hide_title()
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.input.clicked.connect(self.edited)
        self.input.clicked.connect(self._on_committed)

    def value(self) -> bool:
        return self.input.isChecked()

    def set_value(self, value: bool) -> None:
        self.input.setChecked(value)

    def _show_waits(self) -> None:
        self.input.setText(f"{self.title}  •" if self.waits else self.title)
