"""What a step of the tour is written with: the program, its simulated user, what is expected, and pictures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from mnist_viz.analysis.reading import read
from mnist_viz.app import App
from mnist_viz.recording.snapshot import Frame
from mnist_viz.session.session import Session
from mnist_viz.session.work import RESTING, State
from mnist_viz.simulated_user import SimulatedUser


class Failed(Exception):
    """A step did not do what it should."""


class Tour:
    """The program, the user who drives it, and the folders for the pictures and for files that nobody needs later."""

    def __init__(self, start: Callable[[], App], user: SimulatedUser, out: Path, folder: Path) -> None:
        self._start = start
        self.app = start()
        self.user = user
        self.out = out
        self.folder = folder
        self.pictures = 0

    def expect(self, what: str, holds: Callable[[], bool], seconds: float = 30.0, says: object = None) -> None:
        """Wait until something holds and say so, and what else came of it; else raise Failed."""
        if not self.user.until(holds, seconds):
            raise Failed(what)
        print(f"  ok    {what}" + (f": {says() if callable(says) else says}" if says is not None else ""), flush=True)

    def check(self, what: str, holds: bool, says: object = None) -> None:
        """Say so if something holds, and what else came of it; else raise Failed."""
        self.expect(what, lambda: holds, 0.0, says)

    def picture(self, name: str, window: QWidget | None = None) -> None:
        """Save what the window, or another one, shows as the next picture."""
        self.user.wait(0.25)
        self.pictures += 1
        path = self.out / f"{self.pictures:02d}-{name}.png"
        (window or self.app.window).grab().save(str(path))
        print(f"        {path.name}")

    def cut_off(self) -> None:
        """End the program as if it had been killed, and start it again."""
        self.user.until(lambda: self.app.keeping.is_up_to_date)
        self.app.keeping.abandon()
        self.app.window.close()
        self.app = self._start()

    def press(
        self,
        keys: str,
        what: str = "",
        holds: Callable[[], bool] | None = None,
        seconds: float = 30.0,
        says: object = None,
        window: QWidget | None = None,
    ) -> None:
        """Press keys, such as "Shift+Left", and expect something of it if that is given."""
        QTest.keySequence(window or self.app.window, QKeySequence(keys))
        self.user.turn()
        if holds is not None:
            self.expect(f"{what} ({keys})", holds, seconds, says)

    def click(
        self, widget: QWidget, what: str = "", holds: Callable[[], bool] | None = None, at: QPoint | None = None
    ) -> None:
        """Click on a widget, likewise."""
        self.user.click(widget, at)
        if holds is not None:
            self.expect(what, holds)

    def front(self, *keys: str) -> None:
        """Bring panels in front of those that they share a place with."""
        for key in keys:
            self.app.window.docks[key].raise_()
        self.user.wait(0.3)

    def activate(self) -> None:
        """Give the window the focus back, as a window manager does where there is one."""
        self.app.window.activateWindow()
        self.user.until(self.app.window.isActiveWindow, 1.0)

    def find(self, name: str) -> QWidget:
        widget = self.app.window.findChild(QWidget, name)
        if not isinstance(widget, QWidget):
            raise Failed(f"there is no {name} in the window")
        return widget

    @property
    def session(self) -> Session:
        return self.app.session

    @property
    def frame(self) -> Frame:
        frame = self.session.shown
        if frame is None:
            raise Failed("there is a frame to show")
        return frame

    @property
    def step(self) -> int:
        return self.frame.step

    @property
    def idle(self) -> bool:
        return self.session.state is State.IDLE

    @property
    def rests(self) -> bool:
        return self.session.state in RESTING

    @property
    def input(self) -> bytes:
        """What the network sees of the pad."""
        picture = self.app.drawing.picture
        return picture.tobytes() if picture is not None else b""

    @property
    def digit(self) -> int:
        """What the shown network reads on the pad; -1 if nothing is there."""
        picture = self.app.drawing.picture
        return read(self.frame.model.network(), picture).digit if picture is not None else -1

    @property
    def runs(self) -> list[tuple[str, int]]:
        return [(run.name, run.steps) for run in self.session.runs]

    def shows(self, frame: Frame | None) -> bool:
        """Whether the weights are those of `frame`."""
        return frame is not None and np.array_equal(frame.model.parameters, self.frame.model.parameters)

    def size(self, name: str) -> Callable[[], str]:
        return lambda: f"{(self.folder / name).stat().st_size / 2**20:.1f} MB"
