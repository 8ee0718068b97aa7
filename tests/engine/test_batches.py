"""Mini-batches: every sample once an epoch, in an order of each epoch's own."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.engine.batches import Batches
from mnist_viz.engine.epochs import EpochGrid

SAMPLES = 103


@pytest.fixture
def images() -> NDArray[np.uint8]:
    """Sample k has k in its first pixel."""
    pictures = np.random.default_rng(0).integers(0, 256, (SAMPLES, 5), dtype=np.uint8)
    pictures[:, 0] = np.arange(SAMPLES)
    return pictures


@pytest.fixture
def labels() -> NDArray[np.uint8]:
    return (np.arange(SAMPLES) % 10).astype(np.uint8)


@pytest.fixture
def batches(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Batches:
    return Batches(images, labels, EpochGrid(len(images), 10), 5)


def visited(batches: Batches, epoch: int) -> list[int]:
    """The numbers of the samples in the order in which the epoch shows them."""
    return [
        round(float(pixel) * 255)
        for batch in range(batches.grid.batches(0))
        for pixel in batches.take(epoch, batch)[0][:, 0]
    ]


def test_an_epoch_visits_each_sample_exactly_once(batches: Batches) -> None:
    for epoch in range(3):
        assert sorted(visited(batches, epoch)) == list(range(SAMPLES))


def test_each_epoch_has_another_order(batches: Batches) -> None:
    orders = [visited(batches, epoch) for epoch in range(4)]
    assert len({tuple(order) for order in orders}) == 4
    assert orders[0] != sorted(orders[0])


def test_the_last_batch_holds_the_rest(batches: Batches) -> None:
    assert [len(batches.take(0, batch)[1]) for batch in range(batches.grid.batches(0))] == [10] * 10 + [3]


def test_pictures_and_labels_stay_together(
    batches: Batches, images: NDArray[np.uint8], labels: NDArray[np.uint8]
) -> None:
    for batch in range(batches.grid.batches(0)):
        x, y = batches.take(2, batch)
        rows = [round(float(pixel) * 255) for pixel in x[:, 0]]
        np.testing.assert_array_equal(y, labels[rows])
        np.testing.assert_allclose(x, images[rows] / 255, rtol=1e-6)


def test_bytes_become_numbers_from_0_to_1_and_other_numbers_stay(
    images: NDArray[np.uint8], labels: NDArray[np.uint8]
) -> None:
    x, _ = Batches(images, labels, EpochGrid(len(images), SAMPLES), 5).take(0, 0)
    assert (x.min(), x.max()) == (0.0, 1.0)
    assert x.dtype == np.float32
    scaled = (images / 255).astype(np.float32)
    np.testing.assert_allclose(Batches(scaled, labels, EpochGrid(len(scaled), SAMPLES), 5).take(0, 0)[0], x, rtol=1e-6)


def test_any_batch_can_be_had_without_those_before_it(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    def make() -> Batches:
        return Batches(images, labels, EpochGrid(len(images), 10), 5)

    in_order = make()
    for epoch in range(3):
        for batch in range(in_order.grid.batches(0)):
            x = in_order.take(epoch, batch)[0].copy()
            np.testing.assert_array_equal(make().take(epoch, batch)[0], x)


def test_the_key_decides_the_order(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    first, same, other = (Batches(images, labels, EpochGrid(len(images), 10), seed) for seed in (5, 5, 6))
    assert visited(first, 1) == visited(same, 1)
    assert visited(first, 1) != visited(other, 1)


def test_a_batch_cannot_hold_more_than_there_is(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    batches = Batches(images, labels, EpochGrid(len(images), 5000), 0)
    assert (batches.grid.size(0), batches.grid.batches(0)) == (SAMPLES, 1)


@pytest.mark.parametrize(
    ("count", "label_count", "message"),
    [
        (0, 0, "at least one"),
        (10, 9, "10 images and 9 labels"),
    ],
)
def test_what_cannot_be_batched_is_refused(count: int, label_count: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Batches(np.zeros((count, 4), np.uint8), np.zeros(label_count, np.uint8), EpochGrid(10, 5), 0)
