"""What Qt says is in the log with its weight; what makes it give up is a line and an end."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMessageLogger, qCritical, qInstallMessageHandler, qWarning

from mnist_viz.system import logs, qt_messages
from tests import own_process
from tests.own_process import environment


@pytest.fixture
def installed() -> Iterator[None]:
    before = qInstallMessageHandler(None)
    qt_messages.install()
    yield
    qInstallMessageHandler(before)


@pytest.mark.usefixtures("installed")
def test_a_warning_is_logged_with_its_level_and_again_and_again_it_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    qWarning("a timer in a thread of its own")
    qCritical("a device is gone")
    qWarning("This plugin does not support propagateSizeHints()")
    QMessageLogger().info("a thing worth knowing")
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("WARNING", "Qt: a timer in a thread of its own"),
        ("ERROR", "Qt: a device is gone"),
        ("INFO", "Qt: a thing worth knowing"),
    ]
    caplog.clear()
    for _ in range(50):
        qWarning("painted in vain")
    assert [r.getMessage() for r in caplog.records] == [
        "Qt: painted in vain",
        "Qt: painted in vain (for the 10th time)",
    ]


def test_what_makes_qt_give_up_later_is_a_line_and_in_the_log_with_where_it_was(tmp_path: Path) -> None:
    code = (
        "from PySide6.QtCore import qFatal\n"
        "from mnist_viz.system import logs, qt_messages\n"
        "logs.start()\nqt_messages.install()\n"
        "def give_up_here(): qFatal('')\n"
        "give_up_here()"
    )
    done = own_process.run(["-c", code], environment(tmp_path, MNIST_VIZ_LOG_DIR=str(tmp_path)))
    # Qt for Python does not pass on what was given to it, but that there was such a call.
    assert (done.returncode, done.stderr) == (1, "mnist-viz: Qt gave up: [A qFatal() call was made from Python code]\n")
    log = (tmp_path / logs.NAME).read_text(encoding="utf-8")
    assert "CRITICAL mnist_viz.system.qt_messages Qt: [A qFatal()" in log
    assert "in give_up_here" in log
