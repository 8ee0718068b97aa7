"""The window's main job done by a hand: each step acts as a person would, checks what came of it, takes a picture."""

import sys
from pathlib import Path

from mnist_viz.app import App, make_application
from mnist_viz.controllers.preferences import Preferences
from mnist_viz.hand import Hand
from mnist_viz.tour import drawing, time_machine, training, window
from mnist_viz.tour.guide import Failed, Guide

STEPS = (
    drawing.start,
    drawing.draw,
    drawing.see_the_steps,
    drawing.draw_a_number,
    drawing.draw_what_is_no_digit,
    drawing.ask_for_a_digit,
    drawing.look_at_the_data,
    training.play,
    training.change_the_learning_rate,
    training.pause_and_step,
    training.go_back,
    training.choose_a_moment,
    training.train_to_the_end,
    training.look_at_the_layers,
    time_machine.see_the_mistakes,
    time_machine.play_the_film,
    time_machine.continue_differently,
    time_machine.compare,
    time_machine.keep_the_session,
    time_machine.export_a_film,
    training.reset,
    training.choose_a_preset,
    training.change_the_layers,
    window.move_and_hide_panels,
    window.use_the_light_theme,
    window.keep_the_work,
    training.see_a_run_diverge,
    window.be_cut_off,
)


def drive(out: Path, data_dir: str | None, dataset: str) -> int:
    """Do the tour and return the exit status: 0 only if each step did what it should.

    Args:
        out: an existing folder for the pictures.
        data_dir: the folder with data sets; None for the usual one.
        dataset: its name.
    """
    application = make_application()
    where = "offscreen" if application.platformName() == "offscreen" else "on the screen"
    print(f"Driving the window {where}, on the data set {dataset}", flush=True)
    guide = Guide(lambda: App(data_dir, dataset, Preferences(theme="dark")), Hand(application), out)
    try:
        for step in STEPS:
            step(guide)
    except Failed as failure:
        print(f"  FAILED  {failure}", file=sys.stderr)
        guide.picture("failed")
        return 1
    finally:
        guide.app.window.close()
    print(f"Every step did what it should; {guide.pictures} pictures are in {out.resolve()}")
    return 0
