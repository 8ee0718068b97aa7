"""The steps of the tour that open each panel of the menu *Look closer*, and work a fact of its answer out again."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTabBar

from mnist_viz.analysis.attribution import CLOSE, Attribution
from mnist_viz.analysis.blends import CORNERS, BlendMap
from mnist_viz.analysis.counterfactual import Counterfactual
from mnist_viz.analysis.embedding import Embedding
from mnist_viz.analysis.landscape import SIDE, Landscape
from mnist_viz.analysis.layer_report import LayersNow, LayersOverTime
from mnist_viz.analysis.neighbours import Neighbours
from mnist_viz.analysis.neuron import NeuronReading
from mnist_viz.analysis.pruning import AccuracyAfter, AccuracyByShare, EditedNetwork
from mnist_viz.analysis.slow_motion import SlowMotion
from mnist_viz.engine.network import as_input
from mnist_viz.session.work import State
from mnist_viz.tour.tour import Failed, Tour
from mnist_viz.views.questions.neighbours import NeighboursPanel

_A = TypeVar("_A")
_TENTHS = 8  # of the weights that are pruned
_BATCHES = 60  # that the pruned network then trains on
_ROWS = 5_000  # training pictures at a time


class Asked:
    """The answers that panels have shown, the newest of each kind."""

    def __init__(self, tour: Tour) -> None:
        self._tour = tour
        self._answers: dict[type, object] = {}
        tour.app.microscope.answered.connect(self._take)

    def _take(self, _panel: str, _question: str, answer: object) -> None:
        self._answers[type(answer)] = answer

    def open(self, key: str, *kinds: type) -> None:
        """Open a panel with its keys, and wait until it has answered with these kinds of answers."""
        dock = self._tour.app.window.docks[key]
        self._answers.clear()
        self._tour.press(dock.show_action.shortcut().toString(), f"{dock.windowTitle()} is open", dock.has_focus)
        self.wait(*kinds)

    def wait(self, *kinds: type) -> None:
        """Expect answers of these kinds."""
        names = ", ".join(kind.__name__ for kind in kinds)
        self._tour.expect(f"it answers: {names}", lambda: self._is_done(kinds), 60)

    def get(self, kind: type[_A]) -> _A:
        """The newest answer of this kind."""
        answer = self._answers[kind]
        if not isinstance(answer, kind):
            raise Failed(f"there is no {kind.__name__}")
        return answer

    def _is_done(self, kinds: tuple[type, ...]) -> bool:
        return self._tour.app.microscope.settled and all(kind in self._answers for kind in kinds)


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
    t.user.click(figure.viewport(), figure.viewport().rect().center() + QPoint(20, 20))
    QTest.keyClick(figure, Qt.Key.Key_Return)
    t.expect("Enter looks closer at the neuron that was clicked", lambda: t.app.window.docks["neuron"].has_focus())
    asked.wait(NeuronReading)
    reading, picture = asked.get(NeuronReading), _drawn(t)
    assert reading.contributions is not None
    network = t.frame.model.network()
    own = network.layers[reading.layer]
    z = float(as_input(picture[0]) @ own.weights[:, reading.neuron]) + reading.bias
    total = float(reading.contributions.sum(dtype=np.float64)) + reading.bias
    output = network.hidden_outputs(picture)[0][0, reading.neuron]
    t.expect("its contributions and bias add up to z", lambda: abs(total - z) < 1e-3, says=f"{total:.3f}")
    t.expect("and f(z) is what the network puts out", lambda: abs(output - reading.output) < 1e-4, says=f"{output:.3f}")
    t.picture("neuron")


def at_a_batch(t: Tour, asked: Asked) -> None:
    asked.open("slow", SlowMotion)
    step, after = t.step, asked.get(SlowMotion).step.after
    stage = t.find("slow-stage")
    stage.setFocus()
    for _ in range(2):
        QTest.keyClick(stage, Qt.Key.Key_Right)
    t.picture("slow-motion")
    QTest.keyClick(stage, Qt.Key.Key_End)
    t.click(t.find("slow-do"), "at the last stage the step is done", lambda: t.rests and t.step == step + 1)
    same = np.array_equal(after, t.frame.model.parameters)
    t.expect("and the real step is the one that was shown, bit for bit", lambda: same)


def at_why(t: Tour, asked: Asked) -> None:
    asked.open("why", Attribution)
    found, picture = asked.get(Attribution), _drawn(t)
    logits = t.frame.model.network().logits(np.concatenate([picture, np.zeros_like(picture)]))
    change = logits[0] - logits[1]
    wanted = float(change[found.found.answer] - change[found.found.rival])
    t.expect(
        "the integrated gradients add up to the difference of the logits",
        lambda: abs(found.total - wanted) <= 2 * CLOSE * abs(wanted), says=f"{found.total:.2f} of {wanted:.2f}",
    )  # fmt: skip
    t.picture("why-this-digit")
    tabs = t.find("why-pages")
    assert isinstance(tabs, QTabBar)
    t.user.click(tabs, tabs.tabRect(1).center())
    asked.wait(Counterfactual)
    least = asked.get(Counterfactual)
    image = least.pictures[-1].reshape(1, -1)
    answer = int(t.frame.model.network().logits(image)[0].argmax())
    t.expect(
        "a little ink makes it another class", lambda: t.session.class_names[answer] == least.after.answer_name,
        says=f"{least.added:.1f} added, {least.removed:.1f} removed",
    )  # fmt: skip
    t.picture("least-change")


def at_blends(t: Tour, asked: Asked) -> None:
    asked.open("map", BlendMap)
    t.click(t.find("blend-pad-A"))
    asked.wait(BlendMap)
    found, network, before = asked.get(BlendMap), t.frame.model.network(), t.input
    read = [int(network.logits(picture.reshape(1, -1))[0].argmax()) for picture in found.pictures]
    there = [found.at(place)[0] for place in CORNERS[len(found.pictures)]]
    t.expect("at its corners the map has what is read in the pictures", lambda: there == read, says=there)
    figure = t.find("blend-map")
    figure.setFocus()
    for _ in range(6):
        QTest.keyClick(figure, Qt.Key.Key_Up)
    t.expect("and the pad is what the point is on", lambda: t.input != before)
    asked.wait(BlendMap)
    t.picture("map-between-drawings")
    t.press("Ctrl+Z", "which can be undone", lambda: t.input == before)


def at_an_embedding(t: Tour, asked: Asked) -> None:
    asked.open("embedding", Embedding)
    found = asked.get(Embedding)
    network, images = t.frame.model.network(), found.probe.images
    values = network.hidden_outputs(images)[-1]
    widths = np.linalg.svd(values - values.mean(axis=0), compute_uv=False) ** 2
    most = float(widths[:2].sum() / widths.sum())
    t.expect(
        "no plane holds much more of the variance", lambda: 0.8 * most < found.share < most + 1e-4,
        says=f"{found.share:.1%} of {most:.1%}",
    )  # fmt: skip
    right = np.array_equal(network.logits(images).argmax(axis=1), found.predicted)
    t.expect("its points are in the colours of the answers", lambda: right)
    t.click(t.find("embedding-mistakes"))
    t.picture("embedding")


def at_the_layers(t: Tour, asked: Asked) -> None:
    asked.open("health", LayersNow, LayersOverTime)
    found = asked.get(LayersNow)
    probe = t.session.dataset.validation if t.session.dataset is not None else None
    assert probe is not None
    hidden = t.frame.model.network().hidden_outputs(probe.images[:1_000])
    dead = [tuple(np.flatnonzero((values == 0).all(axis=0)).tolist()) for values in hidden]
    said = [layer.dead for layer in found.layers[:-1]]
    t.expect("its dead units are those that never fire", lambda: said == dead, says=[len(each) for each in said])
    t.picture("layer-health")


def at_the_landscape(t: Tour, asked: Asked) -> None:
    asked.open("landscape", Landscape)
    t.expect("the fine one", lambda: len(asked.get(Landscape).x) == SIDE and t.app.microscope.settled)
    path = asked.get(Landscape).path
    known = {frame.step: frame for frame in t.session.timeline.frames}
    rows = np.stack([known[step].read()[0].parameters for step in path.steps.tolist()]).astype(np.float64)
    far = np.linalg.norm(rows - rows[-1], axis=1)
    own = np.sqrt((path.points**2).sum(axis=1) + path.off_plane**2)
    t.expect(
        "the moments are as far from each other as their weights", lambda: np.allclose(far, own, rtol=1e-3, atol=1e-3),
        says=f"{far.max():.2f}",
    )  # fmt: skip
    t.picture("loss-landscape")


def at_neighbours(t: Tour, asked: Asked) -> None:
    asked.open("neighbours", Neighbours)
    panel = t.app.microscope.panels["neighbours"]
    assert isinstance(panel, NeighboursPanel)
    t.expect("both galleries are filled", lambda: all(panel.galleries[name].examples for name in panel.galleries))
    found, network = asked.get(Neighbours), t.frame.model.network()
    own = network.hidden_outputs(_drawn(t))[-1]
    images = found.probe.images
    away = np.concatenate(
        [
            np.linalg.norm(network.hidden_outputs(images[start : start + _ROWS])[-1] - own, axis=1)
            for start in range(0, len(images), _ROWS)
        ]
    )
    least = np.sort(away)[: len(found.distances)]
    t.expect("none is nearer", lambda: np.allclose(least, found.distances, atol=1e-3), says=f"{least[0]:.2f}")
    t.picture("nearest-training-digits")


def at_what_is_pruned(t: Tour, asked: Asked) -> None:
    session = t.session
    asked.open("pruning", EditedNetwork, AccuracyAfter, AccuracyByShare)
    slider = t.find("pruning-share")
    slider.setFocus()
    for _ in range(_TENTHS):
        QTest.keyClick(slider, Qt.Key.Key_PageUp)
    asked.wait(EditedNetwork, AccuracyAfter)
    found, after = asked.get(EditedNetwork), asked.get(AccuracyAfter)
    sizes = np.sort(np.concatenate([np.abs(own).ravel() for own in t.frame.model.weights]))
    least = sizes[round(_TENTHS / 10 * sizes.size)]
    t.expect(
        "the smallest eight tenths of the weights are gone",
        lambda: found.gone == int(np.count_nonzero(sizes < least)), says=f"{found.gone:,}, {after.after:.1%} right",
    )  # fmt: skip
    t.picture("break-and-prune")
    pruned = [np.abs(own) < least for own in t.frame.model.weights]
    root = t.step
    t.click(t.find("pruning-branch"), "a branch is made of that", lambda: session.run.config.settings.keep_zeros)
    t.expect("and trains", lambda: session.state is State.RUNNING and t.step >= root + _BATCHES, 60)
    t.press("Space", "it pauses", lambda: t.rests)
    stay = all(not own[gone].any() for own, gone in zip(t.frame.model.weights, pruned, strict=True))
    t.expect("what is gone has stayed gone", lambda: stay and t.step > root)
    t.press("Ctrl+Shift+R")


def _drawn(t: Tour) -> NDArray[np.uint8]:
    """The picture on the pad, (1, inputs)."""
    picture = t.app.drawing.picture
    if picture is None:
        raise Failed("there is a picture on the pad")
    return picture.reshape(1, -1)
