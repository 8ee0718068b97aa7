"""`mnist-viz presets` and `mnist-viz datasets`: what there is."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_viz.engine.presets import PRESETS

if TYPE_CHECKING:
    from tests.commands.conftest import Cli


def test_presets_are_a_table(cli: "Cli") -> None:
    done = cli("presets")
    assert (done.status, done.err) == (0, "")
    for name, preset in PRESETS.items():
        assert name in done.out
        assert preset.description in done.out
    assert "784-128-10, relu, 101,770 parameters" in done.out
    falling = PRESETS["leaky-relu-500"].settings
    assert f"learning rate {falling.learning_rate:g} (inverse time, decay {falling.decay:g})" in done.out


def test_presets_as_json_have_all_that_a_run_needs(cli: "Cli") -> None:
    done = cli("presets", "--json")
    listed = {preset["name"]: preset for preset in json.loads(done.out)}
    assert list(listed) == list(PRESETS)
    assert listed["relu-128"]["parameters"] == 101_770
    assert listed["leaky-relu-500"]["hidden"] == [500, 300, 100]
    assert listed["sigmoid-sgd"]["biases"] is False
    assert all(preset["source"] and preset["description"] for preset in listed.values())


def test_datasets_are_a_table(cli: "Cli", no_data: Path) -> None:
    done = cli("datasets", "--data-dir", no_data)
    assert (done.status, done.err) == (0, "")
    assert "synthetic" in done.out
    assert "mnist" in done.out
    assert "70,000 digits" in done.out


def test_datasets_as_json_say_what_is_here(cli: "Cli", no_data: Path) -> None:
    listed = {info["name"]: info for info in json.loads(cli("datasets", "--json", "--data-dir", no_data).out)}
    assert listed["synthetic"]["present"] is True
    assert listed["mnist"]["present"] is False
    for info in listed.values():
        assert {"name", "title", "examples", "present", "licence", "source", "note"} <= set(info)
        assert "\n" not in info["note"]


def test_mnist_is_here_where_its_folder_is(cli: "Cli", mnist_dir: Path) -> None:
    listed = {info["name"]: info for info in json.loads(cli("datasets", "--json", "--data-dir", mnist_dir).out)}
    assert listed["mnist"]["present"] is True
    assert listed["mnist"]["examples"] == 70_000


def test_a_data_folder_before_the_command_counts_too(cli: "Cli", mnist_dir: Path, no_data: Path) -> None:
    def present(*arguments: object) -> bool:
        infos = json.loads(cli(*arguments).out)
        return bool(next(info for info in infos if info["name"] == "mnist")["present"])

    assert present("--data-dir", mnist_dir, "datasets", "--json")
    assert not present("--data-dir", mnist_dir, "datasets", "--json", "--data-dir", no_data)
    assert not present("datasets", "--json")


def test_a_list_takes_no_further_arguments(cli: "Cli") -> None:
    assert "everything" in cli("presets", "everything").failed_with(2)
