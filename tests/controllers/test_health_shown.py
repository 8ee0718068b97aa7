"""Layer health in the program: it follows training, and each recorded moment is examined once."""

from mnist_viz.views.questions.health import HealthPanel
from tests.controllers.conftest import Program


def opened(program: Program) -> HealthPanel:
    program.app.window.open_panel("health")
    program.until(lambda: "health" in program.app.microscope.panels and program.app.microscope.settled)
    panel = program.app.microscope.panels["health"]
    assert isinstance(panel, HealthPanel)
    return panel


def columns(panel: HealthPanel) -> int:
    assert panel.strip.values is not None
    return int(panel.strip.values.shape[1])


def test_a_recorded_moment_more_is_a_column_more(program: Program) -> None:
    panel = opened(program)
    assert panel.message == ""
    before = columns(panel)
    program.train(2)
    program.until(lambda: program.app.microscope.settled)
    assert columns(panel) == len(program.session.timeline) > before


def test_a_click_in_the_strip_moves_the_cursor(program: Program) -> None:
    program.train(2)
    panel = opened(program)
    panel.strip.moment_clicked.emit(0)
    program.until(lambda: program.app.microscope.settled)
    assert program.session.shown is not None
    assert program.session.shown.step == 0
    assert panel.strip.framed["chosen"] == (0, 0)


def test_a_unit_by_name_is_chosen_everywhere(program: Program) -> None:
    panel = opened(program)
    heard: list[tuple[int, int]] = []
    program.app.display.neuron_chosen.connect(lambda layer, neuron: heard.append((layer, neuron)))
    panel.units.linkActivated.emit("0:5")
    assert heard == [(0, 5)]
