import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from mnist_viz.session import background_tasks
from mnist_viz.session.background_tasks import BackgroundTasks, Task


class Heard:
    """What the callbacks were told, and on which thread."""

    def __init__(self) -> None:
        self.done: list[object] = []
        self.errors: list[str] = []
        self.progress: list[tuple[str, float | None]] = []
        self.threads: set[threading.Thread] = set()

    def on_done(self, result: object) -> None:
        self.done.append(result)
        self.threads.add(threading.current_thread())

    def on_error(self, why: str) -> None:
        self.errors.append(why)
        self.threads.add(threading.current_thread())

    def on_progress(self, text: str, fraction: float | None) -> None:
        self.progress.append((text, fraction))


@pytest.fixture
def tasks() -> Iterator[BackgroundTasks]:
    tasks = BackgroundTasks()
    yield tasks
    assert tasks.close(10.0)


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_the_result_is_told_on_the_thread_that_asked_and_the_other_ends_with_its_queue(
    qtbot: QtBot, tasks: BackgroundTasks, heard: Heard
) -> None:
    for _ in range(2):
        tasks.submit(lambda _: threading.current_thread(), heard.on_done, heard.on_error)
    qtbot.waitUntil(lambda: len(heard.done) == 2)
    first, second = heard.done
    assert first is second
    assert heard.threads == {threading.main_thread()}
    assert first is not threading.main_thread()
    assert not tasks.busy()
    qtbot.waitUntil(lambda: not first.is_alive())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("the file holds no digits"), "the file holds no digits"),
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device"),
        (KeyError("x"), "It could not be done (KeyError: 'x')"),
    ],
)
def test_an_error_is_told_in_a_sentence(
    qtbot: QtBot, tasks: BackgroundTasks, heard: Heard, error: Exception, said: str
) -> None:
    def fail(_: Task) -> None:
        raise error

    tasks.submit(fail, heard.on_done, heard.on_error)
    qtbot.waitUntil(lambda: bool(heard.errors))
    assert (heard.errors, heard.done) == ([said], [])


def test_tasks_of_a_queue_run_in_order_and_others_beside_them(
    qtbot: QtBot, tasks: BackgroundTasks, heard: Heard
) -> None:
    may_end = threading.Event()
    tasks.submit(lambda _: (may_end.wait(30), "first")[1], heard.on_done, heard.on_error, queue="files")
    tasks.submit(lambda _: "second", heard.on_done, heard.on_error, queue="files")
    tasks.submit(lambda _: "beside", heard.on_done, heard.on_error, queue="other")
    qtbot.waitUntil(lambda: heard.done == ["beside"])
    may_end.set()
    qtbot.waitUntil(lambda: heard.done == ["beside", "first", "second"])


def test_a_cancelled_task_says_nothing_but_that_it_ended(qtbot: QtBot, tasks: BackgroundTasks, heard: Heard) -> None:
    def work(task: Task) -> None:
        task.cancelled.wait(30)
        task.check()

    tasks.submit(work, heard.on_done, heard.on_error).cancel()
    tasks.submit(lambda task: task.cancelled.wait(30), heard.on_done, heard.on_error).cancel()  # it does not look
    qtbot.waitUntil(lambda: len(heard.errors) == 2)
    assert (heard.errors, heard.done) == (["", ""], [])


def test_of_a_forgotten_task_nothing_is_heard(qtbot: QtBot, tasks: BackgroundTasks, heard: Heard) -> None:
    began = threading.Event()

    def work(task: Task) -> str:
        began.set()
        task.cancelled.wait(30)
        return "late"

    task = tasks.submit(work, heard.on_done, heard.on_error)
    assert began.wait(30)
    tasks.forget(task)
    tasks.submit(lambda _: "next", heard.on_done, heard.on_error)
    qtbot.waitUntil(lambda: bool(heard.done))
    assert (heard.done, heard.errors) == (["next"], [])


def test_a_forgotten_task_that_hangs_does_not_keep_those_behind_it_waiting(
    qtbot: QtBot, tasks: BackgroundTasks, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background_tasks, "PATIENCE_MS", 1)
    began, may_end = threading.Event(), threading.Event()

    def hang(_: Task) -> None:
        began.set()
        may_end.wait(60)

    hanging = tasks.submit(hang, heard.on_done, heard.on_error)
    assert began.wait(30)
    for name in ("first", "second"):
        tasks.submit(lambda _, name=name: name, heard.on_done, heard.on_error)  # type: ignore[misc]
    tasks.forget(hanging)
    qtbot.waitUntil(lambda: heard.done == ["first", "second"])
    may_end.set()


def test_the_newest_progress_is_told(qtbot: QtBot, tasks: BackgroundTasks, heard: Heard) -> None:
    def work(task: Task) -> None:
        for k in range(1000):
            task.at("reading", k / 1000)

    tasks.submit(work, heard.on_done, heard.on_error, heard.on_progress)
    qtbot.waitUntil(lambda: bool(heard.done))
    assert heard.progress[-1] == ("reading", 0.999)
    assert [fraction for _, fraction in heard.progress] == sorted(fraction or 0.0 for _, fraction in heard.progress)


def test_closing_cancels_and_tells_nothing_more(qtbot: QtBot, heard: Heard) -> None:
    tasks = BackgroundTasks()
    tasks.submit(lambda task: task.cancelled.wait(30), heard.on_done, heard.on_error)
    assert tasks.close(10.0)
    tasks.submit(lambda _: "after", heard.on_done, heard.on_error)
    qtbot.wait(1)
    assert (heard.done, heard.errors) == ([], [])


def test_closing_says_what_did_not_end(heard: Heard) -> None:
    tasks, may_end = BackgroundTasks(), threading.Event()
    tasks.submit(lambda _: may_end.wait(30), heard.on_done, heard.on_error)
    assert not tasks.close(0.0)
    may_end.set()
    assert tasks.close(10.0)


def test_what_must_end_is_waited_for_when_all_is_closed(heard: Heard) -> None:
    tasks, begun, written = BackgroundTasks(), threading.Event(), []

    def write(task: Task) -> None:
        begun.set()
        assert not task.cancelled.wait(0.05)
        written.append("file")

    tasks.submit(write, heard.on_done, heard.on_error, must_end=True)
    assert begun.wait(30)
    assert tasks.close(10.0)
    assert written == ["file"]


def test_what_was_written_before_it_was_cancelled_is_done(qtbot: QtBot, tasks: BackgroundTasks, heard: Heard) -> None:
    def write(task: Task) -> str:
        task.cancel()
        return "file"

    tasks.submit(write, heard.on_done, heard.on_error, must_end=True)
    qtbot.waitUntil(lambda: bool(heard.done))
    assert (heard.errors, heard.done) == ([], ["file"])


def test_a_queue_is_finished_with_its_callbacks_and_what_does_not_end_is_cancelled(
    tasks: BackgroundTasks, heard: Heard
) -> None:
    tasks.submit(lambda _: "kept", heard.on_done, heard.on_error, queue="keeping")
    assert tasks.busy("keeping")
    assert not tasks.busy("files")
    assert tasks.finish("keeping", 10.0)
    assert heard.done == ["kept"]

    task = tasks.submit(lambda task: task.cancelled.wait(30), heard.on_done, heard.on_error, queue="files")
    other = tasks.submit(lambda task: task.cancelled.wait(30), heard.on_done, heard.on_error, queue="other")
    assert not tasks.finish("files", 0.0)
    assert task.cancelled.is_set()
    assert not other.cancelled.is_set()
