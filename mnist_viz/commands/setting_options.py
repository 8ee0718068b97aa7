"""An option of the command line for each setting, with the words and limits that the settings have."""

import argparse
from dataclasses import fields, replace
from typing import Any

from mnist_viz.engine.activations import ACTIVATIONS
from mnist_viz.engine.augmentation import AUGMENTATIONS, Augmentation
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.setting_sections import SECTIONS, amounts
from mnist_viz.engine.settings import SPECS, Choice, Number, Settings, Switch

_METAVARS = {"hidden": "128,64", "activation": "A[,B...]", "augmentation": f"{'|'.join(AUGMENTATIONS)}|shift=2,..."}


def add_setting_options(parser: argparse.ArgumentParser) -> None:
    """Add an option for every setting, in the groups that the window's form has too."""
    for section in SECTIONS:
        group = parser.add_argument_group(section.title.lower())
        for name in section.names:
            _add(group, name)


def settings_of(arguments: argparse.Namespace, start: Settings) -> Settings:
    """The settings `start` with what the command line gives in their place.

    A decay without a schedule means inverse-time where the rate of `start` is constant: else it would mean nothing.
    Another optimizer without a learning rate gets a usual one: that of `start` may be a hundred times too high for it.
    """
    given: dict[str, Any] = {
        field.name: value
        for field in fields(Settings)
        if field.name != "preset" and (value := getattr(arguments, field.name, None)) is not None
    }
    if given.get("decay") and "schedule" not in given and start.schedule == "constant":
        given["schedule"] = "inverse-time"
    if given.get("optimizer", start.optimizer) != start.optimizer and "learning_rate" not in given:
        given["learning_rate"] = OPTIMIZERS[given["optimizer"]].usual_rate
    return replace(start, **given)


def hidden_layers(text: str) -> tuple[int, ...]:
    """Parse "128,64"; an empty text means no hidden layer."""
    try:
        return tuple(int(part) for part in text.split(",")) if text.strip() else ()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of widths such as 128,64") from None


def activations(text: str) -> str:
    """Parse "relu" or "relu,tanh"; whether there are as many as hidden layers, the settings check."""
    names = text.replace(" ", "").split(",")
    for name in names:
        if name not in ACTIVATIONS:
            raise argparse.ArgumentTypeError(f"there is no activation {name!r}; there are {', '.join(ACTIVATIONS)}")
    return ",".join(names)


def augmentation(text: str) -> Augmentation:
    """Parse the name of a strength, or "shift=2,rotation=10"."""
    if text in AUGMENTATIONS:
        return AUGMENTATIONS[text]
    given = {}
    for part in text.replace(" ", "").split(","):
        name, _, number = part.partition("=")
        if name not in amounts(Augmentation()):
            raise argparse.ArgumentTypeError(
                f"{text!r} is neither {', '.join(AUGMENTATIONS)} nor numbers of "
                f"{', '.join(amounts(Augmentation()))}, such as shift=2,rotation=10"
            )
        try:
            given[name] = float(number)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{name}={number} needs a number, such as {name}=2") from None
    return Augmentation(**given)


def _add(group: "argparse._ArgumentGroup", name: str) -> None:
    spec = SPECS[name]
    option, text = f"--{name.replace('_', '-')}", f"{spec.hint[0].lower()}{spec.hint[1:]}".replace("%", "%%")
    if isinstance(spec, Number):
        group.add_argument(
            option, type=int if spec.whole else float, metavar=name[0].upper(), help=f"{text} ({spec.range})"
        )
    elif isinstance(spec, Choice):
        group.add_argument(option, choices=spec.titles, help=text)
    elif isinstance(spec, Switch):
        group.add_argument(option, action=argparse.BooleanOptionalAction, help=text)
    else:
        parse = {"hidden": hidden_layers, "activation": activations, "augmentation": augmentation}[name]
        group.add_argument(option, type=parse, metavar=_METAVARS[name], help=text)
