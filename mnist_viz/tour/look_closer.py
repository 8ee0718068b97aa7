"""The steps of the tour that open each panel of the menu *Look closer*, and work a fact of its answer out again."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QTabBar

from mnist_viz.analysis.attribution import CLOSE, Attribution
from mnist_viz.analysis.blends import CORNERS, BlendMap
from mnist_viz.analysis.counterfactual import Counterfactual
from mnist_viz.analysis.embedding import Embedding
from mnist_viz.analysis.landscape import Landscape
from mnist_viz.analysis.layer_report import LayersNow
from mnist_viz.analysis.neighbours import Neighbours
from mnist_viz.analysis.neuron import NeuronReading
from mnist_viz.analysis.pruning import AccuracyAfter, EditedNetwork
from mnist_viz.analysis.slow_motion import SlowMotion
from mnist_viz.engine.network import as_input
from mnist_viz.session.work import State
from mnist_viz.tour.tour import Failed, Tour

_A = TypeVar("_A")
_TO_THE_WAY_BACK = 10  # stages of a batch
_TENTHS = 8  # of the weights that are pruned
_BATCHES = 60  # that the pruned network then trains on
_ROWS = 5_000  # training pictures at a time


class Asked:
    """The newest answers of the panel that was opened last, by the names of their questions."""

    def __init__(self, tour: Tour) -> None:
        self._tour = tour
        self.key = ""  # of the panel that answers
        self._answers: dict[str, object] = {}
        tour.app.microscope.answered.connect(self._take)

    def _take(self, key: str, name: str, answer: object, _frame: object) -> None:
        if key == self.key:
            self._answers[name] = answer

    def open(self, key: str, *names: str) -> None:
        """Open a panel with its keys, and wait until it has answered these questions."""
        dock = self._tour.app.window.docks[key]
        self.key = key
        self._answers.clear()
        self._tour.press(dock.show_action.shortcut().toString(), f"{dock.windowTitle()} is open", dock.has_focus)
        self.wait(*names)

    def wait(self, *names: str) -> None:
        """Wait until there are answers to these questions, and none is being worked out."""
        microscope = self._tour.app.microscope
        answered = f"it answers: {', '.join(names)}"
        self._tour.expect(answered, lambda: microscope.settled and self._answers.keys() >= set(names), 60)

    def get(self, name: str, kind: type[_A]) -> _A:
        answer = self._answers[name]
        assert isinstance(answer, kind)
        return answer


def look_closer(t: Tour) -> None:
    """At a moment from which training goes on, with a 7 on the pad."""
    asked = Asked(t)
    for _ in range(2):
        t.press("Shift+Left")
        t.user.until(lambda: t.rests)
    for look in (
        at_a_neuron, at_a_batch, at_why, at_blends, at_an_embedding, at_the_layers, at_the_landscape, at_neighbours,
        at_what_is_pruned,
    ):  # fmt: skip
        look(t, asked)


def at_a_neuron(t: Tour, asked: Asked) -> None:
    figure = t.app.weights.mosaic
    asked.key = "neuron"
    t.user.click(figure.viewport(), figure.viewport().rect().center() + QPoint(20, 20))
    QTest.keyClick(figure, Qt.Key.Key_Return)
    t.expect("Enter looks closer at the neuron that was clicked", t.app.window.docks["neuron"].has_focus)
    asked.wait("place", "reading")
    network, picture = t.frame.model.network(), _drawn(t)
    outputs = network.hidden_outputs(picture)[0][0]
    strongest = int(outputs.argmax())
    field = t.find("neuron-number")
    assert isinstance(field, QAbstractSpinBox)
    t.user.type_into(field, str(strongest))
    asked.wait("reading")
    reading = asked.get("reading", NeuronReading)
    t.check("the number of another one can be typed", (reading.layer, reading.neuron) == (0, strongest))
    own = network.layers[0]
    assert reading.contributions is not None
    assert own.biases is not None
    z = float(as_input(picture)[0] @ own.weights[:, strongest] + own.biases[strongest])
    total = float(reading.contributions.sum(dtype=np.float64)) + reading.bias
    output = float(outputs[strongest])
    t.check("its contributions and bias add up to z", abs(total - z) < 1e-3, f"{total:.3f}")
    t.check("and f(z) is what the network puts out", abs(output - reading.output) < 1e-4, f"{output:.3f}")
    t.picture("neuron")


def at_a_batch(t: Tour, asked: Asked) -> None:
    asked.open("slow", "step")
    step, after = t.step, asked.get("step", SlowMotion).step.after
    stage = t.find("slow-stage")
    stage.setFocus()
    for _ in range(_TO_THE_WAY_BACK):
        QTest.keyClick(stage, Qt.Key.Key_Right)
    t.picture("slow-motion")
    QTest.keyClick(stage, Qt.Key.Key_End)
    t.click(t.find("slow-do"), "at the last stage the step is done", lambda: t.rests and t.step == step + 1)
    same = np.array_equal(after, t.frame.model.parameters)
    t.check("and the real step is the one that was shown, bit for bit", same)


def at_why(t: Tour, asked: Asked) -> None:
    asked.open("why", "pixels")
    found, picture = asked.get("pixels", Attribution), _drawn(t)
    logits = t.frame.model.network().logits(np.concatenate([picture, np.zeros_like(picture)]))
    change = logits[0] - logits[1]
    wanted = float(change[found.found.answer] - change[found.found.rival])
    adds_up = abs(found.total - wanted) <= 2 * CLOSE * abs(wanted)
    what = "the integrated gradients add up to the difference of the logits"
    t.check(what, adds_up, f"{found.total:.2f} of {wanted:.2f}")
    t.picture("why-this-digit")
    tabs = t.find("why-pages")
    assert isinstance(tabs, QTabBar)
    t.user.click(tabs, tabs.tabRect(1).center())
    asked.wait("change")
    least = asked.get("change", Counterfactual)
    image = least.pictures[-1].reshape(1, -1)
    answer = int(t.frame.model.network().logits(image)[0].argmax())
    is_other = answer == least.after.answer != least.before.answer
    changed = f"{least.added:.1f} added, {least.removed:.1f} removed"
    t.check("a little ink makes it another class", is_other, changed)
    t.picture("least-change")


def at_blends(t: Tour, asked: Asked) -> None:
    asked.open("map", "map")
    t.click(t.find("blend-pad-A"))
    asked.wait("map")
    found, network, before = asked.get("map", BlendMap), t.frame.model.network(), t.input
    read = [int(network.logits(picture.reshape(1, -1))[0].argmax()) for picture in found.pictures]
    there = [found.at(place)[0] for place in CORNERS[len(found.pictures)]]
    t.check("at its corners the map has what is read in the pictures", there == read, there)
    figure = t.find("blend-map")
    figure.setFocus()
    for _ in range(6):
        QTest.keyClick(figure, Qt.Key.Key_Up)
    t.expect("and the pad is what the point is on", lambda: t.input != before)
    asked.wait("map")
    t.picture("map-between-drawings")
    t.press("Ctrl+Z", "which can be undone", lambda: t.input == before)


def at_an_embedding(t: Tour, asked: Asked) -> None:
    asked.open("embedding", "points")
    found = asked.get("points", Embedding)
    network, images = t.frame.model.network(), found.probe.images
    values = network.hidden_outputs(images)[-1]
    widths = np.linalg.svd(values - values.mean(axis=0), compute_uv=False) ** 2
    most = float(widths[:2].sum() / widths.sum())
    is_good = 0.8 * most < found.share < most + 1e-4
    t.check("no plane holds much more of the variance", is_good, f"{found.share:.1%} of {most:.1%}")
    right = np.array_equal(network.logits(images).argmax(axis=1), found.predicted)
    t.check("its points are in the colours of the answers", right)
    t.click(t.find("embedding-mistakes"))
    t.picture("embedding")


def at_the_layers(t: Tour, asked: Asked) -> None:
    asked.open("health", "now", "time", "probe")
    found = asked.get("now", LayersNow)
    assert t.session.dataset is not None
    hidden = t.frame.model.network().hidden_outputs(t.session.dataset.validation.images[:1_000])
    dead = [tuple(np.flatnonzero((values == 0).all(axis=0)).tolist()) for values in hidden]
    said = [layer.dead for layer in found.layers[:-1]]
    t.check("the dead units are those that never fire", said == dead, [len(each) for each in said])
    t.picture("layer-health")


def at_the_landscape(t: Tour, asked: Asked) -> None:
    asked.open("landscape", "coarse", "plane")
    path = asked.get("plane", Landscape).path
    known = {frame.step: frame for frame in t.session.timeline.frames}
    rows = np.stack([known[step].read()[0].parameters for step in path.steps.tolist()]).astype(np.float64)
    far = np.linalg.norm(rows - rows[-1], axis=1)
    own = np.sqrt((path.points**2).sum(axis=1) + path.off_plane**2)
    same = np.allclose(far, own, rtol=1e-3, atol=1e-3)
    t.check("the moments are as far from the last one as their weights", same, f"up to {far.max():.2f}")
    t.picture("loss-landscape")


def at_neighbours(t: Tour, asked: Asked) -> None:
    asked.open("neighbours", "pixels", "activations")
    found, network = asked.get("activations", Neighbours), t.frame.model.network()
    own = network.hidden_outputs(_drawn(t))[-1]
    images = found.probe.images
    away = np.concatenate(
        [
            np.linalg.norm(network.hidden_outputs(images[start : start + _ROWS])[-1] - own, axis=1)
            for start in range(0, len(images), _ROWS)
        ]
    )
    least = np.sort(away)[: len(found.distances)]
    t.check("no training digit is nearer", np.allclose(least, found.distances, atol=1e-3), f"{least[0]:.2f}")
    t.picture("nearest-training-digits")


def at_what_is_pruned(t: Tour, asked: Asked) -> None:
    session = t.session
    asked.open("pruning", "edited", "accuracy", "curve")
    slider = t.find("pruning-share")
    slider.setFocus()
    for _ in range(_TENTHS):
        QTest.keyClick(slider, Qt.Key.Key_PageUp)
    asked.wait("edited", "accuracy")
    found, after = asked.get("edited", EditedNetwork), asked.get("accuracy", AccuracyAfter)
    sizes = np.sort(np.concatenate([np.abs(own).ravel() for own in t.frame.model.weights]))
    least = sizes[round(_TENTHS / 10 * sizes.size)]
    are_gone = found.gone == int(np.count_nonzero(sizes < least))
    t.check("the smallest weights are gone", are_gone, f"{found.gone:,}, {after.after:.1%} right")
    t.picture("break-and-prune")
    pruned = [np.abs(own) < least for own in t.frame.model.weights]
    root = t.step
    t.click(t.find("pruning-branch"), "a branch is made of that", lambda: session.run.config.settings.keep_zeros)
    t.expect("and trains", lambda: session.state is State.RUNNING and t.step >= root + _BATCHES, 60)
    t.press("Space", "it pauses", lambda: t.rests)
    stay = all(not own[gone].any() for own, gone in zip(t.frame.model.weights, pruned, strict=True))
    t.check("what is gone has stayed gone", stay)
    t.press("Ctrl+Shift+R")


def _drawn(t: Tour) -> NDArray[np.uint8]:
    """The picture on the pad, (1, inputs)."""
    picture = t.app.drawing.picture
    if picture is None:
        raise Failed("there is a picture on the pad")
    return picture.reshape(1, -1)
