"""Model files with wrong contents: each is refused in one line that says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mnist_viz.recording.storage import load_model

if TYPE_CHECKING:
    from tests.recording.conftest import Refusal


# Each case takes the arrays of a good file and spoils one thing.
Arrays = dict[str, Any]


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
    "no description": (without("meta"), "no description"),
    "a description that is not text": (with_array("meta", np.zeros(3)), "not a text"),
    "a description that is not JSON": (with_array("meta", np.array("{not json")), "damaged"),
    "a description nested too deeply": (with_array("meta", np.array("[" * 50_000)), "damaged"),
    "another format": (with_meta(format="a cake recipe"), "something else"),
    "a version that is no number": (with_meta(version="2"), "version is missing"),
    "a newer version": (with_meta(version=2), "newer program wrote it"),
    "no architecture": (with_meta(architecture=...), "architecture is missing"),
    "one size": (with_architecture(sizes=[6]), "layer sizes"),
    "a size of zero": (with_architecture(sizes=[6, 0, 3]), "layer sizes"),
    "a size with a fraction": (with_architecture(sizes=[6, 4.5, 3]), "layer sizes"),
    "a thousand layers": (with_architecture(sizes=[6] * 1000), "layer sizes"),
    "an astronomic size": (with_architecture(sizes=[6, 10**30, 3]), "layer sizes"),
    "an unknown activation": (with_architecture(activation="swish"), "unknown activation 'swish'"),
    "no word about biases": (with_architecture(biases=None), "whether it has biases"),
    "biases that the description denies": (with_architecture(biases=False), "not those that its description"),
    "a layer too few": (without("w2"), "not those that its description asks for"),
    "an unknown name": (with_array("evil", np.zeros(3)), "not those that its description"),
    "a name that leads out of the folder": (with_array("../w1", np.zeros(3)), "not those that its description"),
    "weights of another shape": (with_array("w1", np.zeros((4, 6), np.float32)), "w1 is float32 of shape"),
    "whole numbers": (with_array("w1", np.zeros((6, 4), np.int32)), "w1 is int32 of shape"),
    "pickled objects for weights": (with_array("w1", np.full((6, 4), None)), "w1 "),
    "no class names": (with_meta(classes=...), "class names"),
    "a class name too few": (with_meta(classes=["a", "b"]), "class names"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_refused_in_one_line_that_says_what_it_is(path: Path, damage: str, refusal: Refusal) -> None:
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


def test_opening_a_pickle_runs_none_of_it(path: Path, tmp_path: Path, refusal: Refusal) -> None:
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
