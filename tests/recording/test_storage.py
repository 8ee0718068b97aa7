"""Model files: there and back to the last bit, the same bytes for the same model, and nothing lost in writing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import pytest

from mnist_viz.recording.storage import ModelFile, ModelFileError, load_model, save_model

if TYPE_CHECKING:
    from tests.recording.conftest import MakeModel


# There and back


@pytest.mark.parametrize("sizes", [(6, 3), (6, 4, 3), (784, 12, 7, 10)])
@pytest.mark.parametrize("biases", [True, False])
def test_a_model_comes_back_to_the_last_bit(
    tmp_path: Path, sizes: tuple[int, ...], biases: bool, model: MakeModel
) -> None:
    saved = ModelFile(
        model(*sizes, activation="tanh", biases=biases),
        tuple(f"class {number}" for number in range(sizes[-1])),
        {"settings": {"seed": 3}, "test_accuracy": 0.97, "note": "ä"},
    )
    save_model(tmp_path / "model.npz", saved)
    opened = load_model(tmp_path / "model.npz")
    assert opened.model.parameters.tobytes() == saved.model.parameters.tobytes()
    assert (opened.model.sizes, opened.model.activation, opened.model.biases) == (sizes, "tanh", biases)
    assert opened.class_names == saved.class_names
    assert opened.provenance == saved.provenance


def test_the_shape_of_the_pictures_is_kept_or_a_square(tmp_path: Path, model: MakeModel) -> None:
    shapes: list[tuple[int, tuple[int, ...] | None, tuple[int, ...] | None]] = [
        (784, None, (28, 28)), (10, None, None), (3072, None, None), (3072, (32, 32, 3), (32, 32, 3)),
        (600, (20, 30), (20, 30)),
    ]  # fmt: skip
    for inputs, given, kept in shapes:
        saved = ModelFile(model(inputs, 3), ("a", "b", "c"), image_shape=given)
        assert saved.image_shape == kept
        save_model(tmp_path / "model.npz", saved)
        assert load_model(tmp_path / "model.npz").image_shape == kept


def test_a_shape_that_cannot_be_is_refused(path: Path) -> None:
    with np.load(path) as arrays:
        contents = dict(arrays)
    shapes: list[Any] = [[5, 5], [32, 32, 4], [6], [-2, -3], [2.0, 3.0], "28x28", 6, [[2, 3]], [True, 6]]
    for shape in shapes:
        meta = json.loads(str(contents["meta"])) | {"image_shape": shape}
        np.savez(path, **contents | {"meta": np.array(json.dumps(meta))})
        with pytest.raises(ModelFileError, match="the shape of its pictures is"):
            load_model(path)


def test_the_file_is_an_ordinary_npz_with_the_promised_names(path: Path, tmp_path: Path, model: MakeModel) -> None:
    with np.load(path, allow_pickle=False) as arrays:
        assert set(arrays) == {"w1", "b1", "w2", "b2", "meta"}
        assert (arrays["w1"].shape, arrays["b1"].shape, arrays["w2"].shape) == ((6, 4), (4,), (4, 3))
        assert arrays["w1"].dtype == np.float32
        meta = json.loads(str(arrays["meta"]))
        np.testing.assert_array_equal(arrays["w2"], load_model(path).model.network().layers[1].weights)
    assert meta["architecture"] == {"sizes": [6, 4, 3], "activation": "relu", "biases": True}
    assert {"format", "version", "preprocessing", "provenance"} <= set(meta)
    save_model(tmp_path / "model.npz", ModelFile(model(6, 4, 3, biases=False), ("a", "b", "c")))
    with np.load(tmp_path / "model.npz") as arrays:
        assert set(arrays) == {"w1", "w2", "meta"}


def test_the_same_model_gives_the_same_bytes(tmp_path: Path, model: MakeModel) -> None:
    for name in ("one.npz", "two.npz"):
        save_model(tmp_path / name, ModelFile(model(6, 4, 3), ("a", "b", "c"), {"seed": 1}))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_saving_over_a_file_replaces_it_and_a_name_of_any_ending_is_kept(
    tmp_path: Path, model: MakeModel, path: Path
) -> None:
    save_model(tmp_path / "my model", ModelFile(model(2, 2), ("x", "y")))
    assert load_model(tmp_path / "my model").model.sizes == (2, 2)
    save_model(path, ModelFile(model(2, 2), ("x", "y")))
    assert load_model(path).class_names == ("x", "y")
    assert {each.name for each in path.parent.iterdir()} == {path.name, "my model"}


def test_a_model_compressed_by_numpy_or_in_double_precision_opens_too(path: Path) -> None:
    expected = load_model(path).model.parameters
    with np.load(path) as arrays:
        contents = dict(arrays)
    np.savez_compressed(path, **contents)
    np.testing.assert_array_equal(load_model(path).model.parameters, expected)
    with np.load(path) as arrays:
        contents = {name: a if name == "meta" else a.astype(np.float64) for name, a in arrays.items()}
    np.savez(path, **contents)
    np.testing.assert_array_equal(load_model(path).model.parameters, expected)


# Writing


def test_a_failure_to_write_leaves_the_old_model(path: Path, monkeypatch: pytest.MonkeyPatch, model: MakeModel) -> None:
    expected = path.read_bytes()

    def full_disk(member: BinaryIO, *_: object, **__: object) -> None:
        member.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numpy.lib.format.write_array", full_disk)
    with pytest.raises(OSError, match=r"cannot write .*model.npz: No space left on device"):
        save_model(path, ModelFile(model(2, 2), ("x", "y")))
    assert path.read_bytes() == expected
    assert [each.name for each in path.parent.iterdir()] == ["model.npz"]
