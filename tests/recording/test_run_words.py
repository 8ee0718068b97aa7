"""Runs are told in words that a person would use."""

from dataclasses import replace
from typing import Any

import pytest

from mnist_viz.engine.augmentation import AUGMENTATIONS, Augmentation
from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.settings import SPECS, Settings
from mnist_viz.recording.run_words import changes_in_words, moment_in_words, name_of_changes, settings_in_words

BEFORE = Settings()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, ""),
        ({"learning_rate": 0.01}, "learning rate 0.1 → 0.01"),
        ({"optimizer": "adam", "learning_rate": 0.001}, "learning rate 0.1 → 0.001, optimizer SGD → Adam"),
        ({"batch_size": 32, "l2": 1e-4}, "batch size 128 → 32, L2 0 → 0.0001"),
        ({"hidden": ()}, "hidden layers 128-64 → none"),
        ({"activation": "relu,tanh"}, "activation ReLU → ReLU-Tanh"),
        ({"biases": False}, "biases on → off"),
        ({"augmentation": AUGMENTATIONS["light"]}, "augmentation none → light"),
        ({"augmentation": Augmentation(shift=2, rotation=5)}, "augmentation none → shift 2 and rotation 5"),
        ({"schedule": "step", "decay": 0.5}, "schedule Constant → Step, decay 0.5"),
    ],
)
def test_what_differs_is_named_with_both_values(changed: dict[str, Any], words: str) -> None:
    assert changes_in_words(BEFORE, replace(BEFORE, **changed)) == words


def test_what_means_nothing_is_not_named_and_what_meant_nothing_before_has_no_value_before() -> None:
    assert changes_in_words(BEFORE, replace(BEFORE, momentum=0.5, decay=0.2)) == ""
    after = replace(BEFORE, optimizer="momentum", momentum=0.5)
    assert changes_in_words(BEFORE, after) == "optimizer SGD → Momentum, momentum 0.5"


def test_every_setting_can_be_named() -> None:
    before = replace(BEFORE, optimizer="momentum", schedule="step")
    others: dict[str, Any] = {
        "hidden": (9,), "activation": "tanh", "loss": "squared-error", "initializer": "lecun-normal",
        "optimizer": "adam", "schedule": "cosine", "augmentation": Augmentation(shift=1.0),
    }  # fmt: skip
    for name, spec in SPECS.items():
        old = getattr(before, name)
        value: Any = others[name] if name in others else not old if isinstance(old, bool) else old + 1
        assert spec.title.lower() in changes_in_words(before, replace(before, **{name: value})).lower()


def test_a_branch_is_named_after_what_was_changed() -> None:
    assert name_of_changes(BEFORE, BEFORE) == ""
    assert name_of_changes(BEFORE, replace(BEFORE, learning_rate=0.01)) == "rate 0.01"
    assert name_of_changes(BEFORE, replace(BEFORE, optimizer="adam", dropout=0.2)) == "Adam, dropout 0.2"


def test_a_run_from_first_weights_is_told_by_its_preset_and_what_is_not_the_presets() -> None:
    assert settings_in_words(PRESETS["relu-128"].settings) == "relu-128, 128 ReLU, SGD, learning rate 0.1"
    own = replace(PRESETS["relu-128"].settings, hidden=(), optimizer="adam", learning_rate=0.001, l2=0.5, seed=3)
    assert settings_in_words(own) == "relu-128, no hidden layers, Adam, learning rate 0.001, L2 0.5, seed 3"
    assert settings_in_words(Settings(preset="")) == "128-64 ReLU, SGD, learning rate 0.1"


def test_a_moment_is_named_by_the_epoch_that_it_belongs_to() -> None:
    words = {0: "the first weights", 1: "epoch 1, batch 1", 10: "epoch 1", 11: "epoch 2, batch 1", 20: "epoch 2"}
    assert {step: moment_in_words(step, EpochGrid(100, 10)) for step in words} == words
