"""How often something is drawn while training goes on."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtCore import QObject

from mnist_viz.controllers import redraw
from mnist_viz.controllers.redraw import LONGEST, SHARE, Redraw


class Clock:
    """The time that has passed, and how much of it this thread has worked."""

    def __init__(self) -> None:
        self.passed, self.worked = 1000.0, 10.0

    def monotonic(self) -> float:
        return self.passed

    def thread_time(self) -> float:
        return self.worked


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(redraw, "time", made)
    return made


@pytest.mark.parametrize(
    ("session", "worked", "waited"),
    [
        pytest.param({}, 1.0, 0.1, id="slow training waits for nobody"),
        pytest.param({"at_full_speed": True}, 0.1 * SHARE, 0.1, id="cheap drawing goes on as usual"),
        pytest.param({"at_full_speed": True}, 0.2 * SHARE, 0.2, id="dear drawing waits until its share is small"),
        pytest.param({"at_full_speed": True}, 1.0, LONGEST, id="something is to be seen all the same"),
        pytest.param({"at_full_speed": True, "follows_training": False}, 1.0, 0.0, id="the past is shown at once"),
    ],
)
def test_training_at_full_speed_loses_little_to_the_window(
    qapp: QObject, clock: Clock, session: dict[str, bool], worked: float, waited: float
) -> None:
    known: Any = SimpleNamespace(**{"follows_training": True, "at_full_speed": False, **session})
    drawn: list[float] = []
    it = Redraw(lambda: drawn.append(clock.passed), qapp, 0.1, session=cast("Any", known), following=True)
    it.tick()
    assert drawn == [1000.0]
    clock.worked += worked
    while len(drawn) == 1:
        it.mark()
        it.tick()
        clock.passed += 0.01
    assert drawn[1] - drawn[0] == pytest.approx(waited, abs=0.011)
