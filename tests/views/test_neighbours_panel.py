"""The panel of the nearest training pictures: what it says, and what is chosen in it."""

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from mnist_viz.analysis.evaluation import Probe
from mnist_viz.analysis.neighbours import ALL_ALIKE, Neighbours
from mnist_viz.views.questions.neighbours import NeighboursPanel
from tests.views.hand import click, shown

TRAINING = Probe(
    np.arange(24, dtype=np.uint8).reshape(6, 4), np.array([0, 1, 1, 0, 1, 1]), ("a", "b"), (2, 2), "made in a test",
    part="training",
)  # fmt: skip
PIXELS = Neighbours(TRAINING, np.array([4, 0, 2]), np.array([0.5, 1.25, 2.0]), 6)
ACTIVATIONS = Neighbours(TRAINING, np.array([3, 0]), np.array([0.1, 0.2]), 5, answer=1)


@pytest.fixture
def panel(qtbot: QtBot) -> NeighboursPanel:
    panel = shown(qtbot, NeighboursPanel(), 700, 400)
    panel.set_answer("pixels", PIXELS)
    panel.set_answer("activations", ACTIVATIONS)
    return panel


def test_it_counts_the_classes_of_the_neighbours_and_names_each_with_its_distance(panel: NeighboursPanel) -> None:
    assert panel.said("pixels") == "By pixels: 2 are b, 1 are a, of 6 pictures"
    assert panel.said("activations") == "By the last hidden layer, read as b: 2 are a, of 5 pictures"
    captions = [example.caption[0].text for example in panel.galleries["pixels"].examples]
    assert captions == ["b · 0.50", "a · 1.25", "b · 2.00"]


def test_one_that_is_clicked_goes_to_the_pad(panel: NeighboursPanel) -> None:
    heard: list[int] = []
    panel.training_example_chosen.connect(heard.append)
    gallery = panel.galleries["activations"]
    click(gallery, gallery.visualRect(gallery.model().index(0, 0)).center())
    assert heard == [3]


def test_the_pictures_stay_while_they_are_the_same(panel: NeighboursPanel) -> None:
    gallery = panel.galleries["pixels"]
    gallery.setCurrentIndex(gallery.model().index(1, 0))
    panel.set_answer("pixels", PIXELS)
    assert gallery.currentIndex().row() == 1


def test_why_there_are_none_is_said_in_their_place(panel: NeighboursPanel) -> None:
    panel.set_problem("activations", ALL_ALIKE)
    assert panel.said("activations") == ALL_ALIKE
    assert panel.said("pixels").startswith("By pixels")
