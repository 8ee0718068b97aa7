"""The weights of two runs and their difference, as the panel "Compare" shows them, in ranges that only widen."""

from weakref import WeakKeyDictionary

from mnist_viz.analysis.comparison import OUTPUT, Floats, layer_weights, weight_difference, weight_limit
from mnist_viz.engine.samples import CHANNELS, Shape, is_colour
from mnist_viz.recording.run import Moment, Run
from mnist_viz.recording.run_words import moment_in_words, shortened
from mnist_viz.recording.snapshot import Model
from mnist_viz.views.compare.panel import ComparePanel
from mnist_viz.views.compare.sides import LETTERS, A, B, Change, Side


class ComparedWeights:
    """Fills the upper half of the panel; what has not changed is neither computed nor painted again."""

    def __init__(self, panel: ComparePanel) -> None:
        self._panel = panel
        self._weights: dict[int, tuple[Model, int, Floats | None]] = {}  # by side: those that are shown
        self._change: tuple[Floats | None, Floats | None, Change] | None = None
        self._ranges: WeakKeyDictionary[Model, dict[int, float]] = WeakKeyDictionary()
        self._limits: dict[int, tuple[float, float]] = {}  # by layer: of the weights and of their difference

    def forget(self) -> None:
        """Another pair will be shown, or none."""
        self._change = None
        self._weights.clear()
        self._limits.clear()

    def forget_limits(self) -> None:
        """Let the ranges be found anew."""
        self._limits.clear()

    def show(self, pair: tuple[Run, Run], moments: tuple[Moment, Moment], *, follows: bool) -> None:
        """Show the weights of two runs at these moments; `follows` says whether the next ones come at once."""
        models = moments[A].frame.model, moments[B].frame.model
        hidden = max(len(model.sizes) for model in models) - 2
        self._panel.set_layers([f"Layer {k + 1}" for k in range(hidden)] + ["Output"])
        chosen = self._panel.layer
        layer = chosen if chosen < hidden else OUTPUT
        a, b = (self._side(side, pair[side], moments[side], layer) for side in (A, B))
        change = self._changed(pair, a, b)
        limit, change_limit = self._limits.get(layer, (0.0, 0.0))
        for run, model, side in zip(pair, models, (a, b), strict=True):
            limit = max(limit, self._range(run, model, layer, side.weights))
            last = run.timeline.last
            if last is not None and not follows:
                # Who looks back sees all of the run in the range of its end.
                limit = max(limit, self._range(run, last.model, layer))
        # A difference that is next to nothing stays dark, instead of filling any range.
        change_limit = max(change_limit, limit / 100)
        if change.weights is not None:
            change_limit = max(change_limit, weight_limit(change.weights))
        # Both ranges only widen, and by whole steps, so that the colours of different epochs can be compared.
        self._limits[layer] = limit, change_limit
        self._panel.set_weights((a, b), limit, change, change_limit)

    def _side(self, side: int, run: Run, moment: Moment, layer: int) -> Side:
        model = moment.frame.model
        known = self._weights.get(side)
        if known is None or known[0] is not model or known[1] != layer:
            known = self._weights[side] = model, layer, _weights(run, model, layer)
        shape = _picture_shape(run, model, layer)
        return Side(
            moment.words,
            moment.late,
            known[2],
            f"{LETTERS[side]} has no layer {layer + 1}" if known[2] is None else "",
            (shape[0], shape[1]) if shape is not None else None,
            run.class_names if layer == OUTPUT else (),
        )

    def _changed(self, pair: tuple[Run, Run], a: Side, b: Side) -> Change:
        known = self._change
        if known is None or known[0] is not a.weights or known[1] is not b.weights:
            known = self._change = a.weights, b.weights, _subtracted(pair, a, b)
        return known[2]

    def _range(self, run: Run, model: Model, layer: int, weights: Floats | None = None) -> float:
        """The round range of a layer's weights, which may be at hand; 0 if there is no such layer."""
        known = self._ranges.setdefault(model, {})
        if layer not in known:
            weights = weights if weights is not None else _weights(run, model, layer)
            known[layer] = weight_limit(weights) if weights is not None else 0.0
        return known[layer]


def _subtracted(pair: tuple[Run, Run], a: Side, b: Side) -> Change:
    if a.weights is None or b.weights is None:
        return Change(None, "Nothing to subtract")
    found = weight_difference(a.weights, b.weights)
    if found is None:
        sizes = [" × ".join(f"{size:,}" for size in weights.shape) for weights in (a.weights, b.weights)]
        return Change(None, f"No difference: A has {sizes[A]} weights here, B {sizes[B]}")
    if found.distance == 0:
        return Change(None, f"The same weights{_until_when(pair)}")
    return Change(found.weights, "", found.distance, found.cosine)


def _until_when(pair: tuple[Run, Run]) -> str:
    """When two runs part that are still one, where one of them left the other."""
    for child, parent in (pair, pair[::-1]):
        if child.parent == parent.number:
            moment = moment_in_words(child.root_step, parent.history.grid)
            when = "after" if child.root_step else "at"
            return f": “{shortened(child.name, 20)}” leaves “{shortened(parent.name, 20)}” {when} {moment}"
    return ""


def _picture_shape(run: Run, model: Model, layer: int) -> Shape | None:
    """Of the picture that the layer reads; None if it reads another layer, or no picture."""
    return run.image_shape if layer == 0 or len(model.sizes) == 2 else None


def _weights(run: Run, model: Model, layer: int) -> Floats | None:
    """The weights into a layer, those for the colours of a pixel summed; None if there is no such layer."""
    weights = layer_weights(model.network(), layer)
    if weights is not None and is_colour(_picture_shape(run, model, layer)):
        summed: Floats = weights.reshape(-1, CHANNELS, weights.shape[1]).sum(axis=1)
        return summed
    return weights
