"""What must hold whatever was clicked: nothing raised, Qt content, and a window that says what the session is."""

import gc
import logging
import re
import sys
import threading
import traceback
import warnings
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from mnist_viz.app import App
from mnist_viz.session.work import BUSY, RESTING, State
from mnist_viz.views.panel import is_seen

_SLIPPED = re.compile(r"Traceback|object at 0x|<built-in|<class '|\bnan\b|\bNone\b|\{[a-z_.]*\}")
"""What stands in a widget's text by mistake alone."""

_PASSED_OVER = ("This plugin does not support", "Mouse event ", "Keyboard event not accepted")
"""What the offscreen platform says of every window, and Qt's test library of what nobody wanted."""


class Complaints(logging.Handler):
    """Hears what goes wrong anywhere in the process; to be made once the program has put in its own hooks."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._heard: list[str] = []
        self._lock_of_heard = threading.Lock()
        self._before = sys.excepthook, threading.excepthook
        logging.getLogger().addHandler(self)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        warnings.showwarning = self._on_warning
        gc.callbacks.append(self._on_collection)
        self._handler = self._on_qt_message  # Qt holds no reference
        qInstallMessageHandler(self._handler)

    def add(self, text: str) -> None:
        with self._lock_of_heard:
            self._heard.append(text)

    def take(self) -> list[str]:
        with self._lock_of_heard:
            taken, self._heard = self._heard, []
        return taken

    def emit(self, record: logging.LogRecord) -> None:
        """An error that the program logged."""
        self.add(f"logged by {record.name}: {self.format(record)}")

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self.add("uncaught: " + "".join(traceback.format_exception(kind, error, trace)))
        self._before[0](kind, error, trace)

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        lines = traceback.format_exception(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)
        self.add(f"uncaught in {arguments.thread}: {''.join(lines)}")
        self._before[1](arguments)

    def _on_warning(
        self, message: Warning | str, category: type[Warning], filename: str, lineno: int,
        file: TextIO | None = None, line: str | None = None,
    ) -> None:  # fmt: skip
        self.add(f"warning: {filename}:{lineno}: {category.__name__}: {message}")

    def _on_collection(self, phase: str, _: Mapping[str, int]) -> None:
        if phase == "start" and threading.current_thread() is not threading.main_thread():
            self.add(f"garbage was collected on the thread {threading.current_thread().name}")

    def _on_qt_message(self, kind: QtMsgType, _: QMessageLogContext, message: str) -> None:
        frames = traceback.extract_stack()[:-1]
        # All that the program paints is painted in Python; a tab bar of Qt's that is dragged while a tab goes is not.
        of_qt = message.startswith("QPainter") and "stress" in Path(frames[-1].filename).parts
        if not of_qt and not message.startswith(_PASSED_OVER):
            self.add(f"Qt, {kind.name}: {message}\n{''.join(traceback.format_list(frames[-6:]))}".rstrip())


class Checks:
    """Compares the window with the session behind it."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._actions = {a.objectName(): a for a in app.window.findChildren(QAction) if a.objectName()}

    def always(self) -> list[str]:
        """What is wrong between any two events."""
        return [*self._transport(), *self._timeline(), *self._tree()]

    def at_rest(self) -> list[str]:
        """What is wrong once nothing goes on any more."""
        app, session = self._app, self._app.session
        wrong = self.always()
        shown = [row.number for row in app.runs.tree.rows]
        runs = [run.number for run in session.runs]
        if is_seen(app.runs):  # a hidden one waits
            _expect(wrong, sorted(shown) == sorted(runs), f"the panel shows the runs {shown}, and there are {runs}")
        _expect(wrong, app.messages.kind != "progress", f"nothing goes on, and still it says {app.messages.text!r}")
        tail = session.timeline.tail
        if tail is not None:
            steps = session.history.steps
            _expect(wrong, steps >= tail.step, f"the curves end at {steps}, the timeline at {tail.step}")
        return [*wrong, *self._texts()]

    def _transport(self) -> list[str]:
        session, wrong = self._app.session, list[str]()
        state, trains, ready = session.state, session.state in BUSY, session.state is not State.PREPARING
        play = self._actions["play"]
        text = "Pause" if trains else "Play"
        _expect(wrong, play.text() == text and play.isEnabled(), f"{state}: the button says {play.text()!r}")
        forward = ready and (not session.at_live or not trains)
        back = ready and session.can_go_back
        expected = {
            "forward-batch": forward, "forward-epoch": forward,
            "back-batch": back, "back-epoch": back, "first": back,
            "live": ready and not session.at_live,
            "reset-same": ready, "reset-new": ready, "branch": ready, "pretrained": ready,
            "run-until": ready and not trains,
        }  # fmt: skip
        for name, enabled in expected.items():
            is_enabled = self._actions[name].isEnabled()
            _expect(wrong, is_enabled is enabled, f"{state}: {name} is {'en' if is_enabled else 'dis'}abled")
        return wrong

    def _timeline(self) -> list[str]:
        timeline, wrong = self._app.session.timeline, list[str]()
        steps = [frame.step for frame in timeline.frames]
        _expect(wrong, all(a < b for a, b in pairwise(steps)), f"the moments are not in order: {steps}")
        shown, tail = timeline.shown, timeline.tail
        _expect(wrong, (shown is None) == (tail is None), "a moment is shown of an empty run, or none of another")
        if shown is not None and tail is not None:
            _expect(wrong, shown.step <= tail.step, f"batch {shown.step} is shown, the newest is {tail.step}")
            _expect(wrong, bool(steps) and steps[-1] <= tail.step, f"batch {steps[-1:]} is recorded after {tail.step}")
        return wrong

    def _tree(self) -> list[str]:
        runs, wrong = self._app.session.runs, list[str]()
        numbers = {run.number for run in runs}
        if len(runs):
            _expect(wrong, runs.active is not None and runs.active.number in numbers, "the active run is not there")
        for run in runs:
            _expect(wrong, run.parent is None or run.parent in numbers, f"{run.name}: its parent is not there")
            _expect(wrong, run.parent is None or run.parent < run.number, f"{run.name} is older than its parent")
            _expect(wrong, len(run.timeline) > 0, f"{run.name} has no moments")
        return wrong

    def _texts(self) -> list[str]:
        """Texts that a user should not see."""
        wrong = []
        for widget in self._app.window.findChildren(QWidget):
            texts = [widget.toolTip(), widget.accessibleName()]
            if isinstance(widget, QLabel | QAbstractButton):  # what stands in a field may have been typed
                texts.append(widget.text())
            for text in texts:
                if found := _SLIPPED.search(text):
                    name = widget.objectName() or type(widget).__name__
                    wrong.append(f"{name} says {found.group()!r}: {text!r}")
        return wrong


def is_settled(app: App) -> bool:
    """Whether nothing goes on that will come to an end by itself."""
    return (
        app.session.state in RESTING
        and not app.data.busy
        and not app.session_files.busy
        and not app.film_export.is_filming
    )


def _expect(wrong: list[str], holds: bool, otherwise: str) -> None:
    if not holds:
        wrong.append(otherwise)
