"""`mnist-viz import`: weights of another program become a model file."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mnist_viz.recording.storage import load_model

if TYPE_CHECKING:
    from tests.commands.conftest import Cli


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "weights.NPZ"
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        arrays = {"fc1.weight": rng.normal(size=(6, 784)), "fc2.weight": rng.normal(size=(10, 6))}
        np.savez(file, **arrays)  # type: ignore[arg-type]
    return path


def test_it_writes_a_model_file_and_says_how_the_weights_were_read(cli: "Cli", weights: Path, no_data: Path) -> None:
    out = weights.with_name("model.npz")
    done = cli("import", weights, out)
    assert (done.status, done.lines) == (0, [f"Saved {out}"])
    assert f"{weights} is 784-6-10, read as ReLU with pixels 0 to 1: " in done.err
    assert load_model(out).sizes == (784, 6, 10)
    (answer,) = cli("import", weights, out, "--json").json
    assert (answer["sizes"], answer["imported"]) == ([784, 6, 10], "weights.NPZ")


def test_it_does_not_write_over_what_it_reads(cli: "Cli", weights: Path) -> None:
    before = weights.read_bytes()
    assert "is no mnist-viz model" in cli("import", weights, weights).failed_with(1)
    assert weights.read_bytes() == before


def test_they_can_be_used_as_they_are(cli: "Cli", weights: Path, images: dict[str, Path], no_data: Path) -> None:
    evaluated = cli("evaluate", weights, "--dataset", "synthetic", "--limit", "500", "--json")
    assert (evaluated.status, evaluated.json[0]["parameters"]) == (0, 784 * 6 + 6 * 10)
    assert len(cli("predict", weights, images["1"], "--json").json) == 1


def test_a_pickle_is_one_line(cli: "Cli", tmp_path: Path, images: dict[str, Path]) -> None:
    path = tmp_path / "weights.pkl"
    path.write_bytes(b"\x80\x04N.")
    for command in (("evaluate", path), ("predict", path, images["1"]), ("import", path, tmp_path / "out.npz")):
        assert "is a pickle, and opening one can run code" in cli(*command).failed_with(1)
