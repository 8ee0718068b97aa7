"""What is known to bring such a program down is refused in one line, or lived with and said."""

import importlib.metadata
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.app import App
from mnist_viz.cli import main
from mnist_viz.controllers.help import what_is_not_kept
from mnist_viz.controllers.preferences import Preferences
from mnist_viz.system import qt_messages, requirements
from mnist_viz.views.settings.inputs import NumberInput
from tests import own_process
from tests.own_process import RESTS, environment

NO_SCREEN = "there is no display to open a window on"
GIVES_UP = "This application failed to start because no Qt platform plugin could be initialized."


def set_versions(monkeypatch: pytest.MonkeyPatch, qt: str | None, python: tuple[int, int, int]) -> None:
    def version(_: str) -> str:
        if qt is None:
            raise importlib.metadata.PackageNotFoundError
        return qt

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(sys, "version_info", python)


# Qt that crashes, or is not there


def test_only_the_qt_that_crashes_with_this_python_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for qt, python, refused in (
        ("6.12.0", (3, 11, 7), True), ("6.12", (3, 11, 7), True), ("6.12.1", (3, 11, 7), True),
        ("6.12.0", (3, 12, 0), False), ("6.11.3", (3, 11, 7), False), ("6.13.0", (3, 11, 7), False),
        ("6.1.2", (3, 11, 7), False),
    ):  # fmt: skip
        set_versions(monkeypatch, qt, python)
        if refused:
            with pytest.raises(requirements.MissingError, match=rf"PySide6 {qt} crashes with Python 3.11: pip install"):
                requirements.check()
        else:
            requirements.check()


def test_no_window_is_tried_with_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for qt, said in (
        ("6.12.0", "mnist-viz: PySide6 6.12.0 crashes with Python 3.11: "
                   "pip install 'PySide6-Essentials>=6.11.2,<6.12', or use Python 3.12 or later\n"),
        (None, "mnist-viz: a window needs PySide6, which is missing: pip install PySide6-Essentials\n"),
    ):  # fmt: skip
        set_versions(monkeypatch, qt, (3, 11, 7))
        assert main([]) == main(["tour", "--out", "x"]) == 1
        assert capsys.readouterr().err == 2 * said


def test_a_library_that_the_system_lacks_is_named_with_its_package(tmp_path: Path) -> None:
    """In a fresh interpreter, in which Qt cannot be imported."""
    absent = ": cannot open shared object file: No such file or directory"
    raised = [f"libEGL.so.1{absent}", f"libodd.so.7{absent}", "DLL load failed"]
    finder = (
        "import sys\n"
        "class Broken:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.startswith('PySide6'):\n"
        "            raise ImportError(problem)\n"
        "sys.meta_path.insert(0, Broken())\n"
        "from mnist_viz.cli import main\n"
        f"for problem in {raised!r}:\n"
        "    assert main([]) == 1"
    )
    done = own_process.run(["-c", finder], environment(tmp_path))
    assert done.returncode == 0, done.stderr
    egl, odd, other = done.stderr.splitlines()
    assert egl.startswith("mnist-viz: the system lacks libEGL.so.1: sudo apt-get install")
    assert "libegl1" in egl.split()
    assert odd.startswith("mnist-viz: the system lacks libodd.so.7: ")
    assert other == "mnist-viz: a part of the installation is missing or broken (DLL load failed)"


def test_the_packages_are_those_that_make_installs() -> None:
    makefile = (Path(__file__).parent.parent / "Makefile").read_text(encoding="utf-8")
    pairs = re.findall(r"(lib[\w.+-]+\.so\.\d+):([\w.+-]+)", makefile)
    assert dict(pairs) == requirements.LIBRARIES


# No screen


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="DISPLAY names a screen on Linux")
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"QT_QPA_PLATFORM": None, "DISPLAY": ":77"}, f"{NO_SCREEN}: DISPLAY=:77 leads nowhere; "),
        ({"QT_QPA_PLATFORM": "nonsense"}, "Qt has no platform 'nonsense': unset QT_QPA_PLATFORM, or set it to one of "),
    ],
)  # fmt: skip
def test_without_a_screen_one_line_says_why(tmp_path: Path, changed: dict[str, str | None], said: str) -> None:
    done = own_process.start([], environment(tmp_path, **changed))
    assert done.stderr.startswith(f"mnist-viz: {said}")
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (1, 1, "")


def test_what_the_screen_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(qt_messages, "missing_packages", list)
    said = qt_messages.why_no_window(GIVES_UP, ["qt.qpa.xcb: could not connect to display "])
    assert said.startswith(f"{NO_SCREEN}: neither DISPLAY nor WAYLAND_DISPLAY is set; ")
    monkeypatch.setattr(qt_messages, "missing_packages", lambda: ["libxcb-cursor0", "libxcb-shape0"])
    said = qt_messages.why_no_window(
        GIVES_UP, ["xcb-cursor0 or libxcb-cursor0 is needed to load the Qt xcb platform plugin."]
    )
    assert said == "Qt lacks libraries of the system: sudo apt-get install libxcb-cursor0 libxcb-shape0"


# Nowhere to keep anything

GOES_ON = f"""
def drive(app):
    yield {RESTS}
    app.session.step_batch()
    yield lambda: app.session.history.steps == 1 and app.session.state in RESTING
    app.notices.clear()
    print(app.notices.text)
"""


def test_a_full_disk_is_lived_with_and_said(tmp_path: Path) -> None:
    """Every write fails, as it does where no space is left."""
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"
    done = own_process.drive(GOES_ON, environment(tmp_path), before=limit)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Settings, unsaved work, prepared data and errors will not be remembered: ")
    assert done.stdout.endswith(": File too large.\n")


def test_somebody_without_a_home_or_a_name_can_use_it_and_is_told_what_is_not_kept(tmp_path: Path) -> None:
    """As in a container that runs under any number of a user."""
    nobody = "import pwd\ndef none(number): raise KeyError(number)\npwd.getpwuid = none"
    done = own_process.drive(GOES_ON, environment(None), before=nobody, cwd=tmp_path)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr  # which takes what the log cannot
    assert done.stdout.startswith(
        "Settings, unsaved work, prepared data and errors will not be remembered: nothing can be written to "
        "/dev/null/mnist-viz: Not a directory"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("make", [Path.touch, lambda path: path.mkdir(mode=0o500)], ids=["a file", "read-only"])
def test_folders_that_cannot_be_written_are_named(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "log")
    good, bad = tmp_path / "config", tmp_path / "log" / "mnist-viz"
    said = what_is_not_kept({"settings": good, "errors": bad})
    if bad.is_dir():  # root writes where it must not
        assert said == ""
    else:
        assert re.match(rf"Errors will not be remembered: nothing can be written to {re.escape(str(bad))}: \w+", said)
    assert list(good.iterdir()) == []


def test_damaged_settings_are_set_aside_and_that_is_said(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_viz.system.logs.Uncaught.install", lambda _: None)
    path, damage = Preferences.path(), b'{"speed": "\xff"}'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(damage)
    app = App()
    qtbot.addWidget(app.window)
    assert app.preferences.problem
    app.help.start()
    assert (app.notices.text, app.messages.kind) == (app.preferences.problem, "error")
    assert [file.read_bytes() for file in path.parent.iterdir() if file != path] == [damage]
    app.window.close()


# Names and numbers as people write them

KEEPS = f"""
from pathlib import Path
from PySide6.QtCore import QLocale

QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))

def drive(app):
    yield {RESTS}
    app.session.run_until(steps=3)
    yield lambda: app.session.history.steps == 3 and app.session.state in RESTING
    model, table, session = (str(Path(name).absolute()) for name in ("ein Modell.npz", "Kurven.csv", "Größe.mnistviz"))
    app.files.save_model(model)
    yield Path(model).exists
    app.pictures.export_curves(table, "batches")
    yield Path(table).exists
    app.session_files.save(session)
    yield lambda: app.notices.text == f"Saved {{session}}"
    app.session_files.open(session)
    yield lambda: app.notices.text.startswith("Opened Größe.mnistviz")
    app.session_files.open(model)
    yield lambda: app.session.guest
"""


def test_spaces_quotes_letters_with_marks_and_decimal_commas_do_no_harm(tmp_path: Path) -> None:
    home = tmp_path / "Zoë's “Käse” $HOME & 日本"
    (home / "work").mkdir(parents=True)
    env = environment(home, LC_ALL="de_DE.UTF-8", LANG="de_DE.UTF-8", MNIST_VIZ_DATA_DIR=str(home / "data sets"))
    done = own_process.drive(KEEPS, env, cwd=home / "work")
    assert (done.returncode, done.stderr) == (0, "")
    names, first, *_ = (home / "work" / "Kurven.csv").read_text(encoding="utf-8").splitlines()
    assert first.count(",") == names.count(",")
    assert all(math.isfinite(float(value)) for value in first.split(","))
    assert "." in first
    log = next(home.rglob("mnist-viz.log")).read_text(encoding="utf-8")
    assert "ERROR" not in log


def test_a_number_is_understood_with_a_point_and_with_a_comma(qtbot: QtBot) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    try:
        for typed in ("0.25", "0,25"):
            field = NumberInput(lambda _: None)
            qtbot.addWidget(field)
            QTest.keyClicks(field, typed)
            assert field.value() == 0.25
            field.set_value(0.5)
            assert field.text() == "0.5"
    finally:
        QLocale.setDefault(before)


# Make, where the checkout lies in a folder with such a name


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the environment of this test is linked to")
def test_make_goes_through_folders_with_spaces_and_quotes(tmp_path: Path) -> None:
    """All that `make run` does when nothing has to be installed, with a program that only says what it was given."""
    checkout = tmp_path / "Zoë's “check out”"
    binaries = checkout / ".venv" / "bin"
    binaries.mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(Path(__file__).parent.parent / name, checkout / name)
    (binaries / "python").symlink_to(sys.executable)
    stamp = checkout / ".venv" / ".installed"
    stamp.write_text(f"{checkout} {sys.version_info[0]} {sys.version_info[1]}\n", encoding="utf-8")
    (checkout / "mnist_viz").mkdir()
    (checkout / "mnist_viz" / "__main__.py").write_text("import sys\nprint(*sys.argv[1:], sep='|')\n")
    done = subprocess.run(
        ["make", "--no-print-directory", "run", "ARGS='a b' --data-dir \"c d\""],
        cwd=checkout, env=environment(tmp_path, DISPLAY=":0", PYTHONPATH=None),
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "a b|--data-dir|c d\n"
