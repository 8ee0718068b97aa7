"""Mini-batches: every sample once an epoch, in an order of each epoch's own."""

import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.engine.augmentation import AUGMENTATIONS, Augmentation
from mnist_viz.engine.batches import Batches
from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer

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


def test_each_epoch_visits_each_sample_exactly_once_in_another_order_and_the_last_batch_holds_the_rest(
    batches: Batches,
) -> None:
    for epoch in range(3):
        assert sorted(visited(batches, epoch)) == list(range(SAMPLES))
    orders = [visited(batches, epoch) for epoch in range(4)]
    assert len({tuple(order) for order in orders}) == 4
    assert orders[0] != sorted(orders[0])
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
    assert (float(x.min()), float(x.max())) == (0.0, 1.0)
    assert x.dtype == np.float32
    scaled = (images / 255).astype(np.float32)
    np.testing.assert_allclose(Batches(scaled, labels, EpochGrid(len(scaled), SAMPLES), 5).take(0, 0)[0], x, rtol=1e-6)


def test_the_key_decides_the_order_and_any_batch_can_be_had_without_those_before_it(
    images: NDArray[np.uint8], labels: NDArray[np.uint8]
) -> None:
    first, same, other = (Batches(images, labels, EpochGrid(len(images), 10), seed) for seed in (5, 5, 6))
    assert visited(first, 1) == visited(same, 1)
    assert visited(first, 1) != visited(other, 1)

    def make() -> Batches:
        return Batches(images, labels, EpochGrid(len(images), 10), 5)

    in_order = make()
    for epoch in range(3):
        for batch in range(in_order.grid.batches(0)):
            x = in_order.take(epoch, batch)[0].copy()
            np.testing.assert_array_equal(make().take(epoch, batch)[0], x)


def test_what_cannot_be_batched_is_refused_and_a_batch_holds_no_more_than_there_is(
    images: NDArray[np.uint8], labels: NDArray[np.uint8]
) -> None:
    for count, label_count, message in ((0, 0, "at least one"), (10, 9, "10 images and 9 labels")):
        with pytest.raises(ValueError, match=message):
            Batches(np.zeros((count, 4), np.uint8), np.zeros(label_count, np.uint8), EpochGrid(10, 5), 0)
    batches = Batches(images, labels, EpochGrid(len(images), 5000), 0)
    assert (batches.grid.size(0), batches.grid.batches(0)) == (SAMPLES, 1)


# Varied digits


@pytest.fixture
def digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    rng = np.random.default_rng(1)
    return rng.integers(0, 256, (SAMPLES, 784), dtype=np.uint8), rng.integers(0, 10, SAMPLES).astype(np.uint8)


def varied(digits: tuple[NDArray[np.uint8], NDArray[np.uint8]], size: int = 10) -> Batches:
    batches = Batches(*digits, EpochGrid(SAMPLES, size), 5)
    batches.augmentation = AUGMENTATIONS["standard"]
    return batches


def test_varied_digits_are_the_same_made_ahead_or_one_by_one(
    digits: tuple[NDArray[np.uint8], NDArray[np.uint8]],
) -> None:
    in_order = varied(digits)
    places = [(epoch, batch) for epoch in range(2) for batch in range(in_order.grid.batches(epoch))]
    seen = {place: tuple(array.copy() for array in in_order.take(*place)) for place in places}
    in_order.close()
    any_order = varied(digits)
    for place in [*places[::-3], places[4], places[4]]:
        for array, expected in zip(any_order.take(*place), seen[place], strict=True):
            np.testing.assert_array_equal(array, expected)
    any_order.close()
    assert not np.array_equal(seen[0, 0][0], seen[1, 0][0])


def test_a_batch_stays_while_the_next_is_made(digits: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> None:
    batches = varied(digits)
    x, _ = batches.take(0, 0)
    kept = x.copy()
    assert batches._ahead is not None
    batches._ahead[1].result()
    np.testing.assert_array_equal(x, kept)
    batches.close()


def test_other_strengths_and_sizes_hold_from_the_next_batch(
    digits: tuple[NDArray[np.uint8], NDArray[np.uint8]],
) -> None:
    batches = varied(digits)
    batches.take(0, 0)
    batches.augmentation = Augmentation()
    x, _ = batches.take(0, 1)
    np.testing.assert_allclose(x, digits[0][batches.order(0)[10:20]] / 255, rtol=1e-6)
    batches.augmentation = AUGMENTATIONS["light"]
    batches.grid = batches.grid.changed(0, 40)
    assert batches.take(0, 1)[0].shape == (40, 784)
    batches.close()


def test_the_second_thread_ends_with_the_run(digits: tuple[NDArray[np.uint8], NDArray[np.uint8]]) -> None:
    settings = Settings(hidden=(4,), batch_size=10, epochs=1, augmentation=AUGMENTATIONS["light"])
    trainer = Trainer(settings, digits, digits)
    run = trainer.run()
    next(run)
    assert any(thread.name.startswith("augmentation") for thread in threading.enumerate())
    run.close()  # type: ignore[attr-defined] # a generator
    assert not any(thread.name.startswith("augmentation") for thread in threading.enumerate())
