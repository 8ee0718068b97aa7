"""What all tests share: an offscreen Qt, folders of their own, and MNIST where it is to be had."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the settings and caches of whoever runs it."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("MNIST_VIZ_CONFIG_DIR", str(folder / "config"))
    # One cache a test run: what is prepared once serves all tests.
    monkeypatch.setenv("MNIST_VIZ_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def mnist_dir() -> Path:
    """The data folder with MNIST in it."""
    folder = os.environ.get("MNIST_VIZ_DATA_DIR")
    if not folder or not (Path(folder) / "MNIST" / "raw").is_dir():
        pytest.skip("MNIST is not here: set MNIST_VIZ_DATA_DIR to a folder that holds MNIST/raw")
    return Path(folder)
