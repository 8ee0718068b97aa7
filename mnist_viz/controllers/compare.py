"""Fills the panel "Compare": two runs at the epoch of the shown moment."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Slot

from mnist_viz.analysis.comparison import OUTPUT, Floats, known_by_one, layer_weights, weight_difference, weight_limit
from mnist_viz.analysis.compatibility import difference
from mnist_viz.analysis.evaluation import Probe
from mnist_viz.controllers.redraw import Redraw
from mnist_viz.engine.layer_names import layer_phrase, layer_title
from mnist_viz.engine.samples import CHANNELS, Shape, is_colour
from mnist_viz.recording.run import Moment, Run, frame_at, moment_of
from mnist_viz.recording.run_words import moment_in_words, shortened
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import ModelFile
from mnist_viz.session.examiner import COMPARED, Examiner
from mnist_viz.session.session import Session
from mnist_viz.session.work import State
from mnist_viz.session.worker import Stop, Stopped
from mnist_viz.views.compare.panel import ComparePanel
from mnist_viz.views.compare.sides import LETTERS, A, Answers, B, Change, RunChoice, Side
from mnist_viz.views.panel import is_seen

SECONDS_BETWEEN_LOOKS = 0.1
SECONDS_BETWEEN_EXAMINATIONS = 1 / 3
"""While training is followed: both take time from it."""


@dataclass(frozen=True, eq=False)
class _Question:
    """Two models, the pictures to compare them on, and a note on the pictures' source."""

    models: tuple[Model, Model]
    probe: Probe
    source: str


class CompareController(QObject):
    """Keeps the panel "Compare" at the session's shown moment while the panel is visible.

    Run A is the active one and run B the one that was active before, until the user chooses two.
    """

    def __init__(
        self, session: Session, panel: ComparePanel, examiner: Examiner, give: Callable[[Probe, int], None]
    ) -> None:
        super().__init__()
        self._session = session
        self._panel = panel
        self._examiner = examiner
        self._give = give
        self._recent: list[int] = []  # numbers of runs, the one that was active last first
        self._chosen: tuple[int, int] | None = None  # by the user
        self._pair: tuple[Run, Run] | None = None
        self._examination_due = 0.0
        self._weights = ComparedWeights(panel)
        self._wanted: _Question | None = None  # what the panel should show, and does not yet
        self._asked: _Question | None = None
        self._shown: _Question | None = None
        self._redraw = Redraw(self._draw, self, SECONDS_BETWEEN_LOOKS, session=session, following=True, panel=panel)
        examiner.examined.connect(self._on_examined)
        session.shown_changed.connect(self._redraw.soon)
        session.run_changed.connect(self._on_run_changed)
        session.runs_changed.connect(self._on_runs_changed)
        session.recorded_changed.connect(self._redraw.mark)
        session.state_changed.connect(self._redraw.mark)
        session.stopped.connect(self._on_stopped)
        panel.pair_chosen.connect(self._on_pair_chosen)
        panel.layer_chosen.connect(self._redraw.soon)
        panel.example_chosen.connect(self._on_example_chosen)

    @property
    def settled(self) -> bool:
        """Whether the panel is up to date, or not visible."""
        return not is_seen(self._panel) or not (self._redraw.dirty or self._wanted is not None)

    def refresh(self) -> None:
        """Show what has changed since the last time, and ask for the answers."""
        self._redraw.tick()
        self._on_examined()

    def redraw(self) -> None:
        """Show what has changed at once, also what is usually shown less often."""
        self._examination_due = 0.0
        self._redraw.force()
        self._on_examined()

    def _draw(self) -> None:
        self._show()
        self._examine()

    # Which runs

    def _numbers(self) -> tuple[int, int] | None:
        """Those of A and B; None of less than two runs."""
        runs = self._session.runs
        if len(runs) < 2:
            return None
        if self._chosen is not None and all(number in runs for number in self._chosen):
            return self._chosen
        active = self._session.run
        others = [run.number for run in runs if run is not active]
        known = [number for number in self._recent if number in others]
        return active.number, known[0] if known else active.parent if active.parent in others else others[-1]

    def _show(self) -> None:
        session = self._session
        numbers, shown = self._numbers(), session.timeline.shown
        if numbers is None or shown is None:
            self._forget()
            self._panel.set_runs((), 0, 0)
            return
        pair = session.runs.get(numbers[A]), session.runs.get(numbers[B])
        if pair != self._pair:
            self._forget()
            self._pair = pair
        choices = [RunChoice(run.number, run.name, run.color) for run in session.runs]
        self._panel.set_runs(choices, *numbers)
        a, b = (moment_of(run, shown) if run is session.run else frame_at(run, shown.epoch) for run in pair)
        if a is not None and b is not None:
            self._weights.show(pair, (a, b), follows=self._session.follows_training)
            self._want(pair, (a.frame.model, b.frame.model))

    def _forget(self) -> None:
        """Another pair is shown, or none."""
        self._pair = self._wanted = self._asked = self._shown = None
        self._weights.forget()

    # The answers

    def _want(self, pair: tuple[Run, Run], models: tuple[Model, Model]) -> None:
        """Let the answers of both be shown, as soon as they are known."""
        question = self._question(pair, models)
        if isinstance(question, str):
            self._wanted = self._asked = self._shown = None
            self._panel.set_answers(None, question)
        elif question is not None:
            shown = self._shown
            same = shown is not None and shown.models == question.models and shown.probe is question.probe
            self._wanted = None if same else question

    def _question(self, pair: tuple[Run, Run], models: tuple[Model, Model]) -> _Question | str | None:
        """What to ask, or a sentence why that is impossible; None if that is not clear yet."""
        session, run = self._session, self._session.run
        data = session.dataset
        if data is None or (data.name, data.class_names, data.image_shape) != (
            run.dataset, run.class_names, run.image_shape,
        ):  # fmt: skip
            waits = session.state is State.PREPARING
            return None if waits else f"The data of {shortened(run.name)} are not loaded: press Play to load them."
        for letter, one, model in zip(LETTERS, pair, models, strict=True):
            if (one.class_names, one.image_shape) != (data.class_names, data.image_shape):
                contents = ModelFile(model, one.class_names, {}, one.image_shape)
                return f"{difference(contents, data, letter, '×')}: there are no pictures that both could read."
        foreign = any(one.dataset != data.name for one in pair)
        return _Question(models, self._examiner.probe(data), f"of {data.title}" if foreign else "")

    def _examine(self) -> None:
        """Show known results; request one comparison at a time, always the newest."""
        wanted = self._wanted
        if wanted is None or self._show_if_known(wanted):
            self._wanted = self._asked = None
            return
        if self._examiner.busy(COMPARED):
            return
        asked, self._asked = self._asked, None
        if asked is wanted:  # its examination failed
            self._wanted = None
            return
        if asked is not None:
            self._show_if_known(asked)
        now = time.monotonic()
        if self._session.follows_training and now < self._examination_due:
            return
        self._examination_due = now + SECONDS_BETWEEN_EXAMINATIONS
        self._asked = wanted
        for model in wanted.models:
            self._examiner.ask(model, wanted.probe, COMPARED)

    def _show_if_known(self, question: _Question) -> bool:
        a, b = (self._examiner.get(model, question.probe) for model in question.models)
        if a is None or b is None:
            return False
        self._panel.set_answers(Answers(question.probe, (a, b), known_by_one(a, b), question.source))
        self._shown = question
        return True

    @Slot()
    def _on_examined(self) -> None:
        if is_seen(self._panel):
            self._examine()

    @Slot()
    def _on_run_changed(self) -> None:
        number = self._session.run.number
        self._recent = [number, *(other for other in self._recent if other != number)]
        self._redraw.soon()

    @Slot()
    def _on_runs_changed(self) -> None:
        runs = self._session.runs
        if self._pair is not None and any(run not in runs.all for run in self._pair):
            self._forget()  # release deleted runs even while the panel is hidden
        self._redraw.soon()

    @Slot(object)
    def _on_stopped(self, note: Stopped) -> None:
        if note.reason is Stop.DIVERGED:  # the range of weights that exploded would hide all others
            self._weights.forget_limits()
        self._redraw.mark()

    @Slot(int, int)
    def _on_pair_chosen(self, a: int, b: int) -> None:
        self._chosen = None
        if (a, b) != self._numbers():
            self._chosen = a, b
        self._redraw.soon()

    @Slot(int)
    def _on_example_chosen(self, index: int) -> None:
        if self._shown is not None:
            self._give(self._shown.probe, index)


_STRONGER = (100, 50, 20, 10, 5, 2, 1)
"""How many times as strong the colours of the difference may be."""


class ComparedWeights:
    """Fills the upper half of the panel with the weights of two runs and their difference, in ranges that only widen.

    What has not changed is neither computed nor painted again.
    """

    def __init__(self, panel: ComparePanel) -> None:
        self._panel = panel
        self._weights: dict[int, tuple[Model, int, Floats | None]] = {}  # by side: those that are shown
        self._change: tuple[Floats | None, Floats | None, Change] | None = None
        self._ranges: WeakKeyDictionary[Model, dict[int, float]] = WeakKeyDictionary()
        self._limits: dict[int, tuple[float, float]] = {}  # by layer: of the weights and of their difference

    def forget(self) -> None:
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
        self._panel.set_layers([layer_title(k, hidden + 1) for k in range(hidden + 1)])
        chosen = self._panel.layer
        layer = chosen if chosen < hidden else OUTPUT
        a, b = (self._side(side, pair[side], moments[side], layer) for side in (A, B))
        change = self._changed(pair, a, b)
        limit, change_limit = self._limits.get(layer, (0.0, 0.0))
        for run, model, side in zip(pair, models, (a, b), strict=True):
            limit = max(limit, self._range(run, model, layer, side.weights))
            last = run.timeline.last
            if last is not None and not follows:
                # In the past, all of the run is shown in the range of its end.
                limit = max(limit, self._range(run, last.model, layer))
        if change.weights is not None:
            change_limit = max(change_limit, weight_limit(change.weights))
        # The difference has the same colours, or so many times as strong ones that the panel can say it. One that is
        # next to nothing stays dark, instead of filling any range.
        limit = max(limit, change_limit)
        change_limit = next(limit / times for times in _STRONGER if limit / times >= change_limit)
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
            f"{LETTERS[side]} has no {layer_phrase(layer)}" if known[2] is None else "",
            (shape[0], shape[1]) if shape is not None else None,
            run.class_names if layer == OUTPUT else (),
        )

    def _changed(self, pair: tuple[Run, Run], a: Side, b: Side) -> Change:
        known = self._change
        if known is None or known[0] is not a.weights or known[1] is not b.weights:
            known = self._change = a.weights, b.weights, _subtracted(pair, a, b)
        return known[2]

    def _range(self, run: Run, model: Model, layer: int, weights: Floats | None = None) -> float:
        """The rounded range of a layer's weights, computed from `weights` if given; 0 if there is no such layer."""
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
