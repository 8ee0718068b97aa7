"""Mini-batches: every sample once an epoch, in an order that depends on the seed and the epoch alone."""

from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.augmentation import Augmentation, Augmenter
from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.network import PIXEL_SCALE
from mnist_viz.engine.samples import Shape, usual_shape

Floats = NDArray[np.floating]
Batch = tuple[Floats, NDArray[np.intp]]


class Batches:
    """The mini-batches of a training set.

    The shuffle of an epoch and the variation of its images are functions of the key, the epoch's number and the
    batch's, so any batch of any epoch can be had again without running those before it. That is what makes
    stepping back exact.

    Args:
        images: (n, inputs), bytes 0..255 or floating-point numbers.
        labels: (n,) class numbers.
        grid: says how many samples the batches of an epoch have.
        key: decides the shuffles and the variations.
        shape: of an image, (height, width) or (height, width, 3), for the variations; by default a square.

    Raises:
        ValueError: no images, or labels that are not as many.

    Attributes:
        augmentation: how the images are varied; may be set at any time.
    """

    def __init__(
        self,
        images: NDArray[np.generic],
        labels: NDArray[np.integer],
        grid: EpochGrid,
        key: int,
        shape: Shape | None = None,
    ) -> None:
        if len(images) == 0 or len(images) != len(labels):
            raise ValueError(f"{len(images)} images and {len(labels)} labels: one label an image, at least one")
        self._images = np.asarray(images)  # a memory map's own class slows every access
        self._labels = np.asarray(labels, np.intp)
        self.grid = grid
        self.key = key
        self.augmentation = Augmentation()
        self._shape = shape if shape is not None else usual_shape(self._images.shape[1])
        self._buffers = (_Buffers(), _Buffers())
        self._epoch = -1
        self._order = np.empty(0, np.intp)
        self._pool: ThreadPoolExecutor | None = None
        self._ahead: tuple[object, Future[Batch]] | None = None

    def order(self, epoch: int) -> NDArray[np.intp]:
        if epoch != self._epoch:
            self._order = np.random.default_rng([self.key, epoch]).permutation(len(self._images))
            self._epoch = epoch
        return self._order

    def take(self, epoch: int, batch: int) -> Batch:
        """Return batch number `batch` of `epoch`: (size, inputs) float32 and (size,) labels.

        The arrays are buffers that the call after the next overwrites. Varied images are made one batch ahead, in a
        second thread, while the first trains on the batch before; `close` ends that thread.
        """
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            result = ahead[1].result()  # also where another batch is wanted: until then its buffers are in use
        if not self.augmentation.active:
            return self._gather(self._rows(epoch, batch), self._buffers[0])
        if ahead is None or ahead[0] != self._job(epoch, batch):
            result = self._vary(epoch, batch, self._rows(epoch, batch), self._buffers[0])
        following = (epoch, batch + 1) if batch + 1 < self.grid.batches(epoch) else (epoch + 1, 0)
        other = self._buffers[np.may_share_memory(result[0], self._buffers[0].x)]
        self._ahead = self._job(*following), self._submit(*following, other)
        return result

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = self._ahead = None

    def _job(self, epoch: int, batch: int) -> object:
        return epoch, batch, self.grid.size(epoch), self.augmentation

    def _submit(self, epoch: int, batch: int, buffers: "_Buffers") -> Future[Batch]:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, "augmentation")
        return self._pool.submit(self._vary, epoch, batch, self._rows(epoch, batch), buffers)

    def _rows(self, epoch: int, batch: int) -> NDArray[np.intp]:
        size = self.grid.size(epoch)
        return self.order(epoch)[batch * size : (batch + 1) * size]

    def _gather(self, rows: NDArray[np.intp], buffers: "_Buffers") -> Batch:
        buffers.fit(len(rows), self._images.shape[1])
        x, y = buffers.x[: len(rows)], buffers.y[: len(rows)]
        # mode="clip" lets NumPy write straight into `out`; the rows are in range.
        self._labels.take(rows, None, y, "clip")
        if self._images.dtype == np.uint8:
            raw = buffers.raw[: len(rows)]
            self._images.take(rows, 0, raw, "clip")
            np.copyto(x, raw)
            np.multiply(x, PIXEL_SCALE, out=x)
        elif self._images.dtype == x.dtype:
            self._images.take(rows, 0, x, "clip")
        else:
            x[:] = self._images[rows]
        return x, y

    def _vary(self, epoch: int, batch: int, rows: NDArray[np.intp], buffers: "_Buffers") -> Batch:
        x, y = self._gather(rows, buffers)
        if self._images.dtype != np.uint8:
            np.rint(x * 255.0, out=x)
            buffers.raw[: len(rows)] = x
        rng = np.random.default_rng([self.key, epoch, batch])
        buffers.augmenter(self._shape).augment(buffers.raw[: len(rows)], self.augmentation, rng, x)
        return x, y


class _Buffers:
    """The memory of one batch, which grows to the largest."""

    def __init__(self) -> None:
        self.raw = np.empty((0, 0), np.uint8)
        self.x: Floats = np.empty((0, 0), np.float32)
        self.y = np.empty(0, np.intp)
        self._augmenter: Augmenter | None = None

    def fit(self, size: int, inputs: int) -> None:
        if size > len(self.y):
            self.raw = np.empty((size, inputs), np.uint8)
            self.x = np.empty((size, inputs), np.float32)
            self.y = np.empty(size, np.intp)
            self._augmenter = None

    def augmenter(self, shape: Shape | None) -> Augmenter:
        if self._augmenter is None:
            if shape is None:
                raise ValueError("augmentation needs pictures, and the shape of these is not known")
            self._augmenter = Augmenter(len(self.y), shape)
        return self._augmenter
