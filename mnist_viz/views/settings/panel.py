"""The settings of a run as a form; some change at once, others with the next reset."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QScrollArea, QWidget

from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.setting_sections import SECTIONS, idle_settings, in_words
from mnist_viz.engine.settings import LIVE_FIELDS, SPECS, Choice, Group, Number, Settings
from mnist_viz.recording.run_words import changes_in_words
from mnist_viz.views import zoom
from mnist_viz.views.settings.augmentation import AugmentationField
from mnist_viz.views.settings.fields import ChoiceField, Field, NumberField, SwitchField
from mnist_viz.views.settings.footer import SettingsFooter
from mnist_viz.views.settings.inputs import NumberInput
from mnist_viz.views.settings.layers import ActivationField, HiddenField
from mnist_viz.views.settings.section import SectionBox
from mnist_viz.views.theme import BODY, GRID
from mnist_viz.views.widgets import column, label, scroll_to, set_font

_BREAK = "\u200b"  # where a line may end


class SettingsPanel(QWidget):
    """Edits a draft of `Settings`; a listener changes the run.

    Attributes:
        fields: the field of each setting, in reading order.
        sections: the folding parts of the form, in reading order.
    """

    apply_requested = Signal(object)  # Settings
    live_changed = Signal(object)  # Settings: those of the run, with the live ones as they are in the form

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings")
        self._base = Settings()
        self._running: Settings | None = None
        self._inputs, self._classes = 784, 10
        self.fields = {name: _make_field(name) for section in SECTIONS for name in section.names}
        self.sections = [
            SectionBox(section.title, [self.fields[name] for name in section.names], unfolded=section.common)
            for section in SECTIONS
        ]
        hidden, activation = self.fields["hidden"], self.fields["activation"]
        assert isinstance(hidden, HiddenField)
        assert isinstance(activation, ActivationField)
        self._hidden, self._activation = hidden, activation
        hidden.rows.added.connect(activation.add_layer)
        hidden.rows.removed.connect(activation.remove_layer)
        hidden.rows.activation_chosen.connect(activation.choose)
        self._edited = ""  # the field that was edited last
        self._preset = QLabel()
        self._description = label(role="muted", wrap=True)
        self._description.setObjectName("preset-description")
        self._footer = SettingsFooter({name: field.title for name, field in self.fields.items()})
        self.apply_button, self.discard_button = self._footer.apply_button, self._footer.discard_button
        self._lay_out()
        for field in self.fields.values():
            field.edited.connect(self._show_state)
            field.committed.connect(self._on_committed)
        for box in self.sections:
            box.toggled.connect(self._on_toggled)
        self._footer.apply_requested.connect(self._on_apply)
        self.discard_button.clicked.connect(self._on_discard)
        self.set_settings(self._base)

    def set_settings(self, settings: Settings) -> None:
        """Fill the form; emits nothing."""
        self._base = settings
        self._fill(settings)

    def set_running(self, settings: Settings | None) -> None:
        """Say which settings the current run has, so that the form can mark what differs; None if there is no run."""
        if settings != self._running:
            self._running = settings
            self._show_state()

    def set_present_rate(self, rate: float | None, *, live: bool = True) -> None:
        """Say which learning rate the schedule gives at the moment shown; None where it is the one in the form."""
        number = "" if rate is None else f"{rate:.3g}"
        words = number and f"{'now' if live else 'then'} {number}"
        note = self.fields["learning_rate"].note
        note.set_texts(words, number)
        note.setToolTip(words and f"{words}: the learning rate of the next step at the moment shown, schedule included")

    def set_sizes(self, inputs: int, classes: int) -> None:
        """The data's sizes, for the widths of all layers and the number of parameters."""
        self._inputs, self._classes = inputs, classes
        self._show_state()

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

    @property
    def hidden(self) -> QLineEdit:
        return self._hidden.input

    def number(self, name: str) -> NumberInput:
        """Where the number `name` is typed."""
        field = self.fields[name]
        assert isinstance(field, NumberField)
        return field.input

    def _lay_out(self) -> None:
        set_font(self._preset, BODY, QFont.Weight.Medium)
        self._count = self._hidden.note
        self._count.setObjectName("parameter-count")
        form = QWidget()
        margins = (2 * GRID - 4, 4, 2 * GRID - 4, GRID)
        parts = self._preset, self._description, GRID // 2, *self.sections, None
        column(*parts, spacing=0, margins=margins, parent=form)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(form)
        # What is scrolled stays clear of the title above.
        column((scroll, 1), self._footer, spacing=0, margins=(0, GRID // 2, 0, 0), parent=self)
        self.addAction(self._footer.apply_action)
        order: list[QWidget] = []
        for box in self.sections:
            order += [box.fold, *(widget for field in box.fields for widget in field.inputs())]
        order += [self.discard_button, self.apply_button]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def sizeHint(self) -> QSize:
        return zoom.size(45 * GRID, 48 * GRID)

    def minimumSizeHint(self) -> QSize:
        return zoom.size(20 * GRID, 14 * GRID)

    # Between form and settings

    def _fill(self, settings: Settings) -> None:
        for name, field in self.fields.items():
            field.set_value(getattr(settings, name))
        self._show_state()

    def _read(self) -> Settings | dict[str, str]:
        """The settings in the form, or what is wrong by the name of each impossible field."""
        idle = self._idle()
        values: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for name, field in self.fields.items():
            if isinstance(field, ActivationField) and "hidden" in values:
                field.layers = len(values["hidden"])
            problem = None
            try:
                values[name] = field.value()
                problem = _problem(name, values[name])
            except ValueError as error:
                problem = str(error)
            if problem and name in idle:  # the user cannot correct a disabled field
                values[name] = getattr(Settings(), name)
            elif problem:
                wrong[name] = problem
        if wrong:
            return wrong
        draft = replace(self._base, **values)
        if problems := draft.problems():
            return {_culprit(draft): problems[0]}
        return draft

    def _idle(self) -> set[str]:
        """The fields that mean nothing with the present choices."""
        values: dict[str, Any] = {n: f.value() for n, f in self.fields.items() if isinstance(f, ChoiceField)}
        try:
            values["hidden"] = self.fields["hidden"].value()
        except ValueError:
            values["hidden"] = self._base.hidden
        return idle_settings(replace(self._base, **values))

    def _live(self, name: str) -> Settings:
        """The run's settings with the form's live ones; with `name` alone if those do not go together."""
        running = self._reference()
        values: dict[str, Any] = {}
        for live in LIVE_FIELDS:
            try:
                values[live] = self.fields[live].value()
            except ValueError:
                continue
        for chosen in (values, {name: values[name]} if name in values else {}):
            changed = replace(running, **chosen)
            if not changed.problems():
                return changed
        return running

    def _reference(self) -> Settings:
        return self._running if self._running is not None else self._base

    # State shown

    @Slot()
    def _show_state(self) -> None:
        draft = self._read()
        wrong = {} if isinstance(draft, Settings) else draft
        waiting = self._reference().needs_reset(draft) if isinstance(draft, Settings) else []
        idle = self._idle()
        for name, field in self.fields.items():
            field.set_invalid(name in wrong)
            field.set_waits(name in waiting)
            field.setEnabled(name not in idle)
        self._hidden.show_activations(self._activation.each)
        if isinstance(draft, Settings):
            count = draft.parameter_count(self._inputs, self._classes)
            self._count.set_texts(f"{count:,} parameters", f"{count:,}")
            self._hidden.show_sizes((self._inputs, *draft.hidden, self._classes))
        for section, box in zip(SECTIONS, self.sections, strict=True):
            known = draft if isinstance(draft, Settings) else self._reference()
            box.show_summary(in_words(known, section.names) or section.nothing)
        self._show_preset(draft if isinstance(draft, Settings) else None)
        if isinstance(sender := self.sender(), Field):
            self._edited = sender.name
        shown = self._footer.isVisible()
        self._footer.show_state(wrong.get(self._edited, next(iter(wrong.values()), "")), waiting)
        if not shown and self._footer.isVisible() and (focused := self.focusWidget()) is not None:
            scroll_to(focused)  # the footer may have come in its place

    def _show_preset(self, draft: Settings | None) -> None:
        preset = PRESETS.get(self._base.preset)
        if preset is None:
            self._preset.setText("Own settings")
            self._description.setText("Not one of the presets.")
            return
        edited = changes_in_words(preset.settings, replace(draft, seed=preset.settings.seed)) if draft else ""
        self._preset.setText(f"{preset.title}, edited" if edited else preset.title)
        text = f"{edited[:1].upper()}{edited[1:]}." if edited else preset.description
        self._description.setText(text.replace("-", f"-{_BREAK}"))  # or many layers would be one wide word

    @Slot(str)
    def _on_committed(self, name: str) -> None:
        if name == "optimizer":
            self._suggest_rate()
        if name in LIVE_FIELDS and (changed := self._live(name)) != self._reference():
            self.live_changed.emit(changed)

    def _suggest_rate(self) -> None:
        """Fill in a usual learning rate for another optimizer: one's rate can be a hundred times another's."""
        running, chosen = self._reference(), self.fields["optimizer"].value()
        rate = running.learning_rate if chosen == running.optimizer else OPTIMIZERS[chosen].usual_rate
        self.fields["learning_rate"].set_value(rate)
        self._show_state()

    @Slot()
    def _on_apply(self) -> None:
        if (draft := self.settings) is not None and self.waiting:
            self.apply_requested.emit(draft)

    @Slot()
    def _on_discard(self) -> None:
        self._fill(self._reference())

    @Slot()
    def _on_toggled(self) -> None:
        box = self.sender()
        if isinstance(box, SectionBox) and box.unfolded:
            scroll_to(box.body)
            scroll_to(box.fold)


def _make_field(name: str) -> Field:
    spec = SPECS[name]
    if isinstance(spec, Number):
        return NumberField(name, spec)
    if isinstance(spec, Choice):
        return ChoiceField(name, spec)
    if name == "hidden":
        return HiddenField(name, spec)
    if name == "activation":
        return ActivationField(name, spec)
    return AugmentationField(name, spec) if isinstance(spec, Group) else SwitchField(name, spec)


def _problem(name: str, value: Any) -> str | None:
    """What is wrong with a value by itself."""
    spec = SPECS[name]
    if isinstance(spec, Number | Choice):
        return spec.problem(value)
    if name == "hidden":
        return next(iter(replace(Settings(), hidden=value).problems()), None)
    return None


def _culprit(draft: Settings) -> str:
    """The number that, as it usually is, would go together with the rest of `draft`; "" if there is none."""
    numbers = [name for name, spec in SPECS.items() if isinstance(spec, Number)]
    return next((n for n in numbers if not replace(draft, **{n: getattr(Settings(), n)}).problems()), "")
