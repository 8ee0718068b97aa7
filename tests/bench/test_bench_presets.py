"""The presets' table and the time to a target, tried on a few synthetic digits."""

from dataclasses import replace

import pytest

from mnist_viz.bench import presets
from mnist_viz.data.datasets import Dataset, load_dataset
from mnist_viz.engine.presets import PRESETS


@pytest.fixture
def few() -> Dataset:
    return load_dataset("synthetic", limit=300)


def nothing(text: str, fraction: float) -> None:
    pass


SMALL = replace(PRESETS["relu-128-64"].settings, hidden=(8,), batch_size=32, epochs=2)


def test_every_published_network_has_its_authors_figure() -> None:
    assert set(presets.AUTHORS) == set(PRESETS) - {"best"}
    assert presets.TARGET == 0.9753
    assert presets.FASTEST.problems() == []


def test_a_preset_is_trained_to_its_end_with_every_seed(few: Dataset) -> None:
    told: list[tuple[str, float]] = []
    (result,) = presets.measure_presets(few, 3, lambda *what: told.append(what), [SMALL])
    assert (result["preset"], result["parameters"], result["epochs"]) == ("relu-128-64", 785 * 8 + 9 * 10, 2)
    assert result["test_accuracy"] == sorted(result["test_accuracies"])[1]
    assert result["seconds"] == sorted(result["seconds_each"])[1]
    assert len(set(result["test_accuracies"])) > 1  # the seeds make a difference
    assert result["reached"] == (result["test_accuracy"] >= 0.9753)
    assert told == [(f"relu-128-64, seed {seed}", share) for seed in range(3) for share in (0.5, 1.0)]


def test_with_a_target_training_ends_with_the_epoch_that_reaches_it(few: Dataset) -> None:
    easy = presets.measure_time_to_target(few, 2, nothing, replace(SMALL, epochs=5), target=0.0)
    assert easy["epochs_each"] == [1, 1]
    assert easy["seconds"] == max(easy["seconds_each"])
    assert "100" not in presets.target_line(easy)
    assert presets.target_line(easy).startswith("0.00% on the test digits after ")


def test_a_target_that_is_not_reached_has_no_time(few: Dataset) -> None:
    never = presets.measure_time_to_target(few, 2, nothing, SMALL, target=1.01)
    assert never["seconds"] is None
    assert never["seconds_each"] == [None, None]
    assert never["epochs_each"] == [2, 2]
    assert "was not reached" in presets.target_line(never)


def test_a_row_of_the_table_has_the_columns_of_its_header() -> None:
    row = presets.preset_line(
        {
            "preset": "relu-128", "parameters": 101770, "test_accuracy": 0.978, "test_accuracies": [0.977, 0.979],
            "author_accuracy": 0.92, "seconds": 12.34, "epochs": 50,
        }
    )  # fmt: skip
    assert row == "| relu-128 | 101,770 | 97.80% | 97.70% to 97.90% | 92.00% | 12.3 s, 50 epochs |"
    assert row.count("|") == presets.HEADER.splitlines()[0].count("|")


def test_what_is_measured_is_all_or_what_is_named(few: Dataset) -> None:
    assert [settings.preset for settings in presets.settings_of(None)] == list(presets.AUTHORS)
    assert [settings.preset for settings in presets.settings_of("relu-128")] == ["relu-128"]
    with pytest.raises(ValueError, match=r"^there is no preset 'nothing'"):
        presets.settings_of("nothing")
    with pytest.raises(ValueError, match=r"^the number of seeds must be 1 or more, not 0$"):
        next(presets.measure_presets(few, 0, nothing, [SMALL]))
