"""The settings in the sections in which a person finds them, and in words: for the form, the command line and lists."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from mnist_viz.engine.activations import ACTIVATIONS
from mnist_viz.engine.augmentation import AUGMENTATIONS, Augmentation
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.schedules import SCHEDULES
from mnist_viz.engine.settings import SPECS, Choice, Number, Settings


@dataclass(frozen=True)
class Section:
    """Settings that belong together.

    Attributes:
        names: the fields of `Settings`, in reading order.
        common: whether most runs change something in it.
        nothing: what to say where each setting has its default; empty if that is not worth a word.
    """

    title: str
    names: tuple[str, ...]
    common: bool = False
    nothing: str = ""


SECTIONS: tuple[Section, ...] = (
    Section("Network", ("hidden", "activation", "initializer", "biases", "batch_norm"), common=True),
    Section("Training", ("learning_rate", "batch_size", "optimizer", "momentum", "epochs", "loss"), common=True),
    Section("Rate schedule", ("schedule", "warmup", "decay", "decay_every"), nothing="constant"),
    Section(
        "Regularization",
        ("dropout", "input_dropout", "l2", "l1", "max_norm", "gradient_clip", "label_smoothing", "keep_zeros"),
        nothing="off",
    ),
    Section("Augmentation", ("augmentation",), nothing="off"),
    Section("Run", ("seed", "early_stopping")),
)
"""Every setting of `SPECS`, once."""

_DEFAULTS = Settings()


def in_words(settings: Settings, names: Iterable[str]) -> str:
    """Say what the settings `names` are, as far as they differ from their defaults and mean anything; else "".

    >>> in_words(Settings(dropout=0.2, l2=1e-4), ("dropout", "input_dropout", "l2"))
    'dropout 0.2, L2 0.0001'
    """
    idle = idle_settings(settings)
    differing = (name for name in names if getattr(settings, name) != getattr(_DEFAULTS, name) and name not in idle)
    return ", ".join(_phrase(name, getattr(settings, name)) for name in differing)


def idle_settings(settings: Settings) -> set[str]:
    """The names of the settings that mean nothing beside the others, such as a momentum that no optimizer uses."""
    idle = set()
    if not OPTIMIZERS[settings.optimizer].uses_momentum:
        idle.add("momentum")
    schedule = SCHEDULES[settings.schedule]
    if not schedule.uses_decay:
        idle.add("decay")
    if not schedule.uses_interval:
        idle.add("decay_every")
    if not settings.hidden:
        idle |= {"activation", "batch_norm", "dropout"}
    return idle


def amounts(augmentation: Augmentation) -> dict[str, float]:
    """The numbers of an augmentation by their names."""
    return {field.name: getattr(augmentation, field.name) for field in fields(Augmentation)}


def strength(augmentation: Augmentation) -> str | None:
    """The name under which an augmentation is known; None if it is somebody's own."""
    return next((name for name, known in AUGMENTATIONS.items() if known == augmentation), None)


def in_a_sentence(title: str) -> str:
    """A title as it stands within a sentence: "Batch size" as "batch size", "L2" as it is."""
    return title if len(title) < 3 else title[0].lower() + title[1:]


def value_in_words(name: str, value: object) -> str:
    """Say a value of the setting `name`, such as "128-64", "SGD", "on" or "0.1"."""
    spec = SPECS[name]
    if isinstance(value, Augmentation):
        given = (f"{amount} {number:g}" for amount, number in amounts(value).items() if number)
        return strength(value) or " and ".join(given)
    if isinstance(value, tuple):
        return "-".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(spec, Choice):
        return spec.titles.get(str(value), str(value))
    if isinstance(value, str):
        return "-".join(ACTIVATIONS[one].title if one in ACTIVATIONS else one for one in value.split(","))
    return f"{value:g}" if isinstance(value, float) else f"{value}"


def _phrase(name: str, value: object) -> str:
    """A setting and its value where only what is not usual is told."""
    spec, title = SPECS[name], in_a_sentence(SPECS[name].title)
    if isinstance(value, bool) or value == ():
        return title if value else f"no {title}"
    words = value_in_words(name, value)
    return f"{title} {words}" if isinstance(spec, Number) else words
