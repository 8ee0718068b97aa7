"""What the steps of the tour use: the program, a hand, checks that can fail, and pictures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QWidget

from mnist_viz.analysis.reading import read
from mnist_viz.app import App
from mnist_viz.hand import Hand
from mnist_viz.recording.snapshot import Frame
from mnist_viz.session.session import RESTING

WIDTH, HEIGHT = 1440, 900

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


class Failed(Exception):
    """A step did not do what it should."""


class Guide:
    """The program and the hand that drives it.

    Attributes:
        app: the program.
        hand: sends its events.
        out: the folder for the pictures.
        pictures: how many have been taken.
    """

    def __init__(self, make: Callable[[], App], hand: Hand, out: Path) -> None:
        self._make = make
        self.app = self._start()
        self.hand = hand
        self.out = out
        self.pictures = 0

    def _start(self) -> App:
        app = self._make()
        app.window.resize(WIDTH, HEIGHT)
        app.start()
        return app

    def cut_off(self) -> None:
        """End the program as if it had been killed, and start it again."""
        self.app.keeping.abandon()
        self.app.window.close()
        self.app = self._start()

    def picture(self, name: str, window: QWidget | None = None) -> None:
        """Save what the window, or another one, shows as the next picture."""
        self.hand.wait(0.25)
        self.pictures += 1
        path = self.out / f"{self.pictures:02d}-{name}.png"
        (window or self.app.window).grab().save(str(path))
        print(f"        {path.name}")

    def check(self, holds: bool, what: str) -> None:
        """Say that something is as it should be, or raise Failed."""
        if not holds:
            raise Failed(what)
        print(f"  ok    {what}", flush=True)

    def written(self) -> None:
        """Wait until what is written is in its file."""
        self.hand.until(lambda: not self.app.tasks.busy("files"))

    def find(self, name: str) -> QWidget:
        """The widget of that name in the window."""
        widget = self.app.window.findChild(QWidget, name)
        if not isinstance(widget, QWidget):
            raise Failed(f"there is no {name} in the window")
        return widget

    def button(self, text: str, inside: QWidget) -> QWidget:
        """The button that says `text`."""
        for button in inside.findChildren(QAbstractButton):
            if button.text() == text:
                return button
        raise Failed(f"there is no button {text}")

    def front(self, *keys: str) -> None:
        """Bring panels in front of those that they share a place with."""
        for key in keys:
            self.app.window.docks[key].raise_()
        self.hand.wait(0.3)

    def switch(self, *steps: str) -> None:
        """Switch steps of the normalization on or off."""
        for step in steps:
            box = self.find(f"switch-{step}")
            self.hand.click(box, QPoint(8, box.height() // 2))

    def picture_bytes(self) -> bytes:
        """What the network sees of the pad."""
        picture = self.app.drawing.picture
        return picture.tobytes() if picture is not None else b""

    def reading(self) -> tuple[int, float]:
        """What the shown network makes of it, and how certain it is."""
        picture = self.app.drawing.picture
        if picture is None:
            raise Failed("there is something to read")
        reading = read(self.shown().model.network(), picture)
        return reading.digit, float(reading.probabilities.max())

    def shown(self) -> Frame:
        frame = self.app.session.shown
        if frame is None:
            raise Failed("there is a frame to show")
        return frame

    def shown_step(self) -> int:
        return self.shown().step

    def epoch(self) -> float:
        return self.shown().epoch

    def waits_for_epoch(self, epoch: int) -> bool:
        return self.hand.until(lambda: self.rests() and self.epoch() == epoch)

    def rests(self) -> bool:
        return self.app.session.state in RESTING

    @staticmethod
    def differ(one: Frame, other: Frame) -> bool:
        return not np.array_equal(one.model.parameters, other.model.parameters)
