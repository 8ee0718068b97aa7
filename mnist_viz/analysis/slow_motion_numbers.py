"""The formulas of one batch in slow motion with the numbers of one sample and one neuron."""

import math

import numpy as np

from mnist_viz.analysis.slow_motion import Floats, SlowMotion
from mnist_viz.engine.optimizers import OPTIMIZERS, Adam, RMSprop
from mnist_viz.engine.progress import NextStep

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_LEAST = 1e-38  # a probability that is not 0


def numbers(motion: SlowMotion, stage: int, sample: int, layer: int, neuron: int) -> str:
    """The formula of a stage with the numbers of a sample and of a neuron of the stage's layer.

    Args:
        layer, neuron: of the update any; of the input they mean nothing.
    """
    what = motion.stages[stage].what
    if what == "input":
        return _of_input(motion, sample)
    if what == "loss":
        return _of_loss(motion, sample)
    if what == "sum":
        return _of_sum(motion, sample, layer, neuron)
    if what == "output":
        return _of_output(motion, sample, layer, neuron)
    if what == "delta":
        return _of_delta(motion, sample, layer, neuron)
    source = int(np.abs(motion.gradient.layers[layer].weights[:, neuron]).argmax())
    if what == "gradient":
        return _of_gradient(motion, sample, layer, neuron, source)
    return _of_update(motion, layer, neuron, source)


def _of_input(motion: SlowMotion, sample: int) -> str:
    step = motion.step
    pixels, seen = step.images[sample], step.layers[0].inputs[sample]
    inked, left = int(np.count_nonzero(pixels)), int(np.count_nonzero(seen))
    dropped = f", {left:,} of them are left by dropout" if step.settings.input_dropout else ""
    name = motion.class_names[int(step.labels[sample])]
    picture = f"Picture {sample + 1} of {step.samples}, labelled {name}"
    return f"{picture}: {inked:,} of {len(pixels):,} inputs are above 0{dropped}"


def _of_sum(motion: SlowMotion, sample: int, layer: int, neuron: int) -> str:
    dense, z = motion.before.layers[layer], float(motion.step.layers[layer].sums[sample, neuron])
    bias = 0.0 if dense.biases is None else float(dense.biases[neuron])
    name = _name("z", motion, layer, neuron)
    if dense.norm is not None:
        inside = _product(motion, sample, layer, neuron)
        return f"{name} = {_number(z)}, normalized from Σ w x = {_number(inside)}"
    if dense.biases is None:
        return f"{name} = Σ w x = {_number(z)}"
    return f"{name} = Σ w x + b = {_number(z - bias)} {_added(bias)} = {_number(z)}"


def _of_output(motion: SlowMotion, sample: int, layer: int, neuron: int) -> str:
    trace = motion.step.layers[layer]
    z, a = trace.sums[sample].astype(np.float64), float(trace.outputs[sample, neuron])
    if layer == len(motion.step.layers) - 1:
        powers = np.exp(z - z.max())
        return (
            f"{_name('p', motion, layer, neuron)} = exp({_number(z[neuron])}) / Σ exp z = "
            f"{_number(powers[neuron] / powers.sum())}"
        )
    function = motion.before.activations[layer].title
    text = f"{_name('a', motion, layer, neuron)} = {function}({_number(z[neuron])}) = {_number(a)}"
    passed = float(motion.step.layers[layer + 1].inputs[sample, neuron])
    return text if passed == a else f"{text}; {_number(passed)} after dropout"


def _of_loss(motion: SlowMotion, sample: int) -> str:
    step = motion.step
    p, label = step.layers[-1].outputs[sample].astype(np.float64), int(step.labels[sample])
    mean = f"; the mean over the batch of {step.samples} is {_number(step.loss)}"
    if step.settings.loss == "cross-entropy":
        name = motion.class_names[label]
        return f"L = −log p({name}) = −log {_number(p[label])} = {_number(-math.log(max(p[label], _LEAST)))}{mean}"
    return f"L = ½ Σ (p − y)² = {_number(0.5 * float(((p - _wanted(step, sample, 0.0)) ** 2).sum()))}{mean}"


def _of_delta(motion: SlowMotion, sample: int, layer: int, neuron: int) -> str:
    step = motion.step
    trace = step.layers[layer]
    name, delta = _name("δ", motion, layer, neuron), float(trace.deltas[sample, neuron])
    if layer == len(step.layers) - 1:
        p, y = trace.outputs[sample].astype(np.float64), _wanted(step, sample, step.settings.label_smoothing)
        if step.settings.loss == "cross-entropy":
            return f"{name} = ({_number(p[neuron])} − {_number(y[neuron])}) / {step.samples} = {_number(delta)}"
        d = p - y
        return (
            f"{name} = {_number(p[neuron])} · ({_number(d[neuron])} {_added(-float(d @ p))}) / {step.samples} = "
            f"{_number(delta)}"
        )
    above = step.layers[layer + 1]
    passed = float(above.deltas[sample] @ motion.before.layers[layer + 1].weights[neuron])
    slope, kept, dropout = _slope(motion, sample, layer, neuron), 1.0, ""
    if step.settings.dropout:
        left_out = above.inputs[sample, neuron] == 0 and trace.outputs[sample, neuron] != 0
        kept = 0.0 if left_out else 1.0 / (1.0 - step.settings.dropout)
        dropout = f" · {_number(kept)} (dropout)"
    text = f"f′(z) · Σ w δ = {_number(slope)} · {_number(passed)}{dropout} = {_number(slope * passed * kept)}"
    if motion.before.layers[layer].norm is not None:
        return f"{text}; back through the normalization {name} = {_number(delta)}"
    return f"{name} = {text}"


def _of_gradient(motion: SlowMotion, sample: int, layer: int, neuron: int, source: int) -> str:
    trace = motion.step.layers[layer]
    x, delta = float(trace.inputs[sample, source]), float(trace.deltas[sample, neuron])
    total = float(motion.gradient.layers[layer].weights[source, neuron])
    return (
        f"From {_source(motion, layer, source)}: for this picture x δ = {_number(x)} · {_number(delta)} = "
        f"{_number(x * delta)}; the sum over the batch of {motion.step.samples} is ∂L/∂w = {_number(total)}"
    )


def _of_update(motion: SlowMotion, layer: int, neuron: int, source: int) -> str:
    step, settings = motion.step, motion.step.settings
    kind = OPTIMIZERS[settings.optimizer]
    w, new, g = (
        float(network.layers[layer].weights[source, neuron])
        for network in (motion.before, motion.after, motion.gradient)
    )
    gradient, g = _as_used(step, w, g)
    size, momentum = motion.before.parameters.size, settings.momentum

    def remembered(memory: Floats, part: int = 0) -> float:
        vector = motion.before.over(memory[part * size : (part + 1) * size])
        return float(vector.layers[layer].weights[source, neuron])

    rate, start, end = _number(step.learning_rate), _number(w), _number(new)
    before, after = step.memory_before, step.memory_after
    if kind.name == "sgd":
        how = f"w = {start} − {rate} · {_bracketed(g)} = {end}"
    elif kind.name == "momentum":
        v = remembered(after)
        how = (
            f"v = {_number(momentum)} · {_bracketed(remembered(before))} − {rate} · {_bracketed(g)} = {_number(v)}, "
            f"w = {start} {_added(v)} = {end}"
        )
    elif kind.name == "nesterov":
        v = remembered(after)
        how = (
            f"v = {_number(momentum)} · {_bracketed(remembered(before))} {_added(g)} = {_number(v)}, "
            f"w = {start} − {rate} · ({_number(g)} {_added(momentum * v)}) = {end}"
        )
    elif kind.name in ("adagrad", "rmsprop"):
        s = remembered(after) * (1.0 if kind.name == "adagrad" else 1.0 - RMSprop.KEPT)
        how = f"√s = {_number(math.sqrt(s))}, w = {start} − {rate} · {_bracketed(g)} / {_number(math.sqrt(s))} = {end}"
    else:
        m = remembered(after) / float(after[-4:-2].sum())
        s = remembered(after, 1) / float(after[-2:].sum())
        if kind.decoupled_decay and settings.l2:
            start = f"(1 − {rate} · {_number(settings.l2)}) · {_bracketed(w)}"
        how = (
            f"m̂ = {_number(m)}, √ŝ = {_number(math.sqrt(s))}, "
            f"w = {start} − {rate} · {_bracketed(m)} / ({_number(math.sqrt(s))} + {_number(Adam.EPSILON)}) = {end}"
        )
    limit = f", its weights together at most {_number(settings.max_norm)} long" if settings.max_norm else ""
    return f"From {_source(motion, layer, source)}: {gradient}{how}{limit}"


def _as_used(step: NextStep, w: float, g: float) -> tuple[str, float]:
    """The gradient with clipping and penalties: how it comes about, if there are any, and its value."""
    settings = step.settings
    text, length = _number(g), float(np.linalg.norm(step.gradient))
    if settings.gradient_clip and length > settings.gradient_clip:
        share = settings.gradient_clip / length
        text, g = f"{text} · {_number(share)} (clipped)", g * share
    if settings.l1:
        text, g = f"{text} {_added(settings.l1 * math.copysign(float(w != 0), w))} (L1)", g + settings.l1 * np.sign(w)
    if settings.l2 and not OPTIMIZERS[settings.optimizer].decoupled_decay:
        text, g = f"{text} + {_number(settings.l2)} · {_bracketed(w)} (weight decay)", g + settings.l2 * w
    return (f"g = {text}, " if text == _number(g) else f"g = {text} = {_number(g)}, "), float(g)


def _wanted(step: NextStep, sample: int, smoothing: float) -> Floats:
    """What the probabilities of a sample should be, (classes,)."""
    classes = step.layers[-1].outputs.shape[1]
    wanted = np.full(classes, smoothing / classes)
    wanted[int(step.labels[sample])] += 1.0 - smoothing
    return wanted


def _slope(motion: SlowMotion, sample: int, layer: int, neuron: int) -> float:
    """f′(z), as the engine has it."""
    z = motion.step.layers[layer].sums[sample : sample + 1].copy()
    kept, slope = np.empty_like(z), np.empty_like(z)
    activation = motion.before.activations[layer]
    activation.forward(z, kept, slope)
    slope[:] = 1.0
    activation.backward(z, slope, kept)
    return float(slope[0, neuron])


def _product(motion: SlowMotion, sample: int, layer: int, neuron: int) -> float:
    return float(motion.step.layers[layer].inputs[sample] @ motion.before.layers[layer].weights[:, neuron])


def _source(motion: SlowMotion, layer: int, source: int) -> str:
    if layer > 0:
        return f"neuron {source} before it"
    if motion.image_shape is None:
        return f"input {source}"
    row, column, *channel = (int(place) for place in np.unravel_index(source, motion.image_shape))
    color = f", {('red', 'green', 'blue')[channel[0]]}" if channel else ""
    return f"the pixel in row {row}, column {column}{color}"


def _name(symbol: str, motion: SlowMotion, layer: int, neuron: int) -> str:
    if layer == len(motion.step.layers) - 1:
        return f"{symbol}({motion.class_names[neuron]})"
    return symbol + str(neuron).translate(_SUBSCRIPTS)


def _number(value: float) -> str:
    return f"{value + 0.0:.4g}".replace("-", "−")


def _added(value: float) -> str:
    return f"{'−' if value < 0 else '+'} {_number(abs(value))}"


def _bracketed(value: float) -> str:
    return f"({_number(value)})" if value < 0 else _number(value)
