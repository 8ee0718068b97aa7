"""The terminal that a command was started from: results, remarks, progress, requests to end, and its going away."""

import contextlib
import io
import json
import os
import signal
import sys
from collections.abc import Mapping
from typing import IO, Any


def prepare_streams() -> None:
    """Open the standard streams that the process was started without; write `?` for what an encoding lacks.

    A file that is opened later would get the number of a stream that is closed, and be printed into.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            with contextlib.suppress(OSError):
                descriptor = os.open(os.devnull, os.O_RDWR)
                if descriptor != number:
                    os.dup2(descriptor, number)
                    os.close(descriptor)
                setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8"))  # noqa: PTH123, SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def silence(stream: IO[str]) -> None:
    """Let what is written to a standard stream from now on go nowhere: nobody reads it any more."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def print_line(line: str, *, despite_loss: bool = False) -> None:
    """Print a result at once.

    Args:
        despite_loss: where nobody reads it any more, go on all the same: a file is being made.

    Raises:
        OSError: it cannot be printed.
    """
    try:
        print(line, flush=True)
    except OSError as error:
        if not despite_loss:
            raise
        silence(sys.stdout)
        say(f"mnist-viz: cannot write to standard output ({error.strerror or error}); the work goes on")


def print_json(value: Mapping[str, Any] | list[Any], *, despite_loss: bool = False) -> None:
    print_line(json.dumps(value), despite_loss=despite_loss)


def say(line: str) -> None:
    """A remark for the person at the terminal, who may have gone; standard output is for results."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        silence(sys.stderr)


def stop_signals() -> tuple[signal.Signals, ...]:
    """The signals that ask the program to end: Ctrl+C, a termination, and a terminal that closes (unless ignored)."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    return tuple(numbers)


class Status:
    """One line on a terminal that is written over again and again; on anything else, nothing."""

    def __init__(self) -> None:
        self._shown = 0

    def __enter__(self) -> "Status":
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def show(self, text: str, fraction: float | None = None) -> None:
        if not sys.stderr.isatty():
            return
        line = f"{text} {fraction:4.0%}" if fraction is not None else text
        self._write("\r" + line.ljust(self._shown))
        self._shown = len(line)

    def clear(self) -> None:
        if self._shown:
            self._write("\r" + " " * self._shown + "\r")
            self._shown = 0

    def _write(self, text: str) -> None:
        try:
            sys.stderr.write(text)
            sys.stderr.flush()
        except OSError:
            silence(sys.stderr)
