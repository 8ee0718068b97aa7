"""The data dialog in the whole program: what is asked for in it is done, told in it, and never forced."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from mnist_viz.controllers.data_dialog import Checked
from mnist_viz.data.datasets import Dataset
from mnist_viz.data.user import drawings
from mnist_viz.data.user.examples import ClassCount, Summary

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QAbstractButton

    from mnist_viz.views.data.dialog import DataDialog
    from tests.controllers.conftest import FakeTasks, Program

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def dialog(program: Program, loader: FakeTasks) -> DataDialog:
    """The dialog, opened by its key."""
    program.app.window.activateWindow()
    program.qtbot.waitUntil(program.app.window.isActiveWindow)
    QTest.keyClick(program.app.window, Qt.Key.Key_D, CTRL)
    program.qtbot.waitUntil(program.app.data_dialog.isActiveWindow)
    return program.app.data_dialog


def click(button: QAbstractButton) -> None:
    assert button.isVisible()
    QTest.mouseClick(button, LEFT, NO_KEY, QPoint(8, button.height() // 2))


def checked(dataset: Dataset, path: Path) -> Checked:
    counts = tuple(ClassCount(n, 10, 2, 3) for n in dataset.class_names)
    summary = Summary(path, "a folder of pictures", counts, (28, 28), ["All is well."], [], True, "first", 255, 16)
    pictures = [np.zeros((2, 28, 28), np.uint8) for _ in counts]
    return replace(dataset, name=str(path), title=path.name), summary, pictures


def test_each_data_set_is_listed_with_what_is_done_with_it_and_what_comes_of_that(
    program: Program, loader: FakeTasks, dialog: DataDialog, dataset: Dataset
) -> None:
    sets = dialog.sets
    assert sets.keys == list(program.app.data.infos)
    assert sets.selected == "synthetic"
    assert sets.status("synthetic") == "In use"
    assert sets.status("mnist") == "Not here · 11.6 MB to fetch"
    assert sets.place == program.app.data.data_dir
    wanted = [name for kind, name in loader.asked if kind == "samples"]
    assert "synthetic" in wanted
    assert "mnist" not in wanted
    assert loader.work() == []
    loader.done("samples", "synthetic", np.zeros((8, 28, 28), np.uint8))
    assert sets.sample_count("synthetic") == 8
    program.app.data_sets.open()
    assert [name for kind, name in loader.asked if kind == "samples"] == wanted

    sets.select("mnist")
    click(sets.main_button)
    assert loader.work() == [("fetch", "mnist")]
    loader.progress("fetch", "mnist", "Fetching MNIST: 3.1 of 11.6 MB", 0.27)
    assert sets.status("mnist") == "Fetching 3.1 of 11.6 MB"
    assert program.text() == "Fetching MNIST: 3.1 of 11.6 MB"
    loader.done("fetch", "mnist")
    assert sets.main_button.text() == "Fetch"
    assert loader.work() == [("fetch", "mnist")]
    assert program.session.dataset is dataset
    assert program.buttons() == ["Use it"]

    click(sets.main_button)
    click(sets.main_button)
    loader.end_cancelled()
    assert ("fetch", "mnist") in loader.cancels
    assert (sets.main_button.text(), sets.sentence("mnist"), program.text()) == ("Fetch", "", "")
    sets.select("kmnist")
    click(sets.main_button)
    loader.fail("fetch", "kmnist", "there is no connection to it: try again later")
    assert sets.sentence("kmnist") == "There is no connection to it: try again later."
    assert sets.main_button.text() == "Retry"
    click(sets.main_button)
    assert loader.work() == [("fetch", name) for name in ("mnist", "mnist", "kmnist", "kmnist")]

    sets.requested.emit("verify", "mnist")
    loader.progress("verify", "mnist", "Reading all of MNIST", None)
    assert sets.status("mnist") == "Reading all of MNIST"
    loader.done("verify", "mnist", "MNIST is whole.")
    assert sets.sentence("mnist") == "MNIST is whole."
    sets.requested.emit("delete", "mnist")
    loader.done("remove", "mnist", 54_950_048)
    assert sets.sentence("mnist") == "55.0 MB were freed."
    assert loader.work()[-2:] == [("verify", "mnist"), ("remove", "mnist")]


def test_use_closes_the_dialog_and_loads_the_data_with_the_drawings_that_are_mixed_in(
    program: Program, loader: FakeTasks, dialog: DataDialog, other_dataset: Dataset
) -> None:
    program.use(other_dataset)
    program.train(1)
    program.app.data.list()
    dialog.sets.select("synthetic")
    click(dialog.sets.main_button)
    assert not dialog.isVisible()
    assert loader.work() == [("load", "synthetic")]

    drawings.add([("7", [np.array([[0.0, 0.0], [5.0, 9.0]])])])
    program.app.data_sets.open()
    dialog.sets.select("synthetic")
    box = dialog.sets.mix_box("drawings")
    assert box.text() == "Your drawings (1)"
    click(box)
    click(dialog.sets.main_button)
    assert loader.work()[1:] == [("load", "synthetic+drawings")]


def test_data_of_ones_own_can_be_left_and_the_list_behind_says_what_is_in_use_then(
    program: Program, loader: FakeTasks, dialog: DataDialog, dataset: Dataset, other_dataset: Dataset, tmp_path: Path
) -> None:
    program.app.data_sets.look_at(str(tmp_path))
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert ("check", str(tmp_path)) in loader.cancels
    assert (dialog.isVisible(), dialog.shows_own) == (True, False)
    program.app.tick()
    assert program.session.dataset is dataset
    loader.end_cancelled()
    program.app.data_sets.look_at(str(tmp_path / "pets.csv"))
    loader.fail("check", str(tmp_path / "pets.csv"), "there is no such file: check the name")
    assert (dialog.own.state, dialog.own.text) == ("problem", "There is no such file: check the name.")
    assert program.session.dataset is dataset
    assert program.text() == ""
    click(dialog.own.back_button)

    assert dialog.sets.status("synthetic") == "In use"
    dialog.reject()
    program.use(other_dataset)
    program.app.data_sets.look_at(str(tmp_path))
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.sets.status("mnist").startswith("In use")
    assert not dialog.sets.status("synthetic").startswith("In use")


def test_data_of_ones_own_are_looked_at_in_one_form_or_another_before_they_are_used(
    program: Program, loader: FakeTasks, dialog: DataDialog, dataset: Dataset, tmp_path: Path
) -> None:
    program.app.data_sets.look_at(str(tmp_path))
    loader.done("check", str(tmp_path), checked(dataset, tmp_path))
    click(dialog.own.fit_box)
    assert loader.work()[-1] == ("check", f"digits:{tmp_path}")
    loader.done("check", f"digits:{tmp_path}", checked(dataset, tmp_path))
    assert dialog.own.fit_box.isChecked()
    click(dialog.own.fit_box)
    assert loader.work()[-1] == ("check", str(tmp_path))
    loader.done("check", str(tmp_path), checked(dataset, tmp_path))
    dialog.own.choice_made.emit("label_column", "last")
    assert loader.work()[-1] == ("check", f"label=last:{tmp_path}")
    loader.done("check", f"label=last:{tmp_path}", checked(dataset, tmp_path))
    dialog.own.choice_made.emit("white", 16.0)
    assert loader.work()[-1] == ("check", f"label=last,white=16:{tmp_path}")

    data, summary, pictures = checked(dataset, tmp_path)
    unfitted = data, replace(summary, fittable=True, drawn=True), pictures
    program.app.data_sets.look_at(str(tmp_path))
    loader.done("check", str(tmp_path), unfitted)
    assert loader.work()[-1] == ("check", f"digits:{tmp_path}")
    loader.done("check", f"digits:{tmp_path}", checked(dataset, tmp_path))
    assert dialog.own.fit_box.isChecked()
    click(dialog.own.fit_box)
    loader.done("check", str(tmp_path), unfitted)
    assert not dialog.own.fit_box.isChecked()
    assert loader.work()[-1] == ("check", str(tmp_path))

    path = tmp_path / "pets"
    program.app.data_sets.look_at(str(path))
    assert loader.work()[-1:] == [("check", str(path))]
    assert (dialog.shows_own, dialog.own.state) == (True, "reading")
    loader.progress("check", str(path), "Reading pets: 3 of 9 pictures", 0.3)
    assert dialog.own.text == "Reading pets: 3 of 9 pictures"
    loader.done("check", str(path), checked(dataset, path))
    assert dialog.own.state == "data"
    assert program.session.dataset is dataset
    click(dialog.own.use_button)
    program.rest()
    assert not dialog.isVisible()
    own = program.session.dataset
    assert own is not None
    assert own.name == str(path)
    program.app.data_sets.open()
    assert (dialog.sets.status(str(path)), dialog.sets.sample_count(str(path))) == ("In use", 8)
    assert program.app.transport.dataset.currentText() == "pets"


def test_folders_and_files_are_chosen_in_the_systems_dialog(
    program: Program, loader: FakeTasks, dialog: DataDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([str(tmp_path), "", str(tmp_path / "other")])
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: next(answers))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "own.npz"), ""))
    click(dialog.sets.open_folder_button)
    assert loader.work() == [("check", str(tmp_path))]
    click(dialog.own.back_button)
    click(dialog.sets.open_folder_button)  # and changed one's mind
    click(dialog.sets.open_file_button)
    assert loader.work() == [("check", str(tmp_path)), ("check", str(tmp_path / "own.npz"))]
    click(dialog.own.back_button)
    asked = [one for one in loader.asked if one[0] == "samples"]
    click(dialog.sets.place_button)
    assert (program.app.data.data_dir, dialog.sets.place, program.app.preferences.data_dir) == (
        str(tmp_path / "other"),
    ) * 3
    assert [one for one in loader.asked if one[0] == "samples"] == asked * 2  # it is looked at anew

    program.app.window.close()
    assert not dialog.isVisible()
