"""The command line as a person uses it: in this process where that is enough, else in one of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mnist_viz.cli import main
from mnist_viz.data.drawing.normalization import render

SMALL = ("--dataset", "synthetic", "--limit", "500")
"""Little data: 500 digits to train on, 100 to test on."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def json(self) -> list[Any]:
        """Standard output as JSON Lines; anything else in it is an error."""
        return [json.loads(line, parse_constant=_refuse) for line in self.lines]

    def failed_with(self, status: int) -> str:
        """Check that it failed with this status, one line and no traceback; return the line."""
        assert self.status == status
        (line,) = self.err.splitlines()
        assert line.startswith("mnist-viz")
        assert "Traceback" not in self.err
        return line


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command in this process."""

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as end:
            status = int(end.code or 0)
        out, err = capsys.readouterr()
        return Outcome(status, out, err)

    return run


def in_process_of_its_own(*arguments: object, stdin: str | None = None) -> Outcome:
    """Run a command as the shell does."""
    command = [sys.executable, "-m", "mnist_viz", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, input=stdin, timeout=240, check=False)
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def process() -> Cli:
    return in_process_of_its_own


@dataclass(frozen=True)
class Trained:
    """A model file that `mnist-viz train --json` wrote, and what it said."""

    path: Path
    outcome: Outcome


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Two epochs on little data, in a process of its own, once for all tests."""
    path = tmp_path_factory.mktemp("trained") / "model.npz"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_VIZ_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))
        outcome = in_process_of_its_own(
            "train", *SMALL, "--epochs", 2, "--seed", 3, "--hidden", "30", "--threads", 1, "--json", "--out", path
        )  # fmt: skip
    return Trained(path, outcome)


LINE = [[[50, 0], [50, 30], [50, 60], [50, 100]]]
CIRCLE = [[[50 + 30 * np.sin(a), 50 - 45 * np.cos(a)] for a in np.linspace(0, 2 * np.pi, 40)]]


@pytest.fixture
def drawing() -> dict[str, list[list[list[float]]]]:
    """Strokes as `predict --strokes` reads them: a one and a zero."""
    return {"1": LINE, "0": CIRCLE}


@pytest.fixture
def images(tmp_path: Path, drawing: dict[str, list[list[list[float]]]]) -> dict[str, Path]:
    """The drawings as picture files."""
    paths = {}
    for name, strokes in drawing.items():
        paths[name] = tmp_path / f"{name}.png"
        Image.fromarray(render([np.asarray(stroke) for stroke in strokes])).save(paths[name])
    return paths


@pytest.fixture
def no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with nothing in it, and no other."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.delenv("MNIST_VIZ_DATA_DIR", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    os.environ.pop("MNIST_VIZ_MIRROR", None)
    return folder
