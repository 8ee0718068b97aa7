"""The learning rate's factor as the epochs go by."""

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_viz.engine.schedules import SCHEDULES, factor


def at(schedule: str, *places: float, **changed: Any) -> list[float]:
    """The factors at these places, in epochs."""
    arguments: dict[str, Any] = {"epochs": 10, "decay": 0.5, "decay_every": 2, "warmup": 0.0} | changed
    return [factor(schedule, place, **arguments) for place in places]


def test_the_rate_stays_without_decay_and_every_schedule_but_the_cycle_starts_with_all_of_it() -> None:
    for name in ("constant", "inverse-time", "step", "exponential"):
        assert at(name, 0, 1, 7.5, 100, decay=0.0) == [1.0] * 4
    for name in SCHEDULES.keys() - {"one-cycle"}:
        assert at(name, 0) == [1.0]


def test_what_changes_from_epoch_to_epoch_stays_within_one() -> None:
    for name in ("inverse-time", "step"):
        start, middle, end, after = at(name, 3, 3.5, 3.999, 4)
        assert start == middle == end > after


def test_one_cycle_rises_from_a_twenty_fifth_and_ends_near_nothing() -> None:
    # Up over 3 of 10 epochs: half way at 1.5, (1 + 1/25) / 2. Down over 7: half way at 6.5, (1 + 1/250,000) / 2.
    expected = [0.04, 0.52, 1.0, (1 + 4e-6) / 2, 4e-6]
    assert at("one-cycle", 0, 1.5, 3, 6.5, 10 - 1e-9) == pytest.approx(expected, rel=1e-6)


def test_after_the_epochs_the_schedule_starts_anew() -> None:
    for name in ("cosine", "one-cycle"):
        first = at(name, 0, 0.5, 3, 9.75)
        assert at(name, 10, 10.5, 13, 19.75) == first
        assert at(name, 50, 50.5, 53, 59.75) == first


@pytest.mark.parametrize("name", ["exponential", "cosine", "one-cycle"])
def test_the_smooth_schedules_have_no_jumps(name: str) -> None:
    factors = at(name, *(batch / 1000 for batch in range(10_000)))
    assert max(abs(b - a) for a, b in pairwise(factors)) < 1e-3


@settings(deadline=None)
@given(name=st.sampled_from(sorted(SCHEDULES)), place=st.floats(0.0, 30.0), warmup=st.floats(0.01, 20.0))
def test_warm_up_multiplies_the_schedule_and_then_leaves_it_alone(name: str, place: float, warmup: float) -> None:
    with_it, without = at(name, place, warmup=warmup)[0], at(name, place)[0]
    if place >= warmup:
        assert with_it == without
    else:
        assert with_it == pytest.approx(without * (0.001 + 0.999 * place / warmup))


@settings(deadline=None)
@given(
    name=st.sampled_from(sorted(SCHEDULES)),
    place=st.floats(0.0, 200.0),
    epochs=st.integers(1, 10_000),
    decay=st.floats(0.0, 0.9),
    decay_every=st.integers(1, 10_000),
    warmup=st.floats(0.0, 1000.0),
)
def test_the_factor_is_above_zero_and_at_most_one(
    name: str, place: float, epochs: int, decay: float, decay_every: int, warmup: float
) -> None:
    assert 0.0 < factor(name, place, epochs=epochs, decay=decay, decay_every=decay_every, warmup=warmup) <= 1.0


@settings(deadline=None)
@given(epochs=st.integers(1, 10_000))
def test_cosine_is_above_zero_up_to_the_last_place_before_its_end(epochs: int) -> None:
    assert at("cosine", math.nextafter(epochs, 0), epochs=epochs)[0] > 0.0


def test_an_unknown_schedule_is_named() -> None:
    with pytest.raises(ValueError, match="no schedule 'linear'; there are constant, inverse-time"):
        at("linear", 0)


def torchs(kind: str, steps: int, **arguments: Any) -> list[float]:
    """What torch multiplies a rate of 1 with, step by step."""
    torch = pytest.importorskip("torch", reason="torch is not here to compare with")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = getattr(torch.optim.lr_scheduler, kind)(optimizer, **arguments)
    factors = []
    for _ in range(steps):
        factors.append(float(scheduler.get_last_lr()[0]))
        optimizer.step()
        scheduler.step()
    return factors


EPOCHS, SEVENTHS, TENTHS = range(30), [step / 7 for step in range(200)], [step / 10 for step in range(50)]
TORCHS: dict[str, tuple[list[float], str, dict[str, Any]]] = {
    "step": (at("step", *EPOCHS, decay=0.3, decay_every=4), "StepLR", {"step_size": 4, "gamma": 0.7}),
    "exponential": (at("exponential", *EPOCHS, decay=0.2), "ExponentialLR", {"gamma": 0.8}),
    "inverse time": (
        at("inverse-time", *EPOCHS, decay=0.3), "LambdaLR", {"lr_lambda": lambda epoch: 1 / (1 + 0.3 * epoch)},
    ),
    "cosine": (at("cosine", *SEVENTHS), "CosineAnnealingWarmRestarts", {"T_0": 70}),
    "warm-up": (at("constant", *TENTHS, warmup=3.0), "LinearLR", {"start_factor": 0.001, "total_iters": 30}),
}  # fmt: skip


@pytest.mark.parametrize("name", TORCHS)
def test_schedules_are_torchs(name: str) -> None:
    ours, kind, arguments = TORCHS[name]
    assert ours == pytest.approx(torchs(kind, len(ours), **arguments), abs=1e-12)


def test_one_cycle_has_torchs_curve() -> None:
    # Of torch's 100 steps, number 29 has the greatest rate and number 99 the least, where ours are 30 % and 100 % of
    # the way. Its steps are therefore laid out over those two parts.
    theirs = torchs("OneCycleLR", 100, max_lr=1.0, total_steps=100, cycle_momentum=False)
    places = [3 * step / 29 for step in range(29)] + [3 + 7 * step / 70 for step in range(70)]
    assert at("one-cycle", *places) == pytest.approx(theirs[:99], rel=1e-9)
    assert at("one-cycle", 10 - 1e-9) == pytest.approx(theirs[99:], rel=1e-6)
