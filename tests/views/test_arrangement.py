"""The panels are where they are at first or where the user put them, and come back when one has filled the window."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.views import layout
from mnist_viz.views.panel import is_seen
from mnist_viz.views.window import MainWindow
from tests.views.conftest import MakeWindow


@pytest.fixture
def window(make_window: MakeWindow) -> MainWindow:
    return make_window({key: (key, QPushButton()) for key in ("draw", "weights", "activations", "curves", "settings")})


def shown_tabs(window: MainWindow) -> list[QTabBar]:
    bars = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return [bar for bar in bars if bar.isVisible() and bar.count()]


def test_a_layout_is_remembered(window: MainWindow) -> None:
    window.docks["settings"].close()
    window.docks["draw"].setFloating(True)
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, window.docks["weights"])
    state = window.arrangement.save()
    window.arrangement.restore_default()
    assert window.docks["settings"].isVisible()
    assert not window.docks["draw"].isFloating()
    assert window.arrangement.restore(state)
    assert window.docks["settings"].isHidden()
    assert window.docks["draw"].isFloating()
    assert window.dockWidgetArea(window.docks["weights"]) == Qt.DockWidgetArea.BottomDockWidgetArea


def test_a_layout_that_is_damaged_or_of_another_qt_is_not_given_to_it(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Qt itself crashes on one of some hundred such layouts."""
    before = window.arrangement.save()
    for state in (b"", b"nonsense", bytes(200)):
        assert not window.arrangement.restore(state)
    for place in range(0, len(before), 7):
        assert not window.arrangement.restore(before[:place] + bytes([before[place] ^ 4]) + before[place + 1 :])
        assert not window.arrangement.restore(before[:place])
    assert window.arrangement.save() == before
    assert window.arrangement.restore(before)
    monkeypatch.setattr("mnist_viz.views.layout.qVersion", lambda: "6.99.0")
    assert not window.arrangement.restore(before)


def test_the_columns_are_in_place_at_first_and_keep_their_shares_when_the_window_grows(
    window: MainWindow, qtbot: QtBot
) -> None:
    where = {key: dock.geometry() for key, dock in window.docks.items()}
    assert where["draw"].right() < where["weights"].left()
    assert where["weights"].right() < where["curves"].left()
    assert where["weights"].bottom() < where["activations"].top()
    assert where["curves"].bottom() < where["settings"].top()
    assert where["weights"].width() > where["curves"].width() > 300
    before = {key: dock.width() / 1440 for key, dock in window.docks.items()}
    window.resize(2000, 900)
    qtbot.waitUntil(lambda: window.docks["weights"].width() > 900)
    after = {key: dock.width() / 2000 for key, dock in window.docks.items()}
    assert after == pytest.approx(before, abs=0.02)


def test_full_screen_comes_and_goes(window: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClick(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    QTest.keyClick(window, Qt.Key.Key_F11)
    assert not window.isFullScreen()


def test_an_arrangement_leaves_no_tabs_of_the_one_before(make_window: MakeWindow, qtbot: QtBot) -> None:
    titles = ("Draw", "Weights", "Activations", "Curves", "Settings", "Errors", "Runs", "Compare")
    window = make_window({title.lower(): (title, QWidget()) for title in titles})
    state = window.arrangement.save()
    window.docks["weights"].hide()
    assert window.arrangement.restore(state)
    window.resize(1440, 900)  # the screen of the tests has room for two columns
    window.arrangement.restore_default()

    def shown() -> list[tuple[str, ...]]:
        return sorted(tuple(bar.tabText(k) for k in range(bar.count())) for bar in shown_tabs(window))

    qtbot.waitUntil(lambda: shown() == [("Settings", "Runs"), ("Weights", "Errors", "Compare")])


def test_the_layout_follows_the_window_also_while_a_panel_is_open_that_was_asked_for(
    make_window: MakeWindow, qtbot: QtBot
) -> None:
    titles = ("Draw", "Weights", "Activations", "Curves", "Settings")
    window = make_window({**{title.lower(): (title, QWidget()) for title in titles}, "why": ("Why", None)})
    qtbot.waitUntil(lambda: not layout.tabbed(window, window.docks["weights"]))
    window.docks["why"].show()
    window.resize(1440, 600)
    qtbot.waitUntil(lambda: window.docks["activations"] in layout.tabbed(window, window.docks["weights"]))
    assert window.docks["why"].isVisible()


def test_a_double_click_on_a_title_maximizes_a_panel_and_brings_the_others_back(window: MainWindow) -> None:
    def seen() -> list[str]:
        QApplication.processEvents()
        return [key for key, dock in window.docks.items() if is_seen(dock)]

    before, title = seen(), window.docks["curves"].titleBarWidget()
    kept = window.arrangement.save()
    QTest.mouseDClick(title, Qt.MouseButton.LeftButton)
    assert seen() == ["curves"]
    assert window.docks["curves"].width() > 0.9 * window.width()
    assert window.arrangement.save() == kept  # what is remembered is the arrangement, not this
    window.resize(window.width() - 40, window.height())
    assert seen() == ["curves"]
    QTest.mouseDClick(title, Qt.MouseButton.LeftButton)
    assert seen() == before
    QTest.keyClick(window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert seen() == ["curves"]
    QTest.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert seen() == before


def test_a_tab_has_the_menu_of_its_panel_and_what_is_beside_it_has_none(make_window: MakeWindow) -> None:
    window = make_window({key: (key, QWidget()) for key in ("weights", "activations", "confusion")})
    QApplication.processEvents()  # the layout follows the window's size
    (bar,) = shown_tabs(window)

    def ask(widget: QWidget, place: QPoint) -> list[str]:
        """What the menu says that opens there."""
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, widget.mapToGlobal(place))
        QApplication.sendEvent(widget, event)
        opened = [
            (dock, menu) for dock in window.docks.values() for menu in dock.findChildren(QMenu) if menu.isVisible()
        ]
        says = [f"{action.text()} {dock.windowTitle()}" for dock, menu in opened for action in menu.actions()]
        for _, menu in opened:
            menu.close()
        return says

    QApplication.processEvents()
    assert "Hide confusion" in ask(bar, bar.tabRect(1).center())
    assert ask(bar, bar.rect().topRight()) == ask(window, QPoint(2, 2)) == []
    assert QApplication.activePopupWidget() is None
