"""The settings of a run as a form: what changes at once, and what waits for the next reset."""

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QFont
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mnist_viz.engine.activations import ACTIVATIONS
from mnist_viz.engine.initializers import INITIALIZERS
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.presets import MAX_BATCH_SIZE, MAX_EPOCHS, PRESETS, Settings
from mnist_viz.views.settings_fields import Caption, DecimalField, choice, parse_layers, whole_number
from mnist_viz.views.theme import BODY, GRID, Theme, font

_MAX_SEED = 2**31 - 1


class SettingsPanel(QWidget):
    """Edits a draft of `Settings`; the run itself changes when whoever listens makes it."""

    apply_requested = Signal(object)  # Settings
    learning_rate_changed = Signal(float)
    epochs_changed = Signal(int)
    settings_edited = Signal(object)  # Settings, after each edit that makes sense

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings")
        self._base = Settings()
        self._running: Settings | None = None
        self._inputs, self._classes = 784, 10
        self._filling = False
        self._make_fields()
        self._lay_out()
        self._connect()
        self.set_settings(self._base)

    # Values in

    def set_settings(self, settings: Settings) -> None:
        """Fill the form; emits nothing."""
        self._base = settings
        self._fill(settings)

    def set_running(self, settings: Settings | None) -> None:
        """Say which settings the current run has, so that the form can mark what differs; None if there is no run."""
        if settings != self._running:
            self._running = settings
            self._show_state()

    def set_sizes(self, inputs: int, classes: int) -> None:
        """The data's sizes, for the number of parameters."""
        self._inputs, self._classes = inputs, classes
        self._show_state()

    def set_theme(self, theme: Theme) -> None:
        """Nothing here is painted by hand: the style sheet has it all."""

    # Values out

    @property
    def settings(self) -> Settings | None:
        """The settings in the form; None if they are impossible."""
        draft = self._read()
        return draft if isinstance(draft, Settings) else None

    @property
    def waiting(self) -> list[str]:
        """The fields whose values wait for a reset."""
        draft = self.settings
        return [] if draft is None else self._reference().needs_reset(draft)

    # Making

    def _make_fields(self) -> None:
        self.hidden = QLineEdit()
        self.hidden.setPlaceholderText("none: inputs straight to outputs")
        self.activation = choice({name: item.title for name, item in ACTIVATIONS.items()})
        self.initializer = choice({name: item.title for name, item in INITIALIZERS.items()})
        self.biases = QCheckBox("Use biases")
        self.biases.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.optimizer = choice({name: kind.title for name, kind in OPTIMIZERS.items()})
        self.momentum = DecimalField(first_step=0.1, zero=True)
        self.learning_rate = DecimalField(first_step=1e-5)
        self.decay = DecimalField(first_step=1e-4, zero=True)
        self.batch_size = whole_number(1, MAX_BATCH_SIZE)
        self.epochs = whole_number(1, MAX_EPOCHS)
        self.seed = whole_number(0, _MAX_SEED)
        titles = {
            "hidden": ("Hidden layers", "Neurons of each hidden layer, from the inputs on"),
            "activation": ("Activation", "What a hidden neuron makes of its weighted sum"),
            "initializer": ("First weights", "From what the first weights are drawn"),
            "biases": ("Biases", "Whether each neuron has a threshold of its own"),
            "optimizer": ("Optimizer", "How the weights follow the gradient"),
            "momentum": ("Momentum", "How much of the last step the next one keeps: 0 to below 1"),
            "learning_rate": ("Learning rate", "How far each step goes; changes at once"),
            "decay": ("Decay", "In epoch e the learning rate is divided by 1 + decay × e"),
            "batch_size": ("Batch size", "How many digits each step looks at"),
            "epochs": ("Epochs", "How many times to go through the data; changes at once"),
            "seed": ("Seed", "Decides the first weights and the order of the digits"),
        }
        self._captions: dict[str, Caption] = {}
        for name, (title, tip) in titles.items():
            field: QWidget = getattr(self, name)
            field.setObjectName(name.replace("_", "-"))
            field.setToolTip(tip)
            self._captions[name] = Caption(title, field)

    def _lay_out(self) -> None:
        self._preset = QLabel()
        self._preset.setFont(font(BODY, QFont.Weight.Medium))
        self._description = QLabel()
        self._description.setWordWrap(True)
        self._description.setProperty("role", "muted")
        self._count = self._captions["hidden"].note
        self._count.setObjectName("parameter-count")
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(GRID)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        rows: tuple[tuple[str, ...], ...] = (
            ("hidden",), ("activation", "initializer"), ("learning_rate", "decay"), ("optimizer", "momentum"),
            ("batch_size", "epochs"), ("seed", "biases"),
        )  # fmt: skip
        for row, names in enumerate(rows):
            for place, name in enumerate(names):
                grid.addWidget(self._captions[name], row, place, 1, 2 if len(names) == 1 else 1)
        form = QWidget()
        column = QVBoxLayout(form)
        column.setContentsMargins(2 * GRID - 4, 4, 2 * GRID - 4, GRID)
        column.setSpacing(0)
        column.addWidget(self._preset)
        column.addWidget(self._description)
        column.addSpacing(GRID)
        column.addLayout(grid)
        column.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(form)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(scroll, 1)
        self._footer = self._make_footer()
        whole.addWidget(self._footer)

    def _make_footer(self) -> QWidget:
        self._line = QLabel()
        self._line.setObjectName("settings-line")
        self._line.setWordWrap(True)
        self._line.setProperty("role", "caption")
        self._line.setFixedHeight(4 * GRID)
        self._line.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self.apply_button = QPushButton("Apply and reset")
        self.apply_button.setObjectName("apply-settings")
        self.apply_button.setToolTip("Start again with these settings (Ctrl+Return)")
        self.discard_button = QPushButton("Discard")
        self.discard_button.setObjectName("discard-settings")
        self.discard_button.setToolTip("Go back to the settings of this run")
        for button in (self.apply_button, self.discard_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._apply_action = QAction("Apply and reset", self)
        self._apply_action.setObjectName("apply-settings-key")
        self._apply_action.setShortcut("Ctrl+Return")
        self.addAction(self._apply_action)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addWidget(self.discard_button, 1)
        buttons.addWidget(self.apply_button, 1)
        footer = QFrame()
        footer.setObjectName("settings-footer")
        column = QVBoxLayout(footer)
        column.setContentsMargins(2 * GRID - 4, 4, 2 * GRID - 4, 2 * GRID - 4)
        column.setSpacing(4)
        column.addWidget(self._line)
        column.addLayout(buttons)
        return footer

    def _connect(self) -> None:
        self.hidden.textEdited.connect(self._on_edited)
        for combo in (self.activation, self.initializer, self.optimizer):
            combo.activated.connect(self._on_edited)
        self.biases.toggled.connect(self._on_edited)
        for field in (self.momentum, self.learning_rate, self.decay):
            field.edited.connect(self._on_edited)
        for number in (self.batch_size, self.epochs, self.seed):
            number.valueChanged.connect(self._on_edited)
        self.learning_rate.committed.connect(self._on_rate_committed)
        self.epochs.valueChanged.connect(self._on_epochs_changed)
        self.apply_button.clicked.connect(self._on_apply)
        self._apply_action.triggered.connect(self._on_apply)
        self.discard_button.clicked.connect(self._on_discard)

    def sizeHint(self) -> QSize:
        return QSize(45 * GRID, 48 * GRID)

    def minimumSizeHint(self) -> QSize:
        return QSize(31 * GRID, 22 * GRID)

    # Between form and settings

    def _fill(self, settings: Settings) -> None:
        self._filling = True
        self.hidden.setText(", ".join(map(str, settings.hidden)))
        for name in ("activation", "initializer", "optimizer"):
            combo = getattr(self, name)
            combo.setCurrentIndex(combo.findData(getattr(settings, name)))
        self.biases.setChecked(settings.biases)
        for name in ("momentum", "learning_rate", "decay"):
            getattr(self, name).set_value(getattr(settings, name))
        for name in ("batch_size", "epochs", "seed"):
            getattr(self, name).setValue(getattr(settings, name))
        self._filling = False
        self._show_state()

    def _read(self) -> Settings | tuple[str, str]:
        """The settings in the form, or the first impossible field and what is wrong with it."""
        values: dict[str, object] = {
            "activation": self.activation.currentData(),
            "initializer": self.initializer.currentData(),
            "biases": self.biases.isChecked(),
            "optimizer": self.optimizer.currentData(),
            "batch_size": self.batch_size.value(),
            "epochs": self.epochs.value(),
            "seed": self.seed.value(),
        }
        try:
            values["hidden"] = parse_layers(self.hidden.text())
        except ValueError as error:
            return "hidden", str(error)
        for name in ("learning_rate", "decay", "momentum"):
            number = getattr(self, name).value()
            if number is None:
                return name, f"{self._captions[name].title} must be a number, such as 0.1."
            values[name] = number
        for name, value in values.items():
            if found := replace(Settings(), **{name: value}).problems():  # type: ignore[arg-type]
                return name, found[0]
        return replace(self._base, **values)  # type: ignore[arg-type]

    def _reference(self) -> Settings:
        return self._running if self._running is not None else self._base

    # State shown

    def _show_state(self) -> None:
        draft = self._read()
        bad, problem = ("", "") if isinstance(draft, Settings) else draft
        waiting = self._reference().needs_reset(draft) if isinstance(draft, Settings) else []
        for name, caption in self._captions.items():
            caption.set_invalid(name == bad)
            caption.set_waits(name in waiting)
        self.momentum.setEnabled(OPTIMIZERS[self.optimizer.currentData()].uses_momentum)
        self._show_preset(draft if isinstance(draft, Settings) else None)
        if isinstance(draft, Settings):
            count = draft.parameter_count(self._inputs, self._classes)
            self._count.setText(f"{count:,} parameters")
        self._show_line(problem, waiting)
        self._set_primary(bool(waiting))
        self.apply_button.setEnabled(bool(waiting))
        self._apply_action.setEnabled(bool(waiting))
        self.discard_button.setEnabled(bool(waiting or problem))

    def _show_preset(self, draft: Settings | None) -> None:
        preset = PRESETS.get(self._base.preset)
        if preset is None:
            self._preset.setText("Own settings")
            self._description.setText("Not one of the presets.")
            return
        edited = draft is not None and replace(draft, seed=preset.settings.seed) != preset.settings
        self._preset.setText(f"{preset.title}, edited" if edited else preset.title)
        self._description.setText(preset.description)

    def _show_line(self, problem: str, waiting: list[str]) -> None:
        if problem:
            text = problem
        elif waiting:
            names = [self._captions[name].title for name in waiting]
            names = [names[0], *(name[0].lower() + name[1:] for name in names[1:])]
            listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
            plural = len(names) > 1 or waiting[0] in ("hidden", "biases", "initializer")
            text = f"{listed} {'change' if plural else 'changes'} with Apply."
        else:
            text = ""
        # Out of the way while there is nothing to say: the form above needs the room.
        self._footer.setVisible(bool(text))
        role = "problem" if problem else "waiting" if waiting else "caption"
        if self._line.property("role") != role:
            self._line.setProperty("role", role)
            self._line.style().unpolish(self._line)
            self._line.style().polish(self._line)
        self._line.setText(text)
        self._line.setToolTip(text)

    def _set_primary(self, primary: bool) -> None:
        kind = "primary" if primary else ""
        if self.apply_button.property("kind") != kind:
            self.apply_button.setProperty("kind", kind)
            self.apply_button.style().unpolish(self.apply_button)
            self.apply_button.style().polish(self.apply_button)

    # Slots

    @Slot()
    def _on_edited(self) -> None:
        if self._filling:
            return
        self._show_state()
        if (draft := self.settings) is not None:
            self.settings_edited.emit(draft)

    @Slot(float)
    def _on_rate_committed(self, rate: float) -> None:
        if not replace(Settings(), learning_rate=rate).problems():
            self.learning_rate_changed.emit(rate)

    @Slot(int)
    def _on_epochs_changed(self, epochs: int) -> None:
        if not self._filling:
            self.epochs_changed.emit(epochs)

    @Slot()
    def _on_apply(self) -> None:
        if (draft := self.settings) is not None and self.waiting:
            self.apply_requested.emit(draft)

    @Slot()
    def _on_discard(self) -> None:
        self._fill(self._reference())
        self.settings_edited.emit(self._reference())
