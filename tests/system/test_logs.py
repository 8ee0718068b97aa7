"""The log takes crashes too, is bounded, and a disk that takes none of it harms nobody."""

import faulthandler
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_viz.system import logs
from tests import own_process
from tests.own_process import environment


@pytest.fixture
def handler() -> Iterator[logging.Handler]:
    started = logs.start()
    assert started is not None
    yield started
    logging.getLogger().removeHandler(started)
    started.close()
    faulthandler.enable(2)  # as it was, more or less


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return own_process.run(["-c", code], environment(folder, MNIST_VIZ_LOG_DIR=str(folder)))


@pytest.mark.skipif(sys.platform == "win32", reason="another kind of crash")
def test_a_crash_is_in_the_log_with_every_thread_also_when_the_file_was_replaced(tmp_path: Path) -> None:
    code = (
        "import faulthandler, logging, threading, time\nfrom mnist_viz.system import logs\n"
        "logs.MOST_BYTES = 1000\n"
        "def wait_in_a_thread(): time.sleep(30)\n"
        "logs.start()\n"
        "for n in range(50): logging.getLogger('x').error('line %d', n)\n"
        "threading.Thread(target=wait_in_a_thread, daemon=True).start()\n"
        "def crash_here(): faulthandler._sigsegv()\n"
        "crash_here()"
    )
    done = run(code, tmp_path)
    assert done.returncode < 0
    log = (tmp_path / logs.NAME).read_text(encoding="utf-8")
    assert "Fatal Python error: Segmentation fault" in log
    assert "in crash_here" in log
    assert "in wait_in_a_thread" in log
    assert (tmp_path / f"{logs.NAME}.1").exists()


def test_the_log_is_bounded(handler: logging.Handler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "maxBytes", 2_000)
    for _ in range(1_000):
        logging.getLogger("mnist_viz.x").error("one line of the log")
    files = sorted(logs.path().parent.iterdir())
    assert [file.name for file in files] == [logs.NAME, f"{logs.NAME}.1", f"{logs.NAME}.2"]
    assert sum(file.stat().st_size for file in files) <= 6_000


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of that kind")
def test_a_disk_that_fills_up_ends_nothing_and_says_nothing_on_the_terminal(tmp_path: Path) -> None:
    code = (
        "import logging, resource\nfrom mnist_viz.system import logs\nlogs.start()\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))\n"
        "for n in range(50): logging.getLogger('x').error('line %d', n)"
    )
    done = run(code, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / logs.NAME).stat().st_size <= 500


def test_without_a_folder_there_is_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MNIST_VIZ_LOG_DIR", str(tmp_path / "file" / "log"))
    assert logs.start() is None
    assert logs.tail() == []


def test_the_end_of_the_log_is_its_last_lines(handler: logging.Handler) -> None:
    for n in range(300):
        logging.getLogger("mnist_viz.x").info("größer %d", n)
    lines = logs.tail(20)
    assert len(lines) == 20
    assert lines[0].endswith("INFO mnist_viz.x größer 280")
    assert lines[-1].endswith("größer 299")


def test_the_same_error_is_said_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    uncaught, now = logs.Uncaught(lambda: None), [100.0]
    monkeypatch.setattr("mnist_viz.system.logs.time.monotonic", lambda: now[0])

    def happens() -> list[str]:
        try:
            raise ValueError("again")
        except ValueError as error:
            uncaught.note(error, "here")
        return uncaught.take()

    assert len(happens()) == 1
    assert happens() == []
    now[0] += logs.SECONDS_UNTIL_SAID_AGAIN
    assert happens() == ["Something went wrong here (ValueError: again). It goes on; if not, save and start it again."]


def test_different_errors_are_bounded() -> None:
    uncaught = logs.Uncaught(lambda: None)
    for n in range(3_000):
        uncaught.note(type(f"Error{n}", (Exception,), {})(), "here")
        uncaught.take()
    assert len(uncaught._counts) <= 1_000


def test_ctrl_c_in_the_terminal_closes_the_window_and_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    closed: list[bool] = []
    uncaught = logs.Uncaught(lambda: closed.append(True))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "excepthook", sys.excepthook)
        patched.setattr("threading.excepthook", None)
        patched.setattr(sys, "unraisablehook", sys.unraisablehook)
        uncaught.install()
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert (closed, uncaught.take(), caplog.records) == ([True], [], [])


def test_what_happens_again_and_again_is_told_more_and_more_rarely() -> None:
    counts = (1, 2, 10, 20, 100, 110, 1000)
    assert [count for count in counts if logs.is_told(count)] == [1, 10, 100, 1000]
