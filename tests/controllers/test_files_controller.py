"""Opening and saving: a guest can be trained further, keeps its history when saved, and failures are one sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mnist_viz.recording.storage import load_model, pretrained_path

if TYPE_CHECKING:
    from tests.controllers.conftest import MakeGuest, Program

FURTHER = "Train this one further"


def test_the_title_names_what_is_shown_and_the_pretrained_network_its_accuracy(
    program: Program, guest: MakeGuest
) -> None:
    window, files = program.app.window, program.app.files
    assert window.windowTitle() == "relu-128-64 – mnist-viz"
    files.show_pretrained()
    assert window.windowTitle() == "Pretrained – mnist-viz"
    program.open_model(str(guest("mine.npz")))
    assert window.windowTitle() == "mine.npz – mnist-viz"
    program.session.go_live()
    assert window.windowTitle() == "relu-128-64 – mnist-viz"
    assert program.text() == ""
    program.choose_preset("relu-128")
    assert window.windowTitle() == "relu-128 – mnist-viz"

    program.app.files.show_pretrained()
    assert program.session.guest
    accuracy = load_model(pretrained_path()).provenance["test_accuracy"]
    assert f"({accuracy:.2%} on MNIST)" in program.text()
    assert program.buttons() == [FURTHER]


def test_a_guest_is_trained_further_and_other_settings_have_first_weights_of_their_own(
    program: Program, guest: MakeGuest
) -> None:
    program.train(2)
    path = guest()
    program.open_model(str(path))
    program.press(FURTHER)
    program.until(lambda: not program.session.guest and program.session.run.number == 2 and program.steps() > 0)
    assert program.session.runs.get(1).steps == 2
    assert np.array_equal(program.first.model.parameters, load_model(path).model.parameters)

    program.pause()
    program.app.window.commands.reset_same.triggered.emit()
    program.rest()
    assert program.steps() == 0
    assert np.array_equal(program.first.model.parameters, load_model(path).model.parameters)

    for change in ({"seed": 9}, {"activation": "tanh"}):
        program.app.settings.apply_requested.emit(replace(program.session.settings, **change))
        program.rest()
        assert program.steps() == 0
        assert program.first.model.sizes == (784, 8, 10)
        assert not np.array_equal(program.first.model.parameters, load_model(path).model.parameters), change


def test_what_is_shown_is_saved_be_it_a_guest_or_a_run_if_there_is_such_a_folder(
    program: Program, guest: MakeGuest, tmp_path: Path
) -> None:
    path, copy = guest(), tmp_path / "copy.npz"
    program.open_model(str(path))
    program.save_model(str(copy))
    assert program.text() == f"Saved {copy}"
    assert load_model(copy).provenance == {"written by": "a test"}
    assert np.array_equal(load_model(copy).model.parameters, load_model(path).model.parameters)

    program.session.go_live()
    program.train(2)
    program.save_model(str(tmp_path / "run.npz"))
    saved = load_model(tmp_path / "run.npz")
    shown = program.shown
    assert np.array_equal(saved.model.parameters, shown.model.parameters)
    assert (saved.provenance["steps"], saved.provenance["dataset"]) == (2, "synthetic")

    path = tmp_path / "nowhere" / "model.npz"
    program.save_model(str(path))
    assert program.text() == f"Cannot write {path}: No such file or directory."
    assert program.kind() == "error"


def test_what_is_no_model_file_is_told_with_its_name_and_weights_of_another_program_are_read(
    program: Program, tmp_path: Path
) -> None:
    program.train(1)
    path = tmp_path / "digits.npz"
    path.write_bytes(b"no model")
    program.open_model(str(path))
    assert program.text() == "digits.npz is not a model file, or it is damaged."
    assert program.kind() == "error"
    assert not program.session.guest
    assert program.steps() == 1

    program.app.notices.clear()
    path = tmp_path / "weights.pkl"
    path.write_bytes(b"\x80\x04N.")
    program.app.session_files.open(str(path))
    program.until(lambda: program.kind() == "error")
    assert program.text().startswith("weights.pkl is a pickle, and opening one can run code. In your own Python: ")

    rng = np.random.default_rng(0)
    path = tmp_path / "weights.npz"
    np.savez(path, W1=rng.normal(size=(784, 5)), b1=np.zeros((1, 5)), W2=rng.normal(size=(5, 10)), b2=np.zeros(10))
    program.app.session_files.open(str(path))
    program.until(lambda: program.session.guest)
    assert "weights.npz: 784-5-10, read as ReLU with pixels 0 to 1: " in program.text()
    assert "of the validation digits of Few digits" in program.text()
    assert program.buttons() == [FURTHER]
