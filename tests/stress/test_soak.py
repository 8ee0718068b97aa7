"""The soak comes back to its beginning, and tells what grows."""

from pathlib import Path
from typing import Any

import pytest

from mnist_viz.bench import soak


def samples(megabytes: list[float], **more: float) -> list[dict[str, Any]]:
    """A count a minute; `more` of something each time."""
    names = (*soak.MOST_MORE, "objects")
    return [
        {"at": 60.0 * k, "own_mb": mb, "kinds": {}, **{name: 10 + k * more.get(name, 0.0) for name in names}}
        for k, mb in enumerate(megabytes)
    ]


def test_the_slope_is_in_mb_an_hour_after_the_warm_up() -> None:
    climbs = [100.0, 150.0, 200.0, 250.0, 300.0] + [300.0 + k for k in range(16)]
    assert soak.slope(samples(climbs)) == pytest.approx(60.0)
    assert soak.slope(samples([200.0] * 20)) == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("megabytes", "more", "told"),
    [
        ([200.0] * 20, {}, []),
        ([200.0 + 2 * k for k in range(20)], {}, ["memory grows by 120 MB an hour"]),
        ([200.0] * 20, {"threads": 1.0}, ["threads: 12 more at the end than after the warm-up"]),
        ([200.0, 900.0], {}, []),
        ([], {}, ["the window never came back to its beginning"]),
    ],
)
def test_what_grows_is_told(megabytes: list[float], more: dict[str, float], told: list[str]) -> None:
    assert soak.grown(samples(megabytes, **more)) == told


def test_a_short_soak(tmp_path: Path) -> None:
    said: list[str] = []
    figures = soak.measure(0.1, 0, str(tmp_path), said.append)
    assert figures["failures"] == []
    assert figures["events"] > 100
    assert said
