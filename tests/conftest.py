"""What all tests share: an offscreen Qt, folders of their own, and MNIST where it is to be had."""

import gc
import os
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

import hypothesis
import pytest
from hypothesis import HealthCheck
from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# More threads of a product would wait for each other in busy loops, on the cores of the other tests; as in `App.start`.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

TESTS_BETWEEN_FULL_COLLECTIONS = 50

_tests, _homes = count(1), count(1)

PATIENCE_MS = 60_000

# No test depends on how busy the machine is. `make stress` has many more examples made.
ANY_MACHINE = hypothesis.settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
hypothesis.settings.register_profile("quick", ANY_MACHINE, max_examples=25)
hypothesis.settings.register_profile("stress", ANY_MACHINE, max_examples=1_000)
hypothesis.settings.load_profile("quick")


@pytest.fixture
def qtbot(qtbot: QtBot) -> QtBot:
    """Waits as long as it takes for what must happen: pytest-qt gives up after 5 s, which a busy machine may need.

    The mouse is in the corner with no button down, wherever and however the test before had left it: a window that
    opens under it never hears, offscreen, that the mouse has left a widget, and QTest does not move a mouse that drags.
    """
    if QApplication.mouseButtons():
        somewhere = QWidget()
        somewhere.show()
        QTest.mouseRelease(somewhere, Qt.MouseButton.LeftButton)
        somewhere.close()
    QCursor.setPos(0, 0)
    for name in ("waitUntil", "waitSignal", "waitSignals", "waitCallback"):
        setattr(qtbot, name, partial(getattr(qtbot, name), timeout=PATIENCE_MS))
    return qtbot


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The tests in tests/stress take hours: only who names them runs them, as `make stress` does."""
    named = any("stress" in argument for argument in config.args)
    return True if collection_path.name == "stress" and not named else None


def pytest_collection_finish() -> None:
    """Take what is imported by now out of every later collection of garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def collection_on_this_thread() -> Iterator[None]:
    """The garbage of one test's window must not be collected on the training thread of the next.

    Qt objects that are destroyed there may crash, or wait for ever for a lock that this thread holds. The program
    does the same, see `App.start`.
    """
    gc.disable()
    yield
    gc.collect(2 if next(_tests) % TESTS_BETWEEN_FULL_COLLECTIONS == 0 else 1)


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the settings, drawings and caches of whoever runs it."""
    folder = tmp_path_factory.mktemp(f"home-{next(_homes)}", numbered=False)  # pytest would look for a free number
    for name in ("config", "state", "log"):
        monkeypatch.setenv(f"MNIST_VIZ_{name.upper()}_DIR", str(folder / name))
    monkeypatch.setenv("MNIST_VIZ_DRAWINGS", str(folder / "drawings.jsonl"))
    # One cache a test run: what is prepared once serves all tests.
    monkeypatch.setenv("MNIST_VIZ_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def mnist_dir() -> Path:
    """The data folder with MNIST in it."""
    folder = os.environ.get("MNIST_VIZ_DATA_DIR")
    if not folder or not (Path(folder) / "MNIST" / "raw").is_dir():
        pytest.skip("MNIST is not here: set MNIST_VIZ_DATA_DIR to a folder that holds MNIST/raw")
    return Path(folder)
