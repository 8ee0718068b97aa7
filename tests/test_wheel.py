"""The built wheel holds all that the program needs and starts where no source checkout is."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
ONE = {"strokes": [[[50, 0], [50, 100]]]}
OPEN_WINDOW = """
import sys
from PySide6.QtCore import QTimer
from mnist_viz import __version__
from mnist_viz.app import App, make_application
from mnist_viz.engine.presets import PRESETS
from mnist_viz.system.paths import __file__, resource

print(__file__, resource("pretrained.npz"), __version__, *PRESETS, "", *sys.path, sep="\\n")
application = make_application()
app = App()
app.start()
application.processEvents()
assert app.window.isVisible() and app.window.grab().width() > 0
QTimer.singleShot(0, app.window.close)
raise SystemExit(application.exec())
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built the way a release is: from the source distribution. Nothing is fetched."""
    out = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(PROJECT))
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment with the wheel in it, and without this checkout.

    The dependencies are those of the environment that runs the tests, since installing them again would take
    minutes. A .pth file that names their folder reaches them and not the checkout: .pth files inside a folder that
    was added this way, such as the one of an editable installation, are not read.
    """
    home = tmp_path_factory.mktemp("clean")
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    _run(sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index", "--no-deps", str(wheel))
    (site,) = home.glob("lib/python*/site-packages")
    places = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (site / "dependencies.pth").write_text("\n".join(places))
    return home / "bin"


def test_the_wheel_holds_the_package_with_every_resource_and_nothing_else(wheel: Path) -> None:
    resources = PROJECT / "resources"
    shipped = {f"mnist_viz/resources/{path.relative_to(resources).as_posix()}" for path in resources.rglob("*.*")}
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "mnist_viz/resources/pretrained.npz" in names
    assert shipped <= names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"mnist_viz"}
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "mnist_viz/py.typed" in names


def test_the_window_of_the_installed_copy_opens_and_closes(clean: Path, wheel: Path, tmp_path: Path) -> None:
    said = _run(str(clean / "python"), "-c", OPEN_WINDOW, folder=tmp_path)
    module, resource, version, *presets = said.partition("\n\n")[0].splitlines()
    assert Path(module).is_relative_to(clean.parent)
    assert Path(resource).is_relative_to(clean.parent)
    assert version == wheel.name.split("-")[1]
    assert "relu-128-64" in presets
    assert str(PROJECT) not in said.splitlines()


def test_the_console_script_reads_a_drawing_by_the_pretrained_network(clean: Path, tmp_path: Path) -> None:
    drawings = tmp_path / "drawings.jsonl"
    drawings.write_text(json.dumps(ONE) + "\n")
    said = json.loads(_run(str(clean / "mnist-viz"), "predict", "--strokes", str(drawings), folder=tmp_path))
    assert said["digit"] == 1
    assert sum(said["probabilities"]) == pytest.approx(1, abs=1e-4)


def _run(*command: str, folder: Path | None = None) -> str:
    """Run a command that must succeed, in a folder from which no source can be imported; return what it printed."""
    own = {"QT_QPA_PLATFORM": "offscreen", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    if folder is not None:
        own |= {f"MNIST_VIZ_{name}_DIR": str(folder / name.lower()) for name in ("CACHE", "CONFIG", "DATA")}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=folder, env=environment | own, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
