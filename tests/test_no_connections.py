"""The program talks to nobody, unless the user asks it to fetch a data set."""

import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests import own_process
from tests.own_process import RESTS, environment

# Before anything else is imported: what Python is about to do is noted, and in the end what the system knows.
WATCH = '''
import sys
seen = []
ABROAD = (
    "socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname",
    "socket.gethostbyaddr", "socket.getnameinfo", "http.client.connect", "urllib.Request", "ftplib.connect",
    "smtplib.connect", "webbrowser.open", "subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "os.startfile",
)
def note(event, arguments):
    if event in ABROAD:
        seen.append([event, str(arguments[:2])])

sys.addaudithook(note)

def internet():
    """The sockets of this process that lead to other machines, or could."""
    import os
    from pathlib import Path
    known = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        path = Path("/proc/self/net", table)
        if path.exists():
            known |= {line.split()[9] for line in path.read_text().splitlines()[1:]}
    mine = []
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{descriptor}")
        except OSError:
            continue
        if target.startswith("socket:[") and target[8:-1] in known:
            mine.append(target)
    return mine

def libraries():
    from pathlib import Path
    lines = Path("/proc/self/maps").read_text().splitlines()
    return sorted({Path(line.split()[-1]).name for line in lines if "/" in line})
'''

JOB = f"""
import json, socket
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtTest import QTest

QDesktopServices.openUrl = lambda url: print("opened", url) or True

def drive(app):
    sockets = []
    yield {RESTS}
    app.session.play()
    yield lambda: app.session.history.steps > 20
    sockets += internet()
    pad = app.draw.pad
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(60, 40))
    for y in range(40, 180, 7):
        QTest.mouseMove(pad, QPoint(60, y))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(60, 180))
    yield lambda: app.drawing.picture is not None
    app.session.pause()
    yield {RESTS}
    app.session_files.save("a.mnistviz")
    yield lambda: app.notices.text.startswith("Saved")
    app.session_files.open("a.mnistviz")
    yield lambda: app.notices.text.startswith("Opened")
    app.pictures.export_curves("a.csv", "batches")
    yield lambda: not app.tasks.busy("files")
    for name in ("data", "keys", "about", "copy-diagnostics"):
        app.window.findChild(QAction, name).trigger()
    sockets += internet()
    quiet = list(seen)
    found = {{"quiet": quiet, "sockets": sockets, "libraries": libraries(), "modules": sorted(sys.modules)}}
    address = FETCH_FROM
    if address:
        app.data.fetch("mnist")
        yield lambda: app.messages.kind == "error"
        found["fetched"] = seen[len(quiet) :]
        # A connection would be seen, or nothing of this would say anything.
        with socket.create_connection(address):
            found |= {{"seen": seen, "sockets after": internet()}}
    print(json.dumps(found))
"""


@dataclass
class Server:
    """A web server on this machine, and what it was asked for."""

    http: ThreadingHTTPServer
    asked: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}"


@pytest.fixture
def server() -> Iterator[Server]:
    asked = list[str]()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,))
    thread.start()
    yield Server(http, asked)
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sockets of a process are read from /proc")
def test_a_session_opens_no_connection_and_starts_no_program_until_one_asks_for_data(
    tmp_path: Path, server: Server
) -> None:
    fetches = find_spec("torchvision") is not None  # by which data sets are fetched
    env = environment(tmp_path, MNIST_VIZ_MIRROR=server.url, no_proxy="127.0.0.1")
    body = JOB.replace("FETCH_FROM", repr(server.http.server_address if fetches else None))
    done = own_process.drive(body, env, before=WATCH, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["quiet"], found["sockets"]) == ([], [])
    assert [name for name in found["libraries"] if "Network" in name] == []
    assert [name for name in found["modules"] if "QtNetwork" in name or name == "requests"] == []
    if fetches:
        fetched = {event for event, _ in found["fetched"]}
        assert fetched
        assert fetched <= {"subprocess.Popen", "os.posix_spawn"}  # it is fetched by a process of its own
        assert server.asked
        assert all("train-images" in path for path in server.asked)
        assert "socket.connect" in [event for event, _ in found["seen"]]
        assert len(found["sockets after"]) == 1
    else:
        assert done.stderr == ""
