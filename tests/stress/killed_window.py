"""A window that works until it is killed, or one that restores what was left: `... killed_window work MODE DATA FOLDER`
or `... killed_window restore`. It tells on standard output what there is, as lines of JSON."""

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QAbstractButton

from mnist_viz.app import App, close_on_signals, make_application
from mnist_viz.controllers.preferences import Preferences
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.snapshot import Frame
from mnist_viz.session.work import BUSY, RESTING
from mnist_viz.simulated_user import SimulatedUser, line, placed

SETTINGS = Settings(hidden=(256, 128), batch_size=32, epochs=1000, optimizer="adam", learning_rate=0.0005, dropout=0.1)
"""An epoch of some thousand digits takes some tenths of a second."""
SAVED = "saved.mnistviz"
RESTORE = ("Restore",)
PATIENCE = 120.0


def digest(frame: Frame) -> str:
    """By which two states are known to be the same, to the last bit."""
    state = frame.state
    assert state is not None
    arrays = state.parameters, state.statistics, state.optimizer_state
    return hashlib.blake2b(b"".join(array.tobytes() for array in arrays), digest_size=16).hexdigest()


class Window:
    def __init__(self, data: str | None) -> None:
        self.user = SimulatedUser(make_application())
        self.app = App(dataset=data, preferences=Preferences(theme="dark", speed=None))
        close_on_signals(self.app.window.close)
        self.app.start()
        self.open = True
        self.app.window.closing.connect(self._on_closing)
        self.session = self.app.session
        self.strokes = 0

    def _on_closing(self) -> None:
        self.open = False

    def until(self, condition: Callable[[], bool], what: str) -> None:
        if not self.user.until(lambda: not self.open or condition(), PATIENCE):
            raise TimeoutError(f"{what} did not come")

    def rest(self) -> None:
        self.until(lambda: self.session.state in RESTING, "rest")

    def draw(self) -> None:
        """One stroke more, each at a place of its own."""
        state = 0.1 + 0.08 * (self.strokes % 100 % 10), 0.1 + 0.08 * (self.strokes % 100 // 10)
        self.user.draw(self.app.draw.pad, placed([line((0.2, 0.2), (0.8, 0.8), points=4)], 0.06, state))
        self.strokes += 1

    def work(self, mode: str, folder: Path) -> None:
        """Train a run that has a branch, draw, and tell what there is; only a signal ends it."""
        session = self.session
        self.until(lambda: session.dataset is not None and session.state in RESTING, "data")
        session.reset(SETTINGS)
        self.until(lambda: session.run.settings == SETTINGS and session.state in RESTING, "a network")
        first = session.run.number
        session.run_until(epochs=1)
        self.rest()
        session.branch(None, "a branch")
        self.rest()
        session.activate(first)
        self.rest()
        session.play()
        told: object = None
        while self.open:
            self.user.wait(0.005)
            if mode == "saving" and not self.app.session_files.busy:
                self.app.session_files.save(str(folder / SAVED))
            if mode == "paused" and len(session.history.epochs) >= 2 and session.state in BUSY:
                session.pause()
            state = session.run.steps, len(session.history.epochs)
            if state != told and self.open:
                told = state
                if state[1] >= self.strokes:
                    self.draw()
                tell(steps=state[0], epochs=state[1], strokes=self.strokes)

    def restore(self) -> None:
        """Take what is offered, tell what came back, train two epochs more and tell what came of it."""
        session = self.session
        self.until(lambda: self._button() is not None, "an offer")
        before, button = session.runs, self._button()
        assert button is not None
        tell(pressed=True)
        self.user.click(button)
        self.until(lambda: session.runs is not before and bool(self.app.notices.text), "the session")
        tell(
            steps=session.run.steps, epochs=len(session.history.epochs), runs=[run.name for run in session.runs],
            strokes=len(self.app.draw.pad.drawing().strokes),
        )  # fmt: skip
        self.until(lambda: not session.lacks_data, "the data of the run")
        session.run_until(epochs=2)
        self.rest()
        tail = session.timeline.last
        assert tail is not None
        tell(trained=tail.step, digest=digest(tail))
        self.app.window.close()

    def _button(self) -> QAbstractButton | None:
        buttons = self.app.messages.findChildren(QAbstractButton)
        return next((b for b in buttons if b.isVisible() and b.text() in RESTORE), None)


def tell(**values: object) -> None:
    print(json.dumps(values), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "work":
        Window(sys.argv[3]).work(sys.argv[2], Path(sys.argv[4]))
    else:
        Window(None).restore()
