"""The network as one object for scripts and notebooks: train, predict, evaluate, save, load."""

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_viz.engine.network import Network
from mnist_viz.engine.presets import Settings
from mnist_viz.engine.threads import blas_threads
from mnist_viz.engine.training import EpochEnd, Trainer
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

    Images are arrays of shape (n, input_size), or (n, height, width) with as many pixels: bytes 0..255, or
    numbers 0..1. Labels are class numbers (n,), or one-hot rows (n, output_size).

    Args:
        input_size, output_size: pixels and classes.
        hidden_size: neurons of the hidden layer, or a list for several.
        learning_rate: may be set again between calls of `train`.
        activation, initializer, optimizer: names from the engine's tables; see `mnist-viz train --help`.
        biases: whether layers have biases.
        seed: decides the first weights and the order of the samples.

    Raises:
        ValueError: impossible settings.
    """

    def __init__(
        self,
        input_size: int = 784,
        hidden_size: int | Sequence[int] = 128,
        output_size: int = 10,
        learning_rate: float = 0.1,
        *,
        activation: str = "relu",
        initializer: str = "he-normal",
        optimizer: str = "sgd",
        biases: bool = True,
        seed: int = 0,
    ) -> None:
        hidden = (hidden_size,) if isinstance(hidden_size, int) else tuple(hidden_size)
        self.learning_rate = learning_rate
        self._settings = Settings(
            preset="", hidden=hidden, activation=activation, initializer=initializer,
            optimizer=optimizer, biases=biases, learning_rate=learning_rate, seed=seed,
        ).check()  # fmt: skip
        self._network = Network((input_size, *hidden, output_size), activation, biases=biases)
        self._rng = np.random.default_rng(seed)
        self._network.initialize(initializer, self._rng)

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

        Without a validation set its figures are those of the training set after the epoch.

        Args:
            X_train, y_train, X_val, y_val: images and labels.
            verbose: print a line an epoch.

        Raises:
            ValueError: data that do not fit the network, or impossible settings.
            Diverged: the loss is no longer a number.
        """
        settings = replace(self._settings, learning_rate=self.learning_rate, epochs=epochs, batch_size=batch_size)
        train = self._images(X_train, "X_train"), self._labels(y_train, "y_train")
        validation = train
        if X_val is not None and y_val is not None:
            validation = self._images(X_val, "X_val"), self._labels(y_val, "y_val")
        elif X_val is not None or y_val is not None:
            raise ValueError("X_val and y_val belong together: give both or neither")
        for images, labels, which in ((*train, "train"), (*validation, "val")):
            if len(images) != len(labels):
                raise ValueError(f"X_{which} has {len(images)} images and y_{which} {len(labels)} labels")
        trainer = Trainer(
            settings, train, validation, classes=self.output_size,
            rng=self._rng, parameters=self._network.parameters,
        )  # fmt: skip
        done: list[EpochEnd] = []
        try:
            with blas_threads(trainer.network):
                for event in trainer.run():
                    if isinstance(event, EpochEnd):
                        done.append(event)
                        if verbose:
                            print(epoch_line(event))
        finally:
            if np.isfinite(trainer.network.parameters).all():
                self._network.parameters[:] = trainer.network.parameters
        return done

    def predict_proba(self, X: ArrayLike) -> Floats:  # noqa: N803
        """Return the probability of each class for each image, (n, output_size)."""
        return self._network.predict_proba(self._images(X, "X"))

    def predict(self, X: ArrayLike) -> NDArray[np.intp]:  # noqa: N803
        """Return the most probable class of each image, (n,)."""
        winners: NDArray[np.intp] = self.predict_proba(X).argmax(axis=1)
        return winners

    def evaluate(self, X: ArrayLike, y: ArrayLike) -> tuple[float, float]:  # noqa: N803
        """Return the mean cross-entropy and the accuracy (0 to 1)."""
        images, labels = self._images(X, "X"), self._labels(y, "y")
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

    def _images(self, given: ArrayLike, name: str) -> NDArray[Any]:
        images = np.asarray(given)
        if images.ndim > 2:
            images = images.reshape(len(images), -1)
        if images.ndim != 2 or images.shape[1] != self.input_size or not len(images):
            raise ValueError(f"{name} must have the shape (n, {self.input_size}), not {np.shape(given)}")
        if images.dtype == np.uint8:
            return images
        images = np.ascontiguousarray(images, np.float32)
        if not np.isfinite(images).all():
            raise ValueError(f"{name} holds numbers that are not finite")
        if images.max() > 16:
            raise ValueError(f"{name} looks like pixels from 0 to 255 (greatest {images.max():g}); divide it by 255")
        return images

    def _labels(self, given: ArrayLike, name: str) -> NDArray[np.integer]:
        labels = np.asarray(given)
        if labels.ndim == 2 and labels.shape[1] == self.output_size:
            rows: NDArray[np.intp] = np.argmax(labels, axis=1)
            return rows
        numeric = labels.dtype.kind in "buif" and labels.ndim == 1 and bool(np.isfinite(labels).all())
        whole = labels.astype(np.intp) if numeric else np.empty(0, np.intp)
        if not numeric or not (whole == labels).all():
            raise ValueError(f"{name} must hold class numbers of shape (n,), not {labels.dtype} {labels.shape}")
        if whole.size and not 0 <= whole.min() <= whole.max() < self.output_size:
            raise ValueError(f"{name} must be from 0 to {self.output_size - 1}, not {whole.min()} to {whole.max()}")
        return whole


def epoch_line(epoch: EpochEnd) -> str:
    """An epoch as the terminal shows it."""
    return (
        f"Epoch {epoch.epoch:3d}: Train Loss: {epoch.train_loss:.4f}, Train Acc: {epoch.train_accuracy:.4f}, "
        f"Val Loss: {epoch.val_loss:.4f}, Val Acc: {epoch.val_accuracy:.4f}"
    )
