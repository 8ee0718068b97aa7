"""List the presets: the settings of four published networks, and of the one that comes with the program."""

import argparse
from dataclasses import asdict

from mnist_viz.commands.common import add_json_argument
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.setting_sections import in_a_sentence, in_words
from mnist_viz.engine.settings import Settings
from mnist_viz.system.terminal import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_json_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    if arguments.json:
        print_json(
            [
                {
                    "name": preset.name,
                    "description": preset.description,
                    "source": preset.source,
                    "parameters": preset.settings.parameter_count(784, 10),
                    **asdict(preset.settings),
                }
                for preset in PRESETS.values()
            ]
        )
        return 0
    for preset in PRESETS.values():
        s = preset.settings
        shape = "-".join(map(str, (784, *s.hidden, 10)))
        print(f"{preset.name:<16} {preset.description}")
        print(
            f"{'':<16} {shape}, {s.activation}, {s.parameter_count(784, 10):,} parameters; {s.initializer}, "
            f"{s.optimizer}, learning rate {s.learning_rate:g}{_falling(s)}, batch {s.batch_size}, {s.epochs} epochs"
        )
    return 0


def _falling(settings: Settings) -> str:
    told = in_words(settings, ("schedule", "warmup", "decay", "decay_every"))
    return f" ({in_a_sentence(told)})" if told else ""
