"""The field of the augmentation: a named strength, and its numbers folded beneath."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QGridLayout, QWidget

from mnist_viz.engine.augmentation import AUGMENTATIONS, Augmentation
from mnist_viz.engine.setting_sections import amounts, strength
from mnist_viz.engine.settings import Spec
from mnist_viz.views.settings.fields import Field
from mnist_viz.views.settings.inputs import ChoiceInput, NumberInput
from mnist_viz.views.settings.section import Fold
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import label, set_look

OWN = ""
"""The entry for numbers that are no named strength; no strength has this name."""

_UNITS = {"shift": "pixels", "rotation": "degrees", "elastic": "pixels", "thickness": "pixels"}
_STEPS = {"shift": 1.0, "rotation": 5.0, "elastic": 0.5, "thickness": 0.25}


class AugmentationField(Field):
    """How the training digits are varied. A named strength sets all numbers; a number changed makes it one's own."""

    wide = True

    def __init__(self, name: str, spec: Spec) -> None:
        self.input = ChoiceInput({key: key.capitalize() for key in AUGMENTATIONS} | {OWN: "Own"})
        super().__init__(name, spec, self.input)
        self._hide_title()  # the section has the same name
        self.fold = Fold("How much of each", small=True)
        self.fold.setObjectName("fold-augmentation-numbers")
        self.numbers = {key: _number(key) for key in amounts(Augmentation())}
        self._numbers_box = QWidget()
        grid = QGridLayout(self._numbers_box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(GRID // 2)
        for place, (key, number) in enumerate(self.numbers.items()):
            row, column = divmod(place, 2)
            name_label = label(_title(key), "caption")
            name_label.setBuddy(number)
            grid.addWidget(name_label, 2 * row, column)
            grid.addWidget(number, 2 * row + 1, column)
            number.edited.connect(self._on_number_edited)
            number.committed.connect(self._on_committed)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self._numbers_box.hide()
        self._column.addWidget(self.fold)
        self._column.addWidget(self._numbers_box)
        self.fold.toggled.connect(self._numbers_box.setVisible)
        self.input.activated.connect(self._on_activated)

    def value(self) -> Augmentation:
        given = {}
        for key, number in self.numbers.items():
            amount = number.value()
            if amount is None:
                raise ValueError(f"The {key} of the augmentation must be a number, such as 0.")
            given[key] = amount
        augmentation = Augmentation(**given)
        if problems := augmentation.problems():
            raise ValueError(problems[0])
        return augmentation

    def set_value(self, value: Augmentation) -> None:
        for key, amount in amounts(value).items():
            self.numbers[key].set_value(amount)
        self._show_strength()

    def inputs(self) -> list[QWidget]:
        return [self.input, self.fold, *self.numbers.values()]

    def set_invalid(self, invalid: bool) -> None:
        super().set_invalid(invalid)
        for key, number in self.numbers.items():
            amount = number.value()
            bad = invalid and (amount is None or _problem(key, amount) is not None)
            set_look(number, invalid=bad)

    def _show_invalid(self) -> None:
        pass  # the numbers show it, each its own

    def _show_strength(self) -> None:
        try:
            self.input.choose(strength(self.value()) or OWN)
        except ValueError:
            self.input.choose(OWN)

    @Slot()
    def _on_activated(self) -> None:
        chosen = str(self.input.currentData())
        if chosen == OWN:
            self.fold.setChecked(True)
            return  # the numbers stay until one is changed
        for key, amount in amounts(AUGMENTATIONS[chosen]).items():
            self.numbers[key].set_value(amount)
        self.edited.emit()
        self.committed.emit(self.name)

    @Slot()
    def _on_number_edited(self) -> None:
        self._show_strength()
        self.edited.emit()


def _problem(key: str, amount: float) -> str | None:
    found = Augmentation(**{key: amount}).problems()
    return found[0] if found else None


def _number(key: str) -> NumberInput:
    number = NumberInput(lambda amount: _problem(key, amount), step=_STEPS.get(key, 0.05))
    number.setObjectName(f"augmentation-{key}")
    number.setAccessibleName(f"Augmentation: {_title(key)}")
    return number


def _title(key: str) -> str:
    return f"{key.capitalize()}, {_UNITS[key]}" if key in _UNITS else key.capitalize()
