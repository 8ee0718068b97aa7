"""The process that reads the inputs of one format and tells what came of each, as JSON Lines on its standard output.

It may crash or hang: whoever started it sees which input it was at.
"""

import gc
import json
import logging
import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from mnist_viz.bench.fuzz.formats import FORMATS
from mnist_viz.bench.fuzz.inputs import PLACE, Files, Format, keep, make, put
from mnist_viz.bench.fuzz.traps import canary

SECONDS = 2.0
"""How long a reader may take, or be silent where it tells its progress."""
LONGEST_SENTENCE = 700


class Judge:
    """Reads inputs, and finds what is wrong with how the program takes them."""

    def __init__(self, kind: Format, folder: Path, printed: int) -> None:
        self._kind = kind
        self._folder = folder
        self._printed = printed
        self._longest = self._last = 0.0
        self._good = kind.good()
        for files in self._good:
            what = self._judged(files)
            if what["problem"] or not what["accepted"]:
                raise AssertionError(f"a good file is not read: {what}")
        gc.collect()
        self._descriptors = _descriptors()

    def judged(self, number: int) -> dict[str, Any]:
        files = make(self._kind, self._good, number)
        what = self._judged(files)
        if not what["problem"] and what["seconds"] > SECONDS:  # the machine may have been busy
            what = self._judged(files)
        if not what["problem"] and what["seconds"] > SECONDS:
            what["problem"] = f"it takes {what['seconds']:.1f} s"
        return what

    def _judged(self, files: Files) -> dict[str, Any]:
        folder = self._folder / PLACE
        shutil.rmtree(folder, ignore_errors=True)
        put(folder, files)
        problem = message = ""
        accepted = False
        before = _start_of_peak()
        _limit_memory(self._kind.megabytes)
        self._longest, self._last = 0.0, time.perf_counter()
        try:
            self._kind.read(folder, self._beat)
            accepted = True
        except self._kind.errors as error:
            message = str(error)
            problem = self._fault(error, files)
        except BaseException as error:
            problem = f"it raises {type(error).__name__}: {str(error)[:300]} ({_place(error)})"
        self._beat()
        _limit_memory(None)
        megabytes = max(_peak() - before, 0) / 1e6
        return {
            "accepted": accepted,
            "seconds": self._longest,
            "megabytes": megabytes,
            "problem": problem or self._left_behind(megabytes),
            "message": message[:LONGEST_SENTENCE],
        }

    def _beat(self) -> None:
        now = time.perf_counter()
        self._longest, self._last = max(self._longest, now - self._last), now

    def _fault(self, error: BaseException, files: Files) -> str:
        """What is wrong with a refusal; empty where nothing is."""
        message = str(error)
        names = {part for name in files for part in Path(name).parts}.union(self._kind.called or ())
        if "\n" in message or "\r" in message or len(message) > LONGEST_SENTENCE:
            return f"its refusal is no sentence: {message[:LONGEST_SENTENCE]!r}"
        try:
            message.encode(errors="surrogateescape")  # as names of files may be
        except UnicodeError:
            return f"its refusal cannot be printed: {message!r}"
        if self._kind.called is not None and not any(name in message or repr(name)[1:-1] in message for name in names):
            return f"its refusal names no file: {message!r}"
        cause: BaseException | None = error
        while cause is not None and not self._kind.memory_refused:
            if isinstance(cause, MemoryError):
                return f"it asks for more memory than {self._kind.megabytes} MB: {message!r} ({_place(cause)})"
            cause = cause.__cause__ or cause.__context__
        return ""

    def _left_behind(self, megabytes: float) -> str:
        if canary().exists():
            canary().unlink()
            return "it runs code from the file"
        if os.fstat(1).st_size != self._printed:
            self._printed = os.fstat(1).st_size
            return "something is printed"
        if megabytes > self._kind.megabytes:
            return f"it takes {megabytes:.0f} MB of memory, more than {self._kind.megabytes}"
        if hasattr(self, "_descriptors") and _descriptors() > self._descriptors:
            gc.collect()
            if _descriptors() > self._descriptors:
                self._descriptors = _descriptors()
                return "a file stays open"
        return ""


def _place(error: BaseException) -> str:
    """Where in the program an error was raised."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if "mnist_viz" in code.co_filename:
            place = f"{Path(code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _descriptors() -> int:
    try:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - nothing but how many
    except OSError:
        return 0


def _status(name: str) -> int:
    """A figure of /proc/self/status in bytes; 0 where there is no such file."""
    try:
        with Path("/proc/self/status").open() as lines:
            return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name)), 0)
    except OSError:
        return 0


def _start_of_peak() -> int:
    """Begin to look for the peak of memory anew; return how much is in use."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS:")


def _peak() -> int:
    return _status("VmHWM:")


def _limit_memory(megabytes: int | None) -> None:
    """From here on the process gets no more than so much in addition, whether it touches it or not; None: any."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    size = _status("VmSize:")
    limit = most if megabytes is None or not size else size + megabytes * 10**6
    resource.setrlimit(resource.RLIMIT_AS, (limit, most))


def main() -> None:
    name, first, last, folder, kept = (
        sys.argv[1],
        int(sys.argv[2]),
        int(sys.argv[3]),
        Path(sys.argv[4]),
        Path(sys.argv[5]),
    )
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    # Whatever is printed from here on can be counted.
    printed = os.open(folder / "printed", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    sys.stdout.flush()
    for stream in (1, 2):
        os.dup2(printed, stream)
    logging.getLogger().addHandler(logging.NullHandler())
    judge = Judge(FORMATS[name], folder, 0)
    answers.write(json.dumps({"bound": FORMATS[name].megabytes}) + "\n")
    for number in range(first, last):
        what = judge.judged(number)
        if what["problem"]:
            keep(folder / PLACE, kept / f"{name}-{number}")
        answers.write(json.dumps({"number": number, **what}) + "\n")


if __name__ == "__main__":
    main()
