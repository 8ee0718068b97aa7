"""Work that takes longer than a frame, done in threads; its results are delivered on the GUI thread."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal, Slot

from mnist_viz.data.errors import CancelledError
from mnist_viz.data.progress import Watch

log = logging.getLogger(__name__)

Result = TypeVar("Result")

PATIENCE_MS = 2000
"""How long the tasks of a queue wait for one that was forgotten: after that it is taken to hang."""


class Task(Watch):
    """Work under way, which the GUI thread may cancel; the work says through it how far it is."""

    def __init__(self, report: Callable[["Task", str, float | None], None]) -> None:
        super().__init__()
        self._report = report

    def cancel(self) -> None:
        self.cancelled.set()

    def at(self, text: str, fraction: float | None = None) -> None:
        self.check()
        self._report(self, text, fraction)


@dataclass(eq=False)
class _Callbacks:
    """They hold objects of Qt, so they stay on the GUI thread."""

    on_done: Callable[[Any], object]
    on_error: Callable[[str], object]
    on_progress: Callable[[str, float | None], object] | None
    queue: str
    must_end: bool
    run: Callable[[], None]
    wanted: bool = True  # whether its callbacks are to be called
    future: Future[None] = field(default_factory=Future)
    progress: tuple[str, float | None] | None = None  # reported, and not told yet


class BackgroundTasks(QObject):
    """Runs functions in threads and calls back on the thread that it lives in.

    Tasks of one queue run one after the other, in order; different queues run at the same time.
    """

    _finished = Signal(object, bool, object, str)  # task, whether it was done, its result, why there is none
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
        must_end: bool = False,
    ) -> Task:
        """Do `work` in the thread of `queue`, then call `on_done` or `on_error`; after `close` nothing is called.

        Args:
            work: must not touch Qt; may raise CancelledError once the task is cancelled.
            on_error: takes a sentence that says why there is nothing; an empty one if the task was cancelled.
            queue: tasks that must not overtake each other share one.
            failure: begins the sentence for an error that is none of the user's data, which is logged too.
            must_end: for what writes a file; `close` waits for it in place of cancelling it, and if it was cancelled
                too late `on_done` is called.
        """
        task = Task(self._report)
        if self._closed:
            task.cancel()
            return task
        if queue not in self._executors:
            self._executors[queue] = ThreadPoolExecutor(1, thread_name_prefix=queue)
        run = partial(self._run, task, work, failure)
        callbacks = self._open[task] = _Callbacks(on_done, on_error, on_progress, queue, must_end, run)
        try:
            callbacks.future = self._executors[queue].submit(run)
        except RuntimeError:  # there can be no more threads
            del self._open[task]
            raise
        return task

    def forget(self, task: Task | None) -> None:
        """Cancel a task; none of its callbacks is called any more."""
        if task is not None:
            task.cancel()
            callbacks = self._open.get(task)
            if callbacks is not None and callbacks.wanted:
                callbacks.wanted = False
                if callbacks.future.running() and not callbacks.must_end:
                    QTimer.singleShot(PATIENCE_MS, partial(self._pass_by, task))

    def _pass_by(self, task: Task) -> None:
        """Let the tasks that wait behind this one run in another thread, if it has not ended."""
        stuck = self._open.get(task)
        if stuck is None or self._closed:
            return
        self._executors[stuck.queue].shutdown(wait=False)
        self._executors[stuck.queue] = executor = ThreadPoolExecutor(1, thread_name_prefix=stuck.queue)
        for waiting in self._open.values():
            if waiting.queue == stuck.queue and waiting.future.cancel():
                waiting.future = executor.submit(waiting.run)

    def cancel(self, queue: str) -> None:
        for task, callbacks in self._open.items():
            if callbacks.queue == queue:
                task.cancel()

    def busy(self, *queues: str) -> bool:
        """Whether some task of these queues, or of any, has not called back yet."""
        return any(one.wanted and (not queues or one.queue in queues) for one in self._open.values())

    def finish(self, queue: str, timeout: float) -> bool:
        """Wait at most `timeout` seconds for the tasks of `queue` and call back; return whether all of them are done.

        Those that are not done by then are cancelled.
        """
        left = wait([one.future for one in self._open.values() if one.queue == queue], timeout).not_done
        QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall.value)
        self.cancel(queue)
        return not left

    def close(self, timeout: float = 1.0) -> bool:
        """Cancel everything but what must end; return whether all threads came to rest within `timeout` seconds."""
        self._closed = True
        for task, callbacks in self._open.items():
            if not callbacks.must_end:
                task.cancel()
        for executor in self._executors.values():
            executor.shutdown(wait=False)
        return not wait([callbacks.future for callbacks in self._open.values()], timeout).not_done

    # In the threads

    def _run(self, task: Task, work: Callable[[Task], Any], failure: str) -> None:
        done, result, why = False, None, ""
        try:
            task.check()
            result = work(task)
            done = True
        except CancelledError:
            pass
        except (ValueError, OSError) as error:
            why = str(error) or type(error).__name__
        except Exception as error:
            log.exception("a background task failed")
            why = f"{failure} ({type(error).__name__}: {error})"
        if not self._closed:
            self._finished.emit(task, done, result, why)
        elif why:  # nobody looks any more
            log.warning("a background task ended after the window was closed: %s", why)

    def _report(self, task: Task, text: str, fraction: float | None) -> None:
        callbacks = self._open.get(task)
        if callbacks is not None and callbacks.on_progress is not None and not self._closed and callbacks.wanted:
            told, callbacks.progress = callbacks.progress is None, (text, fraction)
            if told:  # else the newest report takes the place of the one that is on its way
                self._progressed.emit(task)

    # On the GUI thread

    @Slot(object, bool, object, str)
    def _on_finished(self, task: Task, done: bool, result: object, why: str) -> None:
        callbacks = self._open.pop(task, None)
        if callbacks is None or self._closed:
            return
        if not any(one.queue == callbacks.queue for one in self._open.values()):
            # A thread that waits for its next task keeps memory that the others could use.
            self._executors.pop(callbacks.queue).shutdown(wait=False)
        if not callbacks.wanted:
            return
        if done and (callbacks.must_end or not task.cancelled.is_set()):
            callbacks.on_done(result)
        else:
            callbacks.on_error(why)

    @Slot(object)
    def _on_progressed(self, task: Task) -> None:
        callbacks = self._open.get(task)
        if callbacks is None or callbacks.on_progress is None:
            return
        progress, callbacks.progress = callbacks.progress, None
        if progress is not None and not task.cancelled.is_set() and callbacks.wanted:
            callbacks.on_progress(*progress)
