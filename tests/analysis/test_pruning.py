"""Edits of a network: what is removed, compared with sorting all weights, and the accuracy after it."""

from dataclasses import replace

import numpy as np
import pytest

from mnist_viz.analysis.pruning import (
    NOT_FINITE,
    SHARES,
    Edits,
    accuracy_after,
    accuracy_by_share,
    edited,
    edited_network,
    thresholds,
    with_zeros_of,
)
from mnist_viz.analysis.subject import NO_EXAMPLES
from mnist_viz.data.progress import UNWATCHED
from mnist_viz.engine.network import Network
from tests.analysis.neurons import network, pictures, subject


def by_sorting(shown: Network, share: float) -> Network:
    """The smallest weights of all set to 0, one after the other."""
    result = edited(shown, Edits())
    places = [(abs(w), k, at) for k, layer in enumerate(shown.layers) for at, w in np.ndenumerate(layer.weights)]
    for _, k, at in sorted(places)[: round(share * len(places))]:
        result.layers[k].weights[at] = 0.0
    return result


def right(shown: Network) -> float:
    """The share of right answers, each picture read by itself."""
    probe = pictures()
    answers = [int(shown.logits(image[None]).argmax()) for image in probe.images]
    return float(np.mean(np.array(answers) == probe.labels))


def test_the_smallest_weights_of_all_are_removed() -> None:
    shown = network(25, 12, 8, 4)
    for share in (0.0, 0.001, 0.3, 0.77, 1.0):
        found = edited(shown, Edits(share))
        np.testing.assert_array_equal(found.parameters, by_sorting(shown, share).parameters)
    assert shown.layers[0].weights.all()  # which is another network


def test_of_each_layer_the_same_share_is_removed() -> None:
    shown = network(25, 12, 8, 4)
    found = edited(shown, Edits(0.25, by_layer=True))
    for before, after in zip(shown.layers, found.layers, strict=True):
        gone = after.weights == 0
        assert np.count_nonzero(gone) == round(0.25 * gone.size)
        assert np.abs(before.weights[gone]).max() < np.abs(before.weights[~gone]).min()


def test_thresholds_take_what_is_as_small_with_it() -> None:
    weights = [np.array([[1.0, -1.0, 2.0, 3.0]]), np.array([[1.0, 5.0]])]
    assert thresholds(weights, [0.0, 1 / 6, 1.0], by_layer=False) == [[-1.0] * 2, [1.0] * 2, [5.0] * 2]
    assert thresholds(weights, [0.5], by_layer=True) == [[1.0, 1.0]]


def test_without_a_neuron_the_others_answer_as_if_it_put_out_nothing() -> None:
    shown = network(25, 12, 8, 4, activation="sigmoid")
    found = edited(shown, Edits(removed=frozenset({(0, 5)})))
    images = pictures().images[:20]
    hidden = shown.hidden_outputs(images)[0].copy()
    hidden[:, 5] = 0.0
    above = Network((12, 8, 4), "sigmoid", parameters=shown.parameters[26 * 12 :])
    np.testing.assert_allclose(found.logits(images), above.logits(hidden), rtol=1e-12)


def test_weights_set_by_hand_come_after_all_else_and_what_is_not_there_is_left_out() -> None:
    shown = network(25, 12, 4)
    found = edited(shown, Edits(1.0, removed=frozenset({(0, 5)}), weights={(0, 3, 5): 0.5, (1, 5, 2): -2.0}))
    assert np.count_nonzero(found.parameters[: 25 * 12]) == 1
    assert found.layers[0].weights[3, 5] == 0.5
    assert found.layers[1].weights[5, 2] == -2.0
    shown = network(25, 4)
    edits = Edits(removed=frozenset({(0, 9), (3, 0)}), weights={(1, 0, 0): 1.0, (0, 99, 0): 1.0})
    np.testing.assert_array_equal(edited(shown, edits).parameters, shown.parameters)


def test_first_weights_take_the_zeros_and_keep_their_values() -> None:
    first, trained = network(25, 12, 4), network(25, 12, 4, seed=7)
    pruned = edited(trained, Edits(0.6))
    found = with_zeros_of(first, pruned)
    for own, begun, zeros in zip(found.layers, first.layers, pruned.layers, strict=True):
        np.testing.assert_array_equal(own.weights, np.where(zeros.weights == 0, 0, begun.weights))


def test_the_accuracy_is_that_of_reading_each_picture() -> None:
    shown, probe = network(25, 12, 4), pictures()
    found = accuracy_after(subject(shown, None, examples=probe), Edits(0.8), UNWATCHED)
    assert (found.before, found.after) == pytest.approx((right(shown), right(by_sorting(shown, 0.8))))
    assert found.count == len(probe)


def test_the_curve_is_that_of_pruning_and_reading_anew() -> None:
    shown, probe = network(25, 12, 4), pictures()
    found = accuracy_by_share(subject(shown, None, examples=probe), None, UNWATCHED)
    np.testing.assert_allclose(found.whole, [right(by_sorting(shown, share)) for share in SHARES])
    np.testing.assert_allclose(found.layers, [right(edited(shown, Edits(s, by_layer=True))) for s in SHARES])


def test_it_says_how_many_weights_are_gone_and_what_is_read() -> None:
    shown, probe = network(25, 12, 4), pictures()
    asked = subject(shown, (1, 2), picture=probe.images[0].reshape(5, 5))
    found = edited_network(asked, Edits(0.5, weights={(1, 3, 2): 0.25}), UNWATCHED)
    after = edited(shown, Edits(0.5, weights={(1, 3, 2): 0.25}))
    assert (found.weights, found.gone) == (348, 348 - sum(np.count_nonzero(each.weights) for each in after.layers))
    np.testing.assert_array_equal(found.after, after.layers[1].weights[:, 2])
    assert found.after[3] == 0.25
    assert found.reads_after is not None
    chances = after.predict_proba(probe.images[:1])[0]
    name, share = found.reads_after
    assert name == asked.class_names[int(chances.argmax())]
    assert share == pytest.approx(float(chances.max()))


def test_without_pictures_or_finite_weights_there_is_a_sentence() -> None:
    shown = network(25, 12, 4)
    with pytest.raises(ValueError, match=NO_EXAMPLES):
        accuracy_after(subject(shown, None), Edits(), UNWATCHED)
    shown.parameters[3] = np.nan
    with pytest.raises(ValueError, match=NOT_FINITE):
        edited_network(replace(subject(shown, None), picture=None), Edits(), UNWATCHED)


def test_edits_in_words() -> None:
    edits = Edits(0.805, removed=frozenset({(0, 1)}), weights={(0, 0, 0): 0.0, (0, 1, 0): 0.0, (0, 2, 0): 1.0})
    assert edits.words == "80.5% pruned, 1 neuron removed, 2 weights rubbed out, 1 weight set"
    assert not Edits(by_layer=True)
