"""What is wrong with the layers of a network, in words, and what to try."""

from collections.abc import Iterator, Sequence

from mnist_viz.analysis.layer_report import LayerReport, LayersNow
from mnist_viz.analysis.linear_probe import ProbeAccuracies
from mnist_viz.engine.layer_health import FADED
from mnist_viz.engine.layer_names import layer_phrase, layer_title
from mnist_viz.engine.metrics import guesses

MANY_DEAD = 0.25
"""The share of dead units that is worth a word."""

MANY_SATURATED = 0.5
"""The share of saturated outputs that is worth a word."""

FADING = 1e-1
"""In a network that only guesses a gradient is too small long before it has vanished, see `FADED`."""

TOO_FAST, TOO_SLOW = 0.05, 1e-6
"""Healthy layers change by about 0.001 of themselves in a step."""

LOST = 0.05
"""So much less may a linear probe read from a layer than from the one before."""


def advice(
    now: LayersNow, ratios: Sequence[float] = (), probes: ProbeAccuracies | None = None, classes: int = 10
) -> list[str]:
    """Sentences on what is wrong, the gravest first; none if nothing plainly is.

    Args:
        ratios: by how much each layer changes in a step, as a share of itself; empty where that is not known.
        probes: what a linear probe reads from each layer, where that is known.
    """
    known = [ratio for ratio in ratios if ratio == ratio]  # a number
    guessing = now.step > 0 and guesses(now.accuracy, classes)
    # No gradient comes through dead or saturated units, and what a probe reads from them is a consequence.
    found = list(_units(now.layers)) or list(_gradients(now.layers, FADING if guessing else FADED))
    found += _updates(known, ratios)
    if guessing:
        slow = not found and bool(known) and max(known) < TOO_SLOW
        rest = ", and its weights hardly change; try a larger rate" if slow else ""
        return [f"The network only guesses ({now.accuracy:.0%} right){rest}", *found]
    return found or (list(_probes(probes)) if probes is not None and now.step else [])


def no_advice(now: LayersNow) -> str:
    """A sentence for where there is no advice; it mentions the units that are dead or saturated all the same."""
    hidden = now.layers[:-1]
    counts = {"dead": sum(len(layer.dead) for layer in hidden), "saturated": sum(len(lay.saturated) for lay in hidden)}
    named = " and ".join(f"{count:,} {words}" for words, count in counts.items() if count)
    if not named:
        return "Nothing looks wrong with the layers"
    units, few = sum(layer.units for layer in hidden), sum(counts.values())
    noun, do = ("neuron", "does") if few == 1 else ("neurons", "do")
    return f"Nothing looks wrong with the layers: {named} {noun} of {units:,} {do} little harm"


def _units(layers: Sequence[LayerReport]) -> Iterator[str]:
    for number, layer in enumerate(layers[:-1]):
        if (layer.health.saturated or 0.0) >= MANY_SATURATED:
            yield (
                f"{layer_title(number)}: {layer.health.saturated:.0%} of the outputs are at the flat ends of the "
                f"{layer.activation.lower()}; try Glorot initialization or a smaller rate"
            )
        elif len(layer.dead) >= MANY_DEAD * layer.units:
            how = "never fire" if layer.stops_at_zero else "answer the same to every picture"
            yield (
                f"{layer_title(number)}: {len(layer.dead):,} of {layer.units:,} neurons {how}; "
                "try He initialization or a smaller rate"
            )


def _gradients(layers: Sequence[LayerReport], faded: float) -> Iterator[str]:
    first, last = layers[0].health, layers[-1].health
    if len(layers) < 3 or not (first.weight_norm and last.weight_norm):
        return
    relative = first.gradient_norm / first.weight_norm, last.gradient_norm / last.weight_norm
    sizes = f"{last.gradient_norm:.2g} in the output layer, {first.gradient_norm:.2g} in {layer_phrase(0)}"
    if relative[0] < faded * relative[1]:
        other = "" if layers[0].stops_at_zero else "ReLU with "
        yield f"The gradient vanishes on its way down: {sizes}; try {other}He initialization, or batch normalization"
    elif relative[1] < faded * relative[0]:
        yield f"The gradient grows on its way down: {sizes}; try smaller first weights, or batch normalization"


def _updates(known: Sequence[float], ratios: Sequence[float]) -> Iterator[str]:
    if known and max(known) >= TOO_FAST:
        number = list(ratios).index(max(known))
        name = layer_phrase(number, len(ratios)).capitalize()
        yield f"{name} changes by {max(known):.0%} of itself in each step, where 0.1% is usual; try a smaller rate"


def _probes(probes: ProbeAccuracies) -> Iterator[str]:
    read = (probes.pixels, *probes.layers[:-1])
    for number in range(1, len(read)):
        if read[number] < read[number - 1] - LOST:
            before = layer_phrase(number - 2) if number > 1 else "the pixels"
            yield (
                f"A linear probe reads less from {layer_phrase(number - 1)} ({read[number]:.0%}) than from {before} "
                f"({read[number - 1]:.0%}): what tells the classes apart gets lost there; try more neurons in it"
            )
