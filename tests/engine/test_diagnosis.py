"""What is wrong with a run, from values written by hand; and silence where nothing is plainly wrong."""

from dataclasses import replace

import pytest

from mnist_viz.engine.diagnosis import (
    Course,
    better_rate,
    dead_layer_found,
    guessing_loss,
    of_epochs,
    of_layers,
    of_losses,
)
from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.layer_health import LayerHealth
from mnist_viz.engine.metrics import guesses
from mnist_viz.engine.progress import EpochEnd
from mnist_viz.engine.settings import Settings

GRID = EpochGrid(1000, 10)
FAST = Settings(learning_rate=5.0)
DEEP = Settings(hidden=(64,) * 6, activation="sigmoid", initializer="glorot-normal")


def course(settings: Settings = FAST, step: int = 9, good: int = 8) -> Course:
    return Course(step, good, settings, GRID, 10)


def layer(gradient: float = 0.1, dead: float | None = 0.0, saturated: float | None = None) -> LayerHealth:
    return LayerHealth(gradient, 10.0, None, dead, saturated)


OUTPUT = layer(dead=None)


def epochs(*values: tuple[float, float], accuracy: float = 0.8) -> list[EpochEnd]:
    """Epochs with these training and validation losses."""
    return [
        EpochEnd(100 * (k + 1), k, train, accuracy, val, accuracy, 0.1, 1.0, 1000.0)
        for k, (train, val) in enumerate(values)
    ]


def test_guessing_is_told_by_what_chance_alone_gives() -> None:
    guessed = {(0.1, 10): True, (0.1135, 10): True, (0.2, 10): False, (0.5, 2): True, (0.6, 2): False, (0.02, 47): True}
    assert {key: guesses(*key) for key in guessed} == guessed
    assert guessing_loss("cross-entropy", 10) == pytest.approx(2.302585)
    assert guessing_loss("mse", 10) == pytest.approx(0.45)  # (0.9² + 9 · 0.1²) / 2


def test_the_rate_that_helps() -> None:
    for settings, rate in (
        (Settings(learning_rate=5.0), 0.3),  # that of the preset
        (Settings(learning_rate=1.0), 0.1),
        (Settings(learning_rate=0.3, optimizer="adam"), 0.001),  # the preset's rate is for another optimizer
        (Settings(learning_rate=1e-5), 0.3),
    ):
        assert better_rate(settings) == pytest.approx(rate)


def test_a_dead_layer_is_told_with_its_batch_the_rate_and_where_to_go_back_to() -> None:
    found = dead_layer_found(course(), 0)
    assert found.text == "All 128 neurons of hidden layer 1 stopped firing at batch 9: the learning rate 5 is too high."
    assert (found.kind, found.back, found.settings) == ("dead-layer", 8, replace(FAST, learning_rate=0.3))
    found = dead_layer_found(course(replace(FAST, activation="tanh"), step=120), 1)
    assert "All 64 neurons of hidden layer 2 answer the same to every picture since epoch 2, batch 20" in found.text


def test_a_loss_has_exploded_when_its_mean_is_far_above_guessing_and_what_it_was() -> None:
    for before, mean, found in ((2.54, 2.3, False), (2.54, 9.0, False), (2.54, 10.5, True), (12.0, 15.0, False)):
        assert (of_losses(course(), before, mean) is not None) is found
    finding = of_losses(course(), 2.54, 2461.0)
    assert finding is not None
    assert finding.text == "The loss exploded from 2.54 to 2,461 by batch 9: the learning rate 5 is too high."


def test_most_units_of_a_layer_silent_or_saturated() -> None:
    found = of_layers(course(step=100), [layer(), layer(dead=63 / 64), OUTPUT])
    assert found is not None
    assert found.text == "63 of 64 neurons of hidden layer 2 never fire at epoch 1: the learning rate 5 is too high."
    settings = replace(FAST, activation="sigmoid")
    found = of_layers(course(settings, step=100), [layer(saturated=0.93), layer(saturated=0.2), OUTPUT])
    assert found is not None
    assert found.kind == "saturated"
    assert found.text.startswith(
        "93% of the outputs of hidden layer 1 are at the flat ends of the sigmoid at epoch 1: "
    )


def test_a_vanishing_gradient_is_helped_by_another_activation() -> None:
    gradients = [0.0003, 0.0004, 0.002, 0.008, 0.04, 0.16]
    found = of_layers(course(DEEP, step=100), [*(layer(g, saturated=0.0) for g in gradients), layer(0.9, None)])
    assert found is not None
    assert found.text == (
        "The gradient vanishes on its way down: 0.9 in the output layer, 0.0003 in hidden layer 1. "
        "6 layers of sigmoid shrink it."
    )
    assert found.settings == replace(DEEP, activation="relu", initializer="he-normal")


@pytest.mark.parametrize(("rate", "better"), [(1e-5, 0.3), (2.0, 0.2)])
def test_healthy_layers_that_guess_have_another_rate_than_is_usual(rate: float, better: float) -> None:
    found = of_layers(course(Settings(learning_rate=rate), step=100), [layer(), layer(), OUTPUT])
    assert found is not None
    assert (found.kind, found.settings.learning_rate) == ("stuck", better)


def test_healthy_layers_with_a_usual_rate_are_left_alone() -> None:
    assert of_layers(course(Settings(), step=100), [layer(dead=0.7), layer(), OUTPUT]) is None


FALLING = [(0.5 - 0.08 * k, 0.4 - 0.05 * k) for k in range(4)]


def test_overfitting_goes_back_to_the_best_epoch() -> None:
    found = of_epochs(epochs(*FALLING, (0.1, 0.31), (0.05, 0.32), (0.02, 0.4)), Settings(), 10)
    assert found is not None
    assert found.text == (
        "Overfitting since epoch 4: the validation loss rose from 0.2500 to 0.4000, the training loss fell to 0.0200."
    )
    assert (found.kind, found.back, found.settings) == ("overfitting", 400, Settings(dropout=0.2))


@pytest.mark.parametrize(
    "later",
    [
        [(0.1, 0.31), (0.05, 0.32)],  # too few epochs
        [(0.1, 0.27), (0.05, 0.28), (0.02, 0.29)],  # a rise that may be noise, as those of the presets are
        [(0.1, 0.31), (0.05, 0.26), (0.02, 0.4)],  # not throughout
        [(0.3, 0.31), (0.3, 0.32), (0.3, 0.4)],  # the training loss is as bad: it does not learn by heart
    ],
)
def test_what_is_not_plainly_overfitting_is_not_called_so(later: list[tuple[float, float]]) -> None:
    assert of_epochs(epochs(*FALLING, *later), Settings(), 10) is None


def test_a_plateau_of_jumps_wants_a_smaller_rate_and_one_that_creeps_a_larger_one() -> None:
    jumps = [(0.6, 0.6), (0.61, 0.6), (0.6, 0.6), (0.62, 0.6), (0.6, 0.6), (0.61, 0.6)]
    found = of_epochs(epochs(*jumps), Settings(learning_rate=0.3), 10)
    assert found is not None
    assert (found.kind, found.back, found.settings.learning_rate) == ("plateau", 600, 0.03)
    creeps = [(0.6 - 0.0005 * k, 0.6) for k in range(6)]
    found = of_epochs(epochs(*creeps), Settings(learning_rate=0.001), 10)
    assert found is not None
    assert "too small" in found.text
    assert found.settings.learning_rate == 0.3


@pytest.mark.parametrize(
    ("values", "accuracy"),
    [
        ([(0.6, 0.6)] * 5, 0.8),  # too few epochs
        ([(0.01, 0.1)] * 9, 0.99),  # there is nothing left to learn
        ([(0.6 - 0.01 * k, 0.6) for k in range(6)], 0.8),  # it falls
        ([(2.3, 2.3)] * 9, 0.1),  # a network that guesses is judged by its layers
    ],
)
def test_what_is_no_plateau_is_not_called_so(values: list[tuple[float, float]], accuracy: float) -> None:
    assert of_epochs(epochs(*values, accuracy=accuracy), Settings(), 10) is None
