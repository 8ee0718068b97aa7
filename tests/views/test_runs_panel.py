"""The tree of runs by mouse and keys."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QStyle, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.recording.run_words import RUN_COLORS
from mnist_viz.views.runs.panel import RunsPanel
from mnist_viz.views.runs.tree import COLOR_NAMES, RunRow
from mnist_viz.views.theme import DARK, LIGHT

LEFT = Qt.MouseButton.LeftButton
BOX = QStyle.SubElement.SE_ItemViewItemCheckIndicator
SWATCH = QStyle.SubElement.SE_ItemViewItemDecoration
NAME = QStyle.SubElement.SE_ItemViewItemText


def run(number: int, depth: int = 0, *, active: bool = False, name: str = "") -> RunRow:
    origin = "from epoch 3 of Run 1" if depth else "first weights"
    settings = "learning rate 0.1 → 0.01" if depth else "128-64 ReLU, SGD"
    return RunRow(number, name or f"Run {number}", number - 1, depth, origin, settings, 3.5, 0.97, True, active, False)


TREE = (run(1, active=True), run(2, 1), run(4, 2), run(3, 1), run(5))


class Hand:
    """The panel in a window, and what a hand does to it."""

    def __init__(self, panel: RunsPanel) -> None:
        self.panel = panel
        self.list = panel.tree

    def click(self, number: int, part: QStyle.SubElement = NAME) -> None:
        QTest.mouseClick(self.list.viewport(), LEFT, pos=self.place(number, part))

    def double_click(self, number: int, part: QStyle.SubElement = NAME) -> None:
        self.click(number, part)
        QTest.mouseDClick(self.list.viewport(), LEFT, pos=self.place(number, part))

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(self.list, key)

    def place(self, number: int, part: QStyle.SubElement) -> QPoint:
        return self.list.part_rect(number, part).center()

    def editor(self) -> QLineEdit:
        editor = self.list.findChild(QLineEdit, "run-name")
        assert isinstance(editor, QLineEdit)
        return editor

    def menu(self, number: int) -> QMenu:
        """The menu that the right button opens."""
        where = self.place(number, NAME)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, self.list.viewport().mapToGlobal(where))
        QApplication.sendEvent(self.list.viewport(), event)
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
    panel = RunsPanel()
    qtbot.addWidget(panel)
    panel.resize(360, 600)
    panel.set_theme(DARK)
    panel.set_rows(TREE)
    panel.set_can_branch(True)
    panel.show()
    qtbot.waitExposed(panel)
    panel.activateWindow()
    return Hand(panel)


# What it shows


def test_runs_stand_in_the_order_that_is_given(hand: Hand) -> None:
    tops = [hand.place(row.number, NAME).y() for row in TREE]
    assert tops == sorted(tops)
    assert len(set(tops)) == len(TREE)


def test_branches_are_indented_under_the_run_that_they_left(hand: Hand) -> None:
    left = {row.number: hand.place(row.number, SWATCH).x() for row in TREE}
    assert left[1] == left[5] < left[2] == left[3] < left[4]


def test_the_active_run_is_the_one_that_the_keys_are_for(hand: Hand) -> None:
    assert hand.list.current == 1
    hand.panel.set_rows([replace(row, active=row.number == 3) for row in TREE])
    assert hand.list.current == 3


def test_a_row_says_all_of_itself_to_who_does_not_see_it(hand: Hand) -> None:
    model = hand.list.model()
    said = model.data(model.index(0, 0, model.index(0, 0)), Qt.ItemDataRole.AccessibleTextRole)
    words = "from epoch 3 of Run 1, learning rate 0.1 → 0.01, 3.5 epochs, best validation accuracy 97.00%"
    assert said == f"Run 2, {words}"


@pytest.mark.parametrize(
    ("epochs", "words"), [(0, "0 epochs"), (1, "1 epoch"), (1.25, "1.2 epochs"), (1234, "1,234 epochs")]
)
def test_how_long_a_run_has_been_trained_is_said_in_epochs(epochs: float, words: str) -> None:
    assert replace(run(1), epochs=epochs).length == words


def test_before_an_epoch_has_ended_there_is_no_accuracy() -> None:
    assert replace(run(1), best=None).accuracy == ""


def pixels(hand: Hand) -> bytes:
    image = hand.panel.grab().toImage()
    return bytes(image.constBits())


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Other"}, {"color": 5}, {"origin": "from elsewhere"}, {"settings": "others"}, {"epochs": 9},
        {"best": 0.5}, {"best": None}, {"visible": False}, {"active": False}, {"trains": True},
    ],
)  # fmt: skip
def test_whatever_changes_is_seen(hand: Hand, changed: dict[str, object]) -> None:
    before = pixels(hand)
    hand.panel.set_rows([replace(TREE[0], **changed), *TREE[1:]])  # type: ignore[arg-type]
    assert pixels(hand) != before


def test_the_theme_changes_every_colour(hand: Hand) -> None:
    before = pixels(hand)
    hand.panel.set_theme(LIGHT)
    assert pixels(hand) != before


def test_figures_that_change_lay_nothing_out(hand: Hand, qtbot: QtBot) -> None:
    model = hand.list.model()
    with qtbot.assertNotEmitted(model.modelReset), qtbot.assertNotEmitted(model.layoutChanged):
        hand.panel.set_rows([replace(TREE[0], epochs=4.0, best=0.98), *TREE[1:]])
    assert hand.list.rows[0].epochs == 4.0


def chain(count: int) -> list[RunRow]:
    """Runs each of which left the one before."""
    return [run(k + 1, k, name="A name that goes on and on " * 9, active=k == count - 1) for k in range(count)]


@pytest.mark.parametrize("rows", [[], [run(1, active=True)], chain(100), [run(k + 1) for k in range(100)]])
@pytest.mark.parametrize("width", [250, 280, 700])
def test_any_number_of_runs_fits_any_width(hand: Hand, rows: Sequence[RunRow], width: int) -> None:
    hand.panel.set_rows(rows)
    hand.panel.resize(width, 400)
    hand.panel.grab()
    for row in rows:
        assert 0 <= hand.place(row.number, BOX).x() < hand.place(row.number, SWATCH).x() < width


def test_the_active_run_is_brought_into_sight(hand: Hand) -> None:
    hand.panel.set_rows(chain(100))
    viewport = hand.list.viewport().rect()
    assert viewport.contains(hand.place(100, SWATCH))


def test_another_tree_leaves_the_chosen_run_chosen(hand: Hand) -> None:
    hand.press(Qt.Key.Key_Down)
    hand.panel.set_rows([*TREE, run(6)])
    assert hand.list.current == 2


# Making active


def test_a_click_makes_a_run_active(hand: Hand, qtbot: QtBot) -> None:
    with qtbot.waitSignal(hand.list.run_activated) as told:
        hand.click(3)
    assert told.args == [3]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_makes_the_run_active_to_which_the_arrows_led(hand: Hand, qtbot: QtBot, key: Qt.Key) -> None:
    hand.list.setFocus()
    with qtbot.assertNotEmitted(hand.list.run_activated):
        hand.press(Qt.Key.Key_Down)
        hand.press(Qt.Key.Key_Down)
    with qtbot.waitSignal(hand.list.run_activated) as told:
        hand.press(key)
    assert told.args == [4]


# Renaming


def test_f2_renames_in_place(hand: Hand, qtbot: QtBot) -> None:
    hand.list.setFocus()
    hand.press(Qt.Key.Key_F2)
    assert hand.editor().text() == "Run 1"
    QTest.keyClicks(hand.editor(), "Best so far")
    with qtbot.waitSignal(hand.list.renamed) as told:
        QTest.keyClick(hand.editor(), Qt.Key.Key_Return)
    assert told.args == [1, "Best so far"]


def test_a_double_click_renames_in_place(hand: Hand, qtbot: QtBot) -> None:
    hand.double_click(3)
    QTest.keyClicks(hand.editor(), "Third")
    with qtbot.waitSignal(hand.list.renamed) as told:
        QTest.keyClick(hand.editor(), Qt.Key.Key_Return)
    assert told.args == [3, "Third"]


def test_escape_leaves_the_name(hand: Hand, qtbot: QtBot) -> None:
    hand.double_click(3)
    with qtbot.assertNotEmitted(hand.list.renamed):
        QTest.keyClicks(hand.editor(), "Third")
        QTest.keyClick(hand.editor(), Qt.Key.Key_Escape)
        hand.panel.setFocus()


def test_leaving_the_field_keeps_what_was_typed(hand: Hand, qtbot: QtBot) -> None:
    hand.double_click(2)
    QTest.keyClicks(hand.editor(), "Second")
    with qtbot.waitSignal(hand.list.renamed) as told:
        hand.panel.branch_button.setFocus()
    assert told.args == [2, "Second"]


def test_figures_that_change_leave_what_is_being_typed(hand: Hand) -> None:
    hand.double_click(1)
    QTest.keyClicks(hand.editor(), "Half a na")
    hand.panel.set_rows([replace(TREE[0], epochs=4.0), *TREE[1:]])
    assert hand.editor().text() == "Half a na"


def test_the_field_lies_beside_the_swatch(hand: Hand) -> None:
    hand.double_click(4)
    assert hand.list.part_rect(4, SWATCH).right() < hand.editor().geometry().left()


# Colour and visibility


def test_a_click_on_the_swatch_offers_the_colours(hand: Hand, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(hand.list.run_activated):
        hand.click(2, SWATCH)
    menu = popup()
    assert [action.text() for action in menu.actions()] == list(COLOR_NAMES)
    assert [action.text() for action in menu.actions() if action.isChecked()] == [COLOR_NAMES[1]]
    with qtbot.waitSignal(hand.list.recolored) as told:
        choose(menu, "Violet")
    assert told.args == [2, COLOR_NAMES.index("Violet")]


def test_each_colour_of_the_theme_has_a_name() -> None:
    assert len(set(COLOR_NAMES)) == RUN_COLORS


@pytest.mark.parametrize("visible", [True, False])
def test_a_click_on_the_box_hides_and_shows(hand: Hand, qtbot: QtBot, visible: bool) -> None:
    hand.panel.set_rows([replace(row, visible=visible) for row in TREE])
    with qtbot.assertNotEmitted(hand.list.run_activated), qtbot.waitSignal(hand.list.visibility_toggled) as told:
        hand.click(4, BOX)
    assert told.args == [4, not visible]


# Deleting and going on


def test_delete_asks_to_delete_the_chosen_run(hand: Hand, qtbot: QtBot) -> None:
    hand.list.setFocus()
    hand.press(Qt.Key.Key_Down)
    with qtbot.waitSignal(hand.list.delete_requested) as told:
        hand.press(Qt.Key.Key_Delete)
    assert told.args == [2]


def test_delete_is_for_the_name_while_one_types_it(hand: Hand, qtbot: QtBot) -> None:
    hand.double_click(2)
    with qtbot.assertNotEmitted(hand.list.delete_requested):
        QTest.keyClick(hand.editor(), Qt.Key.Key_Delete)
    assert hand.editor().text() == ""


def test_letters_choose_no_run(hand: Hand) -> None:
    hand.list.setFocus()
    QTest.keyClicks(hand.list, "Run 3")
    assert hand.list.current == 1


def test_the_button_asks_to_go_on_from_here(hand: Hand, qtbot: QtBot) -> None:
    with qtbot.waitSignal(hand.panel.branch_requested):
        QTest.mouseClick(hand.panel.branch_button, LEFT)


def test_without_a_moment_there_is_nothing_to_go_on_from(hand: Hand) -> None:
    hand.panel.set_can_branch(False)
    assert not hand.panel.branch_button.isEnabled()


# The menu


@pytest.mark.parametrize(
    ("number", "entry", "signal", "told"),
    [
        (3, "Make active", "run_activated", [3]),
        (3, "Hide in the plots", "visibility_toggled", [3, False]),
        (3, "Delete", "delete_requested", [3]),
        (1, "Continue from here…", "branch_requested", []),
    ],
)
def test_the_menu_does_what_it_says(
    hand: Hand, qtbot: QtBot, number: int, entry: str, signal: str, told: list[object]
) -> None:
    menu = hand.menu(number)
    with qtbot.waitSignal(getattr(hand.list, signal)) as blocker:
        choose(menu, entry)
    assert blocker.args == told


def test_the_menu_renames(hand: Hand) -> None:
    choose(hand.menu(5), "Rename")
    assert hand.editor().text() == "Run 5"


def test_the_menu_has_the_colours_too(hand: Hand, qtbot: QtBot) -> None:
    menu = hand.menu(3)
    colors = next(child for child in menu.findChildren(QMenu) if child.title() == "Colour")
    with qtbot.waitSignal(hand.list.recolored) as told:
        next(action for action in colors.actions() if action.text() == "Pink").trigger()
    menu.close()
    assert told.args == [3, 3]


def test_one_goes_on_from_the_active_run_alone(hand: Hand) -> None:
    menu = hand.menu(3)
    enabled = {action.text(): action.isEnabled() for action in menu.actions()}
    menu.close()
    assert not enabled["Continue from here…"]


def test_the_menu_key_opens_the_menu_of_the_chosen_run(hand: Hand, qtbot: QtBot) -> None:
    hand.list.setFocus()
    hand.press(Qt.Key.Key_Down)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    QApplication.sendEvent(hand.list.viewport(), event)
    with qtbot.waitSignal(hand.list.delete_requested) as told:
        choose(popup(), "Delete")
    assert told.args == [2]


def test_a_click_beside_the_runs_does_nothing(hand: Hand, qtbot: QtBot) -> None:
    below: QWidget = hand.list.viewport()
    with qtbot.assertNotEmitted(hand.list.run_activated):
        QTest.mouseClick(below, LEFT, pos=QPoint(100, below.height() - 5))
        QTest.mouseDClick(below, LEFT, pos=QPoint(100, below.height() - 5))
    assert hand.list.findChild(QLineEdit) is None
