"""`mnist-viz datasets`: what there is, and fetching, verifying and deleting one."""

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mnist_viz.commands import datasets
from mnist_viz.data.datasets import load_dataset
from mnist_viz.data.published.catalogue import ROWS

if TYPE_CHECKING:
    from tests.commands.conftest import Cli


def test_datasets_are_a_table(cli: "Cli", no_data: Path) -> None:
    done = cli("datasets", "--data-dir", no_data)
    assert (done.status, done.err) == (0, "")
    for name, row in ROWS.items():
        assert f"{name} " in done.out
        assert row.licence in done.out
    assert "MNIST: 70,000 examples of 10 classes, 28x28" in done.out
    assert "not here; 11.6 MB to fetch; licence: CC BY-SA 3.0" in done.out
    assert "CIFAR-10: 60,000 examples of 10 classes, 32x32 in colour" in done.out


def test_datasets_as_json_say_what_is_here(cli: "Cli", no_data: Path) -> None:
    listed = {info["name"]: info for info in json.loads(cli("datasets", "--json", "--data-dir", no_data).out)}
    assert listed["synthetic"]["present"] is True
    assert listed["mnist"]["present"] is False
    assert listed["mnist"]["folder"] == str(no_data / "MNIST" / "raw")
    assert listed["emnist-balanced"]["classes"] == 47
    assert listed["cifar10"]["image_shape"] == [32, 32, 3]
    for info in listed.values():
        assert {"name", "title", "examples", "present", "licence", "source", "note"} <= set(info)
        assert {"classes", "image_shape", "download_bytes", "fetched", "folder"} <= set(info)
        assert "\n" not in info["note"]


def test_a_data_folder_before_the_command_counts_too(cli: "Cli", mnist_dir: Path, no_data: Path) -> None:
    def present(*arguments: object) -> bool:
        infos = json.loads(cli(*arguments).out)
        return bool(next(info for info in infos if info["name"] == "mnist")["present"])

    assert present("--data-dir", mnist_dir, "datasets", "--json")
    assert not present("--data-dir", mnist_dir, "datasets", "--json", "--data-dir", no_data)
    assert not present("datasets", "--json")
    assert f"here ({mnist_dir / 'MNIST' / 'raw'}); nothing to fetch" in cli("datasets", "--data-dir", mnist_dir).out


def test_a_set_that_is_here_is_fetched_without_a_network(cli: "Cli", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "load_dataset", partial(load_dataset, limit=500))
    done = cli("datasets", "--fetch", "synthetic")
    assert done.out == "Synthetic digits can be used: 700 examples of 10 classes.\n"


def test_a_fetch_that_fails_says_why_in_one_line(
    cli: "Cli", no_data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "torchvision.py"
    package.write_text("raise ImportError('No module named torch')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    said = cli("datasets", "--fetch", "kmnist", "--data-dir", no_data).failed_with(1)
    assert "KMNIST cannot be fetched because torchvision does not load (No module named torch)" in said


def test_verifying_says_what_was_read(cli: "Cli", mnist_dir: Path) -> None:
    done = cli("datasets", "--verify", "mnist", "--data-dir", mnist_dir)
    assert done.out == "MNIST is whole: 4 files with 55.0 MB were read, which hold 70,000 examples.\n"
    done = json.loads(cli("datasets", "--verify", "mnist", "--json", "--data-dir", mnist_dir).out)
    assert done["done"].startswith("MNIST is whole")


def test_what_cannot_be_done_is_one_line(cli: "Cli", no_data: Path) -> None:
    said = cli("datasets", "--verify", "mnist", "--data-dir", no_data).failed_with(1)
    assert "there is no MNIST" in said
    assert said.endswith(f"mnist-viz datasets --fetch mnist --data-dir {no_data}")
    file = no_data / "usps.bz2"
    file.write_bytes(b"theirs")
    said = cli("datasets", "--remove", "usps", "--data-dir", no_data).failed_with(1)
    assert "the program did not fetch the USPS" in said
    assert file.read_bytes() == b"theirs"
    assert "not allowed with" in cli("datasets", "--fetch", "mnist", "--remove", "mnist").failed_with(2)
