"""Reads the inputs of one format, in a process of its own: `... files_reader FORMAT TIMES SEED FOLDER`.

The input that is being read lies in FOLDER/input: whoever started the process finds it there when it crashes or hangs.
On standard output it tells the figures in a line of JSON.
"""

import faulthandler
import gc
import json
import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.stress.formats import FORMATS, Files, Format, canary, put
from tests.stress.spoiling import spoiled_files

HANG_SECONDS = 30
LONGEST_SENTENCE = 700


class Wrong(AssertionError):
    """The program does not read or refuse a file as it should."""


class Judge:
    """Reads inputs, and finds what is wrong with how the program takes them.

    Args:
        printed: the descriptor of the file that standard output goes to, where nothing may be printed.
    """

    def __init__(self, kind: Format, folder: Path, printed: int | None = None) -> None:
        self._kind, self._folder, self._printed = kind, folder, printed
        self._longest = self._last = 0.0
        self.figures: dict[str, Any] = {"read": 0, "refused": 0, "slowest_s": 0.0, "peak_mb": 0.0}
        self.good = kind.good()
        for files in self.good:
            if not self.reads(files):
                raise Wrong("a good file is refused")
        gc.collect()
        self._descriptors = _descriptors()

    def reads(self, files: Files) -> bool:
        """Whether the files are read; raises Wrong where they are neither read nor refused in a sentence."""
        folder, kind = self._folder / "input", self._kind
        shutil.rmtree(folder, ignore_errors=True)
        put(folder, files)
        refusal: Exception | None = None
        before = _start_of_peak()
        _limit_memory(kind.megabytes)
        self._longest, self._last = 0.0, time.perf_counter()
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
        try:
            kind.read(folder, self._beat)
        except kind.errors as error:
            refusal = error
        except BaseException as error:
            _limit_memory(None)
            raise Wrong(f"it raises {type(error).__name__}: {str(error)[:300]} ({_place(error)})") from error
        finally:
            faulthandler.cancel_dump_traceback_later()
            _limit_memory(None)
        self._beat()
        megabytes = max(_status("VmHWM:") - before, 0) / 1e6
        figures = self.figures
        figures["read" if refusal is None else "refused"] += 1
        figures["slowest_s"] = max(figures["slowest_s"], self._longest)
        figures["peak_mb"] = max(figures["peak_mb"], megabytes)
        if refusal is not None and (fault := self._fault(refusal, files)):
            raise Wrong(fault) from refusal
        if left := self._left_behind(megabytes):
            raise Wrong(left)
        return refusal is None

    def _beat(self) -> None:
        now = time.perf_counter()
        self._longest, self._last = max(self._longest, now - self._last), now

    def _fault(self, error: BaseException, files: Files) -> str:
        """What is wrong with a refusal; empty where nothing is."""
        message, kind = str(error), self._kind
        names = {part for name in files for part in Path(name).parts}.union(kind.called or ())
        if "\n" in message or "\r" in message or len(message) > LONGEST_SENTENCE:
            return f"its refusal is no sentence: {message[:LONGEST_SENTENCE]!r}"
        try:
            message.encode(errors="surrogateescape")  # as names of files may be
        except UnicodeError:
            return f"its refusal cannot be printed: {message!r}"
        if kind.called is not None and not any(name in message or repr(name)[1:-1] in message for name in names):
            return f"its refusal names no file: {message!r}"
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, MemoryError):
                return f"it asks for more memory than {kind.megabytes} MB: {message!r} ({_place(cause)})"
            cause = cause.__cause__ or cause.__context__
        return ""

    def _left_behind(self, megabytes: float) -> str:
        if canary().exists():
            canary().unlink()
            return "it runs code from the file"
        if self._printed is not None and os.fstat(self._printed).st_size:
            os.ftruncate(self._printed, 0)
            return "something is printed"
        if megabytes > self._kind.megabytes:
            return f"it takes {megabytes:.0f} MB of memory, more than {self._kind.megabytes}"
        if hasattr(self, "_descriptors") and _descriptors() > self._descriptors:
            gc.collect()
            if _descriptors() > self._descriptors:
                self._descriptors = _descriptors()
                return "a file stays open"
        return ""


def cut(files: Files, at: int) -> Files:
    """The files, of which one ends at the byte `at` of all of them together; round and round."""
    at %= sum(map(len, files.values()))
    for name, contents in sorted(files.items()):
        if at < len(contents):
            return {**files, name: contents[:at]}
        at -= len(contents)
    raise AssertionError


def _place(error: BaseException) -> str:
    """Where in the program an error was raised."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        if "mnist_viz" in trace.tb_frame.f_code.co_filename:
            place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _descriptors() -> int:
    with suppress(OSError):
        return len(list(Path("/proc/self/fd").iterdir()))
    return 0


def _status(name: str) -> int:
    """A figure of /proc/self/status in bytes; 0 where there is no such file."""
    with suppress(OSError), Path("/proc/self/status").open() as lines:
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name)), 0)
    return 0


def _start_of_peak() -> int:
    """Begin to look for the peak of memory anew; return how much is in use."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS:")


def _limit_memory(megabytes: int | None) -> None:
    """From here on the process gets no more than so much in addition, whether it touches it or not; None: any."""
    import resource

    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    size = _status("VmSize:")
    limit = most if megabytes is None or not size else size + megabytes * 10**6
    resource.setrlimit(resource.RLIMIT_AS, (limit, most))


def main() -> None:
    name, times, chosen, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(os.open(folder / "printed", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND), 1)
    kind, problem = FORMATS[name], ""
    judge = Judge(kind, folder, printed=1)

    @seed(chosen)
    @settings(
        max_examples=times - times // 4, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink), report_multiple_bugs=False,
    )  # fmt: skip
    @given(spoiled_files(kind, judge.good))
    def read(files: Files) -> None:
        judge.reads(files)

    try:
        for number in range(times // 4):
            judge.reads(cut(judge.good[number % len(judge.good)], number // len(judge.good)))
        read()
    except Wrong as error:
        problem = str(error)
    answers.write(json.dumps({**judge.figures, "bound_mb": kind.megabytes, "problem": problem}) + "\n")


if __name__ == "__main__":
    main()
