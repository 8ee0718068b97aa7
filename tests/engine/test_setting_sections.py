"""Each setting has its place in one section, and says in words what is unusual about it."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from mnist_viz.engine.augmentation import AUGMENTATIONS, Augmentation
from mnist_viz.engine.setting_sections import SECTIONS, idle_settings, in_words
from mnist_viz.engine.settings import SPECS, Settings


def test_every_setting_is_in_one_section_and_the_usual_ones_need_no_words() -> None:
    assert Counter(name for section in SECTIONS for name in section.names) == Counter(list(SPECS))
    for section in SECTIONS:
        assert in_words(Settings(), section.names) == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hidden": (256, 32)}, "256-32"),
        ({"hidden": ()}, "no hidden layers"),
        ({"activation": "relu,tanh"}, "ReLU-Tanh"),
        ({"biases": False}, "no biases"),
        ({"batch_norm": True}, "batch normalization"),
        ({"optimizer": "adam", "momentum": 0.8}, "Adam, momentum 0.8"),
        ({"dropout": 0.2, "l2": 1e-4}, "L2 0.0001, dropout 0.2"),
        ({"schedule": "step", "decay": 0.5, "decay_every": 5}, "Step, decay 0.5, decay interval 5"),
        ({"early_stopping": 5}, "early stopping 5"),
        ({"augmentation": Augmentation(shift=1.25, rotation=3.5)}, "shift 1.25 and rotation 3.5"),
        ({"momentum": 0.5, "decay": 0.1}, ""),  # no optimizer and no schedule that uses them
    ],
    ids=lambda value: value if isinstance(value, str) else ",".join(value),
)
def test_what_is_unusual_is_said_in_words(changes: dict[str, Any], words: str) -> None:
    assert in_words(replace(Settings(), **changes), SPECS) == words


def test_a_known_augmentation_is_said_by_its_name() -> None:
    for name, known in AUGMENTATIONS.items():
        assert in_words(Settings(augmentation=known), ("augmentation",)) == (name if known.active else "")


@pytest.mark.parametrize(
    ("changes", "idle"),
    [
        ({}, {"momentum", "decay", "decay_every"}),
        ({"optimizer": "nesterov"}, {"decay", "decay_every"}),
        ({"schedule": "inverse-time"}, {"momentum", "decay_every"}),
        ({"schedule": "step"}, {"momentum"}),
        ({"schedule": "cosine"}, {"momentum", "decay", "decay_every"}),
        ({"hidden": ()}, {"momentum", "decay", "decay_every", "activation", "batch_norm", "dropout"}),
    ],
)
def test_what_means_nothing_with_the_other_settings_is_idle(changes: dict[str, Any], idle: set[str]) -> None:
    assert idle_settings(replace(Settings(), **changes)) == idle
