"""Settings to start from: the four published networks that the program brings together, and the one it ships with."""

from dataclasses import dataclass, replace

from mnist_viz.engine.augmentation import Augmentation
from mnist_viz.engine.settings import Settings


@dataclass(frozen=True)
class Preset:
    """A network worth having: its settings and where they come from."""

    name: str
    title: str
    description: str
    source: str
    settings: Settings


def _preset(name: str, description: str, source: str, settings: Settings) -> Preset:
    return Preset(name, name, description, source, replace(settings, preset=name))


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        _preset(
            "relu-128-64",
            "Two hidden layers of ReLU, mini-batches of 128.",
            "MNIST-numpy-neural-network",
            # Its description leaves rate and batch open: the best of 9 pairs on validation data, medians of 3 seeds.
            Settings(hidden=(128, 64), learning_rate=0.3, schedule="inverse-time", decay=0.1, epochs=20),
        ),
        _preset(
            "relu-128",
            "One hidden layer of 128 ReLU neurons.",
            "behjattabrizi",
            # "Xavier" leaves open which: uniform did better than normal on validation data (97.9% and 97.7%, seed 0).
            Settings(hidden=(128,), initializer="glorot-uniform", batch_size=128, epochs=50),
        ),
        _preset(
            "leaky-relu-500",
            "Three wide layers of leaky ReLU, a falling rate.",
            "a five-layer network on torchvision's data",
            Settings(
                hidden=(500, 300, 100), activation="leaky-relu", initializer="glorot-uniform",
                learning_rate=0.01, schedule="inverse-time", decay=0.005, batch_size=60, epochs=30,
            ),
        ),
        _preset(
            "sigmoid-sgd",
            "Sigmoid, no biases, one digit at a time.",
            "shabnam-codes/NeuralNetwork",
            # Rate and epochs are open: the best of 0.05, 0.1, 0.2 and 0.4 on validation data, 2 seeds of 12 epochs.
            Settings(
                hidden=(128, 64), activation="sigmoid", initializer="scaled-normal", biases=False,
                learning_rate=0.05, batch_size=1, epochs=10,
            ),
        ),
        _preset(
            "best",
            "Wide, with varied digits: the network the program ships with.",
            "this project",
            # Chosen on validation digits among eight short runs (mixtures of data, augmentations, dropout and others)
            # and two longer ones (widths and augmentations).
            Settings(
                hidden=(1400, 700), optimizer="adam", learning_rate=0.001, schedule="cosine", epochs=110,
                augmentation=Augmentation(
                    shift=1.0, rotation=12.0, scale=0.12, shear=0.18, elastic=1.4, thickness=0.6
                ),
            ),
        ),
    )
}  # fmt: skip
