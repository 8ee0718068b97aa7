"""A request to end, which may come in the middle of anything, is heard between two events."""

import os
import signal
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from mnist_viz.app import close_on_signals


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """What was closed; the handlers are put back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # also where the tests were started to survive their terminal
    closed: list[str] = []
    close_on_signals(lambda: closed.append("closed"))
    yield closed
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_closed_in_the_middle_of_something(asked: list[str], qtbot: QtBot, number: int) -> None:
    os.kill(os.getpid(), number)
    assert asked == []
    qtbot.waitUntil(lambda: asked == ["closed"], timeout=5000)
