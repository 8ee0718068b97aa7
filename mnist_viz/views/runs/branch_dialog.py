"""The dialog that makes a branch: its name and its settings."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLineEdit, QPushButton, QWidget

from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.setting_sections import idle_settings
from mnist_viz.engine.settings import SPECS, Choice, Number, Settings
from mnist_viz.recording.run_words import MAX_NAME, changes_in_words, name_of_changes, shortened
from mnist_viz.views.dialog import Dialog
from mnist_viz.views.settings.fields import ChoiceField, Field, NumberField
from mnist_viz.views.theme import GRID
from mnist_viz.views.widgets import column, heading, label, push_button, row, set_look

_NAMES = ("learning_rate", "optimizer", "momentum", "batch_size", "dropout", "l2")
_FACTORS = (("1/10", 1 / 10, "A tenth of it"), ("1/3", 1 / 3, "A third of it"), ("3 ×", 3.0, "Three times as much"))
_DIGITS = 3


class BranchDialog(Dialog):
    """Edits name and settings of a branch, and emits them.

    Args:
        moment: where the branch begins, such as "epoch 3, batch 120".
        run: the name of its parent.
        settings: the parent's settings at that moment.
        plain_name: the name of the branch if no setting is changed.

    Attributes:
        fields: the field of each setting, in reading order.
        name: where the name is typed.
    """

    chosen = Signal(object, str, bool)  # Settings, name, whether to train at once

    def __init__(
        self, moment: str, run: str, settings: Settings, plain_name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__("branch-dialog", "Continue from here", parent)
        self._run = run
        self._base = settings
        self._plain_name = plain_name
        self._typed = False  # whether the user has typed a name
        self.fields: dict[str, Field] = {name: _field(name) for name in _NAMES}
        self.name = QLineEdit()
        self.name.setObjectName("branch-name")
        self.name.setMaxLength(MAX_NAME)
        self.name.setToolTip("The name of the new run; it can be changed later")
        self.factor_buttons = [self._factor_button(*factor) for factor in _FACTORS]
        self._line = label(role="muted", wrap=True)
        tip = "Create the run and train it"
        self.train_button = push_button("continue-and-train", "Continue and train", tip, "primary")
        self.pause_button = push_button("continue-paused", "Continue, paused", "Create the run without training it")
        self.cancel_button = push_button("cancel-branch", "Cancel", "Close without creating a run (Escape)")
        self._lay_out(f"Continue from {moment}")
        for name, field in self.fields.items():
            field.set_value(getattr(settings, name))
            field.edited.connect(self._show_state)
            field.committed.connect(self._on_committed)
        self.name.textEdited.connect(self._on_name_edited)
        self.train_button.clicked.connect(self._on_train_clicked)
        self.pause_button.clicked.connect(self._on_pause_clicked)
        self.cancel_button.clicked.connect(self.reject)
        self._show_state()
        self.fields["learning_rate"].inputs()[0].setFocus()

    @property
    def settings(self) -> Settings | None:
        """The settings of the branch; None while they are invalid."""
        draft = self._read()
        return draft if isinstance(draft, Settings) else None

    @property
    def line(self) -> str:
        """The changes in words, or what is invalid."""
        return self._line.text()

    def _lay_out(self, title: str) -> None:
        stays = label(f"“{shortened(self._run)}” is not changed: the branch is a new run.", "muted")
        name_label = label("Name", "caption")
        name_label.setBuddy(self.name)
        factors = row(*self.factor_buttons, spacing=GRID // 2)
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(12)
        bottom = Qt.AlignmentFlag.AlignBottom
        grid.addWidget(self.fields["learning_rate"], 0, 0)
        grid.addLayout(factors, 0, 1, 1, 2, bottom)
        grid.addWidget(self.fields["optimizer"], 1, 0)
        grid.addWidget(self.fields["momentum"], 1, 1)
        for k, field in enumerate(("batch_size", "dropout", "l2")):
            grid.addWidget(self.fields[field], 2, k)
        for k in range(3):
            grid.setColumnStretch(k, 1)
        self._line.setObjectName("branch-line")
        self._line.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._line.setMinimumHeight(2 * self._line.fontMetrics().lineSpacing())
        rest = label("All other settings can be changed in Settings afterwards.", "caption")
        column(
            heading(title), 2, stays, 2 * GRID, name_label, 2, self.name, 12, grid, 2 * GRID,
            self._line, 4, rest, 2 * GRID, None,
            row(self.cancel_button, None, self.pause_button, self.train_button),
            spacing=0, margins=(3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID), parent=self,
        )  # fmt: skip
        order: list[QWidget] = [self.name, *self.fields["learning_rate"].inputs(), *self.factor_buttons]
        order += [widget for name in _NAMES[1:] for widget in self.fields[name].inputs()]
        order += [self.train_button, self.pause_button, self.cancel_button]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)
        self.setMinimumWidth(58 * GRID)

    def _factor_button(self, text: str, factor: float, tip: str) -> QPushButton:
        button = push_button(f"rate-{text}", text, tip)
        button.setAccessibleName(f"Learning rate {text}")
        button.setProperty("factor", factor)
        button.clicked.connect(self._on_factor_clicked)
        return button

    # Between fields and settings

    def _read(self) -> Settings | tuple[str, str]:
        """The settings in the fields, or the name of the first invalid one and its problem."""
        optimizer = self.fields["optimizer"].value()
        idle = idle_settings(replace(self._base, optimizer=optimizer))
        values: dict[str, Any] = {}
        for name, field in self.fields.items():
            if name in idle:  # a disabled field cannot be corrected
                continue
            spec, problem = SPECS[name], None
            try:
                values[name] = field.value()
                problem = spec.problem(values[name]) if isinstance(spec, Number | Choice) else None
            except ValueError as error:
                problem = str(error)
            if problem:
                return name, problem
        draft = replace(self._base, **values)
        problems = draft.problems()
        return ("batch_size", problems[0]) if problems else draft

    @Slot()
    def _show_state(self) -> None:
        draft = self._read()
        known = draft if isinstance(draft, Settings) else None
        bad, problem = draft if isinstance(draft, tuple) else ("", "")
        idle = idle_settings(replace(self._base, optimizer=self.fields["optimizer"].value()))
        for name, field in self.fields.items():
            field.setEnabled(name not in idle)
            field.set_invalid(name == bad)
        for button in (self.train_button, self.pause_button):
            button.setEnabled(known is not None)
        for button in self.factor_buttons:
            button.setEnabled(self._scaled(button) is not None)
        words = changes_in_words(self._base, known) if known is not None else ""
        said = f"{words[:1].upper()}{words[1:]}." if words else "No setting is changed yet."
        self._say(problem or said, "problem" if problem else "title" if words else "muted")
        if known is not None and not self._typed:
            self.name.setText(self._suggested(known))
            self.name.setCursorPosition(0)

    def _say(self, text: str, role: str) -> None:
        self._line.setText(text)
        set_look(self._line, role=role)
        layout = self.layout()
        if self.isVisible() and layout is not None:  # another line must not squeeze the fields
            self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))

    def _suggested(self, settings: Settings) -> str:
        return name_of_changes(self._base, settings)[:MAX_NAME] or self._plain_name

    def _scaled(self, button: QPushButton) -> float | None:
        """The learning rate in the field times a button's factor; None if it is invalid."""
        field = self.fields["learning_rate"]
        try:
            rate = float(f"{field.value() * button.property('factor'):.{_DIGITS}g}")
        except ValueError:
            return None
        spec = SPECS["learning_rate"]
        return rate if isinstance(spec, Number) and spec.problem(rate) is None else None

    @Slot(str)
    def _on_committed(self, name: str) -> None:
        if name == "optimizer":  # the usual rates differ by up to a factor of 100
            chosen = self.fields["optimizer"].value()
            same = chosen == self._base.optimizer
            rate = self._base.learning_rate if same else OPTIMIZERS[chosen].usual_rate
            self.fields["learning_rate"].set_value(rate)
        self._show_state()

    @Slot(str)
    def _on_name_edited(self, text: str) -> None:
        self._typed = bool(text.strip())

    @Slot()
    def _on_factor_clicked(self) -> None:
        button = self.sender()
        assert isinstance(button, QPushButton)
        if (rate := self._scaled(button)) is not None:
            self.fields["learning_rate"].set_value(rate)
            self._show_state()

    @Slot()
    def _on_train_clicked(self) -> None:
        self._choose(train=True)

    @Slot()
    def _on_pause_clicked(self) -> None:
        self._choose(train=False)

    def _choose(self, *, train: bool) -> None:
        if (settings := self.settings) is not None:
            self.chosen.emit(settings, self.name.text().strip() or self._suggested(settings), train)
            self.accept()


def _field(name: str) -> Field:
    spec = SPECS[name]
    assert isinstance(spec, Choice | Number)
    field = ChoiceField(name, spec) if isinstance(spec, Choice) else NumberField(name, spec)
    field.inputs()[0].setToolTip(spec.hint)  # without when it takes effect, since the run is new
    return field
