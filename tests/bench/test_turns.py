"""Sides that are measured in turns."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mnist_viz.bench.turns import Ratio, Side, fastest, take_turns


def test_sides_take_turns_each_within_its_own_limit() -> None:
    said: list[str] = []

    @contextmanager
    def limit(name: str) -> Iterator[None]:
        said.append(f"{name} begins")
        yield
        said.append(f"{name} ends")

    sides = [
        Side(name, 1, lambda name=name: said.append(name), lambda name=name: limit(name))  # type: ignore[misc]
        for name in ("a", "b")
    ]
    take_turns(sides, seconds=0.0, turn=0.0, pause=0.0)
    # Once to warm up, once that counts.
    assert said == ["a begins", "a", "a", "a ends", "b begins", "b", "b", "b ends"]
    assert [len(side.seconds) for side in sides] == [1, 1]


def test_of_several_numbers_of_threads_the_fastest_median_counts() -> None:
    sides = [Side("x", 1, int), Side("x", 2, int), Side("y", 1, int)]
    sides[0].seconds = [2.0, 2.0, 2.0]
    sides[1].seconds = [1.0, 3.0, 4.0]
    sides[2].seconds = [0.1]
    assert fastest(sides, "x") is sides[0]
    assert fastest(sides, "z") is None


def test_ratios_are_of_the_same_round() -> None:
    ratio = Ratio.of([2.0, 20.0, 3.0], [1.0, 10.0, 1.0])
    assert ratio.median == 2.0
    assert (ratio.low, ratio.high) == (2.0, 2.5)
    assert Ratio.of([3.0], [2.0]) == Ratio(1.5, 1.5, 1.5)
    with pytest.raises(ValueError, match="zip"):
        Ratio.of([1.0, 2.0], [1.0])
