"""The numbers of each layer, now and over the recorded moments, and what is said of them."""

from copy import copy
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from mnist_viz.analysis.evaluation import Probe
from mnist_viz.analysis.layer_advice import advice
from mnist_viz.analysis.layer_report import (
    POINTS,
    LayersNow,
    layers_now,
    layers_over_time,
    shares,
    spread,
)
from mnist_viz.analysis.linear_probe import ProbeAccuracies, probe_accuracies, ridge_accuracy
from mnist_viz.analysis.subject import RecordedMoment, Subject
from mnist_viz.data.progress import UNWATCHED
from mnist_viz.engine.network import Network, as_input

NAMES = ("a", "b", "c")
RNG = np.random.default_rng(1)
LABELS = np.arange(60) % 3
IMAGES = RNG.integers(0, 60, (60, 6), np.uint8) + (100 * np.eye(6, dtype=np.uint8))[LABELS]
PROBE = Probe(IMAGES, LABELS, NAMES, (2, 3), "made in a test")


def network(activation: str = "relu", seed: int = 0) -> Network:
    made = Network((6, 8, 4, 3), activation)
    made.initialize("he-normal", np.random.default_rng(seed))
    return made


def subject(net: Network, step: int = 100) -> Subject:
    return Subject(net, step, NAMES, (2, 3), examples=PROBE)


def now(net: Network, step: int = 100) -> LayersNow:
    return layers_now(subject(net, step), None, UNWATCHED)


def test_dead_and_saturated_units_are_named() -> None:
    net = network()
    net.layers[0].weights[:, [2, 5]] = -1.0
    first, second, output = now(net).layers
    assert {2, 5} <= set(first.dead)
    assert first.stops_at_zero
    assert (second.units, output.units) == (4, 3)
    assert output.dead == output.saturated == ()
    net = network("tanh")
    net.layers[0].weights[:, 3] = 100.0
    assert 3 in now(net).layers[0].saturated


def test_the_gradient_is_that_of_the_mean_loss() -> None:
    net = network("tanh")
    reports = now(net).layers
    net.loss_and_gradient(as_input(IMAGES), LABELS)
    sizes = np.sort(np.log10(np.abs(net.layers[0].weights_gradient)).ravel())
    assert reports[0].health.gradient_norm == pytest.approx(np.linalg.norm(net.layers[0].weights_gradient), rel=1e-5)
    assert reports[0].spreads["gradients"][[0, -1]] == pytest.approx(sizes[[0, -1]], rel=1e-4)


def test_a_spread_makes_the_histogram_of_its_values() -> None:
    values = RNG.standard_normal((200, 7)).astype(np.float32)
    edges = np.linspace(-2, 2, 9)
    exact = np.histogram(np.clip(values, -2, 2), edges)[0] / values.size
    assert shares(spread(values)[None], edges)[0] == pytest.approx(exact, abs=0.02)
    values = np.where(np.arange(400) < 300, 0.0, np.linspace(1, 2, 400)).reshape(-1, 4)
    found = shares(spread(values)[None], np.linspace(0, 2, 5))[0]
    assert found[0] == pytest.approx(0.75, abs=0.02)
    assert found.sum() == pytest.approx(1.0)


def test_what_is_no_number_has_no_spread() -> None:
    found = spread(np.array([[1.0, np.nan], [2.0, 3.0]]))
    assert np.isnan(found).all()
    assert len(found) == POINTS
    among = shares(np.stack([np.full(POINTS, 0.5), found, np.full(POINTS, 0.9)]), np.linspace(0, 1, 4))
    assert np.isnan(among[1]).all()
    assert among[[0, 2]].tolist() == [[0, 1, 0], [0, 0, 1]]


def test_update_ratios_are_the_change_a_step_over_the_weights() -> None:
    first, second = network(), network()
    second.layers[0].weights[:] *= 1.5
    moments = [RecordedMoment(step, 0.0, partial(copy, net)) for step, net in ((10, first), (15, second))]
    found = layers_over_time(replace(subject(second), moments=moments), None, UNWATCHED)
    assert found.steps.tolist() == [10, 15]
    assert np.isnan(found.update_ratios[:, 0]).all()
    assert found.update_ratios[:, 1] == pytest.approx([0.5 / 1.5 / 5, 0.0, 0.0], abs=1e-6)
    assert found.spreads["weights"].shape == (3, 2, POINTS)


def test_a_moment_that_is_known_is_not_read_again() -> None:
    read: list[int] = []

    def reading(step: int) -> Network:
        read.append(step)
        return network(seed=step)

    moments = [RecordedMoment(step, 0.0, partial(reading, step)) for step in range(5)]
    layers_over_time(replace(subject(network()), moments=moments[:4]), None, UNWATCHED)
    read.clear()
    layers_over_time(replace(subject(network()), moments=moments), None, UNWATCHED)
    assert sorted(read) == [3, 4]


def test_numbers_that_are_none_get_a_sentence() -> None:
    net = network()
    net.parameters[:] = np.nan
    for ask in (layers_now, probe_accuracies):
        with pytest.raises(ValueError, match="no numbers any more"):
            ask(subject(net), None, UNWATCHED)


def test_a_ridge_regression_is_the_least_squares_with_its_penalty() -> None:
    values = RNG.standard_normal((80, 5)).astype(np.float32)
    labels = (values[:, :3] + 0.5 * RNG.standard_normal((80, 3))).argmax(axis=1)
    x = (values - values[:40].mean(axis=0)) / np.abs(values).max()
    targets = np.eye(3)[labels[:40]]
    # The penalty as 5 more rows of the least-squares problem.
    root = np.sqrt(1e-3 * np.trace(x[:40].T @ x[:40]) / 5)
    rows = np.vstack([x[:40], root * np.eye(5)])
    wanted = np.vstack([targets - targets.mean(axis=0), np.zeros((5, 3))])
    answers = (x[40:] @ np.linalg.lstsq(rows, wanted, rcond=None)[0] + targets.mean(axis=0)).argmax(axis=1)
    assert ridge_accuracy(values, labels, 40, 3) == pytest.approx((answers == labels[40:]).mean())


def test_a_probe_reads_nothing_from_a_dead_layer() -> None:
    net = network()
    net.layers[1].weights[:] = 0.0
    found = probe_accuracies(subject(net), None, UNWATCHED)
    assert found.pixels == 1.0
    assert found.layers[1] == pytest.approx(1 / 3)


def test_advice_on_units_that_never_fire_and_none_for_a_healthy_network() -> None:
    net = network()
    net.layers[1].weights[:, :3] = -1.0
    found = advice(replace(now(net), accuracy=1.0), classes=3)
    assert found == ["Hidden 2: 3 of 4 neurons never fire; try He initialization or a smaller rate"]
    net = Network((6, 3))
    net.layers[0].weights[:] = 5 * np.eye(6, 3)
    assert advice(now(net), [0.001], classes=3) == []


def test_advice_on_saturation_gradients_steps_and_guessing() -> None:
    net = network("sigmoid")
    net.layers[0].weights[:] = 100.0
    assert "flat ends of the sigmoid" in advice(replace(now(net), accuracy=1.0), classes=3)[0]
    net = network("sigmoid")
    net.layers[1].weights[:] *= 1e-3
    assert advice(replace(now(net), accuracy=1.0), classes=3)[0].startswith("The gradient vanishes")
    healthy = replace(now(network("tanh")), accuracy=1.0)
    assert advice(healthy, [0.2, 0.001, 0.001], classes=3) == [
        "Hidden layer 1 changes by 20% of itself in each step, where 0.1% is usual; try a smaller rate"
    ]
    guessing = replace(healthy, accuracy=0.3)
    assert advice(guessing, [1e-9] * 3, classes=3) == [
        "The network only guesses (30% right), and its weights hardly change; try a larger rate"
    ]
    assert advice(replace(guessing, step=0), classes=3) == []


def test_advice_on_a_layer_that_loses_what_tells_the_classes_apart() -> None:
    healthy = replace(now(network("tanh")), accuracy=1.0)
    found = advice(healthy, probes=ProbeAccuracies(0.8, (0.9, 0.7, 0.7)), classes=3)
    assert [text.partition(":")[0] for text in found] == [
        "A linear probe reads less from hidden layer 2 (70%) than from hidden layer 1 (90%)"
    ]
