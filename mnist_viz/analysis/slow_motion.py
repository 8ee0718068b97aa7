"""The very next batch, stage by stage: pixels, sums, activations, loss, and all the way back to the weights."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.subject import Subject
from mnist_viz.data.progress import Watch
from mnist_viz.engine.activations import activations_of
from mnist_viz.engine.layer_names import layer_phrase
from mnist_viz.engine.losses import LOSSES
from mnist_viz.engine.network import Network
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.progress import NextStep
from mnist_viz.engine.samples import Shape
from mnist_viz.engine.settings import Settings

Floats = NDArray[np.floating]
What = Literal["input", "sum", "output", "loss", "delta", "gradient", "update"]
Kind = Literal["sums", "activations", "probabilities", "deltas"]

MOST_SAMPLES = 100
"""Samples of the batch that can be looked at; the gradient is that of all."""

_ALSO_LIT = {"sum": -1, "delta": 1, "gradient": -1}
"""A stage is also about the layer so many after its own."""


@dataclass(frozen=True)
class Stage:
    """One thing that happens in a step.

    Attributes:
        what: it is.
        layer: where, from 0; -1 for the input, and for the update, which is everywhere.
        formula: without numbers.
    """

    what: What
    layer: int
    title: str
    formula: str


@dataclass(frozen=True, eq=False)
class Held:
    """What a layer holds at a stage: (outputs,) values for one sample; None where nothing has come yet.

    Attributes:
        values, kind: they are.
        lit: whether the stage is about them.
    """

    values: Floats | None
    kind: Kind
    signed: bool
    lit: bool


@dataclass(frozen=True, eq=False)
class SlowMotion:
    """A step in stages.

    Attributes:
        step: what the engine does in it.
        before, after, gradient: as networks, whose layers are views of the vectors of `step`.
        image_shape: of the pictures; None if the inputs are none.
    """

    step: NextStep
    before: Network
    after: Network
    gradient: Network
    stages: tuple[Stage, ...]
    class_names: tuple[str, ...]
    image_shape: Shape | None

    def held(self, stage: int, sample: int) -> list[Held]:
        """What each layer holds for a sample: at first nothing, then what it puts out, on the way back its deltas."""
        now, last, held = self.stages[stage], len(self.step.layers) - 1, []
        for k, layer in enumerate(self.step.layers):
            kind: Kind = "probabilities" if k == last else "activations"
            values = layer.outputs
            if now.what == "sum" and k == now.layer:
                kind, values = "sums", layer.sums
            elif now.what in ("delta", "gradient", "update") and k >= now.layer:
                kind, values = "deltas", layer.deltas
            reached = now.what not in ("input", "sum", "output") or k <= now.layer
            lit = now.what == "update" or k in (now.layer, now.layer + _ALSO_LIT.get(now.what, 0))
            signed = kind in ("sums", "deltas") or (kind == "activations" and _goes_below_zero(self.before, k))
            held.append(Held(values[sample] if reached else None, kind, signed, lit and reached))
        return held

    def input_lit(self, stage: int) -> bool:
        now = self.stages[stage]
        return now.what == "input" or (now.what in ("sum", "gradient") and now.layer == 0)

    def weights(self, stage: int, layer: int, neuron: int) -> tuple[str, Floats]:
        """What a stage is about of a neuron's incoming weights: what it is, and (inputs,) values."""
        what = self.stages[stage].what
        if what == "gradient":
            return "Gradient of its weights", self.gradient.layers[layer].weights[:, neuron]
        before = self.before.layers[layer].weights[:, neuron]
        if what == "update":
            return "Change of its weights", self.after.layers[layer].weights[:, neuron] - before
        return "Its weights", before

    def usual_neuron(self, layer: int, sample: int) -> int:
        """One to begin with: the label's output, or the hidden neuron that the sample changes most."""
        if layer == len(self.step.layers) - 1:
            return int(self.step.labels[sample])
        return int(np.abs(self.step.layers[layer].deltas[sample]).argmax())


def next_batch(subject: Subject, _choice: object, watch: Watch) -> SlowMotion:
    """Take the very next step of the run apart.

    Forwards z = x W + b and a = f(z), p = softmax(z), L = −log p of the label, averaged over the batch; backwards by
    the chain rule δ = ∂L/∂z, ∂L/∂W = xᵀ δ, ∂L/∂x = δ Wᵀ (Rumelhart, Hinton and Williams 1986); then the optimizer's
    step. The numbers are the engine's own, with dropout and batch normalization as they are in this step.
    """
    watch.check()
    step = subject.wanted_next_step(MOST_SAMPLES)
    before, after, gradient = (
        Network(
            subject.network.sizes, subject.network.activation,
            biases=step.settings.biases, batch_norm=step.settings.batch_norm, parameters=each,
        )
        for each in (step.before, step.after, step.gradient)
    )  # fmt: skip
    stages = tuple(_stages(before, step.settings))
    return SlowMotion(step, before, after, gradient, stages, subject.class_names, subject.image_shape)


def chosen_neuron(subject: Subject, _choice: object, _watch: Watch) -> tuple[int, int] | None:
    """Layer and number of the neuron that is chosen everywhere; None if none is that this network has."""
    return subject.known_neuron


def _goes_below_zero(network: Network, layer: int) -> bool:
    least = network.activations[layer].bounds[0]
    return least is None or least < 0


def _stages(network: Network, settings: Settings) -> list[Stage]:
    hidden = len(network.layers) - 1
    names = [layer_phrase(k, hidden + 1) for k in range(hidden + 1)]
    functions = activations_of(network.activation, hidden)
    varied = ", varied at random" if settings.augmentation.active else ""
    dropped = ", some left out by dropout" if settings.input_dropout else ""
    stages = [Stage("input", -1, "The pixels go in", f"x = brightness from 0 to 1{varied}{dropped}")]
    for k, name in enumerate(names):
        formula = "z = Σ w x + b"
        if network.layers[k].norm is not None:
            formula = "z = gain · (Σ w x − mean) / deviation + b, over the batch"
        stages.append(Stage("sum", k, f"Forwards: the sums of {name}", formula))
        if k < hidden:
            formula = f"a = {functions[k].title}(z)" + (", some left out by dropout" if settings.dropout else "")
            stages.append(Stage("output", k, f"Forwards: the activations of {name}", formula))
    stages.append(Stage("output", hidden, "Forwards: softmax makes probabilities", "p = exp z / Σ exp z"))
    entropy = settings.loss == "cross-entropy"
    formula = "L = −log p(label)" if entropy else "L = ½ Σ (p − y)²"
    stages.append(Stage("loss", hidden, f"Loss: {LOSSES[settings.loss].title.lower()}", formula))
    for k in reversed(range(hidden + 1)):
        formula = "δ = ∂L/∂z = f′(z) · Σ w δ of the next layer"
        if k == hidden:
            formula = "δ = ∂L/∂z = (p − y) / n" if entropy else "δ = ∂L/∂z = p (d − Σ d p) / n with d = p − y"
            if settings.label_smoothing:
                formula += f", y smoothed by {settings.label_smoothing:g}"
        stages.append(Stage("delta", k, f"Backwards: the deltas of {names[k]}", formula))
        stages.append(Stage("gradient", k, f"Backwards: the gradient of the weights into {names[k]}", "∂L/∂w = Σ x δ"))
    kind = OPTIMIZERS[settings.optimizer]
    stages.append(Stage("update", -1, f"Update: {kind.title}", kind.formula))
    return stages
