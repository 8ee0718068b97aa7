"""What is copied for others tells enough to help, and nothing of who asks for help."""

import getpass
import socket
import sys
import unicodedata
from pathlib import Path
from urllib.parse import quote

import pytest

from mnist_viz.system import diagnostics, logs

HOME = "/home/Jürgen O’Neil"


@pytest.fixture(autouse=True)
def jurgen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", HOME)
    monkeypatch.setattr(getpass, "getuser", lambda: "jürgen")
    monkeypatch.setattr(socket, "gethostname", lambda: "tower.example.org")
    monkeypatch.setattr("platform.node", lambda: "tower")


@pytest.mark.skipif(sys.platform == "win32", reason="paths of another kind")
@pytest.mark.parametrize(
    ("text", "without"),
    [
        (f"Cannot write {HOME}/My Files/model.npz: No such file", "Cannot write ~/…/model.npz: No such file"),
        (f"{HOME}/model.npz is damaged", "~/model.npz is damaged"),
        (f"at {HOME}: full", "at ~: full"),
        (f"'{HOME}'", "'~'"),
        (unicodedata.normalize("NFD", f"{HOME}/b/c.csv"), "~/…/c.csv"),
        (f"file://{quote(HOME)}/x/y.png", "file://~/…/y.png"),
        (repr(f"{HOME}/x/y.png").encode("ascii", "backslashreplace").decode(), "'~/…/y.png'"),
        ("cannot open '/media/USB Stick/strange.npz'", "cannot open '…/strange.npz'"),
        ("saved /mnt/a.npz", "saved …/a.npz"),
        (r"C:\Users\Bob\x.npz", "…/x.npz"),
        ("JÜRGEN on tower and Tower.example.org", "<user> on <machine> and <machine>"),
        ("jürgen_diary.npz", "<user>_diary.npz"),
        (f'File "{Path(diagnostics.__file__).parents[1]}/app.py", line 3', 'File "<program>/mnist_viz/app.py", line 3'),
    ],
)
def test_names_and_folders_are_left_out(text: str, without: str) -> None:
    assert diagnostics.without_names(text) == without


def test_what_tells_nobody_who_it_is_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (
        "784/128 and/or 3 / 4, 2.0/s",
        "https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz",
        "2026-11-21 14:38:01,123 4711 ERROR mnist_viz.app uncaught",
        "Jürgenson lives in towers",
        "learning_rate: 0.01",
    ):
        assert diagnostics.without_names(text) == text
    monkeypatch.setattr(getpass, "getuser", lambda: "a")
    assert diagnostics.without_names("a network of a kind") == "a network of a kind"


def test_the_report_has_versions_settings_and_the_end_of_the_log() -> None:
    logs.path().parent.mkdir(parents=True)
    lines = [f"line {n} {HOME}/secret/{n}.npz" for n in range(300)]
    logs.path().write_text("\n".join(lines), encoding="utf-8")
    text = diagnostics.report({"Session": {"learning_rate": 0.25, "dataset": f"{HOME}/family/album"}})
    for part in ("Python: ", "PySide6-Essentials: ", "numpy: ", "pillow: ", "learning_rate: 0.25", "system: "):
        assert f"\n  {part}" in text
    assert text.count("\n  line ") == 100
    assert text.endswith("  line 299 ~/…/299.npz\n")
    for secret in ("jürgen", "neil", "tower", "secret", "family"):
        assert secret not in text.lower()
    assert "torchvision" not in sys.modules
