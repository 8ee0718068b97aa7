"""What all tests share: an offscreen Qt, folders of their own, and MNIST where it is to be had."""

import gc
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import hypothesis
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

TESTS_BETWEEN_FULL_COLLECTIONS = 50

_tests = count(1)

# No test depends on how busy the machine is.
hypothesis.settings.register_profile("without a deadline", deadline=None)
hypothesis.settings.load_profile("without a deadline")


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
    folder = tmp_path_factory.mktemp("home")
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
