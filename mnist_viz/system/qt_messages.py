"""What Qt has to say goes to the log; that it cannot open a window is one line and an end, not a crash."""

import atexit
import logging
import os
import sys
from typing import NoReturn

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from mnist_viz.system.logs import is_told
from mnist_viz.system.requirements import missing_packages

log = logging.getLogger(__name__)

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_OFFSCREEN = "This plugin does not support"
"""What the offscreen platform says of every window begins like this."""
_MOST = 1000
_counts: dict[str, int] = {}


def install() -> None:
    """Take what Qt says from now on; before the QApplication is made."""
    qInstallMessageHandler(_take)
    atexit.register(qInstallMessageHandler, None)  # what Qt still says when Python has gone, it says itself


def _take(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    if message.startswith(_OFFSCREEN):
        return
    if kind is QtMsgType.QtFatalMsg:
        _leave(message)
    if len(_counts) >= _MOST and message not in _counts:
        _counts.clear()
    count = _counts[message] = _counts.get(message, 0) + 1
    if is_told(count):
        often = f" (for the {count}th time)" if count > 1 else ""
        log.log(_LEVELS.get(kind, logging.WARNING), "Qt: %s%s", message, often)


def _leave(message: str) -> NoReturn:
    """Say why there can be no window, and end at once: after this Qt would abort the process."""
    log.critical("Qt: %s", message, stack_info=True)
    print(f"mnist-viz: {why_no_window(message, list(_counts))}", file=sys.stderr, flush=True)
    logging.shutdown()
    os._exit(1)


def why_no_window(message: str, before: list[str]) -> str:
    """A sentence for what Qt says before it gives up, and for what it said before that."""
    if "no Qt platform plugin could be initialized" not in message:
        return f"Qt gave up: {message.strip()}"
    said = "\n".join(before)
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if platform and "Could not find the Qt platform plugin" in said:
        there = message.partition("Available platform plugins are: ")[2].strip().rstrip(".")
        return f"Qt has no platform {platform!r}: unset QT_QPA_PLATFORM, or set it to one of {there}"
    if packages := missing_packages():
        return f"Qt lacks libraries of the system: sudo apt-get install {' '.join(packages)}"
    named = [f"{name}={value}" for name in ("DISPLAY", "WAYLAND_DISPLAY") if (value := os.environ.get(name))]
    if "could not connect to display" in said or "wl_display" in said:
        led = f"{' and '.join(named)} leads nowhere" if named else "neither DISPLAY nor WAYLAND_DISPLAY is set"
        return f"there is no display to open a window on: {led}; `mnist-viz tour --out DIR` drives one without"
    return f"Qt cannot open a window: {' '.join(said.split()) or message.strip()}"
