"""The window speaks of what the user wants, by key, by menu and by button, and remembers where its panels are."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from mnist_viz.views.actions import TransportState
from mnist_viz.views.curves.panel import CurvesPanel
from mnist_viz.views.settings.panel import SettingsPanel
from mnist_viz.views.window import MainWindow
from tests.views.conftest import MakeWindow

NO_KEY = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier


class Pad(QWidget):
    """Stands in for the drawing panel: a field, a number and a button to have the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.field = QLineEdit(self)
        self.number = QSpinBox(self)
        self.number.move(0, 40)
        self.button = QPushButton("Press me", self)
        self.button.move(0, 80)


@pytest.fixture
def pad() -> Pad:
    return Pad()


@pytest.fixture
def window(pad: Pad, make_window: MakeWindow) -> MainWindow:
    return make_window({
        "draw": ("Draw", pad),
        "weights": ("Weights", QWidget()),
        "activations": ("Activations", QWidget()),
        "curves": ("Curves", CurvesPanel()),
        "settings": ("Settings", SettingsPanel()),
    })  # fmt: skip


KEYS = [
    (Qt.Key.Key_Space, NO_KEY, "play"),
    (Qt.Key.Key_Right, NO_KEY, "forward_batch"),
    (Qt.Key.Key_Right, SHIFT, "forward_epoch"),
    (Qt.Key.Key_Left, NO_KEY, "back_batch"),
    (Qt.Key.Key_Left, SHIFT, "back_epoch"),
    (Qt.Key.Key_Home, NO_KEY, "first"),
    (Qt.Key.Key_End, NO_KEY, "live"),
    (Qt.Key.Key_R, NO_KEY, "reset_same"),
    (Qt.Key.Key_R, SHIFT, "reset_new"),
    (Qt.Key.Key_U, NO_KEY, "run_until"),
    (Qt.Key.Key_F, NO_KEY, "film"),
    (Qt.Key.Key_F, SHIFT, "film_back"),
    (Qt.Key.Key_M, NO_KEY, "pin"),
    (Qt.Key.Key_Comma, NO_KEY, "previous_mark"),
    (Qt.Key.Key_Period, NO_KEY, "next_mark"),
    (Qt.Key.Key_P, CTRL, "pretrained"),
    (Qt.Key.Key_Z, CTRL, "undo_pad"),
    (Qt.Key.Key_Z, CTRL | SHIFT, "redo_pad"),
    (Qt.Key.Key_Delete, NO_KEY, "clear_pad"),
    (Qt.Key.Key_Escape, NO_KEY, "clear_pad"),
    (Qt.Key.Key_O, CTRL, "open"),
    (Qt.Key.Key_S, CTRL, "save_session"),
    (Qt.Key.Key_S, CTRL | SHIFT, "save_session_as"),
    (Qt.Key.Key_M, CTRL | SHIFT, "save_model"),
    (Qt.Key.Key_E, CTRL, "export_curves"),
    (Qt.Key.Key_E, CTRL | SHIFT, "export_film"),
    (Qt.Key.Key_D, CTRL, "data"),
]


def counted(window: MainWindow, action: str) -> list[str]:
    heard: list[str] = []
    getattr(window.commands, action).triggered.connect(lambda: heard.append(action))
    return heard


def test_each_key_says_one_thing(window: MainWindow) -> None:
    for key, modifier, action in KEYS:
        heard = counted(window, action)
        QTest.keyClick(window, key, modifier)
        assert heard == [action]
    keys = [key.toString() for action in window.findChildren(QAction) for key in action.shortcuts()]
    assert sorted(keys) == sorted(set(keys))


def test_space_on_a_focused_button_plays_once_and_enter_presses_it(window: MainWindow, pad: Pad, qtbot: QtBot) -> None:
    plays = counted(window, "play")
    presses: list[str] = []
    pad.button.clicked.connect(lambda: presses.append("pressed"))
    pad.button.setFocus()
    QTest.keyClick(pad.button, Qt.Key.Key_Space)
    assert (len(plays), len(presses)) == (1, 0)
    with qtbot.waitSignal(pad.button.clicked):
        QTest.keyClick(pad.button, Qt.Key.Key_Return)
    assert (len(plays), len(presses)) == (1, 1)


def test_while_typing_keys_are_text(window: MainWindow, pad: Pad, qtbot: QtBot) -> None:
    heard = [counted(window, action) for _, modifier, action in KEYS if modifier in (NO_KEY, SHIFT)]
    pad.field.setFocus()
    QTest.keyClicks(pad.field, "ab r-?")
    for key, modifier in ((Qt.Key.Key_Left, NO_KEY), (Qt.Key.Key_Left, SHIFT), (Qt.Key.Key_Delete, NO_KEY)):
        QTest.keyClick(pad.field, key, modifier)
    QTest.keyClick(pad.field, Qt.Key.Key_Home)
    assert pad.field.text() == "ab r?"
    assert pad.field.cursorPosition() == 0
    assert not any(heard)


def test_enter_or_escape_in_a_field_gives_the_keys_back(window: MainWindow, pad: Pad, qtbot: QtBot) -> None:
    plays = counted(window, "play")
    clears = counted(window, "clear_pad")
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        pad.number.setFocus()
        QTest.keyClick(pad.number, key)
        qtbot.waitUntil(lambda: not pad.number.hasFocus())
        QTest.keyClick(window, Qt.Key.Key_Space)
    assert len(plays) == 2
    assert clears == []


def test_a_click_beside_a_field_gives_the_keys_back(window: MainWindow, pad: Pad, qtbot: QtBot) -> None:
    pad.field.setFocus()
    QTest.mouseClick(window.docks["weights"].panel, Qt.MouseButton.LeftButton)
    assert not pad.field.hasFocus()
    plays = counted(window, "play")
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert len(plays) == 1


def test_what_cannot_be_done_now_has_no_key_either(window: MainWindow, qtbot: QtBot) -> None:
    window.commands.set_transport_state(TransportState("preparing"))
    steps = counted(window, "forward_batch")
    QTest.keyClick(window, Qt.Key.Key_Right)
    assert steps == []


def test_the_question_mark_lists_every_key_there_is(window: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClick(window, Qt.Key.Key_Question)
    dialog = window.findChild(QDialog, "keys-dialog")
    assert isinstance(dialog, QDialog)
    shown = {label.text() for label in dialog.findChildren(QLabel)}
    with_keys = [a for a in window.findChildren(QAction) if a.shortcuts() and a.objectName() != "press"]
    assert len(with_keys) > 25
    assert {a.text().rstrip("…") for a in with_keys} <= shown
    dialog.close()


def test_a_panel_is_closed_by_key_and_brought_back_by_its_own(window: MainWindow) -> None:
    dock = window.docks["curves"]
    QTest.keyClick(window, Qt.Key.Key_4, CTRL)
    assert dock.isVisible()
    QTest.keyClick(window, Qt.Key.Key_W, CTRL)
    assert dock.isHidden()
    assert not dock.show_action.isChecked()
    QTest.keyClick(window, Qt.Key.Key_4, CTRL)
    assert dock.isVisible()
    assert dock.show_action.isChecked()


def test_a_panel_is_hidden_by_its_button_which_shows_under_the_mouse(window: MainWindow, qtbot: QtBot) -> None:
    dock = window.docks["weights"]
    button = dock.titleBarWidget().findChild(QToolButton, "hide-panel")
    assert isinstance(button, QToolButton)
    QTest.mouseMove(dock.panel)
    qtbot.waitUntil(button.isVisible)
    QTest.mouseMove(window.docks["draw"].panel)
    qtbot.waitUntil(lambda: not button.isVisible())
    QTest.mouseMove(dock.panel)
    qtbot.waitUntil(button.isVisible)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert dock.isHidden()


def test_a_panel_asks_for_its_picture_by_key_of_the_panel(window: MainWindow, qtbot: QtBot) -> None:
    entry = window.findChild(QAction, "menu-picture-curves")
    assert isinstance(entry, QAction)
    with qtbot.waitSignal(window.docks["curves"].picture_requested) as asked:
        entry.trigger()
    assert asked.args == ["curves"]


def test_choosing_a_theme_asks_for_it_and_showing_a_choice_does_not(window: MainWindow, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(window.theme_chosen):
        window.set_theme_choice("dark")
    assert window.theme_actions["dark"].isChecked()
    with qtbot.waitSignal(window.theme_chosen) as chosen:
        window.theme_actions["light"].trigger()
    assert chosen.args == ["light"]


def test_closing_is_told_before_the_window_goes(window: MainWindow) -> None:
    seen: list[bool] = []
    window.closing.connect(lambda: seen.append(window.isVisible()))
    window.close()
    assert seen == [True]
    assert not window.isVisible()


def test_the_title_names_the_file_and_marks_what_is_not_saved(window: MainWindow) -> None:
    for title, file, unsaved, shown in (
        ("relu", "", True, "relu[*] – mnist-viz"),
        ("relu", "lesson.mnistviz", False, "relu – lesson.mnistviz – mnist-viz"),
        ("relu", "lesson.mnistviz", True, "relu – lesson.mnistviz[*] – mnist-viz"),
        ("", "odd[*].mnistviz", True, "odd[*][*].mnistviz[*] – mnist-viz"),
        ("", "", False, "mnist-viz"),
    ):
        window.set_title(title)
        window.set_file(file, unsaved)
        assert window.windowTitle() == shown
        assert window.isWindowModified() is unsaved


def drop(window: MainWindow, mime: QMimeData) -> None:
    move, left = Qt.DropAction.MoveAction, Qt.MouseButton.LeftButton
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(5, 5), move, mime, left, NO_KEY))
    QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), move, mime, left, NO_KEY))


def test_what_is_dropped_on_the_window_is_told_of_or_why_nothing_comes_of_it(
    window: MainWindow, tmp_path: Path
) -> None:
    dropped: list[str] = []
    refusals: list[str] = []
    window.dropped.connect(dropped.append)
    window.refused.connect(refusals.append)
    paths = [str(tmp_path / name) for name in ("", "lesson.mnistviz", "table.csv", "seven.png")]
    for path in paths:
        file = QMimeData()
        file.setUrls([QUrl.fromLocalFile(path)])
        drop(window, file)
    picture, links = QMimeData(), QMimeData()
    picture.setImageData(QImage(3, 3, QImage.Format.Format_RGB32))
    links.setUrls([QUrl("https://example.org/a"), QUrl("https://example.org/b")])
    for mime in (picture, links):
        drop(window, mime)
    assert dropped == paths
    assert refusals == [
        "Drop the picture on the drawing pad to have it read",
        "These are 2 links: bring one at a time, or a folder with a subfolder of pictures for each class",
    ]
