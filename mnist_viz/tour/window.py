"""Panels are moved, colours changed, and the work is kept."""

import tempfile
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton

from mnist_viz.recording.storage import load_model
from mnist_viz.tour.guide import CONTROL, HEIGHT, WIDTH, Guide

Key = Qt.Key


def move_and_hide_panels(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    window = app.window
    docks = window.docks
    title = docks["curves"].titleBarWidget()
    hand.double_click(title)
    tour.check(docks["curves"].isFloating(), "a double click on its title takes a panel out of the window")
    hand.double_click(title)
    tour.check(not docks["curves"].isFloating(), "and another puts it back")
    window.activateWindow()  # what a window manager does when the other window goes
    hand.until(window.isActiveWindow)
    hand.press(window, Key.Key_2, CONTROL)
    tour.check(docks["weights"].isHidden(), "Ctrl+2 hides the weights")
    tour.picture("without-weights")
    state = window.layout_state()
    hand.press(window, Key.Key_2, CONTROL)
    tour.check(not docks["weights"].isHidden(), "and shows them again")
    tour.check(window.restore_layout_state(state), "a remembered layout is restored")
    tour.check(docks["weights"].isHidden(), "with the panel hidden")
    hand.press(window, Key.Key_0, CONTROL)
    tour.check(not docks["weights"].isHidden(), "Ctrl+0 puts every panel back")
    app.window.resize(WIDTH, HEIGHT)
    hand.wait(0.1)


def use_the_light_theme(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    app.window.theme_actions["light"].trigger()
    hand.wait(0.2)
    tour.check(app.preferences.theme == "light", "the light theme is used, and remembered")
    tour.picture("light")
    app.window.theme_actions["dark"].trigger()
    hand.wait(0.1)


def keep_the_work(tour: Guide) -> None:
    app = tour.app
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.npz"
        app.files.save_model(str(path))
        tour.written()
        frame = app.session.shown
        same = frame is not None and np.array_equal(load_model(path).model.parameters, frame.model.parameters)
        tour.check(same, "a model is saved, and opens with the same weights")
        table = Path(folder) / "metrics.csv"
        app.pictures.export_curves(str(table))
        tour.written()
        tour.check("train_loss" in table.read_text().partition("\n")[0], "the metrics are exported as CSV")
        panel = Path(folder) / "curves.png"
        app.pictures.save_picture(app.curves, str(panel))
        tour.written()
        tour.check(panel.read_bytes()[:4] == b"\x89PNG", "a panel is saved as PNG")


def be_cut_off(tour: Guide) -> None:
    session, hand = tour.app.session, tour.hand
    known = [(run.name, run.steps) for run in session.runs]
    hand.until(lambda: tour.app.keeping.is_up_to_date)
    tour.cut_off()
    bar = tour.app.messages
    hand.until(lambda: any(button.text() == "Restore" for button in bar.findChildren(QAbstractButton)))
    tour.check("was cut off" in bar.text, "a program that was cut off says so at the next start")
    tour.picture("cut-off")
    session = tour.app.session
    before = session.runs
    hand.click(tour.button("Restore", bar))
    hand.until(lambda: session.runs is not before)
    tour.check([(run.name, run.steps) for run in session.runs] == known, "and gives back every run")
    hand.until(lambda: not session.lacks_data)
    tour.picture("restored")
