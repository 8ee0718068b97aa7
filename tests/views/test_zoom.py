"""The interface is enlarged as a whole and at once, and goes back to what it was."""

from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget, QWidgetItem
from pytestqt.qtbot import QtBot

from mnist_viz.app import App
from mnist_viz.controllers.preferences import Preferences
from mnist_viz.views import layout, zoom
from mnist_viz.views.dialog import Dialog
from mnist_viz.views.theme import GRID, LIGHT, style_sheet
from mnist_viz.views.widgets import column, heading, label, row, tool_button


@pytest.fixture(autouse=True)
def usual_size(qapp: QApplication) -> Iterator[None]:
    font = qapp.font()
    yield
    zoom.set_scale(1.0)
    qapp.setFont(font)


def test_sizes_margins_and_fonts_follow_the_scale_and_come_back(qtbot: QtBot) -> None:
    box, title = QWidget(), heading("Title")
    qtbot.addWidget(box)
    button = tool_button("b", kind="tool", size=(28, 20))
    held = column(title, 16, button, spacing=6, margins=(3, 4, 5, 7), parent=box)
    (gap,) = (one for one in box.children() if type(one) is QWidget)
    assert isinstance(gap, QWidget)

    def sizes() -> list[object]:
        return [
            button.width(), button.height(), button.iconSize().width(), title.font().pixelSize(), held.spacing(),
            held.contentsMargins().left(), gap.height(),
        ]  # fmt: skip

    assert sizes() == [28, 20, 16, 15, 6, 3, 10]
    for scale, expected in (
        (2.0, [56, 40, 32, 30, 12, 6, 20]), (1.5, [42, 30, 24, 22, 9, 4, 15]), (1.0, [28, 20, 16, 15, 6, 3, 10]),
    ):  # fmt: skip
        zoom.set_scale(scale)
        zoom.fit(box)
        assert sizes() == expected
        zoom.fit(box)  # twice changes nothing
        assert sizes() == expected


def test_a_size_that_was_set_since_in_pixels_is_taken_as_such(qtbot: QtBot) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    box.setFixedHeight(20)
    zoom.set_scale(2.0)
    zoom.fit(box)
    box.setFixedHeight(zoom.px(30))
    zoom.set_scale(1.0)
    zoom.fit(box)
    assert box.height() == 30


def test_nothing_is_held_of_the_items_of_a_layout_which_qt_deletes_unseen(qtbot: QtBot) -> None:
    def held() -> int:
        return sum(isinstance(each, QWidgetItem) for each in shiboken6.getAllValidWrappers())

    parent, before = QWidget(), held()
    qtbot.addWidget(parent)
    row(QPushButton(), GRID, QPushButton(), parent=parent)
    zoom.set_scale(1.5)
    zoom.fit(parent)
    assert held() == before


def test_lines_of_the_style_sheet_stay_thin_and_its_sizes_grow() -> None:
    zoom.set_scale(2.0)
    sheet = style_sheet(LIGHT)
    assert "border: 1px solid" in sheet
    assert "font-size: 22px" in sheet
    assert "font-size: 11px" not in sheet


def test_each_key_goes_one_level_on_to_the_last() -> None:
    assert [zoom.next_level(*key) for key in ((1.0, 1), (1.0, -1), (2.5, 1), (0.75, -1))] == [1.1, 0.9, 2.5, 0.75]


def test_the_whole_window_is_enlarged_by_key_and_that_is_remembered(qtbot: QtBot) -> None:
    app = App(preferences=Preferences())
    qtbot.addWidget(app.window)
    app.window.resize(1440, 900)
    app.window.show()
    app.window.activateWindow()
    qtbot.waitUntil(app.window.isActiveWindow)
    play = app.transport.play_button
    before = play.height(), app.settings.fontInfo().pixelSize()
    menu = app.window.menu_bar.fontInfo().pixelSize()
    for _ in range(3):
        QTest.keyClick(app.window, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert app.preferences.zoom == 1.5
    qtbot.waitUntil(lambda: play.height() == round(1.5 * before[0]))
    assert app.settings.fontInfo().pixelSize() == app.window.menu_bar.fontInfo().pixelSize() == round(1.5 * menu)
    assert app.curves.figure.transform().m22() == 1.5  # numbers and names of the axes, too
    assert app.window.commands.zoom_reset.isEnabled()
    QTest.keyClick(app.window, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: (play.height(), app.settings.fontInfo().pixelSize()) == before)
    app.window.close()
    assert Preferences.load().zoom == 1.0


# --- the screen ------------------------------------------------------------------------------

LEFT, RIGHT = QRect(0, 0, 1920, 1040), QRect(1920, 0, 1280, 984)


def test_a_window_is_brought_to_a_screen_that_is_there() -> None:
    for frame, fitting in (
        (QRect(100, 100, 800, 600), QRect(100, 100, 800, 600)),
        (QRect(2000, 500, 1000, 800), QRect(2000, 184, 1000, 800)),
        (QRect(-5000, 300, 800, 600), QRect(0, 300, 800, 600)),
        (QRect(0, -40, 800, 600), QRect(0, 0, 800, 600)),
        (QRect(50, 50, 4000, 3000), QRect(0, 0, 1920, 1040)),
    ):
        assert layout.fitted(frame, [LEFT, RIGHT]) == fitting


def test_a_window_left_on_a_monitor_that_is_gone_comes_back(qtbot: QtBot, qapp: QApplication) -> None:
    app = App(preferences=Preferences())
    app.window.resize(600, 500)
    app.window.move(6000, 4000)
    state = app.window.arrangement.save()
    app.window.close()
    again = App(preferences=Preferences(layout=state))
    qtbot.addWidget(again.window)
    again.window.show()
    free = again.window.screen().availableGeometry()
    qtbot.waitUntil(lambda: free.contains(again.window.frameGeometry()))
    again.window.move(6000, 4000)
    qapp.screenRemoved.emit(again.window.screen())  # while it is open
    qtbot.waitUntil(lambda: free.contains(again.window.frameGeometry()))


def test_a_dialog_larger_than_the_screen_scrolls(qtbot: QtBot) -> None:
    dialog = Dialog("dialog", "Dialog", None, once=False)
    qtbot.addWidget(dialog)
    last = QLabel("The end")
    column(*(label(f"Line {k}") for k in range(200)), last, parent=dialog)
    dialog.show()
    free = dialog.screen().availableGeometry()
    qtbot.waitUntil(lambda: free.contains(dialog.frameGeometry()))
    qtbot.waitUntil(last.isVisible)
    assert last.window() is dialog
