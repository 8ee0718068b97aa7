"""The parent's side of preparing a data set: starts the child process, hears its progress, stops it.

The child (`child`) gets its `Job` as JSON, its one argument, and answers in JSON Lines on standard output:
{"stage", "fraction"} any number of times, then {"done": true} or {"error": sentence}, which has "unwritable" too where
no more than the prepared copy could not be written.
Standard input stays open: when it closes, the parent has gone, and the child cleans up and ends.
"""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from mnist_viz.data import store
from mnist_viz.data.errors import DataError, UnwritableError
from mnist_viz.data.progress import UNWATCHED, Watch
from mnist_viz.data.published.raw import RawFiles
from mnist_viz.system.processes import ended

CHILD = "mnist_viz.data.published.child"


@dataclass(frozen=True)
class Job:
    """What the child is to prepare.

    Args:
        raw, shapes, classes: what the files are, and what they must hold.
        data_dir: the data folder, absolute. Nothing is written into it without `download`.
        prepared: the folder to write the prepared set to.
        download: fetch the files when they are missing or damaged.
        verify: only read everything again, and compare the prepared copy with it.
        timeout: seconds without a byte after which a download is given up.
        token: part of the name of every temporary folder that the child makes.
    """

    title: str
    raw: RawFiles
    shapes: Mapping[str, tuple[int, ...]]
    classes: int
    data_dir: Path
    prepared: Path
    download: bool = False
    verify: bool = False
    timeout: float = 20.0
    token: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    @property
    def download_dir(self) -> Path:
        """Where the child downloads to: beside the files' place, so that moving them there is a rename."""
        return self.data_dir / f".{self.prepared.name}-download-{self.token}"

    @property
    def lock(self) -> Path:
        """The file that programs lock which fetch the same files into the same folder."""
        where = hashlib.sha256(os.fsencode(self.data_dir.resolve())).hexdigest()[:12]
        return self.prepared.parent.with_name("locks") / f"{self.raw.torchvision_class}-{where}"

    def clean(self) -> None:
        """Remove every temporary folder of this job."""
        for folder in (self.download_dir, store.scratch(self.prepared, self.token)):
            shutil.rmtree(folder, ignore_errors=True)

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=os.fspath)

    @classmethod
    def from_json(cls, text: str) -> "Job":
        values = json.loads(text)
        values["raw"] = RawFiles(**values["raw"])
        values["shapes"] = {name: tuple(shape) for name, shape in values["shapes"].items()}
        return cls(**{**values, "data_dir": Path(values["data_dir"]), "prepared": Path(values["prepared"])})


def prepare(job: Job, watch: Watch = UNWATCHED) -> None:
    """Have the child write the prepared set of `job`, or verify it; returns when that is done.

    Raises:
        CancelledError: the watch says so; the child is killed, and what it had made so far is removed.
        UnwritableError: the prepared copy cannot be written.
        DataError: what the child reports, or that it died.
    """
    watch.check()
    command, environment = _command(job)
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
                encoding="utf-8",
                env=environment,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise DataError(f"no process could be started to read {job.title} ({error.strerror})") from error
        assert process.stdout is not None
        # Killing is the one way that is prompt on every system, whatever the child is in the middle of; what it may
        # leave is known by name here.
        try:
            with process, ended(process, watch.cancelled):
                if not _listen(process.stdout, watch):
                    watch.check()
                    raise DataError(
                        f"{job.title} could not be prepared, since the process that reads it ended with "
                        f"{_last_words(process.wait(), complaints)}: try again, and if that does not help, install "
                        "torch and torchvision anew"
                    )
        finally:
            job.clean()


def _command(job: Job) -> tuple[list[str], dict[str, str]]:
    # -P: a file called torch.py in the user's folder is not imported. A program that is run from its source
    # tree is then found through PYTHONPATH.
    root = str(Path(__file__).resolve().parents[3])
    environment = {**os.environ, "PYTHONUTF8": "1", "TQDM_DISABLE": "1"}
    if "site-packages" not in root and "dist-packages" not in root:
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), root]))
    return [sys.executable, "-P", "-m", CHILD, job.to_json()], environment


def _listen(lines: Iterable[str], watch: Watch) -> bool:
    """Pass on the child's reports until it is done; False when they end without an answer."""
    for line in lines:
        watch.check()
        try:
            report: dict[str, Any] = json.loads(line)
        except ValueError:
            return False
        if "error" in report:
            raise (UnwritableError if report.get("unwritable") else DataError)(report["error"])
        if "done" in report:
            return True
        watch.at(report["stage"], report["fraction"])
    return False


def _last_words(status: int, complaints: IO[bytes]) -> str:
    how = f"status {status}"
    if status < 0:
        with suppress(ValueError):
            how = signal.Signals(-status).name
    complaints.seek(0)
    words = complaints.read().decode(errors="replace").strip().splitlines()
    return f"{how}: {words[-1].strip()}" if words else how
