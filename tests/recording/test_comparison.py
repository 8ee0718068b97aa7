"""Two runs at the same epoch: their moments, the difference of their weights, and what only one of them reads."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from mnist_viz.engine.course import Course
from mnist_viz.engine.epochs import EpochGrid
from mnist_viz.engine.network import Network
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.comparison import OUTPUT, frame_at, known_by_one, layer_weights, moment_of, weight_difference
from mnist_viz.recording.examination import Examination
from mnist_viz.recording.history import History
from mnist_viz.recording.run import Run
from mnist_viz.recording.snapshot import Frame, Model
from mnist_viz.recording.timeline import Timeline


def make_model(*sizes: int) -> Model:
    network = Network(sizes, "relu", biases=True)
    network.parameters[:] = np.random.default_rng(0).normal(0, 1, network.parameters.size)
    return Model.of(network)


MODEL = make_model(6, 4, 3)
BATCHES = 10
"""In an epoch."""


def run_with(*steps: int, newest: int | None = None) -> Run:
    """A run with frames recorded after so many steps each, and a newest state that is not recorded."""
    grid, settings = EpochGrid(100, BATCHES), Settings()
    course = Course(1, 100, MODEL.sizes, 20, ((0, settings),), ((0, 10),))
    run = Run(1, "Run 1", 0, "mnist", ("a", "b", "c"), None, course, Timeline(), History(grid))
    for step in steps:
        run.timeline.add(frame(step))
    if newest is not None:
        run.timeline.follow(frame(newest))
    return run


def frame(step: int) -> Frame:
    return Frame(MODEL, step, step / BATCHES)


@pytest.mark.parametrize(
    ("epoch", "step", "late", "words"),
    [
        (0.0, 0, False, "the first weights"),
        (0.4, 5, False, "after epoch 1, batch 5"),
        (1.1, 10, False, "after epoch 1"),
        (3.0, 30, False, "after epoch 3"),
        (7.5, 30, True, "only 3 epochs: after epoch 3"),
    ],
)
def test_the_moment_nearest_to_an_epoch_is_found(epoch: float, step: int, late: bool, words: str) -> None:
    moment = frame_at(run_with(0, 5, 10, 20, 30), epoch)
    assert moment is not None
    assert (moment.frame.step, moment.late, moment.words[0]) == (step, late, words)


def test_the_newest_state_counts_even_if_it_is_not_recorded() -> None:
    moment = frame_at(run_with(0, 10, newest=17), 2.0)
    assert moment is not None
    assert moment.frame.step == 17
    assert moment.words == ("ends after epoch 2, batch 7", "ends at 1.7")


def test_a_run_that_is_not_trained_says_so() -> None:
    moment = frame_at(run_with(0), 2.0)
    assert moment is not None
    assert moment.words[0] == "not trained yet: the first weights"


def test_a_run_with_one_epoch_says_so() -> None:
    moment = frame_at(run_with(0, 10), 2.0)
    assert moment is not None
    assert moment.words == ("only 1 epoch: after epoch 1", "only 1 epoch")


def test_a_run_without_any_frame_has_no_moment() -> None:
    assert frame_at(run_with(), 1.0) is None


def test_a_frame_that_is_shown_is_never_late() -> None:
    run = run_with(0, 10)
    assert moment_of(run, frame(13)).words == ("after epoch 2, batch 3",)


@given(st.lists(st.integers(0, 200), min_size=1, max_size=20, unique=True), st.floats(0, 25))
def test_no_recorded_frame_is_nearer(steps: list[int], epoch: float) -> None:
    run = run_with(*steps)
    moment = frame_at(run, epoch)
    assert moment is not None
    assert abs(moment.frame.epoch - epoch) == min(abs(step / BATCHES - epoch) for step in steps)
    assert moment.late == (epoch > max(steps) / BATCHES)


# --- weights ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("layer", "shape"), [(0, (6, 4)), (1, None), (OUTPUT, (4, 3))])
def test_a_layer_is_hidden_or_the_output(layer: int, shape: tuple[int, int] | None) -> None:
    weights = layer_weights(MODEL, layer)
    assert (None if weights is None else weights.shape) == shape


def test_a_network_without_hidden_layers_has_only_an_output() -> None:
    model = make_model(6, 3)
    assert layer_weights(model, 0) is None
    weights = layer_weights(model, OUTPUT)
    assert weights is not None
    assert weights.shape == (6, 3)


def test_the_difference_is_measured_by_the_first() -> None:
    a = np.array([[3.0], [4.0]], np.float32)
    found = weight_difference(a, 2 * a)
    assert found is not None
    np.testing.assert_array_equal(found.weights, a)
    assert [found.distance, found.cosine] == pytest.approx([1.0, 1.0])
    turned = weight_difference(a, np.array([[-4.0], [3.0]], np.float32))
    assert turned is not None
    assert [turned.distance, turned.cosine] == pytest.approx([math.sqrt(2), 0.0])


def test_layers_of_other_shapes_have_no_difference() -> None:
    a = np.zeros((6, 4), np.float32)
    assert weight_difference(a, np.zeros((6, 5), np.float32)) is None
    assert weight_difference(a, None) is None
    assert weight_difference(None, a) is None


def test_what_is_no_number_is_no_error() -> None:
    zero = np.zeros((2, 2), np.float32)
    found = weight_difference(zero, np.full((2, 2), np.inf, np.float32))
    assert found is not None
    assert not math.isfinite(found.distance)


WEIGHTS = hnp.arrays(np.float32, (5, 3), elements=st.floats(-8, 8, width=16))


@given(WEIGHTS, WEIGHTS)
def test_b_is_a_and_the_difference(a: NDArray[np.float32], b: NDArray[np.float32]) -> None:
    found = weight_difference(a, b)
    assert found is not None
    np.testing.assert_allclose(a + found.weights, b, atol=1e-5)
    assert not math.isfinite(found.cosine) or -1 <= found.cosine <= 1
    assert (found.distance == 0) == (bool(np.array_equal(a, b)) and bool(a.any()))


# --- answers ---------------------------------------------------------------------------------


def examination(right: list[bool], confidence: list[float] | None = None) -> Examination:
    sure = np.array(confidence if confidence is not None else [0.5] * len(right), np.float32)
    return Examination(np.zeros((2, 2), np.int64), np.zeros(len(right), np.uint8), 0.0, np.array(right, bool), sure)


def test_pictures_are_sorted_by_who_reads_them() -> None:
    a = examination([True, True, False, False, True], [0.9, 0.6, 0.9, 0.9, 0.9])
    b = examination([True, False, True, False, False], [0.9, 0.6, 0.9, 0.9, 0.9])
    known = known_by_one(a, b)
    assert known.only_a.tolist() == [4, 1]  # the surest first
    assert known.only_b.tolist() == [2]
    assert known.both.tolist() == [0]
    assert known.neither.tolist() == [3]


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=50))
def test_each_picture_is_in_one_of_the_four(pairs: list[tuple[bool, bool]]) -> None:
    a, b = examination([x for x, _ in pairs]), examination([y for _, y in pairs])
    known = known_by_one(a, b)
    parts = known.only_a, known.only_b, known.neither, known.both
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(pairs)))
    swapped = known_by_one(b, a)
    assert set(swapped.only_a.tolist()) == set(known.only_b.tolist())


def test_examinations_of_different_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match="one was examined on 2 pictures, the other on 3"):
        known_by_one(examination([True, True]), examination([True, True, True]))
