"""How soon each panel that asks about the network shown has its answer painted, and what it costs the window."""

import operator
import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from mnist_viz.app import App
from mnist_viz.bench.watches import GapWatch, PaintWatch, spread, turn
from mnist_viz.controllers.microscope import PANELS
from mnist_viz.session.work import RESTING
from mnist_viz.simulated_user import SimulatedUser
from mnist_viz.views.questions.panel import QuestionPanel

OPENINGS = 3
MOVES = 40
MOVES_SECONDS = 1.5
"""At most so long the cursor is moved for a panel: some answers take half a second."""
GAP_SECONDS = 1.2
NEURON = 0, 7
"""Layer and number of the one that is asked about."""

_PATIENCE = 10.0  # seconds for an answer
_UNSEEN = 0.05  # seconds after which an answer that has painted nothing has changed nothing
_WITHOUT = "no panel"

COLUMNS = {
    "made_ms": "made",
    "open_ms_p50": "open", "open_ms_max": "worst", "complete_ms_p50": "all",
    "scrub_ms_p50": "scrub", "scrub_ms_p99": "p99",
    "scrub_training_ms_p50": "training", "scrub_training_ms_p99": "p99",
    "event_gap_ms_p50": "gap", "event_gap_ms_p99": "p99",
}  # fmt: skip
"""Figures of a panel: milliseconds to the first painted answer from its first opening, which also makes it, and from
further ones; the same until all its questions are answered; from a movement of the cursor to the painted answer about
that frame, at rest and while training runs; between the turns of the event loop while training is followed."""

Figures = dict[str, float]


def measure(
    app: App, user: SimulatedUser, kinds: Sequence[type[QuestionPanel]] = PANELS, moves: int = MOVES,
    gap_seconds: float = GAP_SECONDS,
) -> dict[str, Figures]:  # fmt: skip
    """Open one panel after another, over a run with recorded frames that rests, with a drawing on the pad.

    Returns:
        Figures by the panel's key, named in `COLUMNS`; without those of movements where no answer depends on the frame.
    """
    session = app.session
    app.display.choose(*NEURON)
    panels = {kind.key: _Panel(app, user, kind.key) for kind in kinds}
    figures = {key: {**panel.open(), **panel.scrub("scrub", moves)} for key, panel in panels.items()}
    session.play()
    figures[_WITHOUT] = _gaps(user, gap_seconds)
    for key, panel in panels.items():
        panel.show()
        figures[key] |= panel.scrub("scrub_training", moves) | _gaps(user, gap_seconds)
        panel.hide()
    session.pause()
    user.until(lambda: session.state in RESTING, 60)
    return figures


def lines(figures: dict[str, Figures]) -> list[str]:
    header = f"{'milliseconds':<14}" + "".join(f"{title:>10}" for title in COLUMNS.values())
    return [header] + [
        f"{key:<14}" + "".join(f"{row[name]:>10.1f}" if name in row else f"{'-':>10}" for name in COLUMNS)
        for key, row in figures.items()
    ]


class _Panel(QObject):
    def __init__(self, app: App, user: SimulatedUser, key: str) -> None:
        super().__init__()
        self._app = app
        self._user = user
        self._key = key
        self._dock = app.window.docks[key]
        self._is_awaited: Callable[[object], bool] | None = None
        self._seen: int | None = None  # paintings until the answer was set
        self._watch = PaintWatch()
        app.microscope.answered.connect(self._on_answered)

    def open(self) -> Figures:
        """Show it again and again, each time with everything to be asked anew."""
        first, complete = [], []
        for _ in range(1 + OPENINGS):
            self.hide()
            self._app.session.go_to(0)
            self._user.wait(0.05)
            self._app.session.go_live()
            self._user.wait(0.15)
            start = time.perf_counter()
            first.append(self._until_painted(self.show, lambda _frame: True) or float("nan"))
            self._settle()
            complete.append(1000 * (time.perf_counter() - start))
        _, *again = first
        return {
            "made_ms": first[0],
            "open_ms_p50": float(np.median(again)),
            "open_ms_max": max(again),
            "complete_ms_p50": float(np.median(complete[1:])),
        }

    def scrub(self, name: str, moves: int) -> Figures:
        """Move the cursor to random recorded frames; nothing where no answer depends on the frame."""
        session, rng = self._app.session, np.random.default_rng(3)
        self._settle(0.5)
        if not any("network" in question.of for question in self._app.microscope.panels[self._key].questions.values()):
            return {}
        times: list[float] = []
        end = time.perf_counter() + MOVES_SECONDS
        while len(times) < moves and time.perf_counter() < end:
            index = int(rng.integers(len(session.timeline)))
            frame = session.timeline.frames[index]
            if session.shown is frame:
                continue
            passed = self._until_painted(partial(session.go_to, index), partial(operator.is_, frame))
            if passed is not None:
                times.append(passed)
            self._settle(0.05)  # while training runs there is always more to answer
            self._user.wait(0.01)
        session.go_live()
        return spread(f"{name}_ms", times) if times else {}

    def show(self) -> None:
        self._app.window.open_panel(self._key)

    def hide(self) -> None:
        self._dock.close()

    def _until_painted(self, action: Callable[[], None], is_awaited: Callable[[object], bool]) -> float | None:
        """Milliseconds from `action` to the painted answer; None if there is none."""
        self._watch = PaintWatch(*self._dock.panel.findChildren(QWidget))
        self._is_awaited, self._seen = is_awaited, None
        start = time.perf_counter()
        action()
        while self._seen is None:
            self._user.turn()
            if time.perf_counter() - start > _PATIENCE:
                return None
        answered = time.perf_counter()
        while self._painted() == self._seen:
            self._user.turn()
            if time.perf_counter() - answered > _UNSEEN:
                return 1000 * (answered - start)
        return 1000 * (time.perf_counter() - start)

    @Slot(str, str, object, object)
    def _on_answered(self, key: str, _name: str, _answer: object, frame: object) -> None:
        if key == self._key and self._seen is None and self._is_awaited is not None and self._is_awaited(frame):
            if not self._watch.counts:  # the panel has been made since
                self._watch = PaintWatch(*self._dock.panel.findChildren(QWidget))
            self._seen = self._painted()

    def _painted(self) -> int:
        return sum(self._watch.counts.values())

    def _settle(self, seconds: float = _PATIENCE) -> None:
        self._user.until(lambda: self._app.microscope.settled, seconds)


def _gaps(user: SimulatedUser, seconds: float) -> Figures:
    user.wait(0.3)
    with GapWatch() as watch:
        turn(seconds)
    return spread("event_gap_ms", watch.gaps)
