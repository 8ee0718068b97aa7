"""Mini-batches: every sample once an epoch, in an order that depends on the seed and the epoch alone."""

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.network import PIXEL_SCALE

Floats = NDArray[np.floating]


class Batches:
    """The mini-batches of a training set.

    The shuffle of an epoch is a function of the generator's first draw and of the epoch's number, so any batch
    of any epoch can be had again without running those before it. That is what makes stepping back exact.

    Args:
        images: (n, inputs), bytes 0..255 or floating-point numbers.
        labels: (n,) class numbers.
        size: samples a batch; the last batch of an epoch holds the rest.
        rng: gives the key of the shuffles.
    """

    def __init__(
        self, images: NDArray[np.generic], labels: NDArray[np.integer], size: int, rng: np.random.Generator
    ) -> None:
        if len(images) == 0 or len(images) != len(labels):
            raise ValueError(f"{len(images)} images and {len(labels)} labels: one label an image, at least one")
        if size < 1:
            raise ValueError(f"the batch size must be 1 or more, not {size}")
        self._images = np.asarray(images)  # a memory map's own class slows every access
        self._labels = np.asarray(labels, np.intp)
        self._key = int(rng.integers(2**63))
        self.size = min(size, len(images))
        inputs = images.shape[1]
        self._bytes = np.empty((self.size, inputs), np.uint8)
        self._x: Floats = np.empty((self.size, inputs), np.float32)
        self._y = np.empty(self.size, np.intp)
        self._epoch = -1
        self._order = np.empty(0, np.intp)

    @property
    def samples(self) -> int:
        return len(self._images)

    def __len__(self) -> int:
        """Batches an epoch."""
        return -(-self.samples // self.size)

    def order(self, epoch: int) -> NDArray[np.intp]:
        """The order of the samples in `epoch` (from 0)."""
        if epoch != self._epoch:
            self._order = np.random.default_rng([self._key, epoch]).permutation(self.samples)
            self._epoch = epoch
        return self._order

    def take(self, epoch: int, batch: int) -> tuple[Floats, NDArray[np.intp]]:
        """Return batch number `batch` of `epoch`: (size, inputs) float32 and (size,) labels.

        The arrays are buffers that the next call overwrites.
        """
        rows = self.order(epoch)[batch * self.size : (batch + 1) * self.size]
        x, y = self._x[: len(rows)], self._y[: len(rows)]
        # mode="clip" lets NumPy write straight into `out`; the rows are in range.
        np.take(self._labels, rows, out=y, mode="clip")
        if self._images.dtype == np.uint8:
            raw = self._bytes[: len(rows)]
            np.take(self._images, rows, axis=0, out=raw, mode="clip")
            np.multiply(raw, np.float32(PIXEL_SCALE), out=x)
        elif self._images.dtype == x.dtype:
            np.take(self._images, rows, axis=0, out=x, mode="clip")
        else:
            x[:] = self._images[rows]
        return x, y
