"""The settings form says what changes at once, what waits for a reset, and what is impossible."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.settings import LIVE_FIELDS, SPECS, Number, Settings
from mnist_viz.views.panel import is_seen
from mnist_viz.views.widgets import scroll_to
from tests.views.hand import GeometryWatch

if TYPE_CHECKING:
    from tests.views.conftest import Form

NUMBERS = [name for name, spec in SPECS.items() if isinstance(spec, Number)]
LIVE_NUMBERS = [name for name in NUMBERS if name in LIVE_FIELDS]
FIXED = [name for name in SPECS if name not in LIVE_FIELDS]


# Values in and out


def test_any_setting_that_is_filled_in_is_read_back_and_asks_for_nothing(panel: "Form", qtbot: QtBot) -> None:
    for name in SPECS:
        settings = replace(panel.run, **{name: panel.other(name)})
        assert settings != panel.run
        with qtbot.assertNotEmitted(panel.live_changed):
            panel.set_settings(settings)
        assert panel.settings == settings


def test_each_setting_is_named_and_explained_as_its_entry_has_it(panel: "Form") -> None:
    for name, spec in SPECS.items():
        widget = panel.input(name)
        assert widget.accessibleName() == spec.title
        assert widget.toolTip().startswith(spec.hint)
        when = "changes at once" if name in LIVE_FIELDS else "changes with Apply"
        assert widget.toolTip().endswith("changes with the next epoch" if name == "batch_size" else when)


def with_its_rate(settings: Settings, run: Settings) -> Settings:
    """`settings` with the usual rate of its optimizer, if that is another than the run's."""
    if settings.optimizer == run.optimizer:
        return settings
    return replace(settings, learning_rate=OPTIMIZERS[settings.optimizer].usual_rate)


def test_another_optimizer_comes_at_once_with_its_usual_rate(unfolded: "Form", qtbot: QtBot) -> None:
    with qtbot.waitSignal(unfolded.live_changed) as changed:
        unfolded.pick("optimizer", "adam")
    assert changed.args == [replace(unfolded.run, optimizer="adam", learning_rate=OPTIMIZERS["adam"].usual_rate)]
    assert unfolded.waiting == []
    unfolded.pick("optimizer", unfolded.run.optimizer)
    assert unfolded.settings is not None
    assert unfolded.settings.learning_rate == unfolded.run.learning_rate


# What waits for a reset


@pytest.mark.parametrize("name", FIXED)
def test_what_needs_a_reset_waits_for_it(unfolded: "Form", qtbot: QtBot, name: str) -> None:
    with qtbot.assertNotEmitted(unfolded.live_changed):
        unfolded.enter(name)
    assert unfolded.waiting == [name]
    assert unfolded.fields[name].waits
    assert unfolded.line().startswith(SPECS[name].title)
    with qtbot.waitSignal(unfolded.apply_requested) as applied:
        QTest.mouseClick(unfolded.apply_button, Qt.MouseButton.LeftButton)
    settings = with_its_rate(replace(unfolded.run, **{name: unfolded.other(name)}), unfolded.run)
    assert applied.args == [settings]
    unfolded.set_running(settings)
    assert unfolded.waiting == []
    assert not unfolded.fields[name].waits


def test_a_preset_that_was_edited_says_in_what(panel: "Form") -> None:
    preset = PRESETS["relu-128-64"]
    panel.fill(preset.settings)
    about = panel.findChild(QLabel, "preset-description")
    assert isinstance(about, QLabel)
    assert about.text().replace("\u200b", "") == preset.description
    panel.fill(replace(preset.settings, hidden=(9, 8, 7), seed=5))
    assert about.text().replace("\u200b", "") == "Hidden layers 128-64 → 9-8-7."


def test_the_field_that_is_edited_stays_in_sight_when_the_footer_comes(panel: "Form", qtbot: QtBot) -> None:
    panel.resize(360, 240)
    field = panel.number("learning_rate")
    field.setFocus()
    scroll_to(field)
    field.selectAll()
    QTest.keyClicks(field, "-")
    qtbot.waitUntil(lambda: panel.discard_button.isVisible() and is_seen(field))
    assert field.visibleRegion().boundingRect().height() == field.height()


def test_what_waits_is_listed_in_a_sentence(panel: "Form") -> None:
    panel.retype(panel.hidden, "32")
    assert panel.line() == "Hidden layers change with Apply."
    panel.number("seed").stepBy(1)
    assert panel.line() == "Hidden layers and seed change with Apply."
    panel.pick("loss", "mse")
    panel.press("biases")
    assert panel.line() == "Hidden layers, loss, biases and seed change with Apply."
    panel.pick("initializer", "zeros")
    assert panel.line() == "Hidden layers, loss, initializer and 2 more change with Apply."


def test_ctrl_return_applies_from_within_a_field(panel: "Form", qtbot: QtBot) -> None:
    panel.retype(panel.hidden, "16")
    with qtbot.waitSignal(panel.apply_requested) as applied:
        QTest.keyClick(panel.hidden, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert applied.args == [replace(panel.run, hidden=(16,))]


def test_without_a_run_the_form_waits_for_the_first_one(panel: "Form") -> None:
    panel.set_running(None)
    panel.retype(panel.hidden, "8")
    assert panel.waiting == ["hidden"]


# What changes at once


@pytest.mark.parametrize("name", sorted(LIVE_FIELDS))
def test_a_live_setting_changes_at_once(unfolded: "Form", name: str) -> None:
    changed: list[Settings] = []
    unfolded.live_changed.connect(changed.append)
    unfolded.enter(name)
    assert changed == [with_its_rate(replace(unfolded.run, **{name: unfolded.other(name)}), unfolded.run)]
    assert unfolded.waiting == []


@pytest.mark.parametrize("name", LIVE_NUMBERS)
def test_a_live_number_changes_once_it_is_complete(unfolded: "Form", name: str) -> None:
    changed: list[Settings] = []
    unfolded.live_changed.connect(changed.append)
    field = unfolded.number(name)
    unfolded.retype(field, f"{unfolded.other(name):g}")
    assert changed == []
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert len(changed) == 1


@pytest.mark.parametrize("hidden", ["32", "abc"])
def test_what_waits_or_is_impossible_stays_out_of_what_changes_at_once(
    panel: "Form", qtbot: QtBot, hidden: str
) -> None:
    panel.retype(panel.hidden, hidden)
    with qtbot.waitSignal(panel.live_changed) as changed:
        panel.type_in(panel.number("learning_rate"), "0.05")
    assert changed.args == [replace(panel.run, learning_rate=0.05)]
    panel.discard()
    assert panel.hidden.text() == "128, 64"
    assert (panel.settings, panel.waiting, panel.line()) == (panel.run, [], "")


def test_live_settings_that_go_together_only_are_sent_together(unfolded: "Form", qtbot: QtBot) -> None:
    wide = replace(unfolded.run, schedule="inverse-time", decay=5.0)
    unfolded.set_settings(wide)
    unfolded.set_running(wide)
    with qtbot.assertNotEmitted(unfolded.live_changed):
        unfolded.pick("schedule", "step")
    assert unfolded.line() == "The decay of this schedule must be below 1, not 5."
    assert unfolded.fields["decay"].invalid
    with qtbot.waitSignal(unfolded.live_changed) as changed:
        unfolded.type_in(unfolded.number("decay"), "0.5")
    assert changed.args == [replace(unfolded.run, schedule="step", decay=0.5)]


def test_a_number_may_have_a_decimal_comma_or_its_thousands_apart(panel: "Form", qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.live_changed) as changed:
        panel.type_in(panel.number("learning_rate"), "0,02")
    assert changed.args == [replace(panel.run, learning_rate=0.02)]
    panel.fill(replace(panel.run, learning_rate=0.02))
    with qtbot.waitSignal(panel.live_changed) as changed:
        panel.type_in(panel.number("epochs"), "1,000")
    assert changed.args == [replace(panel.run, epochs=1000)]


def test_the_learning_rate_of_the_moment_moves_nothing_and_leaves_the_title_its_room(unfolded: "Form") -> None:
    unfolded.resize(180, 600)  # a column of the form is then hardly wider than the title
    title = unfolded.fields["learning_rate"].findChild(QLabel)
    assert isinstance(title, QLabel)
    with GeometryWatch(unfolded) as watch:
        for rate in (0.000893, 0.00095, None, 0.5):
            unfolded.set_present_rate(rate, live=False)
            QApplication.processEvents()
            assert title.width() >= title.sizeHint().width()
    assert watch.changed == []


# What is impossible


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("hidden", "128, x", "Hidden layers are whole numbers with commas between them, such as 128, 64."),
        ("hidden", "1 " * 17, "At most 16 hidden layers, not 17."),
        ("learning_rate", "nan", "The learning rate must be a number, such as 0.1."),
        ("epochs", "", "The number of epochs must be a whole number, such as 10."),
        ("seed", "1.5", "The seed must be a whole number, not 1.5."),
        ("dropout", "1", "The dropout must be 0 or more and below 1, not 1."),
    ],
)
def test_what_is_impossible_is_marked_and_explained_as_it_is_typed(
    unfolded: "Form", qtbot: QtBot, field: str, text: str, problem: str
) -> None:
    widget = unfolded.input(field)
    with qtbot.assertNotEmitted(unfolded.live_changed):
        unfolded.retype(widget, text)
        unfolded.discard_button.setFocus()
    assert unfolded.line() == problem
    assert widget.property("invalid") is True
    assert unfolded.settings is None
    assert not unfolded.apply_button.isEnabled()


def test_of_several_that_are_impossible_each_is_marked_and_the_one_that_is_edited_explained(panel: "Form") -> None:
    for name in ("learning_rate", "epochs"):
        panel.retype(panel.number(name), "-1")
        QTest.keyClick(panel.number(name), Qt.Key.Key_Return)
    assert panel.line().startswith("The number of epochs")
    assert [name for name, field in panel.fields.items() if field.invalid] == ["learning_rate", "epochs"]
    panel.retype(panel.number("epochs"), "5")
    assert panel.line().startswith("The learning rate")


def test_batch_normalization_and_single_digits_do_not_go_together(panel: "Form") -> None:
    panel.press("batch_norm")
    panel.type_in(panel.number("batch_size"), "1")
    assert panel.line().startswith("Batch normalization needs batches of 2 or more")
    assert panel.fields["batch_size"].invalid


def test_an_impossible_number_that_is_not_in_use_is_in_nobodys_way(unfolded: "Form") -> None:
    unfolded.retype(unfolded.number("momentum"), "much")
    assert unfolded.settings is None
    unfolded.pick("optimizer", "sgd")
    assert unfolded.line() == ""
    assert not unfolded.fields["momentum"].invalid


# Fields that depend on others


def test_decay_can_be_set_only_for_the_schedules_that_have_it(unfolded: "Form") -> None:
    def possible() -> tuple[bool, bool]:
        return unfolded.number("decay").isEnabled(), unfolded.number("decay_every").isEnabled()

    assert possible() == (True, True)
    unfolded.pick("schedule", "inverse-time")
    assert possible() == (True, False)
    unfolded.pick("schedule", "cosine")
    assert possible() == (False, False)


def test_no_hidden_layer_is_possible_and_leaves_nothing_to_activate(panel: "Form") -> None:
    panel.retype(panel.hidden, " ")
    assert panel.settings == replace(panel.run, hidden=())
    assert panel.count() == "7,850 parameters"
    for name in ("activation", "batch_norm", "dropout"):
        assert not panel.fields[name].isEnabled()


def test_the_number_of_parameters_follows_what_is_typed(panel: "Form") -> None:
    assert panel.count() == "109,386 parameters"
    panel.retype(panel.hidden, "10")
    assert panel.count() == "7,960 parameters"
    panel.press("biases")
    assert panel.count() == "7,940 parameters"
    panel.set_sizes(3072, 10)
    assert panel.count() == "30,820 parameters"
