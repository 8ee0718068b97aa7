"""`mnist-viz evaluate`: a model measured on a test set."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mnist_viz.engine.network import Network
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import ModelFile, save_model

if TYPE_CHECKING:
    from tests.commands.conftest import Cli, Trained

SMALL = ("--dataset", "synthetic", "--limit", "500")


def test_it_finds_what_the_training_found(cli: "Cli", trained: "Trained") -> None:
    done = cli("evaluate", trained.path, *SMALL, "--json")
    assert (done.status, done.err) == (0, "")
    (answer,) = done.json
    result = trained.outcome.json[-1]
    assert answer["test_accuracy"] == result["test_accuracy"]
    assert answer["test_loss"] == pytest.approx(result["test_loss"], rel=1e-5)
    assert answer["parameters"] == result["parameters"]
    assert (answer["model"], answer["dataset"]) == (str(trained.path), "synthetic")


def test_the_confusion_matrix_agrees_with_the_accuracy(cli: "Cli", trained: "Trained") -> None:
    (answer,) = cli("evaluate", trained.path, *SMALL, "--json").json
    matrix = np.array(answer["confusion_matrix"])
    assert matrix.shape == (10, 10)
    assert matrix.sum() == answer["examples"]
    assert np.trace(matrix) / matrix.sum() == pytest.approx(answer["test_accuracy"])
    assert list(answer["class_accuracy"]) == list("0123456789")
    assert answer["class_accuracy"]["3"] == pytest.approx(matrix[3, 3] / matrix[3].sum())


def test_for_a_person_it_is_a_few_lines(cli: "Cli", trained: "Trained") -> None:
    done = cli("evaluate", trained.path, *SMALL)
    assert done.status == 0
    assert "784-30-10" in done.lines[0]
    assert done.lines[1].startswith("Test Loss: ")
    assert "Most confused: " in done.out


def test_without_a_model_it_is_the_pretrained_one(process: "Cli") -> None:
    done = process("evaluate", *SMALL, "--json")
    assert (done.status, done.err) == (0, "")
    (answer,) = done.json
    assert Path(answer["model"]).name == "pretrained.npz"
    assert answer["test_accuracy"] > 0.5


def test_the_pretrained_one_reads_mnist(cli: "Cli", mnist_dir: Path) -> None:
    (answer,) = cli("evaluate", "--dataset", "mnist", "--data-dir", mnist_dir, "--json").json
    assert answer["examples"] == 10_000
    assert answer["test_accuracy"] > 0.8


def test_a_model_of_other_pictures_is_refused_in_one_line(cli: "Cli", tmp_path: Path) -> None:
    network = Network((9, 3))
    save_model(tmp_path / "model.npz", ModelFile(Model.of(network), ("a", "b", "c")))
    line = cli("evaluate", tmp_path / "model.npz", *SMALL).failed_with(1)
    assert "9 inputs and 3 classes" in line
    assert "784 and 10" in line


@pytest.mark.parametrize(
    ("name", "contents", "message"),
    [
        ("none.npz", None, "there is no file"),
        ("text.npz", b"hello", "text.npz is not a model file, or it is damaged"),
        ("empty.npz", b"", "empty.npz is not a model file, or it is damaged"),
    ],
)
def test_a_model_file_that_is_none_is_one_line(
    cli: "Cli", tmp_path: Path, name: str, contents: bytes | None, message: str
) -> None:
    if contents is not None:
        (tmp_path / name).write_bytes(contents)
    assert message in cli("evaluate", tmp_path / name, *SMALL).failed_with(1)


def test_a_folder_instead_of_a_model_is_one_line(cli: "Cli", tmp_path: Path) -> None:
    assert "Is a directory" in cli("evaluate", tmp_path, *SMALL).failed_with(1)


def test_an_npz_of_other_things_is_one_line(cli: "Cli", tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    assert "other.npz is not a model" in cli("evaluate", tmp_path / "other.npz", *SMALL).failed_with(1)


def test_missing_data_are_one_line(cli: "Cli", trained: "Trained", tmp_path: Path) -> None:
    done = cli("evaluate", trained.path, "--dataset", "mnist", "--data-dir", tmp_path / "none")
    assert "does not exist" in done.failed_with(1)
