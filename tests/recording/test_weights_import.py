"""Weights that other programs saved: found out by their shapes, and by letting them read digits."""

import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz import NeuralNetwork
from mnist_viz.data.dataset import Dataset
from mnist_viz.data.datasets import load_dataset
from mnist_viz.recording.storage import ModelFileError, load_model, save_model
from mnist_viz.recording.weights_import import Imported, import_weights, is_weights, open_model, read_layers

READ = 0.6
"""The share of synthetic digits that a small network reads when it is understood; else it reads about a tenth."""


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_dataset("synthetic", limit=5000)


@pytest.fixture(scope="module")
def trained(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[NDArray[np.floating]]]:
    """The weights and biases w1, b1, w2, ... of a 784-32-16-10 network with an activation, which reads most digits."""
    folder = tmp_path_factory.mktemp("trained")

    def weights(activation: str) -> list[NDArray[np.floating]]:
        path = folder / f"{activation}.npz"
        if not path.exists():
            network = NeuralNetwork(784, [32, 16], 10, 0.003, activation=activation, optimizer="adam")
            images, labels = digits.train.images, digits.train.labels
            network.train(images, labels, epochs=15, batch_size=32, verbose=False)
            network.save(path)
        with np.load(path) as file:
            return [file[f"{kind}{number}"] for number in (1, 2, 3) for kind in "wb"]

    return weights


def accuracy(opened: Imported, digits: Dataset) -> float:
    """Of what was made of a file, over the validation digits."""
    network = opened.contents.model.network()
    return network.evaluate(digits.validation.images, digits.validation.labels)[1]


NAMES = {
    "W1, b1": ("W1", "b1", "W2", "b2", "W3", "b3"),
    "by position": ("arr_0", "arr_1", "arr_2", "arr_3", "arr_4", "arr_5"),
    "Keras": ("dense/kernel:0", "dense/bias:0",
              "dense_1/kernel:0", "dense_1/bias:0", "dense_2/kernel:0", "dense_2/bias:0"),
    "no order": ("z", "c", "a", "d", "m", "b"),
}  # fmt: skip


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_arrays_may_have_any_names(
    tmp_path: Path, digits: Dataset, trained: Callable[[str], list[NDArray[np.floating]]], names: tuple[str, ...]
) -> None:
    np.savez(tmp_path / "weights.npz", **dict(zip(names, trained("relu"), strict=True)))  # type: ignore[arg-type]
    opened = import_weights(tmp_path / "weights.npz", digits)
    assert opened.contents.sizes == (784, 32, 16, 10)
    assert accuracy(opened, digits) > READ
    assert opened.said.startswith("784-32-16-10, read as ReLU with pixels 0 to 1: ")
    assert "% of the validation digits of Synthetic digits; " in opened.said


def test_torch_has_them_transposed_and_biases_may_be_rows_or_columns(
    tmp_path: Path, digits: Dataset, trained: Callable[[str], list[NDArray[np.floating]]]
) -> None:
    names = [f"layers.{number}.{kind}" for number in (0, 2, 4) for kind in ("weight", "bias")]
    of_torch = {name: array.T for name, array in zip(names, trained("relu"), strict=True)}
    kinds: list[dict[str, NDArray[np.floating]]] = [of_torch]
    for shape in ((1, -1), (-1, 1)):
        arrays = [array.reshape(shape) if array.ndim == 1 else array for array in trained("relu")]
        kinds.append({f"arr_{number}": array for number, array in enumerate(arrays)})
    for kind in kinds:
        np.savez(tmp_path / "weights.npz", **kind)  # type: ignore[arg-type]
        assert accuracy(import_weights(tmp_path / "weights.npz", digits), digits) > READ


@pytest.mark.parametrize(
    ("activation", "name", "mean", "deviation"),
    [
        ("relu", "pixels 0 to 255", 0.0, 1 / 255), ("sigmoid", "standardized pixels", 0.1307, 0.3081),
        ("tanh", "pixels -1 to 1", 0.5, 0.5),
    ],
)  # fmt: skip
def test_activation_and_scale_are_found_out(
    tmp_path: Path,
    digits: Dataset,
    trained: Callable[[str], list[NDArray[np.floating]]],
    activation: str,
    name: str,
    mean: float,
    deviation: float,
) -> None:
    w1, b1, *rest = trained(activation)
    np.savez(tmp_path / "weights.npz", w1 * deviation, b1 + mean * w1.sum(axis=0), *rest)
    opened = import_weights(tmp_path / "weights.npz", digits)
    assert opened.contents.model.activation == activation
    assert name in opened.said
    assert accuracy(opened, digits) > READ


def test_biases_may_be_missing(tmp_path: Path, digits: Dataset) -> None:
    network = NeuralNetwork(784, 32, 10, 0.003, biases=False, optimizer="adam")
    network.train(digits.train.images, digits.train.labels, epochs=15, batch_size=32, verbose=False)
    network.save(tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz") as file:
        np.savez(tmp_path / "weights.npz", first=file["w1"], second=file["w2"])
    opened = import_weights(tmp_path / "weights.npz", digits)
    assert not opened.contents.model.biases
    assert accuracy(opened, digits) > READ


def test_weights_that_read_nothing_are_taken_as_usual_and_that_is_said(tmp_path: Path, digits: Dataset) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "weights.npz", rng.normal(0, 1, (784, 4)), rng.normal(0, 1, (4, 10)))
    said = import_weights(tmp_path / "weights.npz", digits).said
    assert said.startswith("784-4-10, read as ReLU with pixels 0 to 1: ")
    assert said.endswith("no other way reads more")


def test_a_model_file_needs_no_digits(tmp_path: Path) -> None:
    NeuralNetwork(784, 8, 10).save(tmp_path / "model.npz")

    def no_digits() -> Dataset:
        raise AssertionError

    assert open_model(tmp_path / "model.npz", no_digits).said == ""


def test_what_was_imported_can_be_saved(
    tmp_path: Path, digits: Dataset, trained: Callable[[str], list[NDArray[np.floating]]]
) -> None:
    np.savez(tmp_path / "weights.npz", *trained("tanh"))
    contents = import_weights(tmp_path / "weights.npz", digits).contents
    save_model(tmp_path / "model.npz", contents)
    saved = load_model(tmp_path / "model.npz")
    np.testing.assert_array_equal(saved.model.parameters, contents.model.parameters)
    assert saved.provenance["read_as"] == "Tanh with pixels 0 to 1"


# What cannot be opened


def test_a_model_of_keras_is_told_how_to_become_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", b"\x89HDF")
    with pytest.raises(ModelFileError, match=r"is a model that Keras saved\. .*load_model\(\"model\.keras\"\)"):
        read_layers(path)


def kernels(*shapes: tuple[int, ...]) -> list[NDArray[np.floating]]:
    return [np.ones(shape, np.float32) for shape in shapes]


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        (kernels((784, 30), (20, 10)), "make no fully connected network (arr_0 (784, 30), arr_1 (20, 10))"),
        (kernels((784, 30), (30,), (30, 10)), "make no fully connected network"),
        (kernels((32, 1, 3, 3), (784, 10)), "make no fully connected network"),
        (kernels((10,)), "make no fully connected network"),
        ([], "make no fully connected network (there are none)"),
        ([np.full((784, 10), np.nan)], "some of the numbers in weights.npz are not finite"),
        ([np.ones((50, 784)), np.arange(50)], "holds data, not the weights of a network"),
        ([np.array([np.ones((784, 4)), np.ones((4, 10))], object)], "opening one can run code"),
    ],
)
def test_other_arrays_are_refused_with_the_reason(
    tmp_path: Path, digits: Dataset, arrays: list[NDArray[np.floating]], reason: str
) -> None:
    path = tmp_path / "weights.npz"
    np.savez(path, *arrays)
    assert not is_weights(path) or "finite" in reason
    with pytest.raises(ModelFileError) as raised:
        import_weights(path, digits)
    assert reason in str(raised.value)
    assert "\n" not in str(raised.value)


class Trap:
    """Runs when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return (pytest.fail, ("it was unpickled",))


def test_a_pickle_is_not_opened_and_the_way_on_is_named(tmp_path: Path, digits: Dataset) -> None:
    path = tmp_path / "weights.pkl"
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ModelFileError, match="is a pickle, and opening one can run code") as raised:
        import_weights(path, digits)
    for part in ('pickle.load(open("weights.pkl", "rb"))', 'numpy.savez("arrays.npz", *arrays)'):
        assert part in str(raised.value)
