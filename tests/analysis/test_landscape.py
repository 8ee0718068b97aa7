"""The loss around a path: against losses of whole networks, the singular value decomposition, and by hand."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from mnist_viz.analysis.evaluation import Probe
from mnist_viz.analysis.landscape import (
    LINE_POINTS,
    MOST_MOMENTS,
    NO_PATH,
    TOO_FEW,
    LossLine,
    coarse_landscape,
    ends,
    find_path,
    landscape,
    loss_line,
)
from mnist_viz.analysis.loss_surface import LossSurface
from mnist_viz.analysis.subject import NO_EXAMPLES, NO_NUMBERS, OtherNetwork, RecordedMoment, Subject
from mnist_viz.data.errors import CancelledError
from mnist_viz.data.progress import UNWATCHED, Watch
from mnist_viz.engine.network import Network
from mnist_viz.recording.snapshot import Model

RNG = np.random.default_rng(1)
LABELS = np.arange(60) % 3
IMAGES = RNG.integers(0, 255, (60, 6), np.uint8)
PROBE = Probe(IMAGES, LABELS, ("a", "b", "c"), (2, 3), "made in a test")


def network(
    seed: int = 0, hidden: tuple[int, ...] = (5, 4), activation: str = "tanh", *, biases: bool = True
) -> Network:
    made = Network((6, *hidden, 3), activation, biases=biases)
    made.parameters[:] = np.random.default_rng(seed).normal(0, 0.5, made.parameters.size)
    return made


def path_of(networks: Sequence[Network]) -> list[RecordedMoment]:
    return [RecordedMoment(10 * k, k / 2, partial(_same, one)) for k, one in enumerate(networks)]


def _same(one: Network) -> Network:
    return one


def subject(moments: Sequence[RecordedMoment], others: Sequence[OtherNetwork] = ()) -> Subject:
    return Subject(network(3), 10, PROBE.class_names, (2, 3), examples=PROBE, moments=moments, others=others)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "gelu", "tanh"])
@pytest.mark.parametrize("hidden", [(), (5,), (5, 4), (5, 4, 4)])
@pytest.mark.parametrize("biases", [True, False])
def test_the_loss_at_a_place_is_that_of_the_network_there(
    activation: str, hidden: tuple[int, ...], biases: bool
) -> None:
    origin, one, other = (network(seed, hidden, activation, biases=biases) for seed in range(3))
    surface = LossSurface(origin, origin.parameters, [one.parameters, other.parameters], PROBE)
    there = network(0, hidden, activation, biases=biases)
    there.parameters[:] += 0.7 * one.parameters - 0.3 * other.parameters
    assert surface.at((0.7, -0.3)) == pytest.approx(there.evaluate(IMAGES, LABELS), rel=1e-4)


def test_the_plane_is_that_of_the_singular_value_decomposition() -> None:
    moments = path_of([network(seed) for seed in range(6)])
    path, _, origin, directions = find_path(moments, UNWATCHED)
    away = np.stack([moment.network().parameters for moment in moments]).astype(float) - origin
    left, values, right = np.linalg.svd(away, full_matrices=False)
    assert np.abs(path.points) == pytest.approx(np.abs(left[:, :2] * values[:2]), abs=1e-4)
    assert np.abs(np.stack(directions)) == pytest.approx(np.abs(right[:2]), abs=1e-4)
    assert path.points == pytest.approx(away @ np.stack(directions).T, abs=1e-4)
    assert path.shares == pytest.approx(tuple(values[:2] ** 2 / (values**2).sum()), rel=1e-4)
    rest = away - path.points @ np.stack(directions)
    assert path.off_plane == pytest.approx(np.linalg.norm(rest, axis=1), abs=1e-4)
    assert path.distances == pytest.approx(np.linalg.norm(away, axis=1), rel=1e-4)
    assert path.points[0, 0] < 0


def test_the_loss_is_given_around_the_whole_path_and_coarsely_at_first() -> None:
    moments = path_of([network(seed) for seed in range(4)])
    found = landscape(subject(moments), None, UNWATCHED, side=5)
    _, like, origin, directions = find_path(moments, UNWATCHED)
    for axis, places in enumerate((found.x, found.y)):
        assert places[0] < found.path.points[:, axis].min()
        assert found.path.points[:, axis].max() < places[-1]
    like.parameters[:] = origin + found.x[1] * directions[0] + found.y[3] * directions[1]
    assert found.losses[3, 1] == pytest.approx(like.evaluate(IMAGES, LABELS)[0], rel=1e-4)
    assert (found.pictures, found.noun) == (60, "pictures")
    coarse, fine = coarse_landscape(subject(moments), None, UNWATCHED), landscape(subject(moments), None, UNWATCHED)
    assert coarse.losses.size < fine.losses.size
    assert (coarse.path.points == fine.path.points).all()
    assert coarse.path.origin is moments[0].known


def test_a_straight_path_lies_on_a_plane() -> None:
    networks = [network(0) for _ in range(3)]
    for k, one in enumerate(networks):
        one.parameters[:] += k * network(1).parameters
    path, _, _, (first, second) = find_path(path_of(networks), UNWATCHED)
    assert path.shares == pytest.approx((1, 0), abs=1e-6)
    assert path.off_plane == pytest.approx(np.zeros(3), abs=1e-2)
    assert np.linalg.norm(second) == pytest.approx(1, rel=1e-4)
    assert float(first @ second) == pytest.approx(0, abs=1e-4)


def test_of_many_moments_evenly_spaced_ones_are_taken() -> None:
    path, *_ = find_path(path_of([network(seed, ()) for seed in range(2 * MOST_MOMENTS)]), UNWATCHED)
    assert (len(path.steps), path.recorded) == (MOST_MOMENTS, 2 * MOST_MOMENTS)
    assert (path.steps[0], path.steps[-1]) == (0, 10 * (2 * MOST_MOMENTS - 1))


def test_where_there_is_no_path_a_sentence_says_so() -> None:
    networks = [network(seed) for seed in range(5)]
    networks[4].parameters[2] = np.nan
    path, *_ = find_path(path_of(networks), UNWATCHED)
    assert path.steps.tolist() == [0, 10, 20, 30]
    for one in networks[1:]:
        one.parameters[:] = np.nan
    with pytest.raises(ValueError, match=TOO_FEW):
        find_path(path_of(networks), UNWATCHED)
    networks[0].parameters[:] = np.nan
    with pytest.raises(ValueError, match=NO_NUMBERS):
        find_path(path_of(networks), UNWATCHED)
    with pytest.raises(ValueError, match=TOO_FEW):
        landscape(subject(path_of([network(0), network(1)])), None, UNWATCHED)
    with pytest.raises(ValueError, match=NO_PATH):
        landscape(subject(path_of([network(0)] * 3)), None, UNWATCHED)
    with pytest.raises(ValueError, match=NO_EXAMPLES):
        landscape(replace(subject(path_of([network(0)] * 3)), examples=None), None, UNWATCHED)


def test_batch_normalization_is_folded_into_what_is_recorded() -> None:
    net = Network((6, 5, 3), "relu", batch_norm=True)
    net.initialize("he-normal", np.random.default_rng(0))
    net.statistics[:] = RNG.uniform(0.5, 2.0, net.statistics.size)
    folded = Model.of(net).network()
    surface = LossSurface(folded, folded.parameters, [folded.parameters], PROBE)
    assert surface.at([0.0]) == pytest.approx(net.evaluate(IMAGES, LABELS), rel=1e-4)


def test_it_stops_when_it_is_asked_to() -> None:
    class Impatient(Watch):
        def check(self) -> None:
            raise CancelledError

    with pytest.raises(CancelledError):
        landscape(subject(path_of([network(seed) for seed in range(4)])), None, Impatient())


def line_of(asked: Subject, a: str, b: str) -> LossLine:
    return loss_line(asked, (a, b), UNWATCHED)


def test_the_line_goes_straight_from_one_network_to_the_other() -> None:
    asked = subject(path_of([network(0), network(1)]), [OtherNetwork("run 2", "Other", partial(network, 7))])
    found = line_of(asked, "first", "run 2")
    assert found.names == ("First moment", "Other")
    assert len(found.shares) == LINE_POINTS
    for k in (0, 10, LINE_POINTS - 1):
        there = network(0)
        there.parameters[:] = (1 - found.shares[k]) * network(0).parameters + found.shares[k] * network(7).parameters
        assert (found.losses[k], found.accuracies[k]) == pytest.approx(there.evaluate(IMAGES, LABELS), rel=1e-4)
    assert found.distance == pytest.approx(np.linalg.norm(network(7).parameters - network(0).parameters), rel=1e-4)


def test_the_barrier_is_the_rise_above_the_straight_line() -> None:
    shares = np.array([0.0, 0.5, 1.0])
    found = LossLine(("a", "b"), shares, np.array([1.0, 4.0, 3.0]), shares, 1.0, 9, "digits")
    assert found.barrier == pytest.approx(2.0)
    assert np.isnan(replace(found, losses=np.array([np.nan, 1.0, 2.0])).barrier)


def test_a_line_can_be_drawn_between_what_is_there() -> None:
    other = OtherNetwork("run 2", "Other", partial(network, 7))
    found = ends(subject(path_of([network(0), network(1)]), [other]), None, UNWATCHED)
    assert dict(found.choices) == {
        "first": "First moment", "last": "Last moment", "shown": "Moment shown", "run 2": "Other",
    }  # fmt: skip
    assert ends(subject(()), None, UNWATCHED).origin is None


def test_where_there_is_no_line_a_sentence_says_so() -> None:
    others = [
        OtherNetwork("wide", "Wide", partial(network, 7, (9,))),
        OtherNetwork("bent", "Bent", partial(network, 7, activation="relu")),
        OtherNetwork("broken", "Broken", _broken),
    ]
    asked = subject(path_of([network(0), network(1)]), others)
    for key, words in (("wide", "Wide differ"), ("bent", "Bent differ"), ("broken", NO_NUMBERS), ("first", "same")):
        with pytest.raises(ValueError, match=words):
            line_of(asked, "first", key)
    with pytest.raises(ValueError, match="Choose two"):
        line_of(asked, "first", "run 9")


def _broken() -> Network:
    made = network()
    made.parameters[0] = np.nan
    return made
