"""The panels "Why this digit" and "Map between drawings" in the whole program."""

import numpy as np

from mnist_viz.analysis.contrast import ONE_CLASS
from mnist_viz.analysis.subject import NO_NUMBERS, NO_PICTURE
from mnist_viz.engine.network import Network
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.snapshot import Model
from mnist_viz.views.questions.blend import BlendPanel
from mnist_viz.views.questions.why import WhyPanel
from tests.controllers.conftest import Program
from tests.controllers.test_other_data import ALL

DIGITS = tuple("0123456789")


def question(panel: WhyPanel) -> str:
    """The short form of the heading."""
    return panel.heading.texts[-1] if panel.heading.texts else ""


def test_the_panels_answer_for_the_picture_on_the_pad_and_what_they_do_to_it_is_one_undo(program: Program) -> None:
    program.train(5)
    panel = program.look_closer(WhyPanel)
    program.until(lambda: panel.message == NO_PICTURE)
    program.app.draw.digit_requested.emit(4)
    program.until(lambda: panel.message == "" and question(panel).startswith("Why "))
    program.until(lambda: bool(panel.pixels.sentence.texts))

    pad = program.app.draw.pad
    original = program.app.drawing.picture
    panel.tabs.setCurrentIndex(1)
    program.until(lambda: bool(panel.change.sentence.texts))
    program.settle()
    panel.change.play_button.click()
    program.until(lambda: panel.change.play_button.text() == "Play on the pad")
    assert program.app.drawing.picture is not original
    pad.undo()
    assert program.app.drawing.picture is original
    assert program.app.drawing.label == 4

    blend = program.look_closer(BlendPanel)
    program.until(lambda: blend.figure.values is not None)
    for k in range(5):
        blend.figure.place_moved.emit(0.5 + k / 20, 0.5, k > 0)
    assert program.app.drawing.picture is not original
    pad.undo()
    assert program.app.drawing.picture is original

    program.app.window.docks["why"].raise_()
    program.settle()
    before = panel.heading.texts
    program.train_epoch()
    program.until(lambda: panel.heading.texts != before or not panel.isVisible())
    program.app.window.docks["map"].raise_()
    program.settle()
    assert blend.message == ""


def test_other_data_have_their_answers(program: Program) -> None:
    for data in ALL:
        program.use(data)
        program.train(3)
        program.app.draw.digit_requested.emit(1)
        blend = program.look_closer(BlendPanel)
        program.settle()
        assert len(blend.choice().pictures) == min(3, len(data.class_names))
        assert blend.figure.values is not None
        pages_explain(program)
        blend.grab()
        blend.figure.place_moved.emit(0.3, 0.5, False)
        assert program.picture.shape == data.image_shape


def pages_explain(program: Program) -> None:
    """Each page of the panel answers why."""
    panel = program.look_closer(WhyPanel)
    for page in range(3):
        panel.tabs.setCurrentIndex(page)
        program.until(lambda: question(panel).startswith("Why "))
        program.settle()
        panel.grab()
        assert panel.message == ""


def test_networks_of_any_depth_are_explained(program: Program) -> None:
    program.app.draw.digit_requested.emit(4)
    for hidden in ((), (5, 5, 5, 5, 5)):
        for batch_norm in (False, True):
            program.reset(Settings(hidden=hidden, batch_norm=batch_norm, batch_size=10, epochs=50))
            program.train(2)
            pages_explain(program)


def _dead() -> Network:
    return Network((784, 8, 10))


def _no_numbers() -> Network:
    network = _dead()
    network.parameters[:] = np.nan
    return network


def _one_class() -> Network:
    return Network((784, 8, 1))


def test_networks_without_an_answer_get_a_sentence(program: Program) -> None:
    program.app.draw.digit_requested.emit(4)
    panel, blend = program.look_closer(WhyPanel), program.look_closer(BlendPanel)
    for network, message in ((_dead(), ""), (_no_numbers(), NO_NUMBERS), (_one_class(), ONE_CLASS)):
        model = Model.of(network)
        program.session.show_guest(model, DIGITS[: model.sizes[-1]])
        for page in range(3):
            panel.tabs.setCurrentIndex(page)
            program.app.window.docks["why"].raise_()
            program.settle()
            assert panel.message == message
        program.app.window.docks["map"].raise_()
        program.settle()
        assert blend.message in ("", NO_NUMBERS)
