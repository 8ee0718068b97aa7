"""Pictures as points: a plane that keeps its direction, the share of the variance in it, and the drawing among them."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.analysis.embedding import (
    LAST_HIDDEN,
    Embedding,
    activations,
    drawing_activations,
    embed,
    nearest_axes,
)
from mnist_viz.analysis.evaluation import Probe
from mnist_viz.analysis.subject import Subject
from mnist_viz.data.progress import UNWATCHED
from mnist_viz.engine.network import Network

PIXELS, LOGITS = -4, -1
NAMES = ("a", "b", "c")
RNG = np.random.default_rng(1)
LABELS = np.arange(60) % 3
IMAGES = RNG.integers(0, 60, (60, 6), np.uint8) + (100 * np.eye(6, dtype=np.uint8))[LABELS]


def network(sizes: tuple[int, ...] = (6, 5, 4, 3), seed: int = 0) -> Network:
    made = Network(sizes, "tanh")
    made.initialize("glorot-normal", np.random.default_rng(seed))
    return made


def subject(net: Network | None = None, picture: NDArray[np.uint8] | None = None) -> Subject:
    probe = Probe(IMAGES, LABELS, NAMES, (2, 3), "made in a test")
    return Subject(network() if net is None else net, 0, NAMES, (2, 3), picture, examples=probe)


def spread(found: Embedding) -> float:
    return float(np.sqrt((found.points**2).sum(axis=1).mean()))


def test_the_pixels_lie_on_their_first_two_principal_components() -> None:
    found = embed(subject(), PIXELS, UNWATCHED)
    pixels = IMAGES / 255 - (IMAGES / 255).mean(axis=0)
    left, values, _ = np.linalg.svd(pixels, full_matrices=False)
    scores = left[:, :2] * values[:2]
    scores /= np.sqrt((scores**2).sum(axis=1).mean())
    assert np.abs(found.points) == pytest.approx(np.abs(scores), abs=1e-4)
    assert found.share == pytest.approx((values[:2] ** 2).sum() / (values**2).sum(), rel=1e-4)


@pytest.mark.parametrize("place", [PIXELS, -3, LAST_HIDDEN, LOGITS])
def test_each_layer_can_be_chosen(place: int) -> None:
    net = network()
    found = embed(subject(net), place, UNWATCHED)
    values = activations(net, IMAGES)[place]
    assert found.widths[found.place] == values.shape[1]
    assert found.points == pytest.approx((values - values.mean(axis=0)) @ found.axes, abs=1e-4)
    assert spread(found) == pytest.approx(1.0, rel=1e-4)
    assert 0 < found.share <= 1


def test_the_plane_holds_nearly_as_much_variance_as_the_principal_one() -> None:
    values = activations(network(), IMAGES)[LAST_HIDDEN]
    strengths = np.linalg.eigvalsh(np.cov(values.T, bias=True))
    assert embed(subject(), LAST_HIDDEN, UNWATCHED).share > 0.9 * strengths[-2:].sum() / strengths.sum()


def test_many_steps_lead_to_the_principal_plane_by_orthonormal_axes() -> None:
    values = RNG.standard_normal((200, 6)) * (5, 4, 2, 1, 1, 1)
    values -= values.mean(axis=0)
    axes = nearest_axes(values, values @ RNG.standard_normal((6, 2)), 8)
    _, principal = np.linalg.eigh(values.T @ values)
    assert np.linalg.svd(axes.T @ principal[:, -2:])[1] == pytest.approx([1, 1], abs=0.01)
    # A rotation of the units does not move the points.
    values = RNG.standard_normal((50, 4))
    values -= values.mean(axis=0)
    reference = RNG.standard_normal((50, 2))
    axes = nearest_axes(values, reference, 2)
    assert axes.T @ axes == pytest.approx(np.eye(2), abs=1e-6)
    turn = np.linalg.qr(RNG.standard_normal((4, 4)))[0]
    assert values @ turn @ nearest_axes(values @ turn, reference, 2) == pytest.approx(values @ axes, abs=1e-6)


def test_a_network_that_has_hardly_changed_hardly_moves_the_points() -> None:
    net = network()
    before = embed(subject(net), LAST_HIDDEN, UNWATCHED)
    net.parameters += np.float32(1e-3) * RNG.standard_normal(net.parameters.size, np.float32)
    after = embed(subject(net), LAST_HIDDEN, UNWATCHED)
    assert np.abs(after.points - before.points).max() < 0.05


def test_mistakes_and_certainty_are_those_of_the_network() -> None:
    net = network()
    found = embed(subject(net), LOGITS, UNWATCHED)
    probabilities = net.predict_proba(IMAGES)
    assert (found.predicted == probabilities.argmax(axis=1)).all()
    assert found.confidence == pytest.approx(probabilities.max(axis=1), rel=1e-5)
    assert (found.wrong == (probabilities.argmax(axis=1) != LABELS)).all()


def test_the_drawing_is_placed_as_the_same_picture_is() -> None:
    found = embed(subject(), LAST_HIDDEN, UNWATCHED)
    drawn = drawing_activations(subject(picture=IMAGES[7].reshape(2, 3)), LAST_HIDDEN, UNWATCHED)
    assert drawn is not None
    assert (drawn.values - found.middle) @ found.axes == pytest.approx(found.points[7], abs=1e-4)
    assert drawing_activations(subject(), LAST_HIDDEN, UNWATCHED) is None
    assert drawing_activations(subject(picture=np.zeros((3, 3), np.uint8)), LAST_HIDDEN, UNWATCHED) is None


def test_shallow_narrow_and_dead_networks_have_points_too() -> None:
    for sizes, place in (((6, 3), LAST_HIDDEN), ((6, 1, 3), LAST_HIDDEN), ((6, 3), -9)):
        found = embed(subject(network(sizes)), place, UNWATCHED)
        assert np.isfinite(found.points).all()
        assert spread(found) == pytest.approx(1.0, rel=1e-4)
    net = network()
    net.layers[0].weights[:] = 0
    found = embed(subject(net), LAST_HIDDEN, UNWATCHED)
    assert found.share == 0
    assert (found.points == 0).all()


def test_without_examples_or_with_outputs_that_are_no_numbers_there_is_a_sentence() -> None:
    for weight in (np.nan, np.inf, 1e25):
        net = Network((6, 5, 4, 3), "relu")
        net.parameters[:] = weight
        with pytest.raises(ValueError, match="no numbers any more"):
            embed(subject(net), LAST_HIDDEN, UNWATCHED)
    with pytest.raises(ValueError, match="choose its data set"):
        embed(replace(subject(), examples=None), LAST_HIDDEN, UNWATCHED)


def test_the_first_pictures_of_a_probe_are_the_same_object_each_time() -> None:
    probe = Probe(IMAGES, LABELS, NAMES, (2, 3), "made in a test")
    assert len(probe.first(10)) == 10
    assert probe.first(10) is probe.first(10)
    assert probe.first(60) is probe
