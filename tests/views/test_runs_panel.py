"""The tree of runs by mouse and keys."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QStyle
from pytestqt.qtbot import QtBot

from mnist_viz.views.runs.panel import RunsPanel
from mnist_viz.views.runs.tree import COLOR_NAMES, RunRow
from mnist_viz.views.theme import LIGHT
from mnist_viz.views.widgets import recolor
from tests.views.hand import LEFT, click, double_click, shown

Key = Qt.Key
BOX = QStyle.SubElement.SE_ItemViewItemCheckIndicator
SWATCH = QStyle.SubElement.SE_ItemViewItemDecoration
NAME = QStyle.SubElement.SE_ItemViewItemText


def run(number: int, depth: int = 0, *, active: bool = False, name: str = "") -> RunRow:
    origin = "from epoch 3 of Run 1" if depth else "first weights"
    settings = "learning rate 0.1 → 0.01" if depth else "128-64 ReLU, SGD"
    return RunRow(number, name or f"Run {number}", number - 1, depth, origin, settings, 3.5, 0.97, True, active, False)


TREE = (run(1, active=True), run(2, 1), run(4, 2), run(3, 1), run(5))


class Hand:
    """The panel in a window, what a hand does to it, and what its tree asks for then."""

    def __init__(self, panel: RunsPanel) -> None:
        self.panel, self.tree = panel, panel.tree
        self.asked: list[tuple[object, ...]] = []
        for signal in ("run_activated", "renamed", "recolored", "visibility_toggled", "delete_requested"):
            getattr(self.tree, signal).connect(lambda *args, name=signal: self.asked.append((name, *args)))
        panel.branch_requested.connect(lambda: self.asked.append(("branch_requested",)))

    def click(self, number: int, part: QStyle.SubElement = NAME) -> None:
        click(self.tree, self.place(number, part))

    def edit(self, number: int) -> QLineEdit:
        """Double click a name; the field that opens."""
        double_click(self.tree, self.place(number, NAME))
        self.asked.clear()
        return self.editor()

    def press(self, *keys: Qt.Key) -> None:
        self.tree.setFocus()
        for key in keys:
            QTest.keyClick(self.tree, key)

    def place(self, number: int, part: QStyle.SubElement) -> QPoint:
        return self.tree.part_rect(number, part).center()

    def editor(self) -> QLineEdit:
        editor = self.tree.findChild(QLineEdit, "run-name")
        assert isinstance(editor, QLineEdit)
        return editor

    def menu(self, number: int | None = None) -> QMenu:
        """The menu that the right button opens over a run, or the menu key."""
        reason = QContextMenuEvent.Reason.Keyboard if number is None else QContextMenuEvent.Reason.Mouse
        where = QPoint() if number is None else self.place(number, NAME)
        event = QContextMenuEvent(reason, where, self.tree.viewport().mapToGlobal(where))
        QApplication.sendEvent(self.tree.viewport(), event)
        return popup()


def popup() -> QMenu:
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def choose(menu: QMenu, text: str) -> None:
    """Choose an entry of a menu that is open, by mouse."""
    action = next(action for action in menu.actions() if action.text() == text)
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())


@pytest.fixture
def hand(qtbot: QtBot) -> Hand:
    panel = shown(qtbot, RunsPanel(), 360, 600)
    panel.set_rows(TREE)
    panel.set_can_branch(True)
    return Hand(panel)


# What it shows


def test_runs_stand_in_the_order_that_is_given_with_branches_indented(hand: Hand) -> None:
    tops = [hand.place(row.number, NAME).y() for row in TREE]
    assert tops == sorted(set(tops))
    left = {row.number: hand.place(row.number, SWATCH).x() for row in TREE}
    assert left[1] == left[5] < left[2] == left[3] < left[4]


def test_the_active_run_is_the_one_that_the_keys_are_for_until_another_is_chosen(hand: Hand) -> None:
    assert hand.tree.current == 1
    hand.panel.set_rows([replace(row, active=row.number == 3) for row in TREE])
    assert hand.tree.current == 3
    hand.press(Key.Key_Down)
    assert hand.tree.current == 5
    hand.panel.set_rows([*hand.tree.rows, run(6)])
    assert hand.tree.current == 5
    QTest.keyClicks(hand.tree, "Run 3")  # letters are the window's
    assert hand.tree.current == 5


def test_how_long_a_run_has_been_trained_is_said_in_epochs_and_all_of_it_to_who_does_not_see_it(hand: Hand) -> None:
    for epochs, words in ((0, "0 epochs"), (1, "1 epoch"), (1.25, "1.2 epochs"), (1234, "1,234 epochs")):
        assert replace(run(1), epochs=epochs).length == words
    model = hand.tree.model()
    said = model.data(model.index(0, 0, model.index(0, 0)), Qt.ItemDataRole.AccessibleTextRole)
    words = "from epoch 3 of Run 1, learning rate 0.1 → 0.01, 3.5 epochs, best validation accuracy 97.00%"
    assert said == f"Run 2, {words}"


def test_whatever_changes_is_seen_and_lays_nothing_out(hand: Hand, qtbot: QtBot) -> None:
    changes: list[dict[str, Any]] = [
        {"name": "Other"}, {"color": 5}, {"origin": "from elsewhere"}, {"settings": "others"}, {"epochs": 9},
        {"best": None}, {"visible": False}, {"active": False}, {"trains": True},
    ]  # fmt: skip
    model, before = hand.tree.model(), hand.panel.grab().toImage()
    for changed in changes:
        with qtbot.assertNotEmitted(model.modelReset), qtbot.assertNotEmitted(model.layoutChanged):
            hand.panel.set_rows([replace(TREE[0], **changed), *TREE[1:]])
        assert hand.panel.grab().toImage() != before, changed
        hand.panel.set_rows(TREE)
        assert hand.panel.grab().toImage() == before
    recolor(hand.panel, LIGHT)
    assert hand.panel.grab().toImage() != before


def chain(count: int) -> list[RunRow]:
    """Runs each of which left the one before."""
    return [run(k + 1, k, name="A name that goes on and on " * 9, active=k == count - 1) for k in range(count)]


@pytest.mark.parametrize("rows", [[], [run(1, active=True)], chain(100), [run(k + 1) for k in range(100)]])
@pytest.mark.parametrize("width", [250, 700])
def test_any_number_of_runs_fits_any_width(hand: Hand, rows: Sequence[RunRow], width: int) -> None:
    hand.panel.resize(width, 400)
    hand.panel.set_rows(rows)
    hand.panel.grab()
    for row in rows:
        assert 0 <= hand.place(row.number, BOX).x() < hand.place(row.number, SWATCH).x() < width
        assert not row.active or hand.tree.viewport().rect().contains(hand.place(row.number, SWATCH))


# Making active


def test_a_click_makes_a_run_active_and_one_beside_the_runs_does_nothing(hand: Hand) -> None:
    hand.click(3)
    below = QPoint(100, hand.tree.viewport().height() - 5)
    double_click(hand.tree, below)
    assert hand.asked == [("run_activated", 3)]
    assert hand.tree.findChild(QLineEdit) is None


def test_enter_makes_the_run_active_to_which_the_arrows_led(hand: Hand) -> None:
    hand.press(Key.Key_Down, Key.Key_Down)
    assert hand.asked == []
    hand.press(Key.Key_Return, Key.Key_Enter)
    assert hand.asked == [("run_activated", 4)] * 2


# Renaming


@pytest.mark.parametrize("way", ["key", "menu", "double click"])
def test_a_run_is_renamed_in_place(hand: Hand, qtbot: QtBot, way: str) -> None:
    if way == "key":
        hand.press(Key.Key_F2)
    elif way == "menu":
        choose(hand.menu(1), "Rename")
    else:
        hand.edit(1)
    assert hand.editor().text() == "Run 1"
    assert hand.tree.part_rect(1, SWATCH).right() < hand.editor().geometry().left()
    QTest.keyClicks(hand.editor(), "Best so far")
    QTest.keyClick(hand.editor(), Key.Key_Return)
    qtbot.waitUntil(lambda: hand.asked == [("renamed", 1, "Best so far")])


@pytest.mark.parametrize("key", [Key.Key_Escape, None])
def test_escape_leaves_the_name_and_leaving_the_field_keeps_what_was_typed(hand: Hand, key: Qt.Key | None) -> None:
    editor = hand.edit(3)
    QTest.keyClicks(editor, "Third")
    if key is not None:
        QTest.keyClick(editor, key)
    hand.panel.branch_button.setFocus()
    QApplication.processEvents()
    assert hand.asked == ([] if key else [("renamed", 3, "Third")])


def test_figures_that_change_leave_what_is_being_typed(hand: Hand) -> None:
    QTest.keyClicks(hand.edit(1), "Half a na")
    hand.panel.set_rows([replace(TREE[0], epochs=4.0), *TREE[1:]])
    assert hand.editor().text() == "Half a na"


# Colour and visibility


def test_a_click_on_the_swatch_offers_the_colours_and_so_does_the_menu(hand: Hand) -> None:
    hand.click(2, SWATCH)
    menu = popup()
    assert [action.text() for action in menu.actions()] == list(COLOR_NAMES)
    assert [action.text() for action in menu.actions() if action.isChecked()] == [COLOR_NAMES[1]]
    choose(menu, "Violet")
    menu = hand.menu(3)
    colors = next(child for child in menu.findChildren(QMenu) if child.title() == "Colour")
    next(action for action in colors.actions() if action.text() == "Pink").trigger()
    menu.close()
    assert hand.asked == [("recolored", 2, COLOR_NAMES.index("Violet")), ("recolored", 3, COLOR_NAMES.index("Pink"))]


def test_a_click_on_the_box_hides_and_shows(hand: Hand) -> None:
    for visible in (True, False):
        hand.panel.set_rows([replace(row, visible=visible) for row in TREE])
        hand.click(4, BOX)
        assert hand.asked[-1] == ("visibility_toggled", 4, not visible)


# Deleting and going on


def test_delete_is_for_the_chosen_run_or_the_name_while_one_types_it(hand: Hand) -> None:
    hand.press(Key.Key_Down, Key.Key_Delete)
    assert hand.asked == [("delete_requested", 2)]
    editor = hand.edit(2)
    QTest.keyClick(editor, Key.Key_Delete)
    assert (editor.text(), hand.asked) == ("", [])


def test_one_goes_on_from_the_active_run_where_there_is_a_moment(hand: Hand) -> None:
    hand.panel.branch_button.click()
    assert hand.asked == [("branch_requested",)]
    hand.panel.set_can_branch(False)
    assert not hand.panel.branch_button.isEnabled()
    menu = hand.menu(3)
    enabled = {action.text(): action.isEnabled() for action in menu.actions()}
    menu.close()
    assert not enabled["Continue from here…"]


@pytest.mark.parametrize(
    ("number", "entry", "asked"),
    [
        (3, "Make active", ("run_activated", 3)),
        (3, "Hide in the plots", ("visibility_toggled", 3, False)),
        (3, "Delete", ("delete_requested", 3)),
        (1, "Continue from here…", ("branch_requested",)),
        (None, "Delete", ("delete_requested", 1)),
    ],
)
def test_the_menu_does_what_it_says(hand: Hand, number: int | None, entry: str, asked: tuple[object, ...]) -> None:
    choose(hand.menu(number), entry)
    assert hand.asked == [asked]


def test_a_run_that_has_gone_while_its_menu_was_open_is_asked_nothing(hand: Hand) -> None:
    menu = hand.menu(5)
    hand.panel.set_rows(TREE[:4])
    choose(menu, "Delete")
    assert hand.asked == []
