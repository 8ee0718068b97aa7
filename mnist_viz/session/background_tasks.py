"""Work that takes longer than a frame: done in threads, its results told on the GUI thread."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from mnist_viz.data.errors import CancelledError

log = logging.getLogger(__name__)

Result = TypeVar("Result")


class Task:
    """Work under way. The GUI thread may cancel it; the work looks at `cancelled` and reports how far it is."""

    def __init__(self, report: Callable[["Task", str, float | None], None]) -> None:
        self.cancelled = threading.Event()
        self._report = report

    def cancel(self) -> None:
        """Ask the work to stop; its `on_error` hears an empty sentence."""
        self.cancelled.set()

    def check(self) -> None:
        """Called by the work where it may stop.

        Raises:
            CancelledError: it was cancelled.
        """
        if self.cancelled.is_set():
            raise CancelledError

    def report(self, text: str, fraction: float | None = None) -> None:
        """Called by the work: what it does now, and which part of it is done, 0 to 1; None if nobody can say."""
        self._report(self, text, fraction)


@dataclass(eq=False)
class _Callbacks:
    """They hold objects of Qt, so they stay on the GUI thread."""

    on_done: Callable[[Any], object]
    on_error: Callable[[str], object]
    on_progress: Callable[[str, float | None], object] | None
    future: Future[None] = field(default_factory=Future)
    progress: tuple[str, float | None] | None = None  # reported, and not told yet


class BackgroundTasks(QObject):
    """Runs functions in threads and calls back on the thread that it lives in.

    Tasks of one queue run one after the other, in order; different queues run at the same time.
    """

    _finished = Signal(object, object, str)  # task, result, why there is none
    _progressed = Signal(object)  # task

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._executors: dict[str, ThreadPoolExecutor] = {}
        self._open: dict[Task, _Callbacks] = {}
        self._closed = False
        queued = Qt.ConnectionType.QueuedConnection
        self._finished.connect(self._on_finished, queued)
        self._progressed.connect(self._on_progressed, queued)

    def submit(
        self,
        work: Callable[[Task], Result],
        on_done: Callable[[Result], object],
        on_error: Callable[[str], object],
        on_progress: Callable[[str, float | None], object] | None = None,
        *,
        queue: str = "tasks",
        failure: str = "It could not be done",
    ) -> Task:
        """Do `work` in the thread of `queue`, then call `on_done` or `on_error`; after `close` nothing is called.

        Args:
            work: must not touch Qt; may raise CancelledError once the task is cancelled.
            on_done: takes what `work` returns.
            on_error: takes a sentence that says why there is nothing; an empty one if the task was cancelled.
            on_progress: takes the newest report.
            queue: tasks that must not overtake each other share one.
            failure: begins the sentence for an error that is none of the user's data, which is logged too.
        """
        task = Task(self._report)
        if self._closed:
            task.cancel()
            return task
        if queue not in self._executors:
            self._executors[queue] = ThreadPoolExecutor(1, thread_name_prefix=queue)
        callbacks = self._open[task] = _Callbacks(on_done, on_error, on_progress)
        callbacks.future = self._executors[queue].submit(self._run, task, work, failure)
        return task

    def forget(self, task: Task | None) -> None:
        """Cancel a task and hear nothing more of it."""
        if task is not None:
            task.cancel()
            self._open.pop(task, None)

    @property
    def busy(self) -> bool:
        """Whether some task has not called back yet."""
        return bool(self._open)

    def wait(self, timeout: float) -> bool:
        """Wait for the work, not for its callbacks, at most `timeout` seconds; return whether all of it is done."""
        return not wait([callbacks.future for callbacks in self._open.values()], timeout).not_done

    def close(self, timeout: float = 1.0) -> bool:
        """Cancel everything; return whether all threads came to rest within `timeout` seconds."""
        self._closed = True
        for task in self._open:
            task.cancel()
        for executor in self._executors.values():
            executor.shutdown(wait=False, cancel_futures=True)
        return self.wait(timeout)

    # In the threads

    def _run(self, task: Task, work: Callable[[Task], Any], failure: str) -> None:
        result, why = None, ""
        try:
            task.check()
            result = work(task)
        except CancelledError:
            task.cancel()
        except (ValueError, OSError) as error:
            why = str(error) or type(error).__name__
        except Exception as error:
            log.exception("a background task failed")
            why = f"{failure} ({type(error).__name__}: {error})"
        if not self._closed:
            self._finished.emit(task, result, why)

    def _report(self, task: Task, text: str, fraction: float | None) -> None:
        callbacks = self._open.get(task)
        if callbacks is not None and callbacks.on_progress is not None and not self._closed:
            told, callbacks.progress = callbacks.progress is None, (text, fraction)
            if told:  # else the newest report takes the place of the one that is on its way
                self._progressed.emit(task)

    # On the GUI thread

    @Slot(object, object, str)
    def _on_finished(self, task: Task, result: object, why: str) -> None:
        callbacks = self._open.pop(task, None)
        if callbacks is None or self._closed:
            return
        if why or task.cancelled.is_set():
            callbacks.on_error(why)
        else:
            callbacks.on_done(result)

    @Slot(object)
    def _on_progressed(self, task: Task) -> None:
        callbacks = self._open.get(task)
        if callbacks is None or callbacks.on_progress is None:
            return
        progress, callbacks.progress = callbacks.progress, None
        if progress is not None and not task.cancelled.is_set():
            callbacks.on_progress(*progress)
