"""Runs in words: what was changed in their settings, what they began with, and which moment of them is meant."""

from collections.abc import Iterator
from dataclasses import replace

from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.setting_sections import SECTIONS, idle_settings, in_a_sentence, value_in_words
from mnist_viz.engine.settings import SPECS, Settings

MAX_NAME = 80
"""Characters of a run's name."""

RUN_COLORS = 8
"""So many before they repeat."""

_ALWAYS = ("hidden", "activation", "optimizer", "learning_rate")
"""What is said of every run from first weights."""


def changes_in_words(before: Settings, after: Settings) -> str:
    """Say what differs, as far as it means anything; "" if nothing does.

    >>> changes_in_words(Settings(), Settings(learning_rate=0.01, optimizer="adam"))
    'learning rate 0.1 → 0.01, optimizer SGD → Adam'
    """
    idle, words = idle_settings(before), []
    for name in _changed(before, after):
        old, new = (value_in_words(name, getattr(settings, name)) for settings in (before, after))
        words.append(f"{_title(name)} {new}" if name in idle else f"{_title(name)} {old} → {new}")
    return ", ".join(words)


def name_of_changes(before: Settings, after: Settings) -> str:
    """A name for what goes on with other settings, such as "rate 0.01, Adam"; "" if nothing differs."""
    return ", ".join(_short(name, after) for name in _changed(before, after))


def settings_in_words(settings: Settings) -> str:
    """Say what a run from first weights is: its preset, layers, optimizer and rate, and what else is its own.

    >>> settings_in_words(Settings(hidden=(128,), dropout=0.2, epochs=20, preset="relu-128"))
    'relu-128, 128 ReLU, SGD, learning rate 0.1, dropout 0.2'
    """
    preset = PRESETS.get(settings.preset)
    base = preset.settings if preset is not None else Settings()
    parts = [preset.title] if preset is not None else []
    if settings.hidden:
        parts.append(f"{value_in_words('hidden', settings.hidden)} {value_in_words('activation', settings.activation)}")
    else:
        parts.append("no hidden layers")
    parts.append(value_in_words("optimizer", settings.optimizer))
    parts.append(f"learning rate {settings.learning_rate:g}")
    told = replace(base, **{name: getattr(settings, name) for name in _ALWAYS}, epochs=settings.epochs)
    parts += [f"{_title(name)} {value_in_words(name, getattr(settings, name))}" for name in _changed(told, settings)]
    return ", ".join(parts)


def moment_in_words(step: int, grid: EpochGrid) -> str:
    """Say which moment is meant: "epoch 3", "epoch 4, batch 120", or "the first weights"; epochs count from 1."""
    if step == 0:
        return "the first weights"
    epoch, batch = grid.at(step)
    return f"epoch {epoch + 1:,}, batch {batch:,}" if batch else f"epoch {epoch:,}"


def shortened(name: str, most: int = 40) -> str:
    """A run's name as it stands within a sentence."""
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


def _changed(before: Settings, after: Settings) -> Iterator[str]:
    """The names of the settings that differ and mean something in `after`, in reading order."""
    idle = idle_settings(after)
    for section in SECTIONS:
        for name in section.names:
            if name not in idle and getattr(before, name) != getattr(after, name):
                yield name


def _short(name: str, after: Settings) -> str:
    value = getattr(after, name)
    if name == "optimizer":
        return value_in_words(name, value)
    if name == "learning_rate":  # the rate itself: in small type a factor such as ÷300 reads as +300
        return f"rate {value_in_words(name, value)}"
    return f"{_title(name)} {value_in_words(name, value)}"


def _title(name: str) -> str:
    return in_a_sentence(SPECS[name].title)
