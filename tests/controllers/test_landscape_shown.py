"""The loss landscape in the program: it follows the training, and a moment on it is gone to."""

from mnist_viz.analysis.landscape import NO_PATH, TOO_FEW
from mnist_viz.views.questions.landscape import LandscapePanel
from tests.controllers.conftest import MakeGuest, Program


def opened(program: Program) -> LandscapePanel:
    program.app.window.open_panel("landscape")
    program.until(lambda: "landscape" in program.app.microscope.panels and program.app.microscope.settled)
    panel = program.app.microscope.panels["landscape"]
    assert isinstance(panel, LandscapePanel)
    return panel


def test_the_path_grows_with_the_training_and_a_click_goes_back_on_it(program: Program) -> None:
    panel = opened(program)
    assert panel.said in (TOO_FEW, NO_PATH)
    program.train(3)
    program.until(lambda: "4 moments" in panel.said and program.app.microscope.settled)
    assert panel.plane.values is not None
    assert panel.plane.values.shape == (25, 25)
    assert panel.plane.shown_moment == 3
    panel.plane.moment_clicked.emit(1)
    program.until(lambda: panel.plane.shown_moment == 1)
    assert program.session.shown is not None
    assert program.session.shown.step == 1


def test_a_line_is_drawn_to_another_run(program: Program) -> None:
    program.train(3)
    panel = opened(program)
    program.session.go_to(1)
    program.session.branch(name="Other")
    program.rest()
    program.train(2)
    program.until(lambda: program.app.microscope.settled)
    panel.tabs.setCurrentIndex(2)
    panel.ends[1].choose("run 1")
    panel.ends[1].activated.emit(panel.ends[1].currentIndex())
    name = program.session.runs.get(1).name
    program.until(lambda: f"to {name}" in panel.said and program.app.microscope.settled)


def test_a_network_from_a_file_has_no_path(program: Program, guest: MakeGuest) -> None:
    program.train(3)
    panel = opened(program)
    program.open_model(str(guest()))
    program.until(lambda: panel.said == TOO_FEW and program.app.microscope.settled)
