"""The main job is done by keys alone: no mouse, and no method of the program is called to do it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit

from mnist_viz.session.work import State
from mnist_viz.views.panel import is_seen
from tests.controllers.conftest import Program


class Keyboard:
    """Presses keys as the window system does: they go to the focus, to a menu, or to a shortcut."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.window = program.app.window
        self.window.resize(1440, 900)
        self.window.activateWindow()
        program.qtbot.waitUntil(self.window.isActiveWindow)

    def _where(self) -> QWindow:
        top = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if top is None:
            self.window.activateWindow()  # as window managers do once a dialog is closed
            self._program.qtbot.waitUntil(lambda: QApplication.activeWindow() is not None)
            top = QApplication.activeWindow() or self.window
        handle = top.windowHandle()
        assert handle is not None
        return handle

    def press(self, *keys: str) -> None:
        for key in keys:
            QTest.keySequence(self._where(), QKeySequence(key))
            QApplication.processEvents()

    def type(self, text: str) -> None:
        here = QApplication.focusWidget()
        assert here is not None
        QTest.keyClicks(here, text)

    def tab_to(self, name: str) -> None:
        """Press Tab until the widget of that name has the focus."""
        for _ in range(60):
            if focus() == name:
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not reach {name}, but ended at {focus()}")

    def until(self, condition: Callable[[], bool]) -> None:
        self._program.until(condition)

    def rest(self) -> None:
        self._program.rest()


def focus() -> str:
    here = QApplication.focusWidget()
    return here.objectName() if here is not None else ""


@pytest.fixture
def keys(program: Program) -> Keyboard:
    return Keyboard(program)


def in_front(program: Program, key: str) -> bool:
    return is_seen(program.app.window.docks[key].widget())


def test_a_preset_and_a_rate_are_chosen_and_everything_is_found_by_words(program: Program, keys: Keyboard) -> None:
    keys.press("F6")
    keys.tab_to("preset")
    before = program.session.settings.preset
    keys.press("Down")
    keys.until(lambda: program.session.settings.preset != before)
    keys.rest()
    keys.press("Esc", "Ctrl+5")
    keys.until(lambda: in_front(program, "settings"))
    keys.tab_to("learning-rate")
    keys.press("Ctrl+A")
    keys.type("0.25")
    keys.press("Return")
    keys.until(lambda: program.session.settings.learning_rate == 0.25)

    keys.press("Ctrl+K")
    keys.type("preset leaky")
    keys.press("Return")
    keys.until(lambda: program.session.settings.preset == "leaky-relu-500")


def test_training_is_played_paused_gone_through_and_saved(program: Program, keys: Keyboard, tmp_path: Path) -> None:
    session = program.session
    keys.press("Space")
    keys.until(lambda: session.history.steps > 3)
    assert session.state is State.RUNNING
    keys.press("Space")
    keys.until(lambda: program.state() is State.PAUSED)
    steps = session.history.steps

    def at(step: int) -> Callable[[], bool]:
        return lambda: program.state() is not State.RUNNING and session.shown is not None and session.shown.step == step

    keys.press("Left")
    keys.until(at(steps - 1))
    keys.press("Right")
    keys.until(at(steps))
    keys.press("End", "Right")
    keys.until(at(steps + 1))
    keys.press("Home")
    keys.until(at(0))
    keys.press("End")
    keys.until(lambda: session.at_live)

    path = tmp_path / "by keys.mnistviz"

    def answer() -> None:
        dialog, field = QApplication.activeModalWidget(), QApplication.focusWidget()
        if isinstance(dialog, QFileDialog) and isinstance(field, QLineEdit):
            if field.text() != str(path):  # not yet, or it was completed to a name that is there
                QTest.keySequence(field, QKeySequence("Ctrl+A"))
                keys.type(str(path))
            QTest.keyClick(field, Qt.Key.Key_Return)  # the first only closes the list of names that could be meant
        if not path.is_file():
            QTimer.singleShot(10, answer)

    QTimer.singleShot(10, answer)
    keys.press("Ctrl+S")
    keys.until(lambda: path.is_file() and not program.app.tasks.busy("files"))
    assert path.stat().st_size > 0


def test_a_digit_is_asked_about_a_mistake_found_and_a_branch_made_and_compared(
    program: Program, keys: Keyboard
) -> None:
    program.train(2)
    keys.press("4")
    assert program.app.drawing.label == 4
    keys.press("W")
    keys.until(lambda: in_front(program, "why") and not program.app.microscope.panels["why"].message)
    keys.press("Ctrl+2")
    keys.until(lambda: in_front(program, "weights"))
    assert focus() == "weight-mosaic"
    keys.press("Right", "Right", "Return")
    keys.press("Ctrl+Alt+1")
    keys.until(lambda: in_front(program, "neuron"))
    panel = program.app.microscope.panels["neuron"]
    keys.until(lambda: not panel.message)

    keys.press("Ctrl+6")
    keys.until(lambda: in_front(program, "errors") and program.app.mistakes.settled)
    keys.tab_to("confusion-matrix")
    keys.press("Right", "Return")
    keys.tab_to("error-pictures")
    keys.press("Home", "Return")
    keys.until(lambda: program.app.drawing.picture is not None)
    assert program.app.drawing.label is not None

    keys.press("C")
    keys.until(lambda: isinstance(QApplication.activeModalWidget(), QDialog))
    keys.press("Return")
    keys.until(lambda: len(program.session.runs) == 2 and program.session.history.steps > 3)
    keys.press("Space")
    keys.rest()
    keys.press("Ctrl+8")
    keys.until(lambda: in_front(program, "compare") and program.app.comparing.settled)
    keys.tab_to("compare-a")
    keys.press("Down")
    keys.tab_to("only-a")
