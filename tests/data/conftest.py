"""A tiny MNIST on disk, a stand-in for torchvision, and a server on this machine that behaves as it is told."""

import gzip
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.data.dataset import Split
from mnist_viz.data.datasets import ROWS, Row
from mnist_viz.data.published.prepare import Job
from mnist_viz.data.published.raw import MNIST_FILES
from tests.data.own_files import idx

TINY = Split(train=50, validation=10, test=20)

# As torchvision's class behaves: the same attributes, folders and errors.
FAKE_DATASETS = """
import gzip, json
from pathlib import Path
from urllib.error import URLError
from torchvision.datasets import utils

print("a library that prints")

class MNIST:
    mirrors = ["http://127.0.0.1:9/"]
    resources = json.loads(Path(__file__).with_name("published.json").read_text())

    def __init__(self, root, train=True, download=False):
        raw = Path(root) / "MNIST" / "raw"
        raw.mkdir(parents=True, exist_ok=True)
        for name, md5 in self.resources:
            if not (raw / name[:-3]).is_file():
                self.fetch(raw, name, md5)

    def fetch(self, raw, name, md5):
        for mirror in self.mirrors:
            try:
                utils.download_url(mirror + name, str(raw), name, md5)
            except (RuntimeError, URLError):
                continue
            (raw / name[:-3]).write_bytes(gzip.decompress((raw / name).read_bytes()))
            return
        raise RuntimeError(f"Error downloading {name}:\\nTried {self.mirrors}")
"""

# As torchvision's `download_url` behaves, whose download is in small pieces here.
FAKE_UTILS = """
import hashlib, urllib.request
from pathlib import Path

def download_url(url, root, filename, md5):
    path = Path(root) / filename
    def whole():
        return path.is_file() and hashlib.md5(path.read_bytes()).hexdigest() == md5
    if whole():
        return
    with urllib.request.urlopen(url) as answer, open(path, "wb") as file:
        while chunk := answer.read(1024):
            file.write(chunk)
            file.flush()
    if not whole():
        raise RuntimeError("File not found or corrupted.")
"""


def tiny_arrays() -> dict[str, NDArray[np.uint8]]:
    rng = np.random.default_rng(0)
    arrays = {}
    for part, count in (("train", TINY.published_train), ("test", TINY.test)):
        arrays[f"{part}_images"] = rng.integers(1, 256, (count, 28, 28), dtype=np.uint8)
        arrays[f"{part}_labels"] = (np.arange(count) % 10).astype(np.uint8)
    return arrays


@dataclass
class TinyMnist:
    """The arrays of a tiny MNIST, and its files in a data folder."""

    data_dir: Path
    arrays: dict[str, NDArray[np.uint8]] = field(default_factory=tiny_arrays)

    @property
    def raw(self) -> Path:
        return self.data_dir / "MNIST" / "raw"

    def path(self, name: str) -> Path:
        return self.raw / MNIST_FILES[name]

    def plain(self) -> dict[str, bytes]:
        return {name: idx(array) for name, array in self.arrays.items()}

    def archives(self) -> dict[str, bytes]:
        return {f"{MNIST_FILES[name]}.gz": gzip.compress(data, mtime=0) for name, data in self.plain().items()}

    def write(self, compressed: bool = False) -> None:
        self.raw.mkdir(parents=True, exist_ok=True)
        if compressed:
            for name, data in self.archives().items():
                (self.raw / name).write_bytes(data)
            return
        for name, data in self.plain().items():
            self.path(name).write_bytes(data)

    def tree(self) -> dict[str, int]:
        """Every file and folder of the data folder with its time of change."""
        return {str(path): path.stat().st_mtime_ns for path in [self.data_dir, *self.data_dir.rglob("*")]}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of prepared sets, in a cache of the test's own."""
    monkeypatch.setenv("MNIST_VIZ_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "datasets"


@pytest.fixture
def tiny(tmp_path: Path) -> TinyMnist:
    """A tiny MNIST whose files lie in its data folder."""
    mnist = TinyMnist(tmp_path / "data")
    mnist.write()
    return mnist


@pytest.fixture
def tiny_row(monkeypatch: pytest.MonkeyPatch, cache: Path) -> Row:
    """The program knows "mnist" as the tiny one."""
    row = replace(ROWS["mnist"], split=TINY)
    monkeypatch.setitem(ROWS, "mnist", row)
    return row


@pytest.fixture
def tiny_job(cache: Path, tiny: TinyMnist, tiny_row: Row) -> Job:
    assert tiny_row.raw is not None
    return Job("MNIST", tiny_row.raw, tiny_row.shapes(TINY), 10, tiny.data_dir, cache / "mnist-tiny")


@pytest.fixture
def fake_torchvision(tmp_path: Path, tiny: TinyMnist, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a stand-in for torchvision before the real one, for child processes; call it with what it does at import.

    Without an argument it fails like PyPI's CUDA build beside a CPU build of torch: in `_meta_registrations`.
    """
    package = tmp_path / "path" / "torchvision"
    (package / "datasets").mkdir(parents=True)
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    nms = "raise RuntimeError('operator torchvision::nms does not exist')"
    (package / "_meta_registrations.py").write_text(nms)
    (package / "datasets" / "__init__.py").write_text(FAKE_DATASETS)
    (package / "datasets" / "utils.py").write_text(FAKE_UTILS)
    resources = [(name, hashlib.md5(data).hexdigest()) for name, data in tiny.archives().items()]
    (package / "datasets" / "published.json").write_text(json.dumps(resources))

    def at_import(statement: str) -> None:
        (package / "__init__.py").write_text(
            f"{statement}\n__version__ = 'fake'\nfrom torchvision import _meta_registrations, datasets\n"
        )

    at_import("")
    return at_import


def promise(handler: BaseHTTPRequestHandler, data: bytes) -> None:
    """Answer that all of `data` follows."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()


@dataclass
class Server:
    """A web server on this machine. `files` says what a path sends: bytes, or a function of the handler."""

    url: str
    host: str
    files: dict[str, bytes | Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)
    hits: list[str] = field(default_factory=list)

    def fall_silent_after(self, count: int, data: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
        """Send the first `count` bytes of `data`, then nothing more."""

        def send(handler: BaseHTTPRequestHandler) -> None:
            promise(handler, data)
            handler.wfile.write(data[:count])
            self.closing.wait()

        return send

    def send_status(self, status: int) -> Callable[[BaseHTTPRequestHandler], None]:
        """Refuse, with a page that says why, as servers do."""
        return lambda handler: handler.send_error(status)

    def lead_to(self, name: str) -> Callable[[BaseHTTPRequestHandler], None]:
        """Send whoever asks to another page, as networks with a sign-in do."""

        def send(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(302)
            handler.send_header("Location", f"{self.url}/{name}")
            handler.end_headers()

        return send

    def break_off_after(self, count: int, data: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
        """Promise all of `data`, send its first `count` bytes, and hang up."""

        def send(handler: BaseHTTPRequestHandler) -> None:
            promise(handler, data)
            handler.wfile.write(data[:count])
            handler.close_connection = True

        return send

    def trickle(self, data: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
        """Send a byte now and then, so that no socket times out."""

        def send(handler: BaseHTTPRequestHandler) -> None:
            promise(handler, data)
            for byte in data:
                if self.closing.wait(0.05):
                    break
                handler.wfile.write(bytes([byte]))

        return send

    def hold(self, data: bytes, until: threading.Event) -> Callable[[BaseHTTPRequestHandler], None]:
        """Send `data` once `until` is set."""

        def send(handler: BaseHTTPRequestHandler) -> None:
            until.wait(30)
            promise(handler, data)
            handler.wfile.write(data)

        return send

    def say_nothing(self, handler: BaseHTTPRequestHandler) -> None:
        self.closing.wait()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.hits.append(self.path)
            answer = served.files.get(self.path.rsplit("/", 1)[-1])
            try:
                if answer is None:
                    self.send_error(404)
                elif callable(answer):
                    answer(self)
                else:
                    promise(self, answer)
                    self.wfile.write(answer)
            except ConnectionError:  # the child was killed or has given up
                pass

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        host = f"127.0.0.1:{http.server_address[1]}"
        served = Server(f"http://{host}/files", host)
        thread = threading.Thread(target=http.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield served
        finally:
            served.closing.set()
            http.shutdown()
            thread.join()


@pytest.fixture
def cancel() -> threading.Event:
    return threading.Event()
