"""The program in a process of its own, as a user starts it, with a script that drives its window."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_DRIVER = '''
import sys, traceback
from PySide6.QtCore import QTimer
from mnist_viz.app import App
from mnist_viz.cli import main
from mnist_viz.session.work import RESTING

{body}

def advance(app, script, waits):
    """One turn: go on with the script if what it waits for has come to be."""
    try:
        if waits[0]():
            waits[0] = next(script)
    except StopIteration:
        app.window.close()
    except BaseException:
        traceback.print_exc()
        app.window.close()

start = App.start
def started(app, *arguments):
    start(app, *arguments)
    app.driver = QTimer(app)
    script, waits = drive(app), [lambda: True]
    app.driver.timeout.connect(lambda: advance(app, script, waits))
    app.driver.start(20)
    app.window.closing.connect(app.driver.stop)
App.start = started
sys.exit(main({arguments!r}))
'''

RESTS = "lambda: app.session.state in RESTING"
"""For a script: until the first network is there."""


def environment(home: Path | str | None = None, **others: str | None) -> dict[str, str]:
    """That of a user whose home is `home`, without a screen; None takes a variable away."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MNIST_VIZ_", "XDG_", "QT_", "LC_", "LANG"))
        and name not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    changed = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(home) if home is not None else None, **others}
    return {
        **{n: v for n, v in kept.items() if n not in changed},
        **{n: v for n, v in changed.items() if v is not None},
    }


def start(
    arguments: Sequence[str], env: Mapping[str, str], cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `python -m mnist_viz` with the arguments."""
    return run(["-m", "mnist_viz", *arguments], env, cwd)


def drive(
    body: str, env: Mapping[str, str], arguments: Sequence[str] = (), *, before: str = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Start the window and drive it by the script `body`, which defines a generator `drive(app)`.

    What the generator yields is waited for; at its end the window is closed.

    Args:
        before: statements that are run first, before Qt is imported.
    """
    code = before + "\n" + _DRIVER.format(body=body, arguments=list(arguments))
    return run(["-c", code], env, cwd)


def run(words: Sequence[str], env: Mapping[str, str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run this Python with the words of a command line, on this program."""
    root = str(Path(__file__).resolve().parent.parent)
    command = [sys.executable, *words]
    return subprocess.run(
        command, env={**env, "PYTHONPATH": root}, cwd=cwd, capture_output=True, text=True, encoding="utf-8",
        timeout=240, check=False,
    )  # fmt: skip
