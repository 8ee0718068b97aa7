"""Which moments of training are kept."""

from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.recording.timeline import is_recorded, rank


def recorded(batches_per_epoch: int, until: int) -> list[int]:
    return [step for step in range(until + 1) if is_recorded(step, EpochGrid(batches_per_epoch, 1))]


def test_the_first_epoch_is_dense_at_its_beginning_and_later_each_sixth_is_kept() -> None:
    assert recorded(391, 391) == [0, 1, 2, 3, 4, 6, 9, 14, 21, 32, 48, 72, 108, 162, 243, 364, 391]
    steps = [456, 521, 586, 651, 716, 782, 847, 912, 977, 1042, 1107, 1173]
    assert [step for step in recorded(391, 1200) if step > 391] == steps


def test_of_the_ends_of_epochs_each_second_one_goes_first_and_of_the_first_epoch_too() -> None:
    grid = EpochGrid(391, 1)
    ranks = {epoch: rank(391 * epoch, grid) for epoch in range(9)}
    assert sorted(ranks, key=lambda epoch: (ranks[epoch], epoch)) == [1, 3, 5, 7, 2, 6, 4, 8, 0]
    assert rank(456, grid) < min(ranks.values())
    assert rank(457, grid) < rank(456, grid)
    early = [1, 2, 3, 4, 6, 9, 14, 21]
    assert [rank(step, grid) - rank(1, grid) for step in early] == [0, 1, 0, 2, 0, 1, 0, 3]


def test_the_first_weights_and_every_epochs_end_are_kept_and_few_of_very_many() -> None:
    for batches_per_epoch in (1, 2, 3, 10, 50_000):
        for epoch in range(5):
            assert is_recorded(epoch * batches_per_epoch, EpochGrid(batches_per_epoch, 1))
    assert 20 < len(recorded(50_000, 100_000)) < 40
