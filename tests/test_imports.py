"""What is imported when: shown in fresh interpreters, since this one has imported everything already."""

import json
import subprocess
import sys

import pytest

HEAVY = {"PySide6", "shiboken6", "torch", "torchvision"}


def imported_by(statements: str) -> set[str]:
    """The top-level packages in `sys.modules` after the statements ran in a new interpreter."""
    code = (
        "import contextlib, io, json, sys\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        + "".join(f"    {line}\n" for line in statements.splitlines())
        + "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=240, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return set(json.loads(done.stdout))


def all_modules_of(*packages: str) -> str:
    """Statements that import every module of the packages."""
    return "\n".join(
        ["import importlib, pkgutil"]
        + [
            f"import mnist_viz.{package}\n"
            f"for found in pkgutil.walk_packages(mnist_viz.{package}.__path__, 'mnist_viz.{package}.'):\n"
            f"    importlib.import_module(found.name)"
            for package in packages
        ]
    )


def test_the_package_alone_imports_next_to_nothing() -> None:
    assert imported_by("import mnist_viz") & (HEAVY | {"numpy", "PIL"}) == set()


def test_below_the_session_nothing_imports_qt_or_torch_nor_do_commands_that_open_no_window() -> None:
    statements = (
        "from mnist_viz import NeuralNetwork, load_dataset\n"
        "data = load_dataset('synthetic', limit=20)\n"
        "network = NeuralNetwork(hidden_size=4)\n"
        "network.train(data.train.images, data.train.labels, epochs=1)\n"
        "network.predict(data.test.images)\n"
        "from mnist_viz.cli import main\n"
        "assert main(['presets']) == 0\n"
        "assert main(['datasets']) == 0\n"
        "assert main(['train', '--dataset', 'synthetic', '--limit', '20', '--epochs', '1', '--hidden', '4']) == 0\n"
        "assert main(['evaluate', '--dataset', 'synthetic', '--limit', '20']) == 0\n"
    )
    imported = imported_by(statements + all_modules_of("engine", "data", "analysis", "recording", "commands"))
    assert "numpy" in imported
    assert imported & HEAVY == set()


def test_the_process_of_the_window_never_imports_torch() -> None:
    imported = imported_by("import mnist_viz.app, mnist_viz.commands.window")
    assert "PySide6" in imported
    assert imported & {"torch", "torchvision"} == set()


def test_asking_the_package_for_what_it_has_not_is_an_ordinary_error() -> None:
    import mnist_viz

    with pytest.raises(AttributeError, match="no attribute 'Network'"):
        mnist_viz.Network  # noqa: B018
    assert mnist_viz.NeuralNetwork.__name__ == "NeuralNetwork"
    assert mnist_viz.load_dataset.__name__ == "load_dataset"
