"""`mnist-viz evaluate`: a model measured on a test set."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mnist_viz.engine.network import Network
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import ModelFile, load_model, save_model

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


def small(folder: Path, classes: tuple[str, ...], seed: int = 0) -> Path:
    """Data of one's own, 20 pictures a class."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(classes)), 20)
    images = rng.integers(0, 256, (len(labels), 28, 28), dtype=np.uint8)
    np.savez(folder / "data.npz", x_train=images, y_train=np.array(classes)[labels])
    return folder / "data.npz"


def test_data_with_some_of_the_model_s_classes_are_measured_by_their_names(cli: "Cli", tmp_path: Path) -> None:
    network = Network((784, 4))  # zero but for one bias: it reads everything as "boot"
    biases = network.layers[0].biases
    assert biases is not None
    biases[1] = 5.0
    save_model(tmp_path / "model.npz", ModelFile(Model.of(network), ("hat", "boot", "coat", "bag")))
    data = small(tmp_path, ("bag", "boot"))
    (answer,) = cli("evaluate", tmp_path / "model.npz", "--dataset", data, "--json").json
    assert answer["class_names"] == ["hat", "boot", "coat", "bag"]
    assert answer["class_accuracy"] == {"boot": 1.0, "bag": 0.0}
    bags = sum(answer["confusion_matrix"][3])
    assert answer["most_confused"] == [{"class": "bag", "read_as": "boot", "count": bags}]
    assert answer["test_accuracy"] == pytest.approx(1 - bags / answer["examples"])


def test_what_cannot_be_measured_is_one_line(cli: "Cli", trained: "Trained", tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_bytes(b"hello")
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    save_model(tmp_path / "small.npz", ModelFile(Model.of(Network((9, 3))), ("a", "b", "c")))
    for name, message in (
        ("none.npz", "there is no file"), ("text.npz", "text.npz is not a model file, or it is damaged"),
        ("", "Is a directory"), ("other.npz", "other.npz is not a model"),
        ("small.npz", "the model reads 3 x 3 pictures of a, b, c, and Synthetic digits has 28 x 28 pictures of digits"),
    ):  # fmt: skip
        assert message in cli("evaluate", tmp_path / name, *SMALL).failed_with(1)
    done = cli("evaluate", trained.path, "--dataset", "mnist", "--data-dir", tmp_path / "none")
    assert "does not exist" in done.failed_with(1)
    done = cli("evaluate", trained.path, "--dataset", small(tmp_path, ("bag", "boot", "coat")))
    line = done.err.splitlines()[-1]
    assert (done.status, "Traceback" in done.err) == (1, False)
    assert "the model reads 28 x 28 pictures of digits" in line
    assert "has 28 x 28 pictures of bag, boot, coat" in line
    assert "choose another data set" in line


def test_colour_pictures_are_trained_on_with_variations_and_measured_by_name(cli: "Cli", tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    names = np.array(("red things", "green things", "blue things"))
    labels = np.tile(np.arange(3), 40)
    images = rng.integers(0, 80, (120, 32, 32, 3), dtype=np.uint8)
    images[np.arange(120), :, :, labels] += 100
    data, model = tmp_path / "things.npz", tmp_path / "model.npz"
    np.savez(data, x_train=images, y_train=names[labels])
    train = ("--hidden", "8", "--epochs", 4, "--batch-size", 8, "--learning-rate", 0.01, "--augmentation", "standard")
    done = cli("train", "--dataset", data, *train, "--out", model)
    assert done.status == 0
    assert "training pictures" in done.lines[0]
    assert load_model(model).image_shape == (32, 32, 3)
    (answer,) = cli("evaluate", model, "--dataset", data, "--json").json
    assert set(answer["class_accuracy"]) == set(names)
    assert answer["test_accuracy"] > 0.9
    assert "reads 32 x 32 x 3, not grey pictures" in cli("predict", model, tmp_path / "any.png").failed_with(1)
    assert "the model reads 32 x 32 x 3 pictures of" in cli("evaluate", model, *SMALL).failed_with(1)
