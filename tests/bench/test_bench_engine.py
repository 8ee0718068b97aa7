"""The engine's benchmark says of each configuration what DESIGN asks for; how fast it was is not tested."""

import sys
from collections.abc import Mapping
from typing import Any

import pytest

from mnist_viz.bench import engine

RATIOS = ("times_floor", "times_faster_than_torch")


def measured(preset: str) -> dict[str, Any]:
    """A configuration measured with one turn a side."""
    (result,) = engine.measure(preset, 0.0, samples=300, turn=0.0, pause=0.0)
    return result


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)


@pytest.mark.usefixtures("no_torch")
@pytest.mark.parametrize("preset", engine.CONFIGURATIONS)
def test_a_configuration_has_its_figures_and_torch_is_left_out_where_it_is_not(preset: str) -> None:
    result = measured(preset)
    assert result["preset"] == preset
    assert result["seconds_per_epoch"] > 0
    assert result["floor_seconds"] > 0
    assert result["torch_seconds"] is result["torch_threads"] is result["times_faster_than_torch"] is None
    assert set(result["seconds_by_threads"]) == {"ours_1", "ours_2", "floor_1", "floor_2"}
    assert result["times_floor"] == pytest.approx(result["seconds_per_epoch"] / result["floor_seconds"])
    assert result["evaluation_ms"] > 0
    assert (result["augmentation_seconds"] is None) == (result["batch_size"] == 1)
    assert "torch is not here" in engine.line(result)


def test_torch_is_measured_where_it_is() -> None:
    pytest.importorskip("torch")
    result = measured("sigmoid-sgd")
    assert result["torch_seconds"] > 0
    assert result["times_faster_than_torch"] == pytest.approx(result["torch_seconds"] / result["seconds_per_epoch"])
    assert {"torch_1", "torch_2"} < set(result["seconds_by_threads"])


def test_a_preset_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^there is no preset 'nothing'; there are relu-128-64, "):
        next(engine.measure("nothing"))


def result_of(**changes: object) -> Mapping[str, Any]:
    return {
        "preset": "relu-128-64", "layers": "784-128-64-10", "batch_size": 128,
        "seconds_per_epoch": 0.25, "threads": 1, "floor_seconds": 0.2, "floor_threads": 2,
        "torch_seconds": 0.5, "torch_threads": 2,
        "times_floor": 1.25, "times_floor_low": 1.2, "times_floor_high": 1.3,
        "times_faster_than_torch": 2.0, "times_faster_than_torch_low": 1.9, "times_faster_than_torch_high": 2.1,
        "chosen_threads": 1, "evaluation_ms": 31.4, "augmentation_seconds": 3.25,
    } | changes  # fmt: skip


def test_a_person_reads_the_figures_with_their_spread() -> None:
    first, second = engine.line(dict(result_of())).splitlines()
    assert first == (
        "relu-128-64    784-128-64-10, batch 128: 0.250 s an epoch on 1 thread, "
        "1.25 times (1.20 to 1.30) the bare products (0.200 s on 2 threads)"
    )
    assert second.strip() == (
        "2.00 times (1.90 to 2.10) torch's speed (0.500 s on 2 threads); 10,000 digits evaluated in 31 ms, "
        "60,000 varied in 3.2 s; a run would choose 1 thread"
    )
    assert "varied" not in engine.line(dict(result_of(augmentation_seconds=None)))
