"""Points in a plane: what the mouse chooses, what stands out, and the star."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.views.plots.cloud import CloudFigure
from mnist_viz.views.theme import LIGHT
from tests.views.hand import CTRL, click, drag, lasso, shown

POINTS = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (0.0, 0.0)])
LABELS = np.array([0, 1, 2, 0])
ANSWERS = np.array([0, 1, 0, 0])
NAMES = ("a", "b", "c")


@pytest.fixture
def cloud(qtbot: QtBot) -> CloudFigure:
    cloud = shown(qtbot, CloudFigure("cloud", "Points"), 400, 300)
    cloud.set_points(POINTS, LABELS, ANSWERS, NAMES)
    return cloud


def at(cloud: CloudFigure, x: float, y: float) -> QPoint:
    place: QPoint = cloud.view.mapViewToScene(QPointF(x, y)).toPoint()
    return place


def test_the_point_under_the_mouse_is_told_once(cloud: CloudFigure) -> None:
    heard: list[int] = []
    cloud.hovered.connect(heard.append)
    for place in ((1.0, 1.0), (1.01, 1.0), (0.5, -0.5), (0.0, 0.0)):
        QTest.mouseMove(cloud.viewport(), at(cloud, *place))
    assert heard == [2, -1, 3]


def test_a_click_chooses_the_nearest_point(cloud: CloudFigure) -> None:
    heard: list[int] = []
    cloud.clicked.connect(heard.append)
    click(cloud, at(cloud, 1.0, -0.98))
    assert heard == [1]


def test_a_drag_chooses_the_points_inside_and_a_click_beside_all_chooses_none(cloud: CloudFigure) -> None:
    heard: list[list[int]] = []
    cloud.selected.connect(lambda numbers: heard.append(numbers.tolist()))
    lasso(cloud, *(at(cloud, *place) for place in ((0.5, 1.5), (1.5, 1.5), (1.5, -1.5), (0.5, -1.5))))
    assert heard == [[1, 2]]
    assert cloud.chosen.tolist() == [1, 2]
    assert not cloud.zoomed
    click(cloud, at(cloud, -1.0, 1.0))
    assert heard == [[1, 2], []]


def test_chosen_points_stay_chosen_while_they_move_but_not_among_others(cloud: CloudFigure) -> None:
    cloud.set_chosen(np.array([1, 3]))
    cloud.set_points(POINTS / 2, LABELS, ANSWERS, NAMES)
    assert cloud.chosen.tolist() == [1, 3]
    cloud.set_theme(LIGHT)
    cloud.set_points(POINTS, LABELS + 20, ANSWERS, tuple(str(k) for k in range(26)))
    cloud.set_points(POINTS[:0], LABELS[:0], ANSWERS[:0], ())
    assert not len(cloud.chosen)
    assert cloud.nearest(0.0, 0.0) == -1


def test_a_drag_with_ctrl_pans(cloud: CloudFigure) -> None:
    drag(cloud, at(cloud, 0, 0), at(cloud, 1, 0), CTRL)
    assert cloud.zoomed
    assert not len(cloud.chosen)


def test_mistakes_are_larger_than_what_is_right(cloud: CloudFigure) -> None:
    right, wrong = painted(cloud, 1.0, -1.0), painted(cloud, 1.0, 1.0)
    assert wrong > 1.5 * right


def test_the_star_is_painted_where_it_is_put(cloud: CloudFigure) -> None:
    before = painted(cloud, -1.0, 1.0)
    cloud.set_star((-1.0, 1.0))
    assert painted(cloud, -1.0, 1.0) > before
    cloud.set_star(None)
    assert painted(cloud, -1.0, 1.0) == before


def test_the_names_of_classes_keep_clear_of_the_star(cloud: CloudFigure) -> None:
    before = list(cloud.names.places)
    cloud.set_star((before[2][0] + 0.01, before[2][1]))
    assert cloud.names.places[0] == before[0]
    assert cloud.star is not None
    assert np.hypot(*np.subtract(cloud.names.places[2], cloud.star)) > 0.3  # a letter and half the star
    cloud.set_star(None)
    assert cloud.names.places == before


def painted(cloud: CloudFigure, x: float, y: float) -> int:
    """How many pixels around a place differ from the ground."""
    image = cloud.picture(1.0)
    centre, ground = at(cloud, x, y), image.pixel(at(cloud, -2.0, 1.0))
    around = range(-14, 15)
    return sum(image.pixel(centre + QPoint(dx, dy)) != ground for dx in around for dy in around)
