"""The data dialog as a hand drives it: the list by arrows and clicks, and the page for data of one's own."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.data.user.examples import ClassCount, Summary
from mnist_viz.views import theme
from mnist_viz.views.data.dialog import DataDialog
from mnist_viz.views.data.entry import DataEntry
from mnist_viz.views.data.list import DataListPage
from mnist_viz.views.data.samples import contact_sheet
from mnist_viz.views.widgets import recolor

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def made(name: str, title: str, examples: int = 70_000, classes: int = 10, **others: Any) -> DataEntry:
    usual: dict[str, Any] = {"present": True, "licence": "", "source": "", "note": "", "image_shape": (28, 28)}
    return DataEntry(name=name, title=title, examples=examples, classes=classes, **usual | others)


ENTRIES = (
    made("synthetic", "Synthetic digits", licence="MIT", source="drawn by the program", in_use=True),
    made(
        "mnist", "MNIST", licence="CC BY-SA 3.0", source="Y. LeCun and others", bytes_here=54_950_000,
        download_bytes=11_594_722, folder=Path("/data/MNIST/raw"), fetched=True, mixes=("synthetic",),
    ),
    made("kmnist", "KMNIST", present=False, download_bytes=21_240_888, folder=Path("/data/KMNIST/raw")),
    made(
        "cifar10", "CIFAR-10", 60_000, image_shape=(32, 32, 3), folder=Path("/data/cifar"), download_bytes=170_498_071
    ),
)  # fmt: skip


@pytest.fixture
def dialog(qtbot: QtBot) -> Iterator[DataDialog]:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(1024, 700)
    dialog = DataDialog(parent)
    recolor(dialog, theme.DARK)
    dialog.sets.set_mixable({"synthetic": "Synthetic digits (70,000)"})
    dialog.sets.set_entries(ENTRIES)
    dialog.sets.set_place("/data")
    parent.show()
    dialog.bring()
    dialog.show_sets()
    qtbot.waitUntil(dialog.isActiveWindow)
    yield dialog
    parent.close()  # it was kept alive till here


@pytest.fixture
def page(dialog: DataDialog) -> DataListPage:
    return dialog.sets


def press(key: Qt.Key) -> None:
    """Press a key where the focus is."""
    widget = QApplication.focusWidget()
    assert widget is not None
    QTest.keyClick(widget, key)


def click(button: QPushButton) -> None:
    assert button.isVisible()
    QTest.mouseClick(button, LEFT, NO_KEY, QPoint(8, 8))


def focused() -> str:
    widget = QApplication.focusWidget()
    return widget.objectName() if widget is not None else ""


def test_it_opens_at_the_height_of_the_window(dialog: DataDialog) -> None:
    window = dialog.parentWidget()
    assert window is not None
    assert abs(dialog.frameGeometry().center().y() - window.frameGeometry().center().y()) < 40


# The list


def test_it_opens_with_the_focus_on_what_is_in_use_and_says_how_each_stands(page: DataListPage) -> None:
    assert (page.selected, focused()) == ("synthetic", "data-sets")
    said = {entry.name: (entry.facts, page.status(entry.name)) for entry in ENTRIES}
    assert said == {
        "synthetic": ("70,000 examples · 10 classes · 28×28 grey", "In use"),
        "mnist": ("70,000 examples · 10 classes · 28×28 grey", "Here · 55.0 MB on disk"),
        "kmnist": ("70,000 examples · 10 classes · 28×28 grey", "Not here · 21.2 MB to fetch"),
        "cifar10": ("60,000 examples · 10 classes · 32×32 colour", "Here"),
    }
    spoken = page.list.item(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == f"MNIST, {said['mnist'][0]}, Here · 55.0 MB on disk"


def test_enter_uses_what_is_here_and_fetches_only_when_it_is_pressed_on_the_button(
    page: DataListPage, qtbot: QtBot
) -> None:
    press(Qt.Key.Key_Down)
    with qtbot.waitSignal(page.use_requested) as used:
        press(Qt.Key.Key_Return)
    assert used.args == ["mnist", ()]
    page.select("kmnist", focus=True)
    with qtbot.assertNotEmitted(page.requested):
        press(Qt.Key.Key_Return)
    assert QApplication.focusWidget() is page.main_button
    with qtbot.waitSignal(page.requested) as fetched:
        press(Qt.Key.Key_Return)
    assert fetched.args == ["fetch", "kmnist"]


def test_what_is_in_use_is_used_again_only_with_another_mixture(page: DataListPage, qtbot: QtBot) -> None:
    page.select("mnist")
    page.set_entries([ENTRIES[0], replace(ENTRIES[1], in_use=True, mixed=("synthetic",)), *ENTRIES[2:]])
    page.set_mixed(["synthetic"])
    assert not page.main_button.isEnabled()
    page.mix_box("synthetic").click()
    assert page.main_button.isEnabled()
    with qtbot.waitSignal(page.use_requested) as used:
        click(page.main_button)
    assert used.args == ["mnist", ()]


def test_what_does_not_fit_cannot_be_mixed_in(page: DataListPage, qtbot: QtBot) -> None:
    box = page.mix_box("synthetic")
    page.select("mnist")
    click_at = QPoint(8, box.height() // 2)
    QTest.mouseClick(box, LEFT, NO_KEY, click_at)
    assert page.mixed == ("synthetic",)
    page.select("cifar10")
    assert not box.isEnabled()
    assert "do not fit CIFAR-10" in box.toolTip()
    with qtbot.waitSignal(page.use_requested) as used:
        click(page.main_button)
    assert used.args == ["cifar10", ()]


def test_a_mixture_is_named(page: DataListPage) -> None:
    mixture = replace(ENTRIES[1], in_use=True, mixed=("synthetic",), mixed_titles=("Synthetic digits",))
    page.set_entries([mixture])
    assert page.status("mnist") == "In use with Synthetic digits"


def test_a_fetch_shows_its_bytes_and_can_be_cancelled_or_tried_again(page: DataListPage, qtbot: QtBot) -> None:
    page.select("kmnist")
    assert page.main_button.text() == "Fetch"
    page.set_phase("kmnist", "working", "Fetching 3.1 of 21.2 MB", 0.15)
    assert (page.status("kmnist"), page.main_button.text()) == ("Fetching 3.1 of 21.2 MB", "Cancel")
    with qtbot.waitSignal(page.requested) as cancelled:
        click(page.main_button)
    page.set_phase("kmnist", "failed", "There is no connection.")
    assert (page.sentence("kmnist"), page.main_button.text()) == ("There is no connection.", "Retry")
    with qtbot.waitSignal(page.requested) as fetched:
        click(page.main_button)
    assert (cancelled.args, fetched.args) == (["cancel", "kmnist"], ["fetch", "kmnist"])
    page.set_phase("kmnist", "rest")
    assert (page.status("kmnist"), page.main_button.text()) == ("Not here · 21.2 MB to fetch", "Fetch")


def test_files_are_verified_and_damaged_ones_can_be_fetched_again(page: DataListPage, qtbot: QtBot) -> None:
    page.select("cifar10")
    with qtbot.waitSignal(page.requested) as verified:
        click(page.verify_button)
    assert verified.args == ["verify", "cifar10"]
    page.set_phase("cifar10", "done", "CIFAR-10 is whole.")
    assert page.sentence("cifar10") == "CIFAR-10 is whole."
    assert not page.fetch_again_button.isVisible()
    page.set_phase("cifar10", "failed", "A file is damaged.")
    with qtbot.waitSignal(page.requested) as fetched:
        click(page.fetch_again_button)
    assert fetched.args == ["fetch", "cifar10"]


def test_only_what_the_program_fetched_can_be_deleted_and_that_asks_first(page: DataListPage, qtbot: QtBot) -> None:
    shown = {}
    for key in ("cifar10", "synthetic", "mnist"):
        page.select(key)
        shown[key] = page.verify_button.isVisible(), page.delete_button.isVisible()
    assert shown == {"mnist": (True, True), "cifar10": (True, False), "synthetic": (False, False)}
    with qtbot.assertNotEmitted(page.requested):
        click(page.delete_button)
        assert page.question == "Delete the 55.0 MB of MNIST? They can be fetched again."
        assert QApplication.focusWidget() is page.keep_button
        press(Qt.Key.Key_Return)
    assert page.question == ""
    click(page.delete_button)
    with qtbot.waitSignal(page.requested) as deleted:
        click(page.confirm_button)
    assert deleted.args == ["delete", "mnist"]


def test_tab_goes_through_the_selected_row_alone_and_on(page: DataListPage) -> None:
    page.select("mnist", focus=True)
    order = []
    for _ in range(9):
        press(Qt.Key.Key_Tab)
        order.append(focused())
    assert order == [
        "data-verify", "data-delete", "data-main", "mix-synthetic", "use-folder", "close-data", "open-folder",
        "open-file", "data-sets",
    ]  # fmt: skip


def test_rows_keep_what_goes_on_in_them_when_the_list_is_renewed(page: DataListPage) -> None:
    page.set_phase("kmnist", "working", "Fetching", None)
    page.select("kmnist")
    own = made("/own.npz", "own.npz", 10, 2, in_use=True)
    page.set_entries([own, *ENTRIES])
    assert page.keys == ["/own.npz", "synthetic", "mnist", "kmnist", "cifar10"]
    assert (page.status("kmnist"), page.selected) == ("Fetching", "kmnist")
    page.set_entries(ENTRIES[:2])
    assert page.selected == "synthetic"


def test_samples_show_grey_and_coloured_pictures_and_go_with_the_files(page: DataListPage) -> None:
    samples = {"mnist": np.full((8, 28, 28), 255, np.uint8), "cifar10": np.full((3, 32, 32, 3), (255, 0, 0), np.uint8)}
    page.set_entries([replace(entry, samples=samples.get(entry.name)) for entry in ENTRIES])
    assert (page.sample_count("mnist"), page.sample_count("cifar10")) == (8, 3)
    page.set_entries(ENTRIES)
    assert page.sample_count("mnist") == 0


def test_examples_are_drawn_in_the_colours_of_the_pad_or_in_their_own() -> None:
    grey = contact_sheet(np.full((1, 28, 28), 255, np.uint8), 4, 2, theme.DARK, 1.0).toImage()
    red = contact_sheet(np.full((3, 32, 32, 3), (255, 0, 0), np.uint8), 4, 2, theme.DARK, 1.0).toImage()
    assert (grey.pixelColor(10, 10).name(), red.pixelColor(10, 10).name()) == (theme.DARK.ink, "#ff0000")


# Data of one's own


PETS = Summary(
    Path("/pets"), "a folder of pictures", (ClassCount("cat", 10, 2, 1), ClassCount("dog", 10, 2, 1)), (28, 28),
    ["All were inverted."], ["Few dogs."],
)  # fmt: skip


def show_pets(dialog: DataDialog, pets: Summary = PETS) -> None:
    """Show what was read from a folder, which is not there."""
    pictures = [np.zeros((3, 28, 28), np.uint8)] * 2
    dialog.own.set_data(pets, pictures, fitted=False)
    dialog.show_own()


def texts(dialog: DataDialog) -> str:
    return "\n".join(label.text() for label in dialog.own.findChildren(QLabel) if label.isVisible())


def test_reading_says_how_far_it_is_and_esc_calls_it_off(dialog: DataDialog, qtbot: QtBot) -> None:
    dialog.own.set_reading("pets", "Reading pets: 3 of 9 pictures", 0.3)
    dialog.show_own()
    assert (dialog.own.state, dialog.own.text) == ("reading", "Reading pets: 3 of 9 pictures")
    assert dialog.own.back_button.text() == "Cancel"
    assert not dialog.own.use_button.isVisible()
    with qtbot.assertNotEmitted(dialog.own.use_requested):
        QTest.keyClick(dialog, Qt.Key.Key_Return)
    with qtbot.waitSignal(dialog.own.back_requested):
        press(Qt.Key.Key_Escape)
    assert dialog.isVisible()


def test_what_was_read_is_shown_before_it_is_used(dialog: DataDialog, qtbot: QtBot) -> None:
    show_pets(dialog)
    shown = texts(dialog)
    assert "A folder of pictures: 26 examples · 2 classes · 28×28 grey" in shown
    assert "All were inverted." in shown
    assert "Few dogs." in shown
    assert dialog.own.table.accessibleDescription() == "cat 13, dog 13"
    assert not any(box.isVisible() for box in (dialog.own.fit_box, dialog.own.label_box, dialog.own.white_box))
    with qtbot.waitSignal(dialog.own.use_requested):
        press(Qt.Key.Key_Return)


def test_how_it_is_read_can_be_chosen_where_there_is_a_choice(dialog: DataDialog, qtbot: QtBot) -> None:
    own = dialog.own
    show_pets(dialog, replace(PETS, fittable=True))
    with qtbot.waitSignal(own.choice_made) as changed:
        QTest.mouseClick(own.fit_box, LEFT, NO_KEY, QPoint(8, own.fit_box.height() // 2))
    assert changed.args == ["fitted", True]
    show_pets(dialog, replace(PETS, label_column="first", white=16.0, highest=16.0))
    assert (own.label_box.currentText(), own.white_box.currentText()) == ("first column", "16")
    with qtbot.waitSignal(own.choice_made) as column:
        choose_next(own.label_box)
    with qtbot.waitSignal(own.choice_made) as white:
        choose_next(own.white_box)
    assert (column.args, white.args) == (["label_column", "last"], ["white", 100.0])


def choose_next(box: QWidget) -> None:
    assert box.isVisible()
    QTest.keyClick(box, Qt.Key.Key_Down)


def test_a_problem_is_told_to_its_end_with_other_ways_to_go(dialog: DataDialog, qtbot: QtBot) -> None:
    sentence = f"There is no array of pictures in it: {'name them x_train and y_train, ' * 6}and save them again."
    dialog.own.set_problem("pets", sentence)
    dialog.show_own()
    assert (dialog.own.state, dialog.own.text) == ("problem", sentence)
    assert not dialog.own.use_button.isVisible()
    (label,) = [one for one in dialog.own.findChildren(QLabel) if one.text() == sentence]
    qtbot.waitUntil(lambda: label.isVisible() and label.height() >= label.heightForWidth(label.width()))
    with qtbot.waitSignal(dialog.own.open_file_requested):
        click(dialog.own.file_button)
    with qtbot.waitSignal(dialog.own.back_requested):
        click(dialog.own.back_button)


def drop(target: QWidget, *paths: Path) -> bool:
    """Drop files on a widget; return whether it takes them."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(50, 50), copy, mime, LEFT, NO_KEY)
    enter.setAccepted(False)
    QApplication.sendEvent(target, enter)
    if enter.isAccepted():
        QApplication.sendEvent(target, QDropEvent(QPointF(50, 50), copy, mime, LEFT, NO_KEY))
    return enter.isAccepted()


def test_a_folder_or_a_file_that_is_dropped_is_looked_at_unless_it_can_be_no_data_set(
    dialog: DataDialog, tmp_path: Path
) -> None:
    dropped: list[str] = []
    dialog.own_dropped.connect(dropped.append)
    archive, table, picture = tmp_path / "own.npz", tmp_path / "own.csv.gz", tmp_path / "seven.png"
    for path in (archive, table, picture):
        path.touch()
    assert all(drop(dialog, path) for path in (tmp_path, archive, table))
    assert not any(drop(dialog, *paths) for paths in ([picture], [tmp_path, picture], []))
    assert dropped == [str(tmp_path), str(archive), str(table)]
