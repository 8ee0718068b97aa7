"""The network as one object for scripts and notebooks: train, predict, evaluate, save, load."""

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_viz.engine.network import Network
from mnist_viz.engine.progress import EpochEnd
from mnist_viz.engine.samples import as_images, as_labels, check_samples
from mnist_viz.engine.settings import SPECS, Settings
from mnist_viz.engine.threads import blas_threads
from mnist_viz.engine.training import Trainer
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import ModelFile, load_model, save_model

Floats = NDArray[np.floating]


class NeuralNetwork:
    """A fully connected network with a softmax output, trained by mini-batch gradient descent.

    >>> from mnist_viz import NeuralNetwork, load_dataset
    >>> data = load_dataset("synthetic", limit=5000)
    >>> network = NeuralNetwork(hidden_size=[128, 64])
    >>> epochs = network.train(data.train.images, data.train.labels, epochs=3, verbose=False)
    >>> epochs[-1].train_accuracy > epochs[0].train_accuracy
    True
    >>> network.predict(data.test.images[:5]).shape
    (5,)

    Everything that `mnist-viz train` can do is a setting, given by its name:

    >>> network = NeuralNetwork(784, 64, 10, learning_rate=0.001, optimizer="adam", dropout=0.2, l2=1e-5)
    >>> network.learning_rate = 0.0005

    Images are arrays of shape (n, input_size), or (n, height, width) with as many pixels: whole numbers 0..255, or
    numbers 0..1. Labels are class numbers (n,), or one-hot rows (n, output_size).

    Args:
        input_size, output_size: pixels and classes.
        hidden_size: neurons of the hidden layer, or a list for several.
        learning_rate: may be set again between calls of `train`.
        settings: any other field of `mnist_viz.engine.settings.Settings`, such as activation (one name, or names
            joined by commas, one a layer), loss, initializer, optimizer, schedule, dropout, batch_norm, seed.

    Raises:
        ValueError: impossible settings.
        TypeError: a setting that does not exist.

    Attributes:
        learning_rate: of the next call of `train`.
    """

    def __init__(
        self,
        input_size: int = 784,
        hidden_size: int | Sequence[int] = 128,
        output_size: int = 10,
        learning_rate: float = 0.1,
        **settings: Any,
    ) -> None:
        hidden = (hidden_size,) if isinstance(hidden_size, int) else tuple(hidden_size)
        self.learning_rate = learning_rate
        if unknown := [name for name in settings if name not in SPECS or name in ("hidden", "epochs", "batch_size")]:
            raise TypeError(f"NeuralNetwork has no setting {unknown[0]!r}; there are {', '.join(SPECS)}")
        self._settings = Settings(preset="", hidden=hidden, learning_rate=learning_rate, **settings).check()
        self._network = Network(
            (input_size, *hidden, output_size),
            self._settings.activation,
            biases=self._settings.biases,
            batch_norm=self._settings.batch_norm,
            loss=self._settings.loss,
        )
        self._rng = np.random.default_rng(self._settings.seed)
        self._network.initialize(self._settings.initializer, self._rng)

    def __repr__(self) -> str:
        return f"NeuralNetwork({self._network!r})"

    @property
    def input_size(self) -> int:
        return self._network.sizes[0]

    @property
    def output_size(self) -> int:
        return self._network.sizes[-1]

    @property
    def weights(self) -> list[Floats]:
        """The weight matrices, each of shape (inputs, outputs): views, so that a change takes effect."""
        return [layer.weights for layer in self._network.layers]

    @property
    def biases(self) -> list[Floats]:
        """The bias vectors; empty for a network without."""
        return [layer.biases for layer in self._network.layers if layer.biases is not None]

    def train(
        self,
        X_train: ArrayLike,  # noqa: N803 - the field's name
        y_train: ArrayLike,
        X_val: ArrayLike | None = None,  # noqa: N803
        y_val: ArrayLike | None = None,
        epochs: int = 50,
        batch_size: int = 128,
        *,
        verbose: bool = True,
    ) -> list[EpochEnd]:
        """Train on from the present weights; return what each epoch reached.

        Without a validation set its figures are those of the training set after the epoch. With early stopping the
        best weights are kept. An optimizer that remembers starts with an empty memory each time.

        Args:
            X_train, y_train, X_val, y_val: images and labels.
            epochs: how many times to go through the training set.
            batch_size: samples a step.
            verbose: print a line an epoch.

        Raises:
            ValueError: data that do not fit the network, or impossible settings.
            Diverged: the loss or the gradient is no longer finite; the weights are those from before that step.
        """
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val belong together: give both or neither")
        settings = replace(self._settings, learning_rate=self.learning_rate, epochs=epochs, batch_size=batch_size)
        train = check_samples(X_train, y_train, self.output_size, "train", self.input_size)
        validation = train
        if X_val is not None and y_val is not None:
            validation = check_samples(X_val, y_val, self.output_size, "val", self.input_size)
        trainer = Trainer(
            settings, train, validation, classes=self.output_size, rng=self._rng, network=self._network
        )  # fmt: skip
        done: list[EpochEnd] = []
        with blas_threads(self._network, batch_size) as threads:
            for event in threads.choose(trainer.run()):
                if isinstance(event, EpochEnd):
                    done.append(event)
                    if verbose:
                        print(epoch_line(event))
        trainer.take_best()
        return done

    def predict_proba(self, X: ArrayLike) -> Floats:  # noqa: N803
        """Return the probability of each class for each image, (n, output_size)."""
        return self._network.predict_proba(as_images(X, "X", self.input_size))

    def predict(self, X: ArrayLike) -> NDArray[np.intp]:  # noqa: N803
        """Return the most probable class of each image, (n,)."""
        winners: NDArray[np.intp] = self.predict_proba(X).argmax(axis=1)
        return winners

    def evaluate(self, X: ArrayLike, y: ArrayLike) -> tuple[float, float]:  # noqa: N803
        """Return the mean cross-entropy and the accuracy (0 to 1)."""
        images, labels = as_images(X, "X", self.input_size), as_labels(y, self.output_size, "y")
        if len(images) != len(labels):
            raise ValueError(f"X has {len(images)} images and y {len(labels)} labels")
        return self._network.evaluate(images, labels)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to a model file (`.npz`).

        Raises:
            OSError: it cannot be written.
        """
        classes = tuple(str(number) for number in range(self.output_size))
        save_model(path, ModelFile(Model.of(self._network), classes))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "NeuralNetwork":
        """Open a model file; it cannot run code.

        Raises:
            ModelFileError: it is no model file, or a damaged one.
            OSError: it cannot be read.
        """
        model = load_model(path).model
        network = cls(
            model.sizes[0], model.sizes[1:-1], model.sizes[-1], activation=model.activation, biases=model.biases
        )
        network._network.parameters[:] = model.parameters
        return network


def epoch_line(epoch: EpochEnd) -> str:
    """An epoch as the terminal shows it."""
    return (
        f"Epoch {epoch.epoch:3d}: Train Loss: {epoch.train_loss:.4f}, Train Acc: {epoch.train_accuracy:.4f}, "
        f"Val Loss: {epoch.val_loss:.4f}, Val Acc: {epoch.val_accuracy:.4f}"
    )
