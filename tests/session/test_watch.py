"""Watching over a trainer: what is found when it happens, once, and nothing in a run that learns."""

from dataclasses import replace
from typing import Any

import pytest

from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.diagnosis import Finding
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.trainers import new_trainer
from mnist_viz.session.watch import Watch
from tests.session.conftest import Build, Driven, Watched


def found(trainer: Trainer, epochs: int) -> list[Finding]:
    trainer.epochs = epochs
    watch = Watch(trainer)
    return [finding for event in trainer.run() if (finding := watch.look(event)) is not None]


@pytest.mark.parametrize("change", [{}, {"batch_size": 1}, {"activation": "tanh"}, {"loss": "mse"}, {"hidden": ()}])
def test_nothing_is_found_in_a_run_that_learns(dataset: Dataset, settings: Settings, change: dict[str, Any]) -> None:
    assert found(new_trainer(replace(settings, **change), dataset), 12) == []


def kill(trainer: Trainer, layer: int) -> None:
    """Let the layer put out 0 for every picture from now on."""
    trainer.network.layers[layer].weights[:] = 0.0
    biases = trainer.network.layers[layer].biases
    assert biases is not None
    biases[:] = -1.0


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_a_layer_that_dies_is_found_at_once_and_told_once(dataset: Dataset, settings: Settings, optimizer: str) -> None:
    trainer = new_trainer(replace(settings, hidden=(8, 6), optimizer=optimizer), dataset)
    trainer.epochs = 3
    watch, findings = Watch(trainer), []
    for event in trainer.run():
        findings += [(event.step, finding)] if (finding := watch.look(event)) is not None else []
        if event.step == 5:
            kill(trainer, 1)
    ((step, finding),) = findings
    assert (step, finding.kind, finding.step, finding.back) == (6, "dead-layer", 5, 4)
    assert finding.text.startswith("All 6 neurons of hidden layer 2 stopped firing at batch 5")


def test_after_a_change_of_the_settings_it_is_told_again(dataset: Dataset, settings: Settings) -> None:
    trainer = new_trainer(settings, dataset)
    kill(trainer, 0)
    assert [finding.kind for finding in found(trainer, 1)] == ["dead-layer"]
    watch = Watch(trainer)
    trainer.epochs = 3
    told = 0
    for event in trainer.run():
        told += watch.look(event) is not None
        if event.step == 60:
            trainer.change(replace(settings, learning_rate=0.01))
    assert told == 2


def test_the_worker_publishes_what_it_finds_and_trains_on(watched: Watched, build: Build) -> None:
    from mnist_viz.session.worker import Found, Stop

    def dead() -> Trainer:
        trainer = build()
        kill(trainer, 0)
        return trainer

    watched.load(dead)
    watched.worker.run(epochs=2)
    assert watched.rested().reason is Stop.FINISHED
    (note,) = watched.of_kind(watched.notes, Found)
    assert note.finding.kind == "dead-layer"


def test_a_finding_is_noted_in_the_run(driven: Driven, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Finding] = []
    driven.session.diagnosed.connect(heard.append)
    driven.reset(replace(driven.session.settings, optimizer="sgd", learning_rate=90.0))
    driven.session.play()
    driven.until(lambda: bool(heard))
    driven.pause()
    incident = driven.session.run.incidents[0]
    assert (incident.kind, incident.text) == (heard[0].kind, heard[0].text)


def test_a_run_goes_on_from_a_moment_that_is_not_recorded(driven: Driven) -> None:
    driven.play_to(60)
    slower = replace(driven.session.settings, learning_rate=0.01)
    assert driven.session.timeline.find(7) is None
    driven.session.branch_at(7, slower, "slower")
    driven.until(lambda: driven.session.run.name == "slower")
    assert (driven.session.run.root_step, driven.tail.step, driven.session.settings) == (7, 7, slower)
