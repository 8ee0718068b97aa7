"""`mnist-viz train` and `evaluate` on the user's own data and on drawings."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from mnist_viz.data.user import drawings
from mnist_viz.recording.storage import load_model
from tests.data.own_files import picture_files, put
from tests.data.own_files import table as own_table

if TYPE_CHECKING:
    from tests.commands.conftest import Cli

QUICK = ("--epochs", 2, "--hidden", "8", "--threads", 1)
RNG = np.random.default_rng(0)


def examples(count: int, classes: int = 2, shape: tuple[int, ...] = (28, 28)) -> tuple[np.ndarray, np.ndarray]:
    """Pictures that are the brighter, the higher their class."""
    labels = np.arange(count) % classes
    noise = RNG.integers(0, 20, (count, *shape))
    return (noise + (labels * 200 // classes).reshape(-1, *[1] * len(shape))).astype(np.uint8), labels


@pytest.fixture
def npz(tmp_path: Path) -> Path:
    x, y = examples(60)
    x_test, y_test = examples(10)
    np.savez(tmp_path / "shapes.npz", x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    return tmp_path / "shapes.npz"


def test_what_was_trained_on_own_data_is_measured_on_them(cli: "Cli", npz: Path, tmp_path: Path) -> None:
    folder, table = picture_files(classes=("kind 0", "kind 1", "kind 2")), tmp_path / "pets.csv"
    put(tmp_path, {"pets.csv": own_table(labels=["cat", "dog", "eel"] * 20)})
    put(tmp_path / "pictures", folder)
    for path, sizes, classes in (
        (npz, (784, 8, 2), ("0", "1")), (table, (36, 8, 3), ("cat", "dog", "eel")),
        (tmp_path / "pictures", (784, 8, 3), ("kind 0", "kind 1", "kind 2")),
    ):  # fmt: skip
        model = tmp_path / "model.npz"
        done = cli("train", "--dataset", path, *QUICK, "--out", model)
        assert done.status == 0
        assert all(line.startswith("mnist-viz: ") for line in done.err.splitlines())
        assert "There are no validation" in done.err
        contents = load_model(model)
        assert contents.class_names == classes
        assert contents.model.sizes == sizes
        assert contents.provenance["dataset"] == str(path)
        measured = cli("evaluate", model, "--dataset", path, "--json").json[0]
        assert measured["test_accuracy"] == contents.provenance["test_accuracy"]
        assert list(measured["class_accuracy"]) == list(classes)
    (tmp_path / "pets.csv").write_text(table.read_text().replace("cat", "cat,", 1))
    assert f"line 1 of {table} has 38 columns" in cli("train", "--dataset", table, *QUICK).failed_with(1)


def test_data_of_one_class_are_measured_by_a_network_that_knows_it(cli: "Cli", npz: Path, tmp_path: Path) -> None:
    model, ones = tmp_path / "model.npz", tmp_path / "ones.npz"
    assert cli("train", "--dataset", npz, *QUICK, "--out", model).status == 0
    images, labels = examples(60)
    np.savez(ones, x=images[labels == 1], y=labels[labels == 1])
    measured = cli("evaluate", model, "--dataset", ones, "--json").json[0]
    assert (measured["examples"], list(measured["class_accuracy"])) == (3, ["1"])
    assert "fewer than two classes" in cli("train", "--dataset", ones, *QUICK).failed_with(1)


def test_pictures_of_other_sizes_train_too(cli: "Cli", tmp_path: Path) -> None:
    data, model = tmp_path / "a.npz", tmp_path / "model.npz"
    for shape in ((9, 12), (32, 32, 3)):
        x, y = examples(60, 3, shape)
        np.savez(data, x=x, y=y)
        assert cli("train", "--dataset", data, *QUICK, "--out", model).status == 0
        assert load_model(model).model.sizes == (int(np.prod(shape)), 8, 3)
        assert cli("evaluate", model, "--dataset", data).status == 0


def test_a_network_of_ten_digits_is_measured_on_a_set_of_two(cli: "Cli", npz: Path) -> None:
    assert cli("evaluate", "--dataset", npz, "--json").json[0]["examples"] == 10


def test_a_path_is_one_from_wherever_it_is_given(
    cli: "Cli", npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    assert cli("train", "--dataset", "shapes.npz", *QUICK, "--checkpoint", "run.mnistviz").status == 0
    monkeypatch.chdir(tmp_path / "other")
    done = cli("train", "--resume", "../run.mnistviz", "--dataset", npz, "--epochs", 3)
    assert done.status == 0
    assert cli("train", "--resume", "../run.mnistviz", "--epochs", 3).status == 0


def test_a_path_that_leads_nowhere_is_said(cli: "Cli", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("none.npz", "./none", "none.csv"):
        line = cli("train", "--dataset", name, *QUICK).failed_with(1)
        assert "there is no file" in line
        assert str(tmp_path) in line


# Drawings


def draw(labels: str, times: int) -> None:
    for turn in range(times):
        for label in labels:
            drawings.add([(label, [np.array([(0, 0), (10 * int(label), 20 + turn), (5, 60)])])])


def test_drawings_train_alone_and_with_another_set(cli: "Cli", tmp_path: Path) -> None:
    assert "there are no saved drawings" in cli("train", "--dataset", "drawings", *QUICK).failed_with(1)
    draw("37", 5)
    done = cli("train", "--dataset", "drawings", *QUICK, "--out", tmp_path / "model.npz")
    assert (done.status, done.err) == (0, "")
    assert load_model(tmp_path / "model.npz").class_names == tuple("0123456789")
    assert cli("evaluate", tmp_path / "model.npz", "--dataset", "drawings", "--json").json[0]["examples"] == 2
    model = tmp_path / "model.npz"
    assert cli("train", "--dataset", "synthetic+drawings", "--limit", 50, *QUICK, "--out", model).status == 0
    told = load_model(model).provenance
    assert (told["dataset"], told["training_examples"]) == ("synthetic+drawings", 56)


def test_what_is_odd_about_ones_own_data_is_said(cli: "Cli", tmp_path: Path) -> None:
    for name, count in (("cat", 12), ("dog", 2)):
        folder = tmp_path / "few" / name
        folder.mkdir(parents=True)
        for k in range(count):
            picture = np.full((28, 28), 10 * k + len(name), np.uint8)
            picture[k : k + 9, 5:20] = 255
            Image.fromarray(picture).save(folder / f"{k}.png")
    done = cli("train", "--dataset", tmp_path / "few", "--epochs", 1, "--hidden", "4")
    assert done.status == 0
    assert "dog" in done.err


def test_how_data_were_read_is_said_and_can_be_set(cli: "Cli", tmp_path: Path) -> None:
    x, y = examples(60, 3, (6, 6))
    path = tmp_path / "a.csv"
    rows = np.column_stack([y, x.reshape(60, -1)[:, 1:], y % 2])
    np.savetxt(path, rows, "%d", ",")
    done = cli("train", "--dataset", path, *QUICK, "--json")
    assert done.json[-1]["event"] == "result"
    assert "mnist-viz: Labels: first column of 37.\n" in done.err
    model = tmp_path / "model.npz"
    done = cli("train", "--dataset", path, "--label-column", "last", "--white", 200, *QUICK, "--out", model)
    assert "mnist-viz: Labels: last column of 37.\n" in done.err
    contents = load_model(model)
    assert contents.class_names == ("0", "1")
    assert contents.provenance["dataset"] == f"label=last,white=200:{path}"


def test_how_to_read_is_said_of_ones_own_data_alone(cli: "Cli") -> None:
    for option in (("--label-column", "last"), ("--white", 255)):
        for dataset in ((), ("--dataset", "synthetic"), ("--dataset", "synthetic+a.csv")):
            assert "give their path as --dataset" in cli("train", *dataset, *option, *QUICK).failed_with(1)
