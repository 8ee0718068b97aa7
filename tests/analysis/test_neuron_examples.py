"""One neuron over validation pictures and over recorded moments, against brute force."""

from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.analysis.neuron import NOT_FINITE
from mnist_viz.analysis.neuron_examples import (
    LIFE_PICTURES,
    MOST_MOMENTS,
    answers_to_examples,
    life_of_neuron,
    role_in_accuracy,
)
from mnist_viz.analysis.subject import NO_EXAMPLES, NO_MOMENTS
from mnist_viz.data.progress import UNWATCHED
from mnist_viz.engine.network import Network
from tests.analysis.neurons import network, pictures, subject


def accuracy_by_class(shown: Network, never: int | None = None) -> NDArray[np.floating]:
    probe = pictures()
    probabilities = shown.predict_proba(probe.images)
    if never is not None:
        probabilities[:, never] = -1
    right = probabilities.argmax(axis=1) == probe.labels
    return np.array([right[probe.labels == k].mean() for k in range(3)])


@pytest.mark.parametrize("layer", [0, 1])
def test_the_pictures_that_excite_it_most_come_first(layer: int) -> None:
    shown, probe = network(25, 8, 6, 4), pictures()
    answers = answers_to_examples(subject(shown, (layer, 3), examples=probe), None, UNWATCHED)
    outputs = shown.outputs(probe.images)[layer][:, 3]
    np.testing.assert_allclose(answers.values, np.sort(outputs)[::-1][:16])
    np.testing.assert_allclose(outputs[answers.best], answers.values)


def test_its_answers_are_told_by_class() -> None:
    shown, probe = network(25, 8, 6, 4), pictures()
    answers = answers_to_examples(subject(shown, (1, 2), examples=probe), None, UNWATCHED)
    outputs = shown.outputs(probe.images)[1][:, 2]
    for k in range(3):
        own = outputs[probe.labels == k]
        np.testing.assert_allclose(answers.quantiles[k], np.quantile(own, (0.05, 0.25, 0.5, 0.75, 0.95)))
        assert answers.means[k] == pytest.approx(own.mean())
    assert np.isnan(answers.quantiles[3]).all()  # it has no pictures
    assert answers.silent == pytest.approx(np.mean(outputs == 0))


def test_an_output_answers_with_its_logit() -> None:
    shown, probe = network(25, 8, 4), pictures()
    answers = answers_to_examples(subject(shown, (1, 2), examples=probe), None, UNWATCHED)
    assert shown.layers[1].biases is not None
    logits = shown.outputs(probe.images)[0] @ shown.layers[1].weights + shown.layers[1].biases
    np.testing.assert_allclose(answers.values, np.sort(logits[:, 2])[::-1][:16])
    assert answers.silent is None


def test_a_function_that_is_never_zero_is_silent_below_a_hundredth() -> None:
    shown, probe = network(25, 8, 4, activation="sigmoid"), pictures()
    shown.layers[0].weights[:, 1] = np.linspace(-20, 20, 25)
    answers = answers_to_examples(subject(shown, (0, 1), examples=probe), None, UNWATCHED)
    outputs = shown.outputs(probe.images)[0][:, 1]
    assert answers.silent == pytest.approx(np.mean(outputs <= 0.01))
    assert 0.1 < np.mean(outputs <= 0.01) < 0.9


@pytest.mark.parametrize("layer", [0, 1])
def test_without_it_means_that_nothing_of_it_is_sent_on(layer: int) -> None:
    shown = network(25, 8, 6, 4)
    role = role_in_accuracy(subject(shown, (layer, 3), examples=pictures()), None, UNWATCHED)
    np.testing.assert_allclose(role.with_it[:3], accuracy_by_class(shown))
    shown.layers[layer + 1].weights[3] = 0
    np.testing.assert_allclose(role.without_it[:3], accuracy_by_class(shown))
    assert role.all_without == pytest.approx(role.without_it[:3].mean())
    assert np.isnan(role.with_it[3])


def test_a_class_that_is_left_out_is_never_the_answer() -> None:
    shown = network(25, 8, 4)
    role = role_in_accuracy(subject(shown, (1, 0), examples=pictures()), None, UNWATCHED)
    np.testing.assert_allclose(role.without_it[:3], accuracy_by_class(shown, never=0))
    assert role.without_it[0] == 0


def test_its_life_is_told_at_each_recorded_moment() -> None:
    shown, probe = network(25, 8, 6, 4), pictures()
    moments = [partial(network, 25, 8, 6, 4, seed=k) for k in range(3)]
    life = life_of_neuron(subject(shown, (1, 2), examples=probe, moments=moments), None, UNWATCHED)
    outputs = [each().outputs(probe.images[:LIFE_PICTURES])[1][:, 2] for each in moments]
    np.testing.assert_array_equal(life.steps, [0, 10, 20])
    np.testing.assert_allclose(life.activation, [each.mean() for each in outputs])
    np.testing.assert_allclose(life.silent, [np.mean(each == 0) for each in outputs])
    np.testing.assert_allclose(life.weight_norm, [np.linalg.norm(each().layers[1].weights[:, 2]) for each in moments])


def test_of_many_moments_some_are_looked_at_and_those_that_diverged_are_left_out() -> None:
    shown = network(25, 8, 4)
    life = life_of_neuron(subject(shown, (0, 2), examples=pictures(20), moments=[lambda: shown] * 500), None, UNWATCHED)
    assert len(life.steps) == MOST_MOMENTS
    assert (life.steps[0], life.steps[-1]) == (0, 4990)
    diverged = network(25, 8, 4)
    diverged.parameters[:] = np.nan
    moments = [lambda: shown, lambda: diverged]
    life = life_of_neuron(subject(shown, (0, 2), examples=pictures(20), moments=moments), None, UNWATCHED)
    assert np.isfinite(life.activation).tolist() == [True, False]


def test_what_is_missing_is_said() -> None:
    shown = network(25, 8, 4)
    for ask in (answers_to_examples, role_in_accuracy):
        with pytest.raises(ValueError, match=NO_EXAMPLES):
            ask(subject(shown, (0, 0)), None, UNWATCHED)
    with pytest.raises(ValueError, match=NO_MOMENTS):
        life_of_neuron(subject(shown, (0, 0), examples=pictures()), None, UNWATCHED)
    shown.layers[0].weights[:] = np.inf
    with pytest.raises(ValueError, match=NOT_FINITE):
        answers_to_examples(subject(shown, (1, 0), examples=pictures()), None, UNWATCHED)
