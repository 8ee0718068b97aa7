"""Which moments of training are kept."""

import pytest

from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.recording.recorder import is_recorded


def recorded(batches_per_epoch: int, until: int) -> list[int]:
    return [step for step in range(until + 1) if is_recorded(step, EpochGrid(batches_per_epoch, 1))]


def test_the_first_epoch_is_dense_at_its_beginning() -> None:
    assert recorded(391, 391) == [0, 1, 2, 3, 4, 6, 9, 14, 21, 32, 48, 72, 108, 162, 243, 364, 391]


def test_after_the_first_epoch_its_ends_are_kept() -> None:
    assert [step for step in recorded(391, 3000) if step > 391] == [782, 1173, 1564, 1955, 2346, 2737]


@pytest.mark.parametrize("batches_per_epoch", [1, 2, 3, 10, 50_000])
def test_the_first_weights_and_every_epochs_end_are_kept(batches_per_epoch: int) -> None:
    for epoch in range(5):
        assert is_recorded(epoch * batches_per_epoch, EpochGrid(batches_per_epoch, 1))


def test_even_fifty_thousand_batches_an_epoch_keep_few_frames() -> None:
    assert 20 < len(recorded(50_000, 100_000)) < 40
