"""Work that is throttled is done at once, and then with the last of several requests."""

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from mnist_viz.views import throttle as throttle_module
from mnist_viz.views.throttle import Throttle


class Worker(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.value = 0
        self.done: list[int] = []
        self.throttle = Throttle(self.work, self)

    def work(self) -> None:
        self.done.append(self.value)

    def ask(self, value: int, *, at_once: bool = False) -> None:
        self.value = value
        self.throttle.request(at_once=at_once)


def test_the_first_request_is_served_at_once_and_of_the_next_ones_the_last(qtbot: QtBot) -> None:
    worker = Worker()
    for value in range(5):
        worker.ask(value)
    assert worker.done == [0]
    qtbot.waitUntil(lambda: worker.done == [0, 4])


def test_what_the_user_did_does_not_wait(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle_module, "MS_BETWEEN", 10_000)
    worker = Worker()
    worker.ask(1)
    worker.ask(2, at_once=True)
    worker.ask(3)
    assert worker.done == [1, 2]
