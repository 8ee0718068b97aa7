"""Between steps and epochs, also where the batch size changes on the way."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mnist_viz.engine.epochs import EpochGrid

CHANGES = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 50)), max_size=4)


def grid_of(samples: int, size: int, changes: list[tuple[int, int]]) -> EpochGrid:
    grid = EpochGrid(samples, size)
    for epoch, other in sorted(changes):
        grid = grid.changed(epoch, other)
    return grid


@given(samples=st.integers(1, 200), size=st.integers(1, 300), changes=CHANGES)
def test_steps_and_epochs_agree_with_counting(samples: int, size: int, changes: list[tuple[int, int]]) -> None:
    grid = grid_of(samples, size, changes)
    sizes = {0: size} | dict(sorted(changes))
    step, now = 0, size
    for epoch in range(15):
        now = min(sizes.get(epoch, now), samples)
        batches = len(range(0, samples, now))
        assert (grid.size(epoch), grid.batches(epoch), grid.start(epoch)) == (now, batches, step)
        for batch in range(batches):
            assert grid.at(step + batch) == (epoch, batch)
            assert grid.position(step + batch) == epoch + batch / batches
        step += batches


@given(samples=st.integers(1, 200), size=st.integers(1, 300), changes=CHANGES)
def test_many_positions_are_each_ones_and_its_sizes_make_it_again(
    samples: int, size: int, changes: list[tuple[int, int]]
) -> None:
    grid = grid_of(samples, size, changes)
    steps = np.arange(0, 60)
    np.testing.assert_allclose(grid.positions(steps), [grid.position(int(step)) for step in steps])
    assert grid_of(samples, size, grid.sizes()) == grid


def test_a_change_in_the_past_forgets_those_after_it() -> None:
    grid = EpochGrid(100, 10).changed(5, 20).changed(3, 50)
    assert [grid.batches(epoch) for epoch in (2, 3, 4, 5, 6)] == [10, 2, 2, 2, 2]
    grid = grid.changed(2, 10)
    assert [grid.batches(epoch) for epoch in (2, 3, 9)] == [10, 10, 10]
