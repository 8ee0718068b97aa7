"""`mnist-viz train` and `evaluate` on the user's own data and on drawings."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from mnist_viz.data.user import drawings
from mnist_viz.recording.storage import load_model

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


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    x, y = examples(60)
    table = [",".join(map(str, [label, *image.ravel()])) for image, label in zip(x, ["cat", "dog"] * 30, strict=True)]
    (tmp_path / "pets.csv").write_text("\n".join(table))
    assert len(y) == 60
    return tmp_path / "pets.csv"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    x, y = examples(60)
    for number, (image, label) in enumerate(zip(x, y, strict=True)):
        sub = tmp_path / "pictures" / f"kind {label}"
        sub.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(sub / f"{number}.png")
    return tmp_path / "pictures"


@pytest.mark.parametrize(
    ("kind", "classes"), [("npz", ("0", "1")), ("csv", ("cat", "dog")), ("folder", ("kind 0", "kind 1"))]
)
def test_what_was_trained_on_own_data_is_measured_on_them(
    cli: "Cli", request: pytest.FixtureRequest, tmp_path: Path, kind: str, classes: tuple[str, ...]
) -> None:
    path, model = request.getfixturevalue(kind), tmp_path / "model.npz"
    done = cli("train", "--dataset", path, *QUICK, "--out", model)
    assert done.status == 0
    assert all(line.startswith("mnist-viz: ") for line in done.err.splitlines())
    assert "There are no validation" in done.err
    contents = load_model(model)
    assert contents.class_names == classes
    assert contents.model.sizes == (784, 8, 2)
    assert contents.provenance["dataset"] == str(path)
    measured = cli("evaluate", model, "--dataset", path, "--json").json[0]
    assert measured["test_accuracy"] == contents.provenance["test_accuracy"]
    assert list(measured["class_accuracy"]) == list(classes)


@pytest.mark.parametrize("shape", [(9, 12), (32, 32, 3)])
def test_pictures_of_other_sizes_train_too(cli: "Cli", tmp_path: Path, shape: tuple[int, ...]) -> None:
    x, y = examples(60, 3, shape)
    np.savez(tmp_path / "a.npz", x=x, y=y)
    done = cli("train", "--dataset", tmp_path / "a.npz", *QUICK, "--out", tmp_path / "model.npz")
    assert done.status == 0
    assert load_model(tmp_path / "model.npz").model.sizes == (int(np.prod(shape)), 8, 3)
    assert cli("evaluate", tmp_path / "model.npz", "--dataset", tmp_path / "a.npz").status == 0


def test_a_network_for_other_classes_says_that_it_does_not_fit(cli: "Cli", csv: Path) -> None:
    done = cli("evaluate", "--dataset", csv)
    line = done.err.splitlines()[-1]
    assert done.status == 1
    assert "pets.csv has" in line
    assert "choose another data set" in line


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


@pytest.mark.parametrize("name", ["none.npz", "./none", "none.csv"])
def test_a_path_that_leads_nowhere_is_said(
    cli: "Cli", tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    line = cli("train", "--dataset", name, *QUICK).failed_with(1)
    assert "there is no file" in line
    assert str(tmp_path) in line


def test_a_bad_row_is_said_with_its_line(cli: "Cli", csv: Path) -> None:
    csv.write_text(csv.read_text().replace("cat", "cat,", 1))
    assert f"line 1 of {csv} has 786 columns" in cli("train", "--dataset", csv, *QUICK).failed_with(1)


# Drawings


def draw(labels: str, times: int) -> None:
    for turn in range(times):
        for label in labels:
            drawings.add(label, [np.array([(0, 0), (10 * int(label), 20 + turn), (5, 60)])])


def test_drawings_alone_train_and_are_measured(cli: "Cli", tmp_path: Path) -> None:
    draw("37", 5)
    done = cli("train", "--dataset", "drawings", *QUICK, "--out", tmp_path / "model.npz")
    assert (done.status, done.err) == (0, "")
    assert load_model(tmp_path / "model.npz").class_names == tuple("0123456789")
    assert cli("evaluate", tmp_path / "model.npz", "--dataset", "drawings", "--json").json[0]["examples"] == 2


def test_drawings_mix_with_another_set(cli: "Cli", tmp_path: Path) -> None:
    draw("37", 1)
    model = tmp_path / "model.npz"
    assert cli("train", "--dataset", "synthetic+drawings", "--limit", 50, *QUICK, "--out", model).status == 0
    told = load_model(model).provenance
    assert (told["dataset"], told["training_examples"]) == ("synthetic+drawings", 52)


def test_no_drawings_are_said(cli: "Cli") -> None:
    assert "there are no saved drawings" in cli("train", "--dataset", "drawings", *QUICK).failed_with(1)


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


@pytest.mark.parametrize("option", [("--label-column", "last"), ("--white", 255)])
def test_how_to_read_is_said_of_ones_own_data_alone(cli: "Cli", option: tuple[object, ...]) -> None:
    for dataset in ((), ("--dataset", "synthetic"), ("--dataset", "synthetic+a.csv")):
        assert "give their path as --dataset" in cli("train", *dataset, *option, *QUICK).failed_with(1)
