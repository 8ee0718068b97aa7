"""What the program may be doing when it is closed: how it gets there, and how one knows that it is there."""

import os
import select
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog

from mnist_viz.app import App
from mnist_viz.bench.events_checks import is_settled
from mnist_viz.engine.presets import PRESETS
from mnist_viz.session.session import RESTING, State
from mnist_viz.views.film_dialog import FilmChoice

Condition = Callable[[], bool]


@dataclass(frozen=True)
class Way:
    """The steps to a state: each is done once what is before it holds.

    Attributes:
        steps: conditions and actions, in turns.
        there: whether the state is reached.
    """

    steps: tuple[tuple[Condition, Callable[[], object]], ...]
    there: Condition


class Ways:
    """The ways to every state of `app`; files are written below `folder`."""

    def __init__(self, app: App, folder: Path) -> None:
        self._app = app
        self._folder = folder
        self._server: socket.socket | None = None

    def to(self, state: str) -> Way:
        """How to get to the state of that name."""
        way: Way = getattr(self, f"_{state.replace('-', '_')}")()
        return way

    # Nothing goes on

    def _unpainted(self) -> Way:
        return Way((), lambda: True)

    def _fresh(self) -> Way:
        return Way((), lambda: is_settled(self._app))

    def _full_screen(self) -> Way:
        return self._then(self._app.window.showFullScreen, self._app.window.isFullScreen)

    def _minimized(self) -> Way:
        return self._then(self._app.window.showMinimized, self._app.window.isMinimized)

    def _floating(self) -> Way:
        dock = self._app.window.docks["curves"]
        return self._then(lambda: dock.setFloating(True), dock.isFloating)

    def _error_shown(self) -> Way:
        return self._then(lambda: self._app.notices.warn("Something is wrong."), lambda: True)

    def _exception(self) -> Way:
        """After a slot has raised."""
        return self._then(lambda: QTimer.singleShot(0, _raise), lambda: "went wrong" in self._app.notices.text)

    def _diverged(self) -> Way:
        session = self._app.session

        def diverge() -> None:
            session.reset(replace(session.settings, hidden=(32, 16), activation="leaky-relu", learning_rate=100.0))
            session.play()

        return self._then(diverge, lambda: session.state is State.FAILED)

    # Training

    def _training(self) -> Way:
        session = self._app.session
        return self._then(session.play, lambda: session.state is State.RUNNING and session.history.steps > 50)

    def _slow_training(self) -> Way:
        session = self._app.session

        def play() -> None:
            session.set_speed(2.0)
            session.play()

        return self._then(play, lambda: session.state is State.RUNNING and session.history.steps > 0)

    def _preparing(self) -> Way:
        """A large network is being made."""
        session = self._app.session
        settings = PRESETS["leaky-relu-500"].settings
        return self._then(lambda: session.reset(settings), lambda: session.state is State.PREPARING)

    def _stepping(self) -> Way:
        session = self._app.session
        return self._then(session.step_epoch, lambda: session.state is State.STEPPING)

    def _replaying(self) -> Way:
        session = self._app.session
        return self._trained(
            lambda: session.go_to_step(session.history.steps - 3), lambda: session.worked_out is not None
        )

    def _film_playing(self) -> Way:
        return self._trained(self._app.window.film_toggled.emit, lambda: self._app.film.direction != 0)

    def _examining(self) -> Way:
        session = self._app.session

        def is_asked() -> bool:
            if self._app.mistakes.settled:  # it is over sooner than one looks
                session.go_to((session.timeline.index + 1) % len(session.timeline))
            return not self._app.mistakes.settled

        return self._trained(self._app.window.docks["errors"].raise_, is_asked)

    # Data

    def _loading(self) -> Way:
        return Way((), lambda: self._app.loader.busy)

    def _fetching(self) -> Way:
        """From a server that takes what one says, and says nothing."""
        server = self._server = socket.create_server(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{server.getsockname()[1]}"

        def fetch() -> None:
            os.environ["MNIST_VIZ_MIRROR"] = address
            self._app.data.fetch("kmnist")

        return self._then(fetch, lambda: bool(select.select([server], [], [], 0)[0]))

    def _checking(self) -> Way:
        return self._then(
            lambda: self._app.data_sets.look_at(str(self._folder / "own folder ä")), lambda: self._app.loader.busy
        )

    def _reading_image(self) -> Way:
        return self._then(lambda: self._app.images.read(str(self._folder / "noise.png")), lambda: True)

    # Files

    def _saving(self) -> Way:
        keeping = self._app.keeping
        return self._trained(lambda: keeping.save(str(self._folder / "closing.mnistviz")), lambda: keeping.busy)

    def _opening(self) -> Way:
        keeping, path = self._app.keeping, str(self._folder / "closing.mnistviz")
        saved = self._trained(lambda: keeping.save(path), lambda: True)
        opened = (lambda: not keeping.busy, lambda: keeping.open(path))
        return Way((*saved.steps, opened), lambda: keeping.busy)

    def _filming(self) -> Way:
        export = self._app.film_export
        path = str(self._folder / "closing.gif")
        return self._trained(lambda: export.make(FilmChoice(), path), lambda: export.is_filming)

    # Hands

    def _drawing(self) -> Way:
        """The mouse is down on the pad."""
        pad = self._app.draw.pad

        def draw() -> None:
            QTest.mousePress(pad, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(20, 20))
            QTest.mouseMove(pad, QPoint(60, 80))

        return self._then(draw, lambda: True)

    def _context_menu(self) -> Way:
        menu = self._app.window.docks["curves"].make_menu()
        return self._then(lambda: menu.popup(QPoint(50, 50)), lambda: QApplication.activePopupWidget() is not None)

    def _list_open(self) -> Way:
        preset: QComboBox = self._app.transport.preset

        def is_open() -> bool:
            # While a network is made there is nothing to choose from, and the list closes.
            if QApplication.activePopupWidget() is None:
                preset.showPopup()
            return QApplication.activePopupWidget() is not None

        return Way(((self._is_ready, preset.showPopup),), is_open)

    # Dialogs

    def _data_dialog(self) -> Way:
        return self._then(self._app.data_sets.open, self._app.data_dialog.isVisible)

    def _branch_dialog(self) -> Way:
        return self._trained(self._app.window.branch_requested.emit, lambda: _is_open("branch-dialog"))

    def _run_until_dialog(self) -> Way:
        return self._then(self._app.window.run_until_requested.emit, lambda: _is_open("run-until-dialog"))

    def _film_dialog(self) -> Way:
        return self._trained(self._app.window.export_film_requested.emit, lambda: _is_open("film-dialog"))

    def _keys_dialog(self) -> Way:
        return self._then(lambda: self._press("keys"), lambda: _is_open("keys-dialog"))

    def _open_dialog(self) -> Way:
        return self._then(lambda: self._press("open"), _asks_for_file)

    def _save_dialog(self) -> Way:
        return self._trained(lambda: self._press("save-session"), _asks_for_file)

    # Helpers

    def _then(self, action: Callable[[], object], there: Condition) -> Way:
        """`action`, once the program is ready for it."""
        return Way(((self._is_ready, action),), there)

    def _trained(self, action: Callable[[], object], there: Condition) -> Way:
        """`action`, once two epochs have been trained."""
        session = self._app.session

        def train() -> None:
            session.go_live()
            session.run_until(epochs=2)

        def is_trained() -> bool:
            return session.state in RESTING and len(session.history.epochs) >= 2

        return Way(((self._is_ready, train), (is_trained, action)), there)

    def _is_ready(self) -> bool:
        return len(self._app.session.runs) > 0 and self._app.session.state in RESTING

    def _press(self, name: str) -> None:
        # In a turn of its own: a dialog's loop must not keep this one.
        action = self._app.window.findChild(QAction, name)
        if isinstance(action, QAction):
            QTimer.singleShot(0, action.trigger)


STATES = tuple(
    name.removeprefix("_").replace("_", "-")
    for name, member in vars(Ways).items()
    if name.startswith("_") and callable(member) and getattr(member, "__annotations__", {}).get("return") is Way
    and member.__code__.co_argcount == 1
)  # fmt: skip
"""The names of all states."""


def _raise() -> None:
    raise RuntimeError("as bench closing wants it")


def _is_open(name: str) -> bool:
    return any(widget.objectName() == name and widget.isVisible() for widget in QApplication.topLevelWidgets())


def _asks_for_file() -> bool:
    return any(isinstance(widget, QFileDialog) and widget.isVisible() for widget in QApplication.topLevelWidgets())
