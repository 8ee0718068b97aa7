"""Data of other shapes and classes than ten digits: every panel follows them, and what a model file says is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QLabel

from mnist_viz.data.dataset import Dataset, Subset
from mnist_viz.recording.storage import load_model
from mnist_viz.session.worker import Tested as Measured  # pytest takes what begins with Test for tests
from mnist_viz.views.drawing.digit_view import DigitView

if TYPE_CHECKING:
    from tests.controllers.conftest import MakeGuest, Program

THINGS = (
    "airplane", "automobile", "T-shirt/top", "Ankle boot", "deer", "dog", "frog", "horse", "cargo ship", "truck"
)  # fmt: skip
MANY = tuple(f"the letter number {k}" for k in range(47))


def part(count: int, shape: tuple[int, ...], classes: int, seed: int) -> Subset:
    """Each class has a grey of its own, on a noisy ground."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(count) % classes).astype(np.uint8)
    images = rng.integers(0, 60, (count, int(np.prod(shape))), dtype=np.uint8)
    images += (labels * (190 // classes))[:, None].astype(np.uint8)
    return Subset(images, labels)


def made(title: str, names: tuple[str, ...], shape: tuple[int, ...]) -> Dataset:
    classes = len(names)
    parts = (part(10 * classes, shape, classes, 1), part(classes, shape, classes, 2), part(classes, shape, classes, 3))
    return Dataset("made", title, names, *parts, "made in a test", shape)


COLOUR = made("Things in colour", THINGS, (32, 32, 3))
LETTERS = made("Letters", MANY, (28, 28))
CLOTHES = made("Clothes", THINGS, (28, 28))
LARGE = made("Large", ("cat", "dog"), (64, 64))
OBLONG = made("Oblong", ("cat", "dog", "cow"), (20, 33))
ALL = [COLOUR, LETTERS, CLOTHES, LARGE, OBLONG]


def test_every_panel_follows_the_data_and_a_drawing_is_read_in_their_size(program: Program) -> None:
    app = program.app
    chain, seen = app.settings.findChild(QLabel, "layer-sizes"), app.draw.findChild(DigitView)
    assert isinstance(chain, QLabel)
    assert seen is not None
    for data in ALL:
        app.draw.pad.clear()
        program.use(data)
        app.tick()
        height, width = data.image_shape[:2]
        assert app.drawing.picture is None
        if len(data.image_shape) == 2:  # a drawing has no colours
            program.draw((0.4, 0.2), (0.6, 0.5), (0.5, 0.8))
            assert program.picture.shape == data.image_shape
            assert app.activations.caption().startswith("Which neurons answer")
            app.draw.pad.clear()
        assert seen.accessibleName() == f"What the network sees, {height} × {width}"
        program.train(3)
        names = data.class_names
        assert chain.text() == f"{data.input_size:,} → 8 → {len(names)}"
        for label in (0, len(names) - 1):
            app.draw.digit_requested.emit(label)
            assert program.picture.shape == data.image_shape
            assert app.activations.describe(1, label).startswith(f"Output · {names[label]} · ")
        assert app.activations.caption().startswith("Which neurons answer, and the strongest paths to ")
        assert app.activations.caption().rpartition("paths to ")[2] in names
        program.session.go_to(1)
        app.tick()
        app.weights.grab()
        app.activations.grab()
        app.draw.grab()


def test_a_colour_network_shows_a_sum_or_one_colour_is_saved_as_such_and_another_model_says_that_it_cannot_read_it(
    program: Program, guest: MakeGuest, tmp_path: Path
) -> None:
    panel = program.app.weights
    program.button("weights-change").click()
    program.use(COLOUR)
    weights = program.first.model.network().layers[0].weights.reshape(1024, 3, 8)
    assert panel.mosaic.weights is not None
    np.testing.assert_allclose(panel.mosaic.weights, weights.sum(axis=1), atol=1e-6)
    assert panel.text() == "8 neurons · what each looks for"
    for channel, name in enumerate(("red", "green", "blue")):
        program.button(f"weights-channel-{name[0]}").click()
        np.testing.assert_array_equal(panel.mosaic.weights, weights[:, channel])
        assert panel.text() == f"8 neurons · what each looks for in {name}"
    panel.layers.setCurrentIndex(1)
    assert panel.mosaic.weights is not None
    assert panel.mosaic.weights.shape == (8, 10)

    program.train(1)
    path = str(tmp_path / "colour.npz")
    program.save_model(path)
    saved = load_model(path)
    assert (saved.class_names, saved.image_shape) == (THINGS, (32, 32, 3))
    program.open_model(path)
    assert program.session.guest
    assert program.session.image_shape == (32, 32, 3)
    program.draw((0.4, 0.2), (0.6, 0.5), (0.5, 0.8))
    assert program.app.activations.caption() == "Ask for an example to see which neurons answer"
    program.app.draw.digit_requested.emit(3)
    assert program.app.activations.caption().startswith("Which neurons answer")

    program.open_model(str(guest(sure_of=7)))
    assert program.text() == (
        "This model reads 28 × 28 pictures of digits, and Things in colour has 32 × 32 × 3 pictures of 10 classes "
        "(airplane, automobile, ...). Play trains a network of your own."
    )
    assert program.buttons() == []
    program.app.tick()
    program.draw((0.4, 0.2), (0.6, 0.5), (0.5, 0.8))
    assert program.app.activations.caption().endswith("the strongest paths to 7")


def test_a_model_of_digits_reads_digits_until_training_on_clothes_begins_and_their_examples_outlive_them(
    program: Program, guest: MakeGuest
) -> None:
    program.use(CLOTHES)
    program.open_model(str(guest(sure_of=7)))
    assert program.buttons() == ["Train it on Clothes"]
    program.app.tick()
    program.draw((0.4, 0.2), (0.6, 0.5), (0.5, 0.8))
    assert program.session.class_names == tuple("0123456789")
    assert program.app.activations.caption().endswith("the strongest paths to 7")
    program.app.draw.digit_requested.emit(7)
    assert "Clothes has no" in program.note()
    program.press("Train it on Clothes")
    program.until(lambda: program.steps() > 0)
    program.pause()
    assert program.session.class_names == THINGS
    assert program.app.activations.describe(1, 7).startswith("Output · horse")

    program.app.draw.digit_requested.emit(9)
    program.app.draw.pad.clear()
    program.use(made("Small", ("cat", "dog"), (28, 28)))
    program.app.draw.pad.undo()
    assert program.picture.shape == (28, 28)
    assert program.app.draw.pad.drawing().label == 9
    assert program.note().startswith("From the test set: truck, read as ")


def test_what_is_drawn_before_the_new_network_is_shown_is_read_by_that_and_of_two_classes_half_are_guessed(
    program: Program,
) -> None:
    program.use(CLOTHES)
    program.train(1)
    first = program.session.run.number
    program.use(OBLONG)
    program.app.display.redraw()
    program.session.activate(first)  # the window follows with its next tick
    program.draw((0.3, 0.2), (0.6, 0.8))
    program.app.draw.digit_requested.emit(1)
    program.app.draw.grab()
    program.app.activations.grab()
    assert f"From the test set: {THINGS[1]}" in program.note()
    program.use(OBLONG)
    program.app.draw.digit_requested.emit(7)  # a button of the ten classes
    assert THINGS[1] in program.note()

    program.use(LARGE)
    program.train(1)
    program.session.tested.emit(Measured(1, 0.7, 0.54))
    assert program.text().startswith("The network only guesses: 54.00% of the test pictures are right")
    program.session.tested.emit(Measured(1, 0.5, 0.8))
    assert program.text().startswith("Trained 0 epochs: the network reads 80.00% of 2 test pictures")
