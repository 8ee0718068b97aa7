"""The command line as a whole: its commands, and how it ends when something is wrong."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from mnist_viz import __version__
from mnist_viz.cli import COMMANDS, main
from mnist_viz.commands import presets
from mnist_viz.engine.progress import Diverged


def status_of(arguments: list[str]) -> int:
    try:
        return main(arguments)
    except SystemExit as end:
        return int(end.code or 0)


def raising(error: BaseException) -> Callable[[object], int]:
    def run(_: object) -> int:
        raise error

    return run


def test_python_m_runs_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mnist_viz", "--version"], capture_output=True, text=True, timeout=240, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"mnist-viz {__version__}\n", "")


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["--help"]) == 0
    text = capsys.readouterr().out
    for command, purpose in COMMANDS.items():
        assert command in text
        assert purpose in text


def test_every_command_has_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        assert status_of([command, "--help"]) == 0
        assert f"usage: mnist-viz {command}" in capsys.readouterr().out


def test_wrong_usage_is_status_2_and_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["trian"], ["--no-such-option"], ["presets", "--no-such-option"]):
        assert status_of(arguments) == 2
        out, err = capsys.readouterr()
        (line,) = err.splitlines()
        assert line.startswith("mnist-viz")
        assert arguments[-1] in line
        assert out == ""


def test_what_goes_wrong_is_one_line_and_a_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failures: list[tuple[BaseException, int, str]] = [
        (ValueError("the data are of another kind"), 1, "the data are of another kind\n"),
        (OSError("cannot write x: no space"), 1, "cannot write x: no space\n"),
        (FileNotFoundError(2, "No such file or directory", "x"), 1, "x: No such file or directory\n"),
        (Diverged(6, 0.5), 1, "Training diverged at step 7"),
        (MemoryError(), 1, "there is not enough memory"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (RuntimeError("an oversight"), 1, "a mistake in the program (RuntimeError: an oversight)\n"),
        (ImportError("libEGL.so.1"), 1, "a part of the installation is missing or broken (libEGL.so.1)\n"),
    ]
    for error, status, line in failures:
        monkeypatch.setattr(presets, "run", raising(error))
        assert main(["presets"]) == status
        out, err = capsys.readouterr()
        assert err.startswith(f"mnist-viz: {line}")
        assert err.count("\n") == 1
        assert out == ""


def test_a_folder_may_have_the_name_of_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data-dir", "train", "presets"]) == 0
    assert "relu-128-64" in capsys.readouterr().out


def test_a_reader_that_has_gone_is_no_failure() -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "mnist_viz", "presets"],
            stdout=write, stderr=subprocess.PIPE, text=True, timeout=240, check=False,
        )  # fmt: skip
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, "")
