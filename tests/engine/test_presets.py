"""Settings: what is possible, what is not, and the presets."""

import math
from dataclasses import fields, replace
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_viz.engine.augmentation import AUGMENTATIONS, Augmentation
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.settings import LIVE_FIELDS, Settings

EVERY_PRESET = pytest.mark.parametrize("name", PRESETS)

COUNTS = {
    "relu-128-64": 784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10,
    "relu-128": 101_770,
    "leaky-relu-500": 784 * 500 + 500 + 500 * 300 + 300 + 300 * 100 + 100 + 100 * 10 + 10,
    "sigmoid-sgd": 784 * 128 + 128 * 64 + 64 * 10,
    "best": 784 * 1400 + 1400 + 1400 * 700 + 700 + 700 * 10 + 10,
}


@EVERY_PRESET
def test_a_preset_is_possible_and_has_the_number_of_parameters_that_is_stated(name: str) -> None:
    preset = PRESETS[name]
    assert preset.settings.problems() == []
    assert preset.name == preset.settings.preset == name
    assert preset.title
    assert preset.description
    assert preset.source
    assert preset.settings.parameter_count(784, 10) == COUNTS[name]


def test_what_their_authors_say_of_them() -> None:
    sigmoid, leaky = PRESETS["sigmoid-sgd"].settings, PRESETS["leaky-relu-500"].settings
    assert (sigmoid.activation, sigmoid.biases, sigmoid.batch_size) == ("sigmoid", False, 1)
    assert (leaky.activation, leaky.batch_size, leaky.learning_rate) == ("leaky-relu", 60, 0.01)
    assert (leaky.decay, leaky.initializer, leaky.epochs) == (0.005, "glorot-uniform", 30)
    relu = PRESETS["relu-128"].settings
    assert (relu.hidden, relu.learning_rate, relu.batch_size, relu.epochs) == ((128,), 0.1, 128, 50)
    assert PRESETS["relu-128-64"].settings.hidden == (128, 64)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden": (0,)}, "A hidden layer needs 1 to 8,192 neurons, not 0."),
        ({"hidden": (4,) * 17}, "At most 16 hidden layers, not 17."),
        ({"activation": "swish"}, "There is no activation 'swish'; there are relu, "),
        (
            {"optimizer": "newton"},
            "There is no optimizer 'newton'; there are sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw.",
        ),
        ({"learning_rate": math.nan}, "The learning rate must be above 0 and at most 100, not nan."),
        ({"momentum": 1.0}, "The momentum must be 0 or more and below 1, not 1."),
        ({"decay": -0.5}, "The decay must be 0 or more, not -0.5."),
        ({"batch_size": 0}, "The batch size must be 1 to 10,000, not 0."),
        ({"epochs": 0}, "The number of epochs must be 1 to 10,000, not 0."),
        ({"seed": -1}, "The seed must be 0 to 9,007,199,254,740,991, not -1."),
        ({"dropout": 1.0}, "The dropout must be 0 or more and below 1, not 1."),
        ({"loss": "hinge"}, "There is no loss 'hinge'; there are cross-entropy, mse."),
        ({"schedule": "random"}, "There is no schedule 'random'; there are constant, "),
        ({"schedule": "step", "decay": 1.0}, "The decay of this schedule must be below 1, not 1."),
        ({"activation": "relu,tanh,elu"}, "3 activations do not fit 2 hidden layers: "),
        ({"batch_norm": True, "batch_size": 1}, "Batch normalization needs batches of 2 or more: "),
        ({"augmentation": Augmentation(rotation=200.0)}, "The rotation must be 0 to 180 degrees, not 200."),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_an_impossible_value_is_named_in_one_sentence(change: dict[str, Any], message: str) -> None:
    settings = replace(Settings(), **change)
    (problem,) = settings.problems()
    assert problem.startswith(message)
    assert "\n" not in problem
    with pytest.raises(ValueError, match="^" + problem.split("(")[0].split(".")[0][:20]):
        settings.check()


@hypothesis.settings(deadline=None)
@given(rate=st.floats(), decay=st.floats(), momentum=st.floats())
def test_rates_are_possible_exactly_where_they_mean_something(rate: float, decay: float, momentum: float) -> None:
    settings = replace(Settings(), learning_rate=rate, decay=decay, momentum=momentum)
    possible = 0 < rate <= 100 and 0 <= decay < math.inf and 0 <= momentum < 1
    assert (settings.problems() == []) == possible


def test_no_hidden_layer_is_possible() -> None:
    settings = replace(Settings(), hidden=())
    assert settings.check() is settings
    assert settings.parameter_count(784, 10) == 7850


@pytest.mark.parametrize("name", [field.name for field in fields(Settings)])
def test_only_the_live_settings_change_without_a_reset(name: str) -> None:
    others = {
        "preset": "relu-128", "hidden": (3,), "activation": "tanh", "initializer": "zeros", "biases": False,
        "optimizer": "momentum", "momentum": 0.5, "learning_rate": 0.2, "decay": 0.5, "batch_size": 3,
        "epochs": 99, "seed": 7, "loss": "mse", "batch_norm": True, "schedule": "cosine", "decay_every": 3,
        "warmup": 1.0, "l1": 0.1, "l2": 0.1, "max_norm": 2.0, "gradient_clip": 1.0, "input_dropout": 0.1,
        "dropout": 0.1, "label_smoothing": 0.1, "augmentation": AUGMENTATIONS["light"], "early_stopping": 3,
        "keep_zeros": True,
    }  # fmt: skip
    changed = replace(Settings(), **{name: others[name]})  # type: ignore[arg-type]
    assert Settings().needs_reset(changed) == ([] if name in {*LIVE_FIELDS, "preset"} else [name])
