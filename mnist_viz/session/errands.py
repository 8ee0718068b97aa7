"""Short work that a window must not wait for, such as reading and writing files: one thing after the other."""

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from mnist_viz.data.errors import CancelledError

log = logging.getLogger(__name__)

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class _Errand:
    work: Callable[[threading.Event], Any]
    then: Callable[[Any], object]
    sorry: Callable[[str], object]
    cancel: threading.Event


class Errands:
    """Runs errands in a thread; what is to be done with what comes of them is done in `tick`, by who calls that."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[_Errand | None] = queue.SimpleQueue()
        self._done: deque[Callable[[], object]] = deque()
        self._open: list[_Errand] = []  # what has been asked for and not been answered
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def busy(self) -> bool:
        return bool(self._open)

    def run(
        self,
        work: Callable[[threading.Event], Result],
        then: Callable[[Result], object],
        sorry: Callable[[str], object],
    ) -> None:
        """Do `work` in the thread, and then one of the others in `tick`; after `close` nothing is done any more.

        Args:
            work: is given an event: once that is set, it may raise CancelledError.
            then: takes what `work` returns.
            sorry: takes a sentence that says why there is nothing; an empty one if it was cancelled.
        """
        if self._closed:
            return
        errand = _Errand(work, then, sorry, threading.Event())
        if self._thread is None:
            thread = threading.Thread(target=self._work, name="errands", daemon=True)
            thread.start()  # which may fail
            self._thread = thread
        self._open.append(errand)
        self._waiting.put(errand)

    def cancel(self) -> None:
        """Give up everything that is not done."""
        for errand in self._open:
            errand.cancel.set()

    def tick(self) -> None:
        """Say what has come of the errands that are done."""
        while self._done:
            self._done.popleft()()

    def close(self, timeout: float = 5.0) -> bool:
        """Let what is under way come to its end, and end the thread; return whether that was in time."""
        thread = self._thread
        if thread is None:
            self._closed = True
            return True
        if not self._closed:
            self._closed = True
            self._waiting.put(None)
        thread.join(timeout)
        return not thread.is_alive()

    def _work(self) -> None:
        while (errand := self._waiting.get()) is not None:
            self._done.append(self._answer(errand))
            del errand  # what it holds is not needed while the next one is waited for

    def _answer(self, errand: _Errand) -> Callable[[], object]:
        try:
            if errand.cancel.is_set():
                raise CancelledError
            result = errand.work(errand.cancel)
        except CancelledError:
            said = ""
        except (ValueError, OSError) as error:
            said = str(error)
        except Exception as error:
            log.exception("an errand failed")
            said = f"It could not be done ({type(error).__name__}: {error})"
        else:
            return lambda: self._end(errand, lambda: errand.then(result))
        return lambda: self._end(errand, lambda: errand.sorry(said))

    def _end(self, errand: _Errand, answer: Callable[[], object]) -> None:
        self._open.remove(errand)
        answer()
