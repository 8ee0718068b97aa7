"""The panel to draw in: what it says, what it asks for, and how it fits its room."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QMenu, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.recording.drawing import Drawing
from mnist_viz.views.drawing.digit_view import DigitView
from mnist_viz.views.drawing.draw_panel import DrawPanel
from mnist_viz.views.drawing.pad import PEN_WIDTHS, Tool
from mnist_viz.views.drawing.verdict import Part
from mnist_viz.views.probabilities import ProbabilityBars
from tests.views.hand import shown

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def panel(qtbot: QtBot) -> DrawPanel:
    return shown(qtbot, DrawPanel(), 320, 720)


def button(panel: DrawPanel, name: str) -> QAbstractButton:
    found = panel.findChild(QAbstractButton, name)
    assert found is not None
    return found


def menu_of(panel: DrawPanel, name: str) -> QMenu:
    found = button(panel, name)
    assert isinstance(found, QToolButton)
    return found.menu()


def draw_line(qtbot: QtBot, panel: DrawPanel) -> None:
    QTest.mousePress(panel.pad, LEFT, NONE, QPoint(60, 60))
    QTest.mouseMove(panel.pad, QPoint(120, 120))
    QTest.mouseRelease(panel.pad, LEFT, NONE, QPoint(120, 120))


def test_the_buttons_work_the_pad_and_show_what_they_can_do(qtbot: QtBot, panel: DrawPanel) -> None:
    undo, redo, clear = (button(panel, f"pad-{name}") for name in ("undo", "redo", "clear"))
    assert [b.isEnabled() for b in (undo, redo, clear)] == [False, False, False]
    draw_line(qtbot, panel)
    assert [b.isEnabled() for b in (undo, redo, clear)] == [True, False, True]
    QTest.mouseClick(undo, LEFT)
    assert panel.pad.is_empty()
    QTest.mouseClick(redo, LEFT)
    assert not panel.pad.is_empty()
    QTest.mouseClick(clear, LEFT)
    assert panel.pad.is_empty()
    assert [b.isEnabled() for b in (undo, redo, clear)] == [True, False, False]


def test_a_digit_can_be_asked_for(qtbot: QtBot, panel: DrawPanel) -> None:
    with qtbot.waitSignal(panel.digit_requested) as asked:
        QTest.mouseClick(button(panel, "digit-request-7"), LEFT)
    assert asked.args == [7]


def test_classes_with_long_names_are_asked_for_from_a_list_and_the_first_ten_by_key(
    qtbot: QtBot, panel: DrawPanel
) -> None:
    panel.set_class_names(("T-shirt", "Trouser", "Pullover"))
    choice = panel.findChild(QComboBox, "digit-requests")
    assert choice is not None
    assert choice.isVisible()
    assert panel.findChild(QAbstractButton, "digit-request-0") is None
    with qtbot.waitSignal(panel.digit_requested) as asked:
        choice.activated.emit(2)
    assert asked.args == [2]
    panel.set_answer([Part("Trouser", 0.7)], np.array([0.1, 0.7, 0.2]))
    assert panel.verdict() == "Reads Trouser · 70.0%"
    by_key: list[int] = []
    panel.digit_requested.connect(by_key.append)
    panel.set_class_names([f"a class with the long name {k}" for k in range(47)])
    assert len(menu_of(panel, "save-drawing").actions()) == 47
    QTest.keyClick(panel, Qt.Key.Key_9)
    panel.set_class_names(("cat", "dog"))
    QTest.keyClick(panel, Qt.Key.Key_9)
    QTest.keyClick(panel, Qt.Key.Key_1)
    assert by_key == [9, 1]


def test_an_example_is_marked_by_whether_the_network_knew_it(panel: DrawPanel) -> None:
    panel.pad.show_picture(Drawing(picture=np.zeros((28, 28), np.uint8), label=7))
    plain = panel.pad.grab().toImage()
    panel.set_given("7", "7")
    knew = panel.pad.grab().toImage()
    panel.set_given("7", "2")
    erred = panel.pad.grab().toImage()
    assert knew != plain
    assert erred not in (plain, knew)
    panel.set_given("7", None)
    assert panel.pad.grab().toImage() == plain


def test_where_drawings_cannot_be_read_an_example_is_offered(panel: DrawPanel) -> None:
    panel.set_refusal("This network reads 32 × 32 colour pictures")
    assert panel.verdict() == "Ask for an example"
    panel.set_refusal("")
    assert panel.verdict() == "Draw a digit"


def test_a_drawing_but_no_example_can_be_saved_as_a_class_by_menu_and_by_key(qtbot: QtBot, panel: DrawPanel) -> None:
    saved: list[int] = []
    panel.save_requested.connect(saved.append)
    save = button(panel, "save-drawing")
    panel.pad.show_picture(Drawing(picture=np.zeros((28, 28), np.uint8), label=7))
    assert not save.isEnabled()
    QTest.keyClick(panel, Qt.Key.Key_7, Qt.KeyboardModifier.AltModifier)
    assert saved == []
    draw_line(qtbot, panel)
    menu = menu_of(panel, "save-drawing")
    assert [action.text().split("\t")[0] for action in menu.actions()] == list("0123456789")
    menu.actions()[4].trigger()
    QTest.keyClick(panel, Qt.Key.Key_7, Qt.KeyboardModifier.AltModifier)
    assert saved == [4, 7]
    count = panel.findChild(QLabel, "saved-count")
    assert count is not None
    assert count.text() == ""
    panel.set_saved_count(1234)
    assert count.text() == "1,234 saved"


def test_tools_have_keys_and_buttons_with_tips(qtbot: QtBot, panel: DrawPanel) -> None:
    pad = panel.pad
    width = pad.pen_width()
    QTest.keyClick(panel, Qt.Key.Key_E)
    assert pad.tool() is Tool.ERASER
    assert button(panel, "pad-eraser").isChecked()
    for key in (Qt.Key.Key_B, Qt.Key.Key_P):
        QTest.mouseClick(button(panel, "pad-eraser"), LEFT)
        assert pad.tool() is Tool.ERASER
        QTest.keyClick(panel, key)
        assert pad.tool() is Tool.PEN
    QTest.keyClick(panel, Qt.Key.Key_BracketRight)
    assert pad.pen_width() > width
    QTest.keyClick(panel, Qt.Key.Key_BracketLeft)
    assert pad.pen_width() == width
    widths = menu_of(panel, "pad-width").actions()
    widths[-1].trigger()
    assert pad.pen_width() == PEN_WIDTHS[-1]
    assert [action.isChecked() for action in widths] == [False] * 4 + [True]
    for child in panel.findChildren(QAbstractButton):
        assert child.toolTip(), child.objectName()
        assert child.accessibleName() or child.text(), child.objectName()


def test_a_view_of_the_steps_takes_the_place_of_the_probabilities(panel: DrawPanel) -> None:
    view = QWidget()
    view.setMinimumSize(200, 180)
    panel.set_steps_view(view)
    bars = panel.findChild(ProbabilityBars)
    assert bars is not None
    assert not view.isVisible()
    QTest.mouseClick(button(panel, "show-steps"), LEFT)
    assert view.isVisible()
    assert view.height() >= 180
    assert not bars.isVisible()
    QTest.keyClick(panel, Qt.Key.Key_N)
    assert not view.isVisible()
    assert bars.isVisible()


def dropped(panel: DrawPanel, data: QMimeData) -> bool:
    """Drag `data` over the panel and drop it; whether the panel takes it."""
    at, copy = QPoint(60, 60), Qt.DropAction.CopyAction
    enter = QDragEnterEvent(at, copy, data, LEFT, NONE)
    QApplication.sendEvent(panel, enter)
    if enter.isAccepted():
        QApplication.sendEvent(panel, QDropEvent(QPointF(at), copy, data, LEFT, NONE))
    return enter.isAccepted()


def test_any_one_file_or_folder_is_told_of(panel: DrawPanel, tmp_path: Path) -> None:
    paths: list[str] = []
    panel.file_dropped.connect(paths.append)
    for name in ("pen.inkml", "table.csv", ""):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
        assert dropped(panel, data)
        paste(panel, data)
    assert paths == [str(tmp_path / name) for name in ("pen.inkml", "pen.inkml", "table.csv", "table.csv", "", "")]


def test_the_pad_invites_only_what_will_lie_on_it(panel: DrawPanel) -> None:
    def ground() -> QImage:
        return panel.pad.grab().toImage()

    before, changed = ground(), {}
    for name in ("seven.png", "pen.ndjson", "table.csv"):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(f"/{name}")])
        QApplication.sendEvent(panel, QDragEnterEvent(QPoint(60, 60), Qt.DropAction.CopyAction, data, LEFT, NONE))
        changed[name] = ground() != before
        QApplication.sendEvent(panel, QDragLeaveEvent())
        assert ground() == before
    assert changed == {"seven.png": True, "pen.ndjson": True, "table.csv": False}


def test_why_nothing_comes_of_what_is_dropped_or_pasted_is_told(panel: DrawPanel) -> None:
    refusals: list[str] = []
    panel.refused.connect(refusals.append)
    for bring in (paste, dropped):
        text, page, two = QMimeData(), QMimeData(), QMimeData()
        text.setText("seven\nof them")
        page.setUrls([QUrl("https://example.org/seven.png")])
        two.setUrls([QUrl.fromLocalFile("/a.png"), QUrl.fromLocalFile("/b.png")])
        for data in (text, page, two):
            bring(panel, data)
        assert refusals == [
            "“seven of them” is text, not a picture: draw it, or bring a picture or a file",
            "https://example.org/seven.png is a link, and nothing is fetched unasked: save the file and bring that",
            "These are 2 files: bring one at a time, or a folder with a subfolder of pictures for each class",
        ]
        refusals.clear()
    paste(panel, QMimeData())
    assert refusals == ["There is no picture in the clipboard"]


def paste(panel: DrawPanel, data: QMimeData) -> None:
    QGuiApplication.clipboard().setMimeData(data)
    QTest.keyClick(panel, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def test_a_dropped_or_pasted_picture_comes_as_pixels(panel: DrawPanel) -> None:
    pictures: list[np.ndarray] = []
    panel.image_pasted.connect(pictures.append)
    image = QImage(5, 3, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 200, 30))
    data = QMimeData()
    data.setImageData(image)
    assert dropped(panel, data)
    assert pictures[0].shape == (3, 5, 4)
    assert pictures[0][0, 0].tolist() == [10, 200, 30, 255]
    image.fill(QColor(90, 90, 90))
    QGuiApplication.clipboard().setImage(image)
    QTest.keyClick(panel, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert (pictures[1][..., :3] == 90).all()


def test_what_the_network_sees_is_named_with_its_size_before_anything_is_drawn(panel: DrawPanel) -> None:
    seen = panel.findChild(DigitView)
    assert seen is not None
    panel.set_seen(None, (8, 8))
    assert seen.accessibleName() == "What the network sees, 8 × 8"
    panel.set_seen(np.zeros((32, 30, 3), np.uint8), (32, 30, 3))
    assert seen.accessibleName() == "What the network sees, 32 × 30"
    panel.set_seen(None)
    assert seen.accessibleName() == "What the network sees"


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_the_tools_have_their_room_however_few_the_classes_are(qtbot: QtBot, classes: int) -> None:
    panel = shown(qtbot, DrawPanel(), 292, 563)
    panel.set_class_names([str(k) for k in range(classes)])
    for _ in range(3):  # until nothing is laid out any more
        QApplication.processEvents()
    undo = button(panel, "pad-undo")
    assert not panel.pad.geometry().intersects(QRect(undo.mapTo(panel, QPoint()), undo.size()))
    assert undo.visibleRegion().boundingRect().size() == undo.size()
