"""Ctrl+K finds actions, choices, settings and panels by words."""

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from mnist_viz.views.command_palette import CommandPalette
from mnist_viz.views.panel import is_seen
from tests.controllers.conftest import Program

CTRL = Qt.KeyboardModifier.ControlModifier


def opened(program: Program) -> CommandPalette:
    program.app.window.commands.find_command.trigger()
    palette = program.app.window.findChild(CommandPalette)
    assert isinstance(palette, CommandPalette)
    return palette


def chosen(palette: CommandPalette) -> str:
    item = palette.list.currentItem()
    assert item is not None
    return item.text(0)


def do(program: Program, words: str) -> None:
    palette = opened(program)
    QTest.keyClicks(palette.words, words)
    QTest.keyClick(palette.words, Qt.Key.Key_Return)
    program.qtbot.waitUntil(lambda: program.app.window.findChild(CommandPalette) is None)


def test_words_in_any_order_find_what_can_be_done_and_no_name_is_offered_twice(program: Program) -> None:
    QTest.keyClick(program.app.window, Qt.Key.Key_K, CTRL)
    palette = program.app.window.findChild(CommandPalette)
    assert isinstance(palette, CommandPalette)
    QTest.keyClicks(palette.words, "epoch one forw")
    assert palette.shown() == ["Forward one epoch"]
    palette.words.setText("no such thing")
    assert palette.shown() == []
    assert palette.nothing.isVisible()
    QTest.keyClick(palette.words, Qt.Key.Key_Return)  # does nothing
    assert palette.isVisible()
    palette.words.setText("")
    assert not palette.nothing.isVisible()
    first, second = palette.shown()[:2]
    assert chosen(palette) == first
    QTest.keyClick(palette.words, Qt.Key.Key_Down)
    assert chosen(palette) == second
    QTest.keyClick(palette.words, Qt.Key.Key_Escape)
    assert not palette.isVisible()

    names = opened(program).shown()
    assert len(names) == len(set(names))
    assert {"Theme: Light", "Save panel as picture: Weights", "Give me a digit: 7"} <= set(names)
    assert not {"Export...", "Save as picture", "See all"} & set(names)
    assert "Activation of hidden layer 1: Sigmoid" not in names  # its list is hidden: all layers have the same


def test_actions_presets_panels_and_settings_are_done_from_it(program: Program) -> None:
    do(program, "forward one epoch")
    program.rest()
    assert program.steps() == 10
    do(program, "preset: leaky")
    program.rest()
    assert program.session.settings.preset == "leaky-relu-500"
    do(program, "layer health")
    assert not program.app.window.docks["health"].isHidden()
    do(program, "setting: seed")
    field = program.app.window.focusWidget()
    assert isinstance(field, QWidget)
    assert field.accessibleName() == "Seed"
    assert is_seen(field)
    program.reset(replace(program.session.settings, hidden=(8, 8), activation="relu,tanh"))
    do(program, "activation of hidden layer 1: sigmoid")
    shown = program.app.settings.settings
    assert shown is not None
    assert shown.activation == "sigmoid,tanh"
