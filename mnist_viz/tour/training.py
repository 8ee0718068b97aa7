"""A network is trained, stepped through, changed and reset."""

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel

from mnist_viz.tour.guide import SHIFT, Guide

Key = Qt.Key


def play(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    session = app.session
    tour.check(hand.choose(app.transport.speed, 50.0), "the speed can be chosen")
    before = session.timeline.tail
    hand.click(app.transport.play_button)
    tour.check(hand.until(lambda: session.state.value == "running"), "Play starts the training")
    tour.check(hand.until(lambda: session.history.steps >= 25), "the curves grow within the first epoch")
    hand.wait(0.2)
    shown = session.shown
    tour.check(
        before is not None and shown is not None and tour.differ(before, shown), "the weights change as one looks"
    )
    loss = session.history.training()[0].y
    tour.check(loss[-1] < loss[0], f"the loss goes down: {loss[0]:.2f} to {loss[-1]:.2f}")
    tour.picture("training")


def change_the_learning_rate(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    session = app.session
    hand.type_into(app.settings.learning_rate, "0.2")
    tour.check(
        hand.until(lambda: session.shown is not None and abs(session.shown.learning_rate - 0.2) < 1e-9),
        "the learning rate changes while it trains",
    )
    tour.check(session.state.value == "running", "and training goes on")


def pause_and_step(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    session = app.session
    hand.press(app.window, Key.Key_Space)
    tour.check(hand.until(lambda: session.state.value == "paused"), "Space pauses")
    step = tour.shown_step()
    hand.press(app.window, Key.Key_Right)
    tour.check(hand.until(lambda: tour.shown_step() == step + 1 and tour.rests()), "Right trains one batch")
    hand.press(app.window, Key.Key_Left)
    tour.check(hand.until(lambda: tour.shown_step() == step and tour.rests()), "Left goes one batch back")
    hand.press(app.window, Key.Key_End)
    tour.check(session.at_live and tour.shown_step() == step + 1, "End leads back to live")
    hand.choose(app.transport.speed, None)
    done = int(tour.epoch())
    for epoch in range(done + 1, done + 4):
        hand.press(app.window, Key.Key_Right, SHIFT)
        tour.check(
            tour.waits_for_epoch(epoch),
            f"Shift+Right trains to the end of epoch {epoch}",
        )
    tour.picture("paused")


def go_back(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    session = app.session
    live = tour.shown()
    for _ in range(2):
        hand.press(app.window, Key.Key_Left, SHIFT)
        hand.wait(0.1)
    tour.check(tour.epoch() == live.epoch - 2, "Shift+Left twice shows the network of two epochs before")
    tour.check(tour.differ(live, tour.shown()), "it has other weights")
    digit, certainty = tour.reading()
    print(f"        it reads the drawn 7 as {digit} ({certainty:.1%})")
    tour.picture("two-epochs-back")
    hand.press(app.window, Key.Key_Home)
    tour.check(tour.shown_step() == 0, "Home shows the first weights")
    tour.picture("first-weights")
    hand.press(app.window, Key.Key_End)
    tour.check(session.at_live, "End leads back to live")


def choose_a_moment(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    track = app.timeline.track
    frames = app.session.timeline.frames
    early = next(i for i, frame in enumerate(frames) if frame.epoch >= 1)
    hand.click(track.viewport(), QPoint(round(track.x_of(frames[early].epoch)), track.height() // 2))
    tour.check(tour.epoch() == 1, "a click on the timeline shows that moment")
    hand.click(app.timeline.live_button)
    tour.check(app.session.at_live, "the Live button leads back")


def train_to_the_end(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    session = app.session
    hand.type_into(app.settings.epochs, "8")
    hand.press(app.window, Key.Key_Space)
    tour.check(
        hand.until(lambda: session.run.tested is not None and session.state.value == "paused", 300),
        "training ends after the epochs asked for",
    )
    tested = session.run.tested
    accuracy = tested[2] if tested is not None else 0.0
    tour.check(accuracy > 0.8, f"the network reads {accuracy:.1%} of the test digits")
    tour.picture("trained")


def look_at_the_layers(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    layers = app.weights.layers
    hand.click(layers, layers.tabRect(1).center())
    tour.check(app.weights.selected_layer() == 1, "the second layer's weights can be looked at")
    tour.picture("second-layer")
    hand.click(layers, layers.tabRect(0).center())


def reset(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    session = app.session
    first = session.timeline.frames[0]
    hand.press(app.window, Key.Key_R)
    tour.check(hand.until(lambda: session.state.value == "idle" and tour.shown_step() == 0), "R starts again")
    again = session.shown
    tour.check(again is not None and not tour.differ(first, again), "from the same first weights, bit for bit")
    hand.press(app.window, Key.Key_R, SHIFT)
    tour.check(
        hand.until(lambda: session.state.value == "idle" and session.shown is not None and session.shown is not again),
        "Shift+R starts again",
    )
    tour.check(session.shown is not None and tour.differ(first, session.shown), "from other first weights")


def choose_a_preset(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    session = app.session
    hand.press(app.window, Key.Key_Right)
    hand.until(lambda: session.has_trained and tour.rests())
    hand.choose(app.transport.preset, "leaky-relu-500")
    tour.check(
        hand.until(lambda: session.shown is not None and session.shown.model.sizes[1:-1] == (500, 300, 100)),
        "the preset leaky-relu-500 has three hidden layers",
    )
    hand.until(lambda: "is kept in Runs" in app.notices.text)
    tour.check("is kept in Runs" in app.notices.text, f"what was trained is kept: {app.notices.text}")
    hand.press(app.window, Key.Key_Space)
    hand.until(lambda: session.history.steps >= 300, 120)
    hand.press(app.window, Key.Key_Space)
    hand.until(tour.rests)
    tour.picture("preset")


def change_the_layers(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    hand.type_into(app.settings.hidden, "32, 16")
    line = app.settings.findChild(QLabel, "settings-line")
    says = line.text() if isinstance(line, QLabel) else ""
    tour.check(says == "Hidden layers change with Apply.", "what needs a reset says so")
    tour.picture("settings-wait")
    hand.click(app.settings.apply_button)
    tour.check(
        hand.until(lambda: tour.shown().model.sizes[1:-1] == (32, 16)),
        "Apply and reset starts a network with the hidden layers 32 and 16",
    )
    hand.press(app.window, Key.Key_Space)
    hand.until(lambda: app.session.history.steps >= 100, 60)
    hand.press(app.window, Key.Key_Space)
    hand.until(tour.rests)


def see_a_run_diverge(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    session = app.session
    app.notices.clear()
    hand.type_into(app.settings.learning_rate, "100")
    hand.press(app.window, Key.Key_Space)
    tour.check(hand.until(lambda: session.state.value == "failed", 120), "an absurd learning rate diverges")
    frame = session.shown
    tour.check(frame is not None and bool(np.isfinite(frame.model.parameters).all()), "the last good network is shown")
    tour.check("learning rate" in app.notices.text, "and the window says what to do")
    tour.picture("diverged")
