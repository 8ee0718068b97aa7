"""The embedding in the program: it follows the cursor and the pad, and is filmed."""

from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from mnist_viz.analysis.subject import NO_EXAMPLES
from mnist_viz.views.film_dialog import FilmChoice
from mnist_viz.views.questions.embedding import EmbeddingPanel
from tests.controllers.conftest import MakeGuest, Program


def opened(program: Program) -> EmbeddingPanel:
    program.app.window.open_panel("embedding")
    program.until(lambda: "embedding" in program.app.microscope.panels and program.app.microscope.settled)
    panel = program.app.microscope.panels["embedding"]
    assert isinstance(panel, EmbeddingPanel)
    return panel


def test_it_follows_the_cursor_and_a_moment_looks_the_same_each_time(program: Program) -> None:
    panel = opened(program)
    seen = [panel.cloud.picture(1.0)]
    program.train(3)
    program.until(lambda: program.app.microscope.settled)
    seen.append(panel.cloud.picture(1.0))
    program.session.go_to(0)
    program.until(lambda: program.app.microscope.settled)
    seen.append(panel.cloud.picture(1.0))
    assert seen[0] == seen[2] != seen[1]


def test_a_point_goes_to_the_pad_where_it_is_the_star_on_itself(program: Program) -> None:
    panel = opened(program)
    assert panel.cloud.star is None
    panel.cloud.clicked.emit(7)
    program.until(lambda: panel.cloud.star is not None and program.app.microscope.settled)
    assert program.session.dataset is not None
    assert program.app.drawing.label == program.session.dataset.validation.labels[7]
    assert panel.cloud.star is not None
    assert panel.cloud.nearest(*panel.cloud.star) == 7


def test_a_film_of_it_shows_each_moment(program: Program, tmp_path: Path) -> None:
    program.train(3)
    opened(program)
    choice = FilmChoice(subject="embedding", format="png", label=False)
    program.app.film_export.make(choice, str(tmp_path / "film"))
    program.until(lambda: not program.app.film_export.is_filming)
    pictures = [np.asarray(Image.open(path)) for path in sorted((tmp_path / "film").iterdir())]
    assert len(pictures) == len(program.session.timeline)
    assert all((one != other).any() for one, other in pairwise(pictures))


def test_without_pictures_that_the_network_reads_a_sentence_says_so(empty: Program, guest: MakeGuest) -> None:
    empty.open_model(str(guest()))
    panel = opened(empty)
    assert panel.message == NO_EXAMPLES
