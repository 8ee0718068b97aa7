"""The program talks to nobody, unless the user asks it to fetch a data set."""

import json
import sys
import threading
from collections.abc import Iterator
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
import json
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
    print(json.dumps({{"seen": seen, "sockets": sockets, "libraries": libraries(), "modules": sorted(sys.modules)}}))
"""


class Server:
    """A web server on this machine, and what it was asked for."""

    def __init__(self) -> None:
        asked = self.asked = list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_error(404)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.http.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.http.shutdown()
    thread.join()
    made.http.server_close()


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sockets of a process are read from /proc")


@linux
def test_a_session_from_start_to_end_opens_no_connection_and_starts_no_program(tmp_path: Path) -> None:
    done = own_process.drive(JOB, environment(tmp_path), before=WATCH, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["seen"], found["sockets"]) == ([], [])
    assert [name for name in found["libraries"] if "Network" in name] == []
    assert [name for name in found["modules"] if "QtNetwork" in name or name == "requests"] == []


@linux
@pytest.mark.skipif(find_spec("torchvision") is None, reason="data sets are fetched by torchvision")
def test_what_the_user_asks_to_be_fetched_is_asked_for_and_nothing_else(tmp_path: Path, server: Server) -> None:
    address = server.http.server_address
    body = (
        "import json, socket\n"
        "def drive(app):\n"
        f"    yield {RESTS}\n"
        "    before = list(seen)\n"
        "    app.data.fetch('mnist')\n"
        "    yield lambda: app.messages.kind == 'error'\n"
        "    fetched = list(seen)\n"
        # A connection would be seen, or neither this test nor the one above would say anything.
        f"    with socket.create_connection({address!r}):\n"
        "        found = {'before': before, 'fetched': fetched, 'seen': seen, 'sockets': internet()}\n"
        "    print(json.dumps(found))\n"
    )
    env = environment(tmp_path, MNIST_VIZ_MIRROR=server.url, no_proxy="127.0.0.1")
    done = own_process.drive(body, env, before=WATCH, cwd=tmp_path)
    found = json.loads(done.stdout)
    assert found["before"] == []
    fetched = {event for event, _ in found["fetched"]}
    assert fetched
    assert fetched <= {"subprocess.Popen", "os.posix_spawn"}  # it is fetched by a process of its own
    assert server.asked
    assert all("train-images" in path for path in server.asked)
    assert "socket.connect" in [event for event, _ in found["seen"]]
    assert len(found["sockets"]) == 1
