"""One batch in slow motion: the stages, what each layer holds, and equations whose two sides are equal."""

import math
import re
from typing import Any

import numpy as np
import pytest

from mnist_viz.analysis.slow_motion import SlowMotion, next_batch
from mnist_viz.analysis.slow_motion_numbers import numbers
from mnist_viz.analysis.subject import NO_TRAINING, Subject
from mnist_viz.data.progress import UNWATCHED
from mnist_viz.engine.augmentation import Augmentation
from mnist_viz.engine.network import Network
from mnist_viz.engine.optimizers import OPTIMIZERS
from tests.slow_steps import slow_motion_of, trainer_of

FUNCTIONS = {"exp": math.exp, "Tanh": math.tanh, "ReLU": lambda z: max(z, 0.0)}


def sides(equation: str) -> list[float]:
    """The values of those sides of an equation that are made of numbers alone."""
    found = []
    for side in equation.split(" = "):
        text = re.sub(r"\((dropout|clipped|weight decay|L1)\)", "", side)
        text = text.replace("−log", "-log").replace("−", "-").replace("·", "*")
        text = re.sub(r"log ([\d.]+)", r"log(\1)", text)
        try:
            found.append(float(eval(text, {"__builtins__": {}, "log": math.log, **FUNCTIONS})))
        except (SyntaxError, NameError, TypeError):
            continue
    return found


def equations(text: str) -> list[list[float]]:
    return [found for part in re.split("[,;:] ", text) if len(found := sides(part)) > 1]


def place(motion: SlowMotion, stage: int) -> tuple[int, int]:
    layer = max(motion.stages[stage].layer, 0)
    return layer, motion.usual_neuron(layer, 3)


def test_the_stages_go_forwards_and_back() -> None:
    motion = slow_motion_of(trainer_of())
    assert [(stage.what, stage.layer) for stage in motion.stages] == [
        ("input", -1), ("sum", 0), ("output", 0), ("sum", 1), ("output", 1), ("sum", 2), ("output", 2), ("loss", 2),
        ("delta", 2), ("gradient", 2), ("delta", 1), ("gradient", 1), ("delta", 0), ("gradient", 0), ("update", -1),
    ]  # fmt: skip


def test_any_number_of_layers_has_its_stages() -> None:
    hiddens: list[tuple[int, ...]] = [(), (8,), (4,) * 16]
    for hidden in hiddens:
        motion = slow_motion_of(trainer_of(hidden=hidden))
        assert len(motion.stages) == 7 + 4 * len(hidden)
        for stage in range(len(motion.stages)):
            assert len(motion.held(stage, 0)) == len(hidden) + 1
            assert numbers(motion, stage, 0, *place(motion, stage))


@pytest.mark.parametrize(
    "special",
    [
        {},
        {"activation": "relu", "dropout": 0.4, "input_dropout": 0.2},
        {"label_smoothing": 0.2, "biases": False},
        {"batch_norm": True},
        {"loss": "mse"},
        {"batch_size": 1},
        {"augmentation": Augmentation(shift=1.0)},
        *({"optimizer": name} for name in OPTIMIZERS),
        {"optimizer": "adamw", "l2": 0.3},
        {"l1": 0.02, "l2": 0.3, "gradient_clip": 0.001},
    ],
    ids=str,
)
def test_both_sides_of_each_equation_are_equal(special: dict[str, Any]) -> None:
    motion = slow_motion_of(trainer_of(**special))
    checked = set()
    sample = min(3, len(motion.step.labels) - 1)
    for stage, now in enumerate(motion.stages):
        layer, neuron = max(now.layer, 0), 1
        for found in equations(numbers(motion, stage, sample, layer, neuron)):
            np.testing.assert_allclose(found, found[-1], rtol=4e-3, atol=1e-5)
            checked.add(now.what)
    assert checked >= {"output", "loss", "delta", "gradient", "update"} - ({"loss"} if "loss" in special else set())


def test_the_numbers_are_those_of_the_sample_and_the_neuron() -> None:
    motion = slow_motion_of(trainer_of())
    bias = motion.before.layers[0].biases
    assert bias is not None
    z = float(motion.step.images[3] @ motion.before.layers[0].weights[:, 5] + bias[5])
    assert numbers(motion, 1, 3, 0, 5).endswith(f"= {z:.4g}".replace("-", "−"))
    assert numbers(motion, 0, 3, 0, 0).startswith("Picture 4 of 20, labelled ")


def test_each_layer_holds_what_has_come_to_it() -> None:
    motion = slow_motion_of(trainer_of())
    first, sums, *_, back, _, update = (motion.held(stage, 3) for stage in range(len(motion.stages)))
    assert [held.values for held in first] == [None, None, None]
    assert (sums[0].kind, sums[0].lit, sums[1].values) == ("sums", True, None)
    assert [(held.kind, held.lit) for held in back] == [("deltas", True), ("deltas", True), ("deltas", False)]
    assert all(held.kind == "deltas" and held.lit for held in update)
    deltas = motion.held(10, 3)  # of the second layer
    assert [(held.kind, held.lit) for held in deltas] == [
        ("activations", False), ("deltas", True), ("deltas", True),
    ]  # fmt: skip
    np.testing.assert_array_equal(deltas[1].values, motion.step.layers[1].deltas[3])


def test_the_weights_of_a_neuron_their_gradient_and_their_change() -> None:
    motion = slow_motion_of(trainer_of())
    weights, gradient, change = (motion.weights(stage, 0, 2)[1] for stage in (1, 13, 14))
    np.testing.assert_allclose(change, -0.05 * gradient, rtol=1e-3, atol=1e-7)
    np.testing.assert_array_equal(weights, motion.before.layers[0].weights[:, 2])


def test_where_training_cannot_go_on_a_sentence_says_so() -> None:
    network = Network((16, 3))
    with pytest.raises(ValueError, match=NO_TRAINING):
        next_batch(Subject(network, 0, ("a", "b", "c"), (4, 4)), None, UNWATCHED)
    trainer = trainer_of(activation="relu")
    trainer.network.parameters[:] = 1e30
    with pytest.raises(ValueError, match="diverged"):
        slow_motion_of(trainer)
