"""The dialog "Run until": train for a number of batches or epochs, or until a condition holds."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QLabel, QRadioButton, QWidget

from mnist_viz.engine.settings import Number
from mnist_viz.views.dialog import Dialog
from mnist_viz.views.settings.inputs import NumberInput
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import column, heading, label, push_button, row, set_look


@dataclass(frozen=True)
class _Way:
    """One of the answers.

    Attributes:
        before, after: the words around its number.
        number: which numbers are possible, and what they are; None for an answer without one.
        usual: the number at first.
        step: of the arrows.
    """

    before: str
    after: str
    number: Number | None
    usual: float = 0.0
    step: float | None = None


_WAYS: dict[str, _Way] = {
    "batches": _Way("After", "batches", Number("Number of batches", "", 1, 10_000_000, whole=True), 100),
    "epochs": _Way("After", "epochs", Number("Number of epochs", "", 1, 10_000, whole=True), 5, 1),
    "accuracy-above": _Way(
        "When validation accuracy reaches", "%", Number("Validation accuracy", "", 0, 100, open_least=True), 97, 0.5
    ),
    "loss-below": _Way("When training loss falls below", "", Number("Training loss", "", 0, open_least=True), 0.1),
    "dead-layer": _Way("At the first dead layer", "", None),
}
_NOTES = {
    "batches": "It continues past the last epoch if necessary.",
    "epochs": "The rest of an epoch that has begun counts as one.",
    "accuracy-above": "It is measured at the end of each epoch.",
    "loss-below": "The loss is the mean over the last fiftieth of an epoch.",
    "dead-layer": "A hidden layer is dead when its neurons answer the same to every picture.",
}
_CONDITIONS = ("accuracy-above", "loss-below", "dead-layer")


class RunUntilDialog(Dialog):
    """Edits one answer; it does not train.

    Args:
        last_epoch: with which the run ends, at which it pauses in any case if a condition is not met.
        layers: how many hidden layers there are.

    Attributes:
        choices: the button of each answer, by its name.
        numbers: the number of each answer that has one.
    """

    chosen = Signal(
        str, float
    )  # "batches", "epochs", "accuracy-above" (in %), "loss-below" or "dead-layer"; its number

    def __init__(self, last_epoch: int, *, layers: int, parent: QWidget | None = None) -> None:
        super().__init__("run-until-dialog", "Run until", parent)
        self._last_epoch = last_epoch
        self._group = QButtonGroup(self)
        self.choices: dict[str, QRadioButton] = {}
        self.numbers: dict[str, NumberInput] = {}
        self._line = label(wrap=True)
        self._line.setObjectName("run-until-line")
        self.run_button = push_button("run-until", "Run", "Train, and pause then (Enter)", "primary")
        self.cancel_button = push_button("cancel-run-until", "Cancel", "Train nothing (Escape)")
        self._lay_out()
        if not layers:
            self.choices["dead-layer"].setEnabled(False)
            self.choices["dead-layer"].setToolTip("This network has no hidden layer")
        self._group.buttonToggled.connect(self._show_state)
        self.run_button.clicked.connect(self._on_run_clicked)
        self.cancel_button.clicked.connect(self.reject)
        self.choose("epochs", {})

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(GRID)
        for line, (name, way) in enumerate(_WAYS.items()):
            choice = QRadioButton(way.before)
            choice.setObjectName(f"until-{name}")
            choice.setToolTip(_NOTES[name])
            self._group.addButton(choice)
            self.choices[name] = choice
            if way.number is None:
                grid.addWidget(choice, line, 0, 1, 3)
                continue
            grid.addWidget(choice, line, 0)
            number = NumberInput(way.number.problem, step=way.step, first_step=0.01, whole=way.number.whole)
            number.setObjectName(f"number-of-{name}")
            number.setAccessibleName(way.number.title)
            number.setToolTip(_NOTES[name])
            number.setFixedWidth(12 * GRID)
            number.set_value(way.usual)
            number.edited.connect(self._on_number_edited)
            grid.addWidget(number, line, 1)
            grid.addWidget(QLabel(way.after), line, 2)
            self.numbers[name] = number
        grid.setColumnMinimumWidth(1, 12 * GRID)  # a number asks for no width of its own
        grid.setColumnStretch(0, 1)
        self._line.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._line.setMinimumHeight(2 * self._line.fontMetrics().lineSpacing())
        column(
            heading("Train, and pause"), grid, self._line, None, row(self.cancel_button, None, self.run_button),
            spacing=2 * GRID, margins=3 * GRID, parent=self,
        )  # fmt: skip
        self.setMinimumWidth(60 * GRID)

    @property
    def line(self) -> str:
        """The line on the chosen answer, or what is wrong with it."""
        return self._line.text()

    def choose(self, name: str, values: Mapping[str, float]) -> None:
        """Begin with the answer `name`, if it can be given, and with the numbers `values`."""
        for key, value in values.items():
            if key in self.numbers:
                self.numbers[key].set_value(value)
        choice = self.choices[name if self.choices[name].isEnabled() else "epochs"]
        choice.setChecked(True)
        chosen = self._chosen()
        if chosen in self.numbers:
            self.numbers[chosen].setFocus()
            self.numbers[chosen].selectAll()
        else:
            choice.setFocus()
        self._show_state()

    def _chosen(self) -> str:
        return next(name for name, choice in self.choices.items() if choice.isChecked())

    def _problem(self, name: str) -> str:
        """What is wrong with the number of an answer; empty if nothing is."""
        spec = _WAYS[name].number
        if spec is None:
            return ""
        value = self.numbers[name].value()
        if value is None:
            kind = "whole number" if spec.whole else "number"
            return f"The {spec.title.lower()} must be a {kind}, such as {_WAYS[name].usual:g}."
        return spec.problem(value) or ""

    @Slot()
    def _show_state(self) -> None:
        chosen = self._chosen()
        problem = self._problem(chosen)
        for name, number in self.numbers.items():
            invalid = name == chosen and bool(problem)
            set_look(number, invalid=invalid)
        note = _NOTES[chosen]
        if chosen in _CONDITIONS:
            note += f" Otherwise it pauses after epoch {self._last_epoch:,}, the last of the run."
        self._line.setText(problem or note)
        set_look(self._line, role="problem" if problem else "muted")
        self.run_button.setEnabled(not problem)

    @Slot()
    def _on_number_edited(self) -> None:
        """Typing a number chooses its answer."""
        number = self.sender()
        self.choices[next(name for name, one in self.numbers.items() if one is number)].setChecked(True)
        self._show_state()

    @Slot()
    def _on_run_clicked(self) -> None:
        chosen = self._chosen()
        if not self._problem(chosen):
            number = self.numbers.get(chosen)
            value = number.value() if number is not None else 0.0
            assert value is not None
            self.chosen.emit(chosen, float(value))
            self.accept()
