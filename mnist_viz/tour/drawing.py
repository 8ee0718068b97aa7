"""Digits are drawn and read, their preparation is looked at, and the data."""

import sys

from PySide6.QtCore import Qt

from mnist_viz.hand import DRAWN, STAR, placed
from mnist_viz.tour.guide import CONTROL, Guide

Key = Qt.Key


def start(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    tour.check(app.session.guest, "the window opens with the pretrained network")
    tour.check(
        hand.until(lambda: app.session.dataset is not None and app.session.state.value == "idle"),
        "the data are there",
    )
    tour.check("torch" not in sys.modules, "torch is not loaded")
    app.files.show_pretrained()
    tour.picture("start")


def draw(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    seen: list[bytes] = []
    hand.draw(app.draw.pad, DRAWN[3], lambda: seen.append(tour.picture_bytes()))
    tour.check(len(set(seen)) > len(seen) // 2, f"the picture follows the pen ({len(set(seen))} states)")
    digit, certainty = tour.reading()
    tour.check(digit == 3, f"a drawn 3 is read as {digit} ({certainty:.1%})")
    tour.picture("drawing")


def see_the_steps(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    hand.press(app.window, Key.Key_Delete)
    tour.check(app.drawing.picture is None, "Delete clears the pad")
    hand.draw(app.draw.pad, placed(DRAWN[3], 0.35, (0.28, 0.28)))
    digit, certainty = tour.reading()
    tour.check(digit == 3, f"a small 3 in a corner is read as {digit} ({certainty:.1%})")
    hand.press(app.window, Key.Key_N)
    tour.check(app.steps.isVisible(), "N shows how the drawing becomes the picture")
    tour.check(hand.until(lambda: not app.steps.is_animating()), "and the steps come to an end")
    normalized = tour.picture_bytes()
    tour.picture("steps")
    tour.switch("fit", "centre")
    digit, certainty = tour.reading()
    tour.check(digit != 3, f"neither fitted nor centred it is misread: {digit} ({certainty:.1%})")
    tour.picture("misread")
    tour.switch("fit", "centre")
    tour.check(tour.picture_bytes() == normalized, "with the steps it is as before")
    hand.press(app.window, Key.Key_N)
    tour.check(not app.steps.isVisible(), "N hides the steps")
    hand.press(app.window, Key.Key_Delete)


def draw_a_number(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    for place, digit in enumerate((5, 3, 7)):
        hand.draw(app.draw.pad, placed(DRAWN[digit], 0.55, (0.2 + 0.3 * place, 0.5)))
    tour.check("537" in app.draw.verdict(), f"digits side by side are a number: {app.draw.verdict()}")
    tour.picture("number")
    hand.press(app.window, Key.Key_Delete)


def draw_what_is_no_digit(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    hand.draw(app.draw.pad, STAR)
    tour.check("Not sure" in app.draw.verdict(), f"a star is no digit: {app.draw.verdict()}")
    tour.picture("no-digit")
    hand.press(app.window, Key.Key_Delete)


def ask_for_a_digit(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    hand.click(tour.find("digit-request-4"))
    tour.check(app.drawing.picture is not None, "a test digit comes when one is asked for")
    tour.picture("test-digit")
    hand.press(app.window, Key.Key_Delete)
    hand.draw(app.draw.pad, DRAWN[7])


def look_at_the_data(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    hand.press(app.window, Key.Key_D, CONTROL)
    tour.check(hand.until(app.data_dialog.isVisible), "Ctrl+D opens the data sets")
    hand.wait(1.5)  # the samples come one after the other
    tour.picture("data", app.data_dialog)
    hand.press(app.data_dialog, Key.Key_Escape)
    tour.check(hand.until(lambda: not app.data_dialog.isVisible()), "Escape closes them")
    app.window.activateWindow()  # as a window manager does, where there is one
