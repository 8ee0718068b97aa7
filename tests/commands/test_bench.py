"""`mnist-viz bench`: what it prints, with the measuring itself replaced."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mnist_viz.bench import engine, large, presets, questions, ui
from mnist_viz.commands import bench
from mnist_viz.data.datasets import load_dataset

if TYPE_CHECKING:
    from tests.commands.conftest import Cli

PRESET = {
    "preset": "relu-128", "parameters": 101770, "test_accuracy": 0.978, "test_accuracies": [0.978],
    "author_accuracy": 0.92, "seconds": 12.34, "epochs": 50,
}  # fmt: skip


@pytest.fixture
def few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Synthetic digits in MNIST's place."""
    monkeypatch.setattr(bench, "load_dataset", lambda *_, **__: load_dataset("synthetic", limit=20))


def test_the_presets_are_a_table_under_one_header_or_a_line_of_json_each(
    cli: "Cli", few_digits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presets, "measure_presets", lambda *_: iter([PRESET, PRESET]))
    done = cli("bench", "presets")
    assert (done.status, done.err) == (0, "")
    assert done.lines == [*presets.HEADER.splitlines(), presets.preset_line(PRESET), presets.preset_line(PRESET)]
    monkeypatch.setattr(presets, "measure_presets", lambda *_: iter([PRESET, PRESET]))
    assert cli("bench", "presets", "--json").json == [PRESET, PRESET]


def test_the_number_of_seeds_is_passed_on(cli: "Cli", few_digits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def measure(dataset: object, seeds: int, progress: object) -> dict[str, Any]:
        asked.append(seeds)
        return {"seconds": None}

    monkeypatch.setattr(presets, "measure_time_to_target", measure)
    assert cli("bench", "accuracy", "--seeds", 3, "--json").json == [{"seconds": None}]
    assert asked == [3]


def test_the_engine_is_a_line_a_configuration(cli: "Cli", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "measure", lambda preset, seconds: iter([{"preset": preset, "seconds": seconds}]))
    assert cli("bench", "engine", "--preset", "relu-128", "--json").json == [
        {"preset": "relu-128", "seconds": bench.ENGINE_SECONDS}
    ]
    assert cli("bench", "engine", "--seconds", 2, "--json").json == [{"preset": None, "seconds": 2.0}]


def test_the_window_is_a_line_a_figure(cli: "Cli", monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {"startup_s": 0.61, "preset": "relu-128", "questions": {"why": {"open_ms_p50": 12.34}}}
    monkeypatch.setattr(ui, "measure", lambda *_: dict(figures))
    startup, preset, header, why = cli("bench", "ui").lines
    assert (startup, preset) == ("startup_s                    0.61", "preset                       relu-128")
    assert header.split()[:3] == ["milliseconds", "made", "open"]
    assert why.split() == ["why", "-", "12.3", *"-" * (len(questions.COLUMNS) - 2)]
    assert cli("bench", "ui", "--json").json == [figures]


def test_larger_things_are_a_line_each(cli: "Cli", monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {"200 runs": dict.fromkeys(large.COLUMNS, 1.25)}
    monkeypatch.setattr(large, "measure", lambda _: figures.items())
    header, runs = cli("bench", "ui", "--large").lines
    assert header.split()[:3] == ["larger", "things", "seconds"]
    assert runs.split() == ["200", "runs", *["1.2"] * len(large.COLUMNS)]
    assert cli("bench", "ui", "--large", "--json").json == [figures]


def test_what_cannot_be_measured_is_one_line(cli: "Cli", no_data: Path) -> None:
    for what in ("engine", "presets"):
        assert "there is no preset 'nothing'" in cli("bench", what, "--preset", "nothing").failed_with(1)
    for seconds in ("0", "-1", "nan", "inf"):
        assert "must be above 0" in cli("bench", "ui", "--seconds", seconds).failed_with(2)
    assert "datasets --fetch mnist" in cli("bench", "presets", "--data-dir", no_data).failed_with(1)
