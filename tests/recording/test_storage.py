"""Model files: exact, the same bytes for the same model, and every damage refused in one line."""

import contextlib
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.engine.network import Network
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import ModelFile, ModelFileError, load_model, pretrained_path, save_model

Arrays = dict[str, Any]


def model(*sizes: int, activation: str = "relu", biases: bool = True) -> Model:
    network = Network(sizes, activation, biases=biases)
    network.parameters[:] = np.random.default_rng(0).normal(0, 1, network.parameters.size)
    return Model.of(network)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A good model file of a 6-4-3 network."""
    where = tmp_path / "model.npz"
    save_model(where, ModelFile(model(6, 4, 3), ("a", "b", "c"), {"program": "a test", "steps": 7}))
    return where


def refusal(path: Path) -> str:
    """What opening the file says; it must be one line of the promised kind, and name the file."""
    with pytest.raises((ModelFileError, OSError)) as caught:
        load_model(path)
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message


# There and back


@pytest.mark.parametrize("sizes", [(6, 3), (6, 4, 3), (784, 12, 7, 10)])
@pytest.mark.parametrize("biases", [True, False])
def test_a_model_comes_back_to_the_last_bit(tmp_path: Path, sizes: tuple[int, ...], biases: bool) -> None:
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


def test_the_parameters_of_an_opened_model_are_read_only(path: Path) -> None:
    assert not load_model(path).model.parameters.flags.writeable


def test_the_file_is_an_ordinary_npz_with_the_promised_names(path: Path) -> None:
    with np.load(path, allow_pickle=False) as arrays:
        assert set(arrays) == {"w1", "b1", "w2", "b2", "meta"}
        assert (arrays["w1"].shape, arrays["b1"].shape, arrays["w2"].shape) == ((6, 4), (4,), (4, 3))
        assert arrays["w1"].dtype == np.float32
        meta = json.loads(str(arrays["meta"]))
        np.testing.assert_array_equal(arrays["w2"], load_model(path).model.network().layers[1].weights)
    assert meta["architecture"] == {"sizes": [6, 4, 3], "activation": "relu", "biases": True}
    assert {"format", "version", "preprocessing", "provenance"} <= set(meta)


def test_a_network_without_biases_has_none_in_its_file(tmp_path: Path) -> None:
    save_model(tmp_path / "model.npz", ModelFile(model(6, 4, 3, biases=False), ("a", "b", "c")))
    with np.load(tmp_path / "model.npz") as arrays:
        assert set(arrays) == {"w1", "w2", "meta"}


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        save_model(tmp_path / name, ModelFile(model(6, 4, 3), ("a", "b", "c"), {"seed": 1}))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_saving_over_a_file_replaces_it(path: Path) -> None:
    save_model(path, ModelFile(model(2, 2), ("x", "y")))
    assert load_model(path).class_names == ("x", "y")
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_name_of_any_ending_is_kept(tmp_path: Path) -> None:
    save_model(tmp_path / "my model", ModelFile(model(2, 2), ("x", "y")))
    assert load_model(tmp_path / "my model").model.sizes == (2, 2)


def test_a_model_compressed_by_numpy_opens_too(path: Path) -> None:
    expected = load_model(path).model.parameters
    with np.load(path) as arrays:
        contents = dict(arrays)
    np.savez_compressed(path, **contents)
    np.testing.assert_array_equal(load_model(path).model.parameters, expected)


def test_double_precision_opens_as_single(path: Path) -> None:
    expected = load_model(path).model.parameters
    with np.load(path) as arrays:
        contents = {name: a if name == "meta" else a.astype(np.float64) for name, a in arrays.items()}
    np.savez(path, **contents)
    np.testing.assert_array_equal(load_model(path).model.parameters, expected)


def test_the_pretrained_model_opens_and_reads_pictures_of_digits() -> None:
    opened = load_model(pretrained_path())
    assert (opened.model.sizes[0], opened.model.sizes[-1]) == (784, 10)
    assert opened.class_names == tuple("0123456789")


# Damage. Each case takes the arrays of a good file and spoils one thing.


def meta_of(arrays: Arrays) -> dict[str, Any]:
    meta: dict[str, Any] = json.loads(str(arrays["meta"]))
    return meta


def with_meta(**changes: Any) -> Callable[[Arrays], None]:
    def spoil(arrays: Arrays) -> None:
        meta = {**meta_of(arrays), **changes}
        arrays["meta"] = np.array(json.dumps({key: value for key, value in meta.items() if value is not ...}))

    return spoil


def with_architecture(**changes: Any) -> Callable[[Arrays], None]:
    def spoil(arrays: Arrays) -> None:
        architecture = {**meta_of(arrays)["architecture"], **changes}
        with_meta(architecture=architecture)(arrays)

    return spoil


def with_array(name: str, value: object) -> Callable[[Arrays], None]:
    def spoil(arrays: Arrays) -> None:
        arrays[name] = value

    return spoil


def without(name: str) -> Callable[[Arrays], None]:
    def spoil(arrays: Arrays) -> None:
        del arrays[name]

    return spoil


def with_number(value: float) -> Callable[[Arrays], None]:
    def spoil(arrays: Arrays) -> None:
        arrays["w2"] = arrays["w2"].copy()
        arrays["w2"][1, 1] = value

    return spoil


DAMAGES: dict[str, tuple[Callable[[Arrays], None], str]] = {
    "a NaN among the weights": (with_number(np.nan), "not finite numbers"),
    "an infinite weight": (with_number(-np.inf), "not finite numbers"),
    "no description": (without("meta"), "no description"),
    "a description that is not text": (with_array("meta", np.zeros(3)), "not a text"),
    "a description that is not JSON": (with_array("meta", np.array("{not json")), "damaged"),
    "a description that is a list": (with_array("meta", np.array("[1, 2]")), "something else"),
    "a description nested too deeply": (with_array("meta", np.array("[" * 50_000)), "damaged"),
    "a description that is pickled": (with_array("meta", np.array({"format": 1}, object)), "is not a model"),
    "another format": (with_meta(format="a cake recipe"), "something else"),
    "no version": (with_meta(version=...), "version is missing"),
    "a version that is no number": (with_meta(version="2"), "version is missing"),
    "version zero": (with_meta(version=0), "version is missing"),
    "a newer version": (with_meta(version=2), "newer program wrote it"),
    "no architecture": (with_meta(architecture=...), "architecture is missing"),
    "an architecture that is a text": (with_meta(architecture="6-4-3"), "architecture is missing"),
    "no sizes": (with_architecture(sizes=None), "layer sizes"),
    "one size": (with_architecture(sizes=[6]), "layer sizes"),
    "a size of zero": (with_architecture(sizes=[6, 0, 3]), "layer sizes"),
    "a negative size": (with_architecture(sizes=[6, -4, 3]), "layer sizes"),
    "a size with a fraction": (with_architecture(sizes=[6, 4.5, 3]), "layer sizes"),
    "a size that is a truth value": (with_architecture(sizes=[6, True, 3]), "layer sizes"),
    "a thousand layers": (with_architecture(sizes=[6] * 1000), "layer sizes"),
    "more parameters than fit": (with_architecture(sizes=[1_000_000, 8192, 10]), "layer sizes"),
    "an astronomic size": (with_architecture(sizes=[6, 10**30, 3]), "layer sizes"),
    "another number of layers": (with_architecture(sizes=[6, 4, 4, 3]), "not those that its description asks for"),
    "an unknown activation": (with_architecture(activation="swish"), "unknown activation 'swish'"),
    "an activation that is a list": (with_architecture(activation=["relu"]), "damaged"),
    "no word about biases": (with_architecture(biases=None), "whether it has biases"),
    "biases that the description denies": (with_architecture(biases=False), "not those that its description"),
    "a layer too few": (without("w2"), "not those that its description asks for"),
    "a bias too few": (without("b1"), "not those that its description asks for"),
    "a layer too many": (with_array("w3", np.zeros((3, 3), np.float32)), "not those that its description"),
    "an unknown name": (with_array("evil", np.zeros(3)), "other things"),
    "a name that leads out of the folder": (with_array("../w1", np.zeros(3)), "other things"),
    "weights of another shape": (with_array("w1", np.zeros((4, 6), np.float32)), "w1 is float32 of shape"),
    "weights of one dimension": (with_array("w1", np.zeros(24, np.float32)), "w1 is float32 of shape"),
    "a bias of another length": (with_array("b2", np.zeros(4, np.float32)), "b2 is float32 of shape"),
    "whole numbers": (with_array("w1", np.zeros((6, 4), np.int32)), "w1 is int32 of shape"),
    "complex numbers": (with_array("w1", np.zeros((6, 4), np.complex64)), "w1 is complex64 of shape"),
    "text for weights": (with_array("w1", np.full((6, 4), "one")), "w1 is <U3 of shape"),
    "pickled objects for weights": (with_array("w1", np.full((6, 4), None)), "w1 "),
    "no class names": (with_meta(classes=...), "class names"),
    "a class name too few": (with_meta(classes=["a", "b"]), "class names"),
    "class names that are numbers": (with_meta(classes=[0, 1, 2]), "class names"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_refused_in_one_line_that_says_what_it_is(path: Path, damage: str) -> None:
    spoil, message = DAMAGES[damage]
    with np.load(path) as arrays:
        contents = dict(arrays)
    spoil(contents)
    np.savez(path, **contents)
    assert message in refusal(path)


def test_a_provenance_that_makes_no_sense_is_ignored(path: Path) -> None:
    with np.load(path) as arrays:
        contents = dict(arrays)
    with_meta(provenance=[1, 2])(contents)
    np.savez(path, **contents)
    assert load_model(path).provenance == {}


def test_opening_a_pickle_runs_none_of_it(path: Path, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "ran",)

    for name in ("meta", "w1"):
        with np.load(path) as arrays:
            contents = dict(arrays)
        spoiled = tmp_path / "evil.npz"
        contents[name] = np.full((6, 4), Evil(), object)
        np.savez(spoiled, **contents)
        refusal(spoiled)
    assert not (tmp_path / "ran").exists()


# Files that are no such archive, or a broken one


def test_a_file_cut_off_anywhere_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    for length in {0, 1, 3, 4, 29, len(whole) - 1, *range(0, len(whole), len(whole) // 60)}:
        path.write_bytes(whole[:length])
        refusal(path)


def test_a_flipped_byte_is_refused_or_makes_no_difference(path: Path) -> None:
    """The archive's checksums cover its contents; what they leave out is never read as something else."""
    whole, expected = path.read_bytes(), load_model(path)
    for place in range(0, len(whole), 7):
        spoiled = bytearray(whole)
        spoiled[place] ^= 0x5A
        path.write_bytes(spoiled)
        with contextlib.suppress(ModelFileError, OSError):
            opened = load_model(path)
            assert opened.model.parameters.tobytes() == expected.model.parameters.tobytes()
            assert opened.class_names == expected.class_names


@pytest.mark.parametrize(
    "contents",
    [b"", b"hello", b"\x00" * 5000, b"PK\x03\x04" + b"\x00" * 100, b"\x89PNG\r\n\x1a\n" + b"x" * 500, b"\x93NUMPY\x01"],
    ids=["empty", "text", "zeros", "a zip's first bytes", "a picture", "an npy's first bytes"],
)
def test_another_kind_of_file_is_refused(tmp_path: Path, contents: bytes) -> None:
    (tmp_path / "model.npz").write_bytes(contents)
    assert refusal(tmp_path / "model.npz") == "model.npz is not a model file, or it is damaged"


def test_an_empty_archive_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.npz", "w"):
        pass
    assert "no description" in refusal(tmp_path / "model.npz")


def test_a_missing_file_is_a_line_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"^there is no file .*model.npz$"):
        load_model(tmp_path / "model.npz")


def test_a_folder_is_a_line_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"^cannot read .*: Is a directory$"):
        load_model(tmp_path)


def test_a_file_in_the_place_of_a_folder_is_a_line(path: Path) -> None:
    refusal(path / "model.npz")


def rewritten(path: Path, name: str, change: Callable[[bytes], bytes], compress: int = zipfile.ZIP_STORED) -> None:
    """Change one member of the archive."""
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    members[f"{name}.npy"] = change(members[f"{name}.npy"])
    with zipfile.ZipFile(path, "w", compress) as archive:
        for filename, data in members.items():
            archive.writestr(filename, data)


def header(shape: tuple[int, ...], descr: str = "<f4") -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": shape})
    return file.getvalue()


def peak_while_refusing(path: Path) -> int:
    refusal(path)  # what is imported and cached on the first time is not the file's
    tracemalloc.start()
    try:
        refusal(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "lie"),
    [
        ("w1", header((100_000, 80_000))),
        ("w1", header((6, 4, 10**12))),
        ("w1", header((10**18, 10**18))),
        ("w1", header((6, 4), "<f8")),
        ("w1", header((6, 4), f"<U{2**28}")),
        ("w1", header((-6, -4))),
        ("b2", header((2**40,))),
        ("meta", header((2**31,), "<U1")),
        ("meta", header((), f"<U{2**28}")),
        ("meta", header((10**18,), "<U1")),
    ],
    ids=lambda value: value if isinstance(value, str) else value[10:].decode().strip()[:70],
)
def test_a_header_that_asks_for_gigabytes_gets_none(path: Path, name: str, lie: bytes) -> None:
    rewritten(path, name, lambda data: lie + data[128:])
    assert peak_while_refusing(path) < 5_000_000


def test_a_header_of_a_megabyte_is_refused(path: Path) -> None:
    long = b"\x93NUMPY\x02\x00" + (10**6).to_bytes(4, "little") + b" " * 10**6
    rewritten(path, "w1", lambda data: long + data)
    assert "damaged" in refusal(path)


def test_code_in_a_header_is_not_run(path: Path) -> None:
    text = b"__import__('os').abort()".ljust(117) + b"\n"
    rewritten(path, "w1", lambda data: b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text)
    assert "damaged" in refusal(path)


@pytest.mark.parametrize("name", ["w1", "meta"])
def test_an_archive_that_would_unpack_to_gigabytes_is_not_unpacked(path: Path, name: str) -> None:
    rewritten(path, name, lambda data: data + bytes(60_000_000), zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 200_000
    assert peak_while_refusing(path) < 5_000_000


def test_a_member_whose_data_end_early_is_refused(path: Path) -> None:
    rewritten(path, "w1", lambda data: data[:-4])
    assert "w1 is truncated" in refusal(path)


def test_a_member_with_data_left_over_is_refused(path: Path) -> None:
    rewritten(path, "w1", lambda data: data + b"1234")
    refusal(path)


def test_the_same_name_twice_is_refused(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("w1.npy", archive.read("w2.npy"))
    assert "other things" in refusal(path)


def test_a_compression_that_is_not_usual_is_refused(path: Path) -> None:
    rewritten(path, "w1", lambda data: data, zipfile.ZIP_BZIP2)
    assert "compressed in an unknown way" in refusal(path)


# Writing


def test_a_failure_to_write_leaves_the_old_model(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = path.read_bytes()

    def full_disk(file: Any, **arrays: NDArray[Any]) -> None:
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(OSError, match=r"cannot write .*model.npz: No space left on device"):
        save_model(path, ModelFile(model(2, 2), ("x", "y")))
    assert path.read_bytes() == expected
    assert [each.name for each in path.parent.iterdir()] == ["model.npz"]


def test_a_folder_that_is_not_there_is_a_line(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"cannot write .*model.npz"):
        save_model(tmp_path / "none" / "model.npz", ModelFile(model(2, 2), ("x", "y")))
