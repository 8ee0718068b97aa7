"""Errands are run one after the other in a thread; what comes of each is said once, on the thread that asks."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from mnist_viz.data.errors import CancelledError
from mnist_viz.session.errands import Errands


@pytest.fixture
def errands() -> Iterator[Errands]:
    made = Errands()
    yield made
    assert made.close()


def answered(errands: Errands) -> None:
    end = time.monotonic() + 10
    while errands.busy and time.monotonic() < end:
        errands.tick()
        time.sleep(0.001)
    assert not errands.busy


def test_work_is_done_elsewhere_and_answered_here_in_order(errands: Errands) -> None:
    seen: list[tuple[int, threading.Thread]] = []

    def numbered(number: int) -> Callable[[threading.Event], tuple[int, threading.Thread]]:
        return lambda _: (number, threading.current_thread())

    for number in range(3):
        errands.run(numbered(number), seen.append, pytest.fail)
    assert errands.busy
    answered(errands)
    assert [number for number, _ in seen] == [0, 1, 2]
    assert threading.current_thread() not in [thread for _, thread in seen]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError("cannot write it: no space"), "cannot write it: no space"),
        (ValueError("it is no model"), "it is no model"),
        (RuntimeError("a mistake"), "It could not be done (RuntimeError: a mistake)"),
        (CancelledError(), ""),
    ],
)
def test_what_fails_is_a_sentence_and_the_next_goes_on(errands: Errands, error: Exception, said: str) -> None:
    def work(_: threading.Event) -> None:
        raise error

    done: list[object] = []
    sorry: list[str] = []
    errands.run(work, done.append, sorry.append)
    errands.run(lambda _: "next", done.append, sorry.append)
    answered(errands)
    assert (sorry, done) == ([said], ["next"])


def test_cancelling_ends_what_is_under_way_and_what_waits(errands: Errands) -> None:
    begun = threading.Event()

    def work(cancel: threading.Event) -> None:
        begun.set()
        assert cancel.wait(10)
        raise CancelledError

    done: list[object] = []
    sorry: list[str] = []
    for _ in range(2):
        errands.run(work, done.append, sorry.append)
    assert begun.wait(10)
    errands.cancel()
    answered(errands)
    assert (done, sorry) == ([], ["", ""])


def test_closing_lets_what_is_written_come_to_its_end() -> None:
    errands, written = Errands(), []

    def work(_: threading.Event) -> None:
        time.sleep(0.1)
        written.append(1)

    errands.run(work, lambda _: None, lambda _: None)
    assert errands.close()
    assert written == [1]
