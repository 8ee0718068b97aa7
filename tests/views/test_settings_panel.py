"""The settings form says what changes at once, what waits for a reset, and what is impossible."""

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.engine.augmentation import AUGMENTATIONS, Augmentation
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.setting_sections import SECTIONS
from mnist_viz.engine.settings import LIVE_FIELDS, SPECS, Choice, Number, Settings, Switch
from mnist_viz.views.settings_augmentation import OWN, AugmentationField
from mnist_viz.views.settings_inputs import ChoiceInput, NumberInput
from mnist_viz.views.settings_layers import ONE_A_LAYER, ActivationField
from mnist_viz.views.settings_panel import SettingsPanel
from mnist_viz.views.settings_section import SectionBox

SETTINGS = Settings(hidden=(128, 64), epochs=10)

NUMBERS = [name for name, spec in SPECS.items() if isinstance(spec, Number)]
LIVE_NUMBERS = [name for name in NUMBERS if name in LIVE_FIELDS]
FIXED = [name for name in SPECS if name not in LIVE_FIELDS]

# With these, no field is idle.
ALL_IN_USE = replace(SETTINGS, optimizer="momentum", schedule="step", decay=0.1)

OTHER: dict[str, Any] = {
    "hidden": (32, 16), "activation": "relu,tanh", "biases": False, "batch_norm": True, "decay_every": 3,
    "early_stopping": 4, "batch_size": 64, "epochs": 7, "seed": 9, "augmentation": Augmentation(shift=1.25),
    "max_norm": 3.0, "gradient_clip": 1.0, "warmup": 2.0,
}  # fmt: skip
"""A value for each setting that is not the usual one, where a half would not do."""


def other(name: str) -> Any:
    spec = SPECS[name]
    if isinstance(spec, Choice):
        return list(spec.titles)[-1]
    return OTHER.get(name, 0.5)


@pytest.fixture
def panel(qtbot: QtBot) -> SettingsPanel:
    panel = SettingsPanel()
    qtbot.addWidget(panel)
    panel.set_settings(SETTINGS)
    panel.set_running(SETTINGS)
    panel.resize(360, 600)
    panel.show()
    qtbot.waitExposed(panel)
    panel.activateWindow()
    return panel


@pytest.fixture
def unfolded(panel: SettingsPanel) -> SettingsPanel:
    """All sections open, and no field idle."""
    for box in panel.sections:
        box.fold.setChecked(True)
    panel.set_settings(ALL_IN_USE)
    panel.set_running(ALL_IN_USE)
    return panel


def retype(field: QWidget, text: str) -> None:
    """Replace a field's text by keys."""
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, text)


def type_in(field: QWidget, text: str) -> None:
    retype(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def line(panel: SettingsPanel) -> str:
    label = panel.findChild(QLabel, "settings-line")
    assert isinstance(label, QLabel)
    return label.text() if label.isVisible() else ""


def count(panel: SettingsPanel) -> str:
    label = panel.findChild(QLabel, "parameter-count")
    assert isinstance(label, QLabel)
    return label.text()


def form_of(panel: SettingsPanel) -> QWidget:
    """What scrolls."""
    form = panel.sections[0].parentWidget()
    assert form is not None
    return form


def box(panel: SettingsPanel, title: str) -> SectionBox:
    return panel.sections[[section.title for section in SECTIONS].index(title)]


def pick(panel: SettingsPanel, name: str, data: str) -> None:
    """Choose an entry by the keyboard."""
    combo = panel.fields[name].inputs()[0]
    assert isinstance(combo, QComboBox)
    combo.setFocus()
    wanted = combo.findData(data)
    combo.setCurrentIndex(wanted - 1 if wanted else 1)
    QTest.keyClick(combo, Qt.Key.Key_Down if wanted else Qt.Key.Key_Up)
    assert combo.currentData() == data


def press(panel: SettingsPanel, name: str) -> None:
    """Click a switch."""
    widget = panel.fields[name].inputs()[0]
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(10, widget.height() // 2))


def activation(panel: SettingsPanel) -> ActivationField:
    field = panel.fields["activation"]
    assert isinstance(field, ActivationField)
    return field


def augmentation(panel: SettingsPanel) -> AugmentationField:
    field = panel.fields["augmentation"]
    assert isinstance(field, AugmentationField)
    return field


def enter(panel: SettingsPanel, name: str, value: Any) -> None:
    """Give a setting a value as a hand would."""
    spec = SPECS[name]
    if isinstance(spec, Number):
        type_in(panel.number(name), f"{value:g}")
    elif isinstance(spec, Choice):
        pick(panel, name, value)
    elif isinstance(spec, Switch):
        press(panel, name)
    elif name == "hidden":
        retype(panel.hidden, ", ".join(map(str, value)))
    elif name == "activation":
        pick(panel, name, ONE_A_LAYER)
        retype(activation(panel).line, value)
    else:
        field = augmentation(panel)
        field.fold.setChecked(True)
        type_in(field.numbers["shift"], f"{value.shift:g}")


# Values in and out


@pytest.mark.parametrize("name", list(PRESETS))
def test_what_is_filled_in_is_read_back(panel: SettingsPanel, name: str) -> None:
    settings = PRESETS[name].settings
    panel.set_settings(settings)
    assert panel.settings == settings


@pytest.mark.parametrize("name", list(SPECS))
def test_any_setting_that_is_filled_in_is_read_back(panel: SettingsPanel, name: str) -> None:
    settings = replace(SETTINGS, **{name: other(name)})
    assert settings != SETTINGS
    panel.set_settings(settings)
    assert panel.settings == settings


def test_filling_in_asks_for_nothing(panel: SettingsPanel, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(panel.settings_edited), qtbot.assertNotEmitted(panel.live_changed):
        panel.set_settings(PRESETS["sigmoid-sgd"].settings)
        panel.set_settings(replace(SETTINGS, augmentation=Augmentation(shift=1.25), activation="relu,tanh"))


@pytest.mark.parametrize("name", list(SPECS))
def test_each_setting_is_named_and_explained_as_its_entry_has_it(panel: SettingsPanel, name: str) -> None:
    widget = panel.fields[name].inputs()[0]
    assert widget.accessibleName() == SPECS[name].title
    assert widget.toolTip().startswith(SPECS[name].hint)
    when = "changes at once" if name in LIVE_FIELDS else "changes with Apply"
    assert widget.toolTip().endswith("changes with the next epoch" if name == "batch_size" else when)


@pytest.mark.parametrize("name", list(SPECS))
def test_each_edit_that_makes_sense_is_told(unfolded: SettingsPanel, name: str) -> None:
    edited: list[Settings] = []
    unfolded.settings_edited.connect(edited.append)
    enter(unfolded, name, other(name))
    assert edited[-1] == replace(ALL_IN_USE, **{name: other(name)})


# What waits for a reset


def test_with_nothing_changed_nothing_waits(panel: SettingsPanel) -> None:
    assert panel.waiting == []
    assert not panel.apply_button.isVisible()
    assert line(panel) == ""


@pytest.mark.parametrize("name", FIXED)
def test_what_needs_a_reset_waits_for_it(unfolded: SettingsPanel, qtbot: QtBot, name: str) -> None:
    with qtbot.assertNotEmitted(unfolded.live_changed):
        enter(unfolded, name, other(name))
    assert unfolded.waiting == [name]
    assert unfolded.fields[name].waits
    assert line(unfolded).startswith(SPECS[name].title)
    with qtbot.waitSignal(unfolded.apply_requested) as applied:
        QTest.mouseClick(unfolded.apply_button, Qt.MouseButton.LeftButton)
    settings = replace(ALL_IN_USE, **{name: other(name)})
    assert applied.args == [settings]
    unfolded.set_running(settings)
    assert unfolded.waiting == []
    assert not unfolded.fields[name].waits


def test_what_waits_is_listed_in_a_sentence(panel: SettingsPanel) -> None:
    retype(panel.hidden, "32")
    assert line(panel) == "Hidden layers change with Apply."
    panel.number("seed").stepBy(1)
    assert line(panel) == "Hidden layers and seed change with Apply."
    pick(panel, "loss", "mse")
    press(panel, "biases")
    assert line(panel) == "Hidden layers, loss, biases and seed change with Apply."
    pick(panel, "optimizer", "adam")
    assert line(panel) == "Hidden layers, loss, biases and 2 more change with Apply."


def test_ctrl_return_applies_from_within_a_field(panel: SettingsPanel, qtbot: QtBot) -> None:
    retype(panel.hidden, "16")
    with qtbot.waitSignal(panel.apply_requested) as applied:
        QTest.keyClick(panel.hidden, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert applied.args == [replace(SETTINGS, hidden=(16,))]


def test_discard_goes_back_to_the_run(panel: SettingsPanel) -> None:
    retype(panel.hidden, "abc")
    QTest.mouseClick(panel.discard_button, Qt.MouseButton.LeftButton)
    assert panel.hidden.text() == "128, 64"
    assert panel.settings == SETTINGS
    assert line(panel) == ""


def test_without_a_run_the_form_waits_for_the_first_one(qtbot: QtBot) -> None:
    panel = SettingsPanel()
    qtbot.addWidget(panel)
    panel.set_settings(SETTINGS)
    panel.show()
    retype(panel.hidden, "8")
    assert panel.waiting == ["hidden"]


# What changes at once


@pytest.mark.parametrize("name", sorted(LIVE_FIELDS))
def test_a_live_setting_changes_at_once(unfolded: SettingsPanel, name: str) -> None:
    changed: list[Settings] = []
    unfolded.live_changed.connect(changed.append)
    enter(unfolded, name, other(name))
    assert changed == [replace(ALL_IN_USE, **{name: other(name)})]
    assert unfolded.waiting == []


@pytest.mark.parametrize("name", LIVE_NUMBERS)
def test_a_live_number_changes_once_it_is_complete(unfolded: SettingsPanel, name: str) -> None:
    changed: list[Settings] = []
    unfolded.live_changed.connect(changed.append)
    field = unfolded.number(name)
    retype(field, f"{other(name):g}")
    assert changed == []
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert len(changed) == 1


def test_what_waits_for_a_reset_stays_out_of_what_changes_at_once(panel: SettingsPanel, qtbot: QtBot) -> None:
    retype(panel.hidden, "32")
    with qtbot.waitSignal(panel.live_changed) as changed:
        type_in(panel.learning_rate, "0.05")
    assert changed.args == [replace(SETTINGS, learning_rate=0.05)]
    assert panel.waiting == ["hidden"]


def test_a_live_setting_changes_even_while_another_field_is_impossible(panel: SettingsPanel, qtbot: QtBot) -> None:
    retype(panel.hidden, "abc")
    with qtbot.waitSignal(panel.live_changed) as changed:
        type_in(panel.learning_rate, "0.05")
    assert changed.args == [replace(SETTINGS, learning_rate=0.05)]


def test_live_settings_that_go_together_only_are_sent_together(unfolded: SettingsPanel, qtbot: QtBot) -> None:
    wide = replace(SETTINGS, schedule="inverse-time", decay=5.0)
    unfolded.set_settings(wide)
    unfolded.set_running(wide)
    with qtbot.assertNotEmitted(unfolded.live_changed):
        pick(unfolded, "schedule", "step")
    assert line(unfolded) == "The decay of this schedule must be below 1, not 5."
    assert unfolded.fields["decay"].invalid
    with qtbot.waitSignal(unfolded.live_changed) as changed:
        type_in(unfolded.number("decay"), "0.5")
    assert changed.args == [replace(SETTINGS, schedule="step", decay=0.5)]


def test_a_decimal_comma_is_understood(panel: SettingsPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.live_changed) as changed:
        type_in(panel.learning_rate, "0,02")
    assert changed.args == [replace(SETTINGS, learning_rate=0.02)]


def test_a_whole_number_may_have_its_thousands_apart(panel: SettingsPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.live_changed) as changed:
        type_in(panel.epochs, "1,000")
    assert changed.args == [replace(SETTINGS, epochs=1000)]


# Steps


def test_the_learning_rate_steps_by_1_2_5(panel: SettingsPanel) -> None:
    changed: list[Settings] = []
    panel.live_changed.connect(changed.append)
    panel.learning_rate.setFocus()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(panel.learning_rate, key)
    assert [settings.learning_rate for settings in changed] == pytest.approx([0.2, 0.5, 1.0, 0.5, 0.2])
    panel.learning_rate.set_value(0.03)
    panel.learning_rate.stepBy(-1)
    assert panel.learning_rate.text() == "0.02"


@pytest.mark.parametrize("name", NUMBERS)
def test_no_step_leads_to_an_impossible_number(unfolded: SettingsPanel, name: str) -> None:
    for steps in (3, -1000, 1000):
        unfolded.number(name).stepBy(steps)
        value = unfolded.number(name).value()
        assert value is not None
        assert SPECS[name].problem(value) is None  # type: ignore[union-attr]


def test_decay_steps_down_to_zero_and_up_from_it(unfolded: SettingsPanel) -> None:
    decay = unfolded.number("decay")
    decay.set_value(0.0)
    decay.stepBy(1)
    assert decay.value() == 1e-4
    decay.stepBy(-1)
    assert decay.value() == 0.0


def test_shares_go_in_equal_steps(unfolded: SettingsPanel) -> None:
    unfolded.number("dropout").stepBy(3)
    assert unfolded.number("dropout").value() == 0.15
    unfolded.number("momentum").stepBy(5)
    assert unfolded.number("momentum").value() == 0.95


def test_the_wheel_changes_the_number_at_work_and_no_other(panel: SettingsPanel) -> None:
    def turn_the_wheel() -> None:
        at = panel.epochs.mapTo(panel, panel.epochs.rect().center())
        QTest.wheelEvent(panel.windowHandle(), at, QPoint(0, -120))

    panel.hidden.setFocus()
    turn_the_wheel()
    assert panel.epochs.value() == 10
    panel.epochs.setFocus()
    turn_the_wheel()
    assert panel.epochs.value() == 9


# What is impossible


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("hidden", "128, x", "Hidden layers are whole numbers with commas between them, such as 128, 64."),
        ("hidden", "12.5", "Hidden layers are whole numbers with commas between them, such as 128, 64."),
        ("hidden", "0", "A hidden layer needs 1 to 8,192 neurons, not 0."),
        ("hidden", "1 " * 17, "At most 16 hidden layers, not 17."),
        ("learning_rate", "-1", "The learning rate must be above 0 and at most 100, not -1."),
        ("learning_rate", "fast", "Learning rate must be a number, such as 0.1."),
        ("learning_rate", "nan", "Learning rate must be a number, such as 0.1."),
        ("decay", "-0.1", "The decay must be 0 or more, not -0.1."),
        ("momentum", "1", "The momentum must be 0 or more and below 1, not 1."),
        ("epochs", "0", "The number of epochs must be 1 to 10,000, not 0."),
        ("epochs", "12.5", "The number of epochs must be a whole number, not 12.5."),
        ("epochs", "", "Number of epochs must be a whole number, such as 10."),
        ("batch_size", "20000", "The batch size must be 1 to 10,000, not 20000."),
        ("batch_size", "ten", "Batch size must be a whole number, such as 128."),
        ("seed", "-3", "The seed must be 0 or more, not -3."),
        ("seed", "1.5", "The seed must be a whole number, not 1.5."),
        ("dropout", "1", "The dropout must be 0 or more and below 1, not 1."),
        ("warmup", "2000", "The warm-up must be 0 or more and at most 1000, not 2000."),
    ],
)
def test_what_is_impossible_is_marked_and_explained_as_it_is_typed(
    unfolded: SettingsPanel, qtbot: QtBot, field: str, text: str, problem: str
) -> None:
    widget = unfolded.fields[field].inputs()[0]
    with qtbot.assertNotEmitted(unfolded.live_changed):
        retype(widget, text)
        unfolded.discard_button.setFocus()
    assert line(unfolded) == problem
    assert widget.property("invalid") is True
    assert unfolded.settings is None
    assert not unfolded.apply_button.isEnabled()


@pytest.mark.parametrize("name", NUMBERS)
def test_no_number_is_put_right_behind_ones_back(unfolded: SettingsPanel, name: str) -> None:
    type_in(unfolded.number(name), "-7")
    assert unfolded.number(name).text() == "-7"
    assert unfolded.fields[name].invalid
    assert str(SPECS[name].title.lower()) in line(unfolded).lower()


def test_batch_normalization_and_single_digits_do_not_go_together(panel: SettingsPanel) -> None:
    press(panel, "batch_norm")
    type_in(panel.number("batch_size"), "1")
    assert line(panel).startswith("Batch normalization needs batches of 2 or more")
    assert panel.fields["batch_size"].invalid


def test_an_impossible_number_that_is_not_in_use_is_in_nobodys_way(unfolded: SettingsPanel) -> None:
    retype(unfolded.number("momentum"), "much")
    assert unfolded.settings is None
    pick(unfolded, "optimizer", "sgd")
    assert line(unfolded) == "Optimizer changes with Apply."
    assert not unfolded.fields["momentum"].invalid


# Fields that depend on others


@pytest.mark.parametrize("name", list(SPECS))
def test_with_everything_in_use_every_field_can_be_set(unfolded: SettingsPanel, name: str) -> None:
    assert unfolded.fields[name].isEnabled()


def test_momentum_can_be_set_only_for_the_optimizer_that_has_it(panel: SettingsPanel) -> None:
    assert not panel.number("momentum").isEnabled()
    pick(panel, "optimizer", "momentum")
    assert panel.number("momentum").isEnabled()
    assert panel.waiting == ["optimizer"]


def test_decay_can_be_set_only_for_the_schedules_that_have_it(unfolded: SettingsPanel) -> None:
    def possible() -> tuple[bool, bool]:
        return unfolded.number("decay").isEnabled(), unfolded.number("decay_every").isEnabled()

    assert possible() == (True, True)
    pick(unfolded, "schedule", "inverse-time")
    assert possible() == (True, False)
    pick(unfolded, "schedule", "cosine")
    assert possible() == (False, False)


def test_no_hidden_layer_is_possible_and_leaves_nothing_to_activate(panel: SettingsPanel) -> None:
    retype(panel.hidden, " ")
    assert panel.settings == replace(SETTINGS, hidden=())
    assert count(panel) == "7,850 parameters"
    for name in ("activation", "batch_norm", "dropout"):
        assert not panel.fields[name].isEnabled()


def test_the_number_of_parameters_follows_what_is_typed(panel: SettingsPanel) -> None:
    assert count(panel) == "109,386 parameters"
    retype(panel.hidden, "10")
    assert count(panel) == "7,960 parameters"
    press(panel, "biases")
    assert count(panel) == "7,940 parameters"
    panel.set_sizes(3072, 10)
    assert count(panel) == "30,820 parameters"


# An activation for each layer


def test_the_activations_of_the_layers_begin_as_the_one_for_all(panel: SettingsPanel) -> None:
    field = activation(panel)
    assert not field.line.isVisible()
    pick(panel, "activation", "tanh")
    pick(panel, "activation", ONE_A_LAYER)
    assert field.line.isVisible()
    assert field.line.text() in ("tanh, tanh", "identity, identity")  # the way there goes past its neighbour
    retype(field.line, "ReLU, leaky relu")
    assert panel.settings == replace(SETTINGS, activation="relu,leaky-relu")
    pick(panel, "activation", "sigmoid")
    assert not field.line.isVisible()
    assert panel.settings == replace(SETTINGS, activation="sigmoid")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("relu, swish", "There is no activation 'swish'; there are "),
        ("relu, tanh, relu", "3 activations do not fit 2 hidden layers: "),
        (" ", "Name the activation of each hidden layer, such as relu, tanh."),
    ],
)
def test_activations_that_do_not_fit_are_explained(panel: SettingsPanel, text: str, problem: str) -> None:
    pick(panel, "activation", ONE_A_LAYER)
    retype(activation(panel).line, text)
    assert line(panel).startswith(problem)
    assert activation(panel).line.property("invalid") is True
    assert panel.settings is None


def test_a_layer_more_needs_an_activation_more(panel: SettingsPanel) -> None:
    pick(panel, "activation", ONE_A_LAYER)
    retype(activation(panel).line, "relu, tanh")
    retype(panel.hidden, "64, 32, 16")
    assert line(panel).startswith("2 activations do not fit 3 hidden layers")
    retype(activation(panel).line, "relu, tanh, relu")
    assert panel.settings == replace(SETTINGS, hidden=(64, 32, 16), activation="relu,tanh,relu")


# Augmentation


@pytest.mark.parametrize("name", list(AUGMENTATIONS))
def test_a_named_augmentation_sets_all_its_numbers_at_once(unfolded: SettingsPanel, name: str) -> None:
    changed: list[Settings] = []
    unfolded.set_settings(replace(ALL_IN_USE, augmentation=Augmentation(shift=1.25)))
    unfolded.set_running(replace(ALL_IN_USE, augmentation=Augmentation(shift=1.25)))
    assert augmentation(unfolded).input.currentData() == OWN
    unfolded.live_changed.connect(changed.append)
    pick(unfolded, "augmentation", name)
    assert changed == [replace(ALL_IN_USE, augmentation=AUGMENTATIONS[name])]
    assert {key: number.value() for key, number in augmentation(unfolded).numbers.items()} == vars(AUGMENTATIONS[name])


def test_a_number_changed_makes_the_augmentation_ones_own(unfolded: SettingsPanel) -> None:
    field = augmentation(unfolded)
    field.fold.setChecked(True)
    type_in(field.numbers["rotation"], "12.5")
    assert field.input.currentData() == OWN
    type_in(field.numbers["rotation"], "0")
    assert field.input.currentData() == "none"


def test_ones_own_augmentation_unfolds_its_numbers(unfolded: SettingsPanel) -> None:
    field = augmentation(unfolded)
    assert not field.numbers["shift"].isVisible()
    pick(unfolded, "augmentation", OWN)
    assert field.numbers["shift"].isVisible()


@pytest.mark.parametrize("text", ["-1", "far"])
def test_an_impossible_amount_of_augmentation_is_marked_and_explained(
    unfolded: SettingsPanel, qtbot: QtBot, text: str
) -> None:
    field = augmentation(unfolded)
    field.fold.setChecked(True)
    with qtbot.assertNotEmitted(unfolded.live_changed):
        type_in(field.numbers["shear"], text)
    assert "shear" in line(unfolded)
    assert field.numbers["shear"].property("invalid") is True
    assert not field.numbers["shift"].property("invalid")
    type_in(field.numbers["shear"], "0")
    assert not field.numbers["shear"].property("invalid")


# Sections


def test_the_common_sections_are_open_and_the_others_folded(panel: SettingsPanel) -> None:
    for section, part in zip(SECTIONS, panel.sections, strict=True):
        assert part.body.isVisible() == section.common == part.unfolded
    for name in ("hidden", "activation", "learning_rate", "batch_size", "epochs", "optimizer"):
        assert panel.fields[name].isVisible()


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter])
@pytest.mark.parametrize("section", [section.title for section in SECTIONS])
def test_a_section_folds_and_unfolds_by_the_keyboard(panel: SettingsPanel, section: str, key: Qt.Key) -> None:
    part = box(panel, section)
    before = part.unfolded
    part.fold.setFocus()
    QTest.keyClick(part.fold, key)
    assert part.body.isVisible() is not before
    QTest.keyClick(part.fold, key)
    assert part.body.isVisible() is before


def test_a_section_unfolds_by_a_click_anywhere_on_its_line(panel: SettingsPanel, qtbot: QtBot) -> None:
    part = box(panel, "Run")
    QTest.mouseClick(part.fold, Qt.MouseButton.LeftButton, pos=part.fold.rect().bottomRight() - QPoint(3, 3))
    assert part.body.isVisible()
    seed = panel.number("seed")
    qtbot.waitUntil(lambda: not seed.visibleRegion().isEmpty())  # it comes into sight


def test_a_folded_section_says_what_is_in_it(panel: SettingsPanel) -> None:
    assert box(panel, "Regularization").fold.summary == "off"
    assert box(panel, "Rate schedule").fold.summary == "constant"
    panel.set_settings(replace(SETTINGS, dropout=0.2, l2=1e-4, early_stopping=3))
    assert box(panel, "Regularization").fold.summary == "dropout 0.2, L2 0.0001"
    assert box(panel, "Run").fold.summary == "early stopping 3"


def test_a_folded_section_tells_of_what_waits_and_of_what_is_impossible(panel: SettingsPanel) -> None:
    part = box(panel, "Run")
    panel.number("seed").stepBy(1)
    assert part.fold.summary.endswith("•")
    type_in(panel.number("early_stopping"), "-1")
    assert part.fold.summary == "impossible"
    QTest.mouseClick(panel.discard_button, Qt.MouseButton.LeftButton)
    assert part.fold.summary == ""


def test_tab_goes_through_the_form_in_reading_order(unfolded: SettingsPanel) -> None:
    """Down the form, and within a row from left to right."""
    augmentation(unfolded).fold.setChecked(True)
    first = unfolded.sections[0].fold
    first.setFocus()
    places = []
    while True:
        widget = QApplication.focusWidget()
        assert widget is not None
        places.append(widget.mapTo(form_of(unfolded), QPoint(0, 0)))
        QTest.keyClick(widget, Qt.Key.Key_Tab)
        if QApplication.focusWidget() is first:
            break
    inputs = [widget for field in unfolded.fields.values() for widget in field.inputs() if widget.isVisible()]
    assert len(places) == len(inputs) + len(SECTIONS)
    assert places == sorted(places, key=lambda place: (place.y(), place.x()))


def test_tab_passes_over_what_is_folded(panel: SettingsPanel) -> None:
    box(panel, "Regularization").fold.setFocus()
    QTest.keyClick(box(panel, "Regularization").fold, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is box(panel, "Augmentation").fold


@pytest.mark.parametrize("width", [280, 300, 360, 460])
def test_no_field_is_cut_off_at_the_side(unfolded: SettingsPanel, qtbot: QtBot, width: int) -> None:
    augmentation(unfolded).fold.setChecked(True)
    pick(unfolded, "activation", ONE_A_LAYER)
    unfolded.resize(width, 500)
    form = form_of(unfolded)
    viewport = form.parentWidget()
    assert viewport is not None
    qtbot.waitUntil(lambda: form.width() == viewport.width())
    assert form.minimumSizeHint().width() <= viewport.width()
    for kind in (NumberInput, ChoiceInput, QLineEdit):
        for widget in form.findChildren(kind):
            assert widget.mapTo(form, widget.rect().topRight()).x() < form.width()
