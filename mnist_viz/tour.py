"""The window's main job done by a hand: each step acts as a person would, checks what came of it, takes a picture."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from mnist_viz.app import App, make_application
from mnist_viz.hand import DRAWN, STAR, Hand, placed
from mnist_viz.preferences import Preferences
from mnist_viz.recording.readout import read
from mnist_viz.recording.snapshot import Frame
from mnist_viz.recording.storage import load_model
from mnist_viz.session.session import RESTING

WIDTH, HEIGHT = 1440, 900

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


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
    app = App(data_dir, dataset, Preferences(theme="dark"))
    app.window.resize(WIDTH, HEIGHT)
    tour = Tour(app, Hand(application), out)
    try:
        app.start()
        for step in tour.steps():
            step()
    except Failed as failure:
        print(f"  FAILED  {failure}", file=sys.stderr)
        tour.picture("failed")
        return 1
    finally:
        app.window.close()
    print(f"Every step did what it should; {tour.pictures} pictures are in {out.resolve()}")
    return 0


class Failed(Exception):
    """A step did not do what it should."""


class Tour:
    """The steps, in order; each acts as a person would, checks what came of it, and may take a picture."""

    def __init__(self, app: App, hand: Hand, out: Path) -> None:
        self._app = app
        self._hand = hand
        self._out = out
        self.pictures = 0

    def steps(self) -> list[Callable[[], None]]:
        return [
            self.start,
            self.draw,
            self.see_the_steps,
            self.draw_a_number,
            self.draw_what_is_no_digit,
            self.ask_for_a_digit,
            self.look_at_the_data,
            self.play,
            self.change_the_learning_rate,
            self.pause_and_step,
            self.go_back,
            self.choose_a_moment,
            self.train_to_the_end,
            self.look_at_the_layers,
            self.reset,
            self.choose_a_preset,
            self.change_the_layers,
            self.move_and_hide_panels,
            self.use_the_light_theme,
            self.keep_the_work,
            self.see_a_run_diverge,
        ]

    # The steps

    def start(self) -> None:
        app, hand = self._app, self._hand
        self._check(app.session.guest, "the window opens with the pretrained network")
        self._check(
            hand.until(lambda: app.session.dataset is not None and app.session.state.value == "idle"),
            "the data are there",
        )
        self._check("torch" not in sys.modules, "torch is not loaded")
        app.files.show_pretrained()
        self.picture("start")

    def draw(self) -> None:
        app, hand = self._app, self._hand
        seen: list[bytes] = []
        hand.draw(app.draw.pad, DRAWN[3], lambda: seen.append(self._picture_bytes()))
        self._check(len(set(seen)) > len(seen) // 2, f"the picture follows the pen ({len(set(seen))} states)")
        digit, certainty = self._reading()
        self._check(digit == 3, f"a drawn 3 is read as {digit} ({certainty:.1%})")
        self.picture("drawing")

    def see_the_steps(self) -> None:
        app, hand = self._app, self._hand
        hand.press(app.window, Key.Key_Delete)
        self._check(app.drawing.picture is None, "Delete clears the pad")
        hand.draw(app.draw.pad, placed(DRAWN[3], 0.35, (0.28, 0.28)))
        digit, certainty = self._reading()
        self._check(digit == 3, f"a small 3 in a corner is read as {digit} ({certainty:.1%})")
        hand.press(app.window, Key.Key_N)
        self._check(app.steps.isVisible(), "N shows how the drawing becomes the picture")
        self._check(hand.until(lambda: not app.steps.is_animating()), "and the steps come to an end")
        normalized = self._picture_bytes()
        self.picture("steps")
        self._switch("fit", "centre")
        digit, certainty = self._reading()
        self._check(digit != 3, f"neither fitted nor centred it is misread: {digit} ({certainty:.1%})")
        self.picture("misread")
        self._switch("fit", "centre")
        self._check(self._picture_bytes() == normalized, "with the steps it is as before")
        hand.press(app.window, Key.Key_N)
        self._check(not app.steps.isVisible(), "N hides the steps")
        hand.press(app.window, Key.Key_Delete)

    def draw_a_number(self) -> None:
        app, hand = self._app, self._hand
        for place, digit in enumerate((5, 3, 7)):
            hand.draw(app.draw.pad, placed(DRAWN[digit], 0.55, (0.2 + 0.3 * place, 0.5)))
        self._check("537" in app.draw.verdict(), f"digits side by side are a number: {app.draw.verdict()}")
        self.picture("number")
        hand.press(app.window, Key.Key_Delete)

    def draw_what_is_no_digit(self) -> None:
        app, hand = self._app, self._hand
        hand.draw(app.draw.pad, STAR)
        self._check("Not sure" in app.draw.verdict(), f"a star is no digit: {app.draw.verdict()}")
        self.picture("no-digit")
        hand.press(app.window, Key.Key_Delete)

    def look_at_the_data(self) -> None:
        app, hand = self._app, self._hand
        hand.press(app.window, Key.Key_D, CONTROL)
        self._check(hand.until(app.data_dialog.isVisible), "Ctrl+D opens the data sets")
        hand.wait(1.5)  # the samples come one after the other
        self.picture("data", app.data_dialog)
        hand.press(app.data_dialog, Key.Key_Escape)
        self._check(hand.until(lambda: not app.data_dialog.isVisible()), "Escape closes them")
        app.window.activateWindow()  # as a window manager does, where there is one

    def ask_for_a_digit(self) -> None:
        app, hand = self._app, self._hand
        hand.click(self._find("digit-request-4"))
        self._check(app.drawing.picture is not None, "a test digit comes when one is asked for")
        self.picture("test-digit")
        hand.press(app.window, Key.Key_Delete)
        hand.draw(app.draw.pad, DRAWN[7])

    def play(self) -> None:
        app, hand = self._app, self._hand
        session = app.session
        self._check(hand.choose(app.transport.speed, 50.0), "the speed can be chosen")
        before = session.timeline.tail
        hand.click(app.transport.play_button)
        self._check(hand.until(lambda: session.state.value == "running"), "Play starts the training")
        self._check(hand.until(lambda: session.history.steps >= 25), "the curves grow within the first epoch")
        hand.wait(0.2)
        shown = session.shown
        self._check(
            before is not None and shown is not None and self._differ(before, shown), "the weights change as one looks"
        )
        loss = session.history.training()[0].y
        self._check(loss[-1] < loss[0], f"the loss goes down: {loss[0]:.2f} to {loss[-1]:.2f}")
        self.picture("training")

    def change_the_learning_rate(self) -> None:
        app, hand = self._app, self._hand
        session = app.session
        hand.type_into(app.settings.learning_rate, "0.2")
        self._check(
            hand.until(lambda: session.shown is not None and abs(session.shown.learning_rate - 0.2) < 1e-9),
            "the learning rate changes while it trains",
        )
        self._check(session.state.value == "running", "and training goes on")

    def pause_and_step(self) -> None:
        app, hand = self._app, self._hand
        session = app.session
        hand.press(app.window, Key.Key_Space)
        self._check(hand.until(lambda: session.state.value == "paused"), "Space pauses")
        step = self._shown_step()
        hand.press(app.window, Key.Key_Right)
        self._check(hand.until(lambda: self._shown_step() == step + 1 and self._rests()), "Right trains one batch")
        hand.press(app.window, Key.Key_Left)
        self._check(hand.until(lambda: self._shown_step() == step and self._rests()), "Left goes one batch back")
        hand.press(app.window, Key.Key_End)
        self._check(session.at_live and self._shown_step() == step + 1, "End leads back to live")
        hand.choose(app.transport.speed, None)
        done = int(self._epoch())
        for epoch in range(done + 1, done + 4):
            hand.press(app.window, Key.Key_Right, SHIFT)
            self._check(
                self._waits_for_epoch(epoch),
                f"Shift+Right trains to the end of epoch {epoch}",
            )
        self.picture("paused")

    def go_back(self) -> None:
        app, hand = self._app, self._hand
        session = app.session
        live = self._shown()
        for _ in range(2):
            hand.press(app.window, Key.Key_Left, SHIFT)
            hand.wait(0.1)
        self._check(self._epoch() == live.epoch - 2, "Shift+Left twice shows the network of two epochs before")
        self._check(self._differ(live, self._shown()), "it has other weights")
        digit, certainty = self._reading()
        print(f"        it reads the drawn 7 as {digit} ({certainty:.1%})")
        self.picture("two-epochs-back")
        hand.press(app.window, Key.Key_Home)
        self._check(self._shown_step() == 0, "Home shows the first weights")
        self.picture("first-weights")
        hand.press(app.window, Key.Key_End)
        self._check(session.at_live, "End leads back to live")

    def choose_a_moment(self) -> None:
        app, hand = self._app, self._hand
        track = app.timeline.track
        frames = app.session.timeline.frames
        early = next(i for i, frame in enumerate(frames) if frame.epoch >= 1)
        hand.click(track, QPoint(round(track.x_of(frames[early].epoch)), track.height() // 2))
        self._check(self._epoch() == 1, "a click on the timeline shows that moment")
        hand.click(app.timeline.live_button)
        self._check(app.session.at_live, "the Live button leads back")

    def train_to_the_end(self) -> None:
        app, hand = self._app, self._hand
        session = app.session
        hand.type_into(app.settings.epochs, "8")
        hand.press(app.window, Key.Key_Space)
        self._check(
            hand.until(lambda: session.run.tested is not None and session.state.value == "paused", 300),
            "training ends after the epochs asked for",
        )
        tested = session.run.tested
        accuracy = tested[2] if tested is not None else 0.0
        self._check(accuracy > 0.8, f"the network reads {accuracy:.1%} of the test digits")
        self.picture("trained")

    def look_at_the_layers(self) -> None:
        app, hand = self._app, self._hand
        hand.click(self._find("weights-layer-1"))
        self._check(app.weights.selected_layer() == 1, "the second layer's weights can be looked at")
        self.picture("second-layer")
        hand.click(self._find("weights-layer-0"))

    def reset(self) -> None:
        app, hand = self._app, self._hand
        session = app.session
        first = session.timeline.frames[0]
        hand.press(app.window, Key.Key_R)
        self._check(hand.until(lambda: session.state.value == "idle" and self._shown_step() == 0), "R starts again")
        again = session.shown
        self._check(again is not None and not self._differ(first, again), "from the same first weights, bit for bit")
        hand.press(app.window, Key.Key_R, SHIFT)
        self._check(
            hand.until(
                lambda: session.state.value == "idle" and session.shown is not None and session.shown is not again
            ),
            "Shift+R starts again",
        )
        self._check(session.shown is not None and self._differ(first, session.shown), "from other first weights")

    def choose_a_preset(self) -> None:
        app, hand = self._app, self._hand
        session = app.session
        hand.press(app.window, Key.Key_Right)
        hand.until(lambda: session.has_trained and self._rests())
        hand.choose(app.transport.preset, "leaky-relu-500")
        self._check("starts a new network" in app.notices.text, "what would be lost is said before it is")
        self.picture("preset-asks")
        buttons = [b for b in app.messages.findChildren(QAbstractButton) if b.text() == "Start anew"]
        self._check(bool(buttons), "and a button does it")
        hand.click(buttons[0])
        self._check(
            hand.until(lambda: session.shown is not None and session.shown.model.sizes[1:-1] == (500, 300, 100)),
            "the preset leaky-relu-500 has three hidden layers",
        )
        hand.press(app.window, Key.Key_Space)
        hand.until(lambda: session.history.steps >= 300, 120)
        hand.press(app.window, Key.Key_Space)
        hand.until(self._rests)
        self.picture("preset")

    def change_the_layers(self) -> None:
        app, hand = self._app, self._hand
        hand.type_into(app.settings.hidden, "32, 16")
        line = app.settings.findChild(QLabel, "settings-line")
        says = line.text() if isinstance(line, QLabel) else ""
        self._check(says == "Hidden layers change with Apply.", "what needs a reset says so")
        self.picture("settings-wait")
        hand.click(app.settings.apply_button)
        self._check(
            hand.until(lambda: self._shown().model.sizes[1:-1] == (32, 16)),
            "Apply and reset starts a network with the hidden layers 32 and 16",
        )
        hand.press(app.window, Key.Key_Space)
        hand.until(lambda: app.session.history.steps >= 100, 60)
        hand.press(app.window, Key.Key_Space)
        hand.until(self._rests)

    def move_and_hide_panels(self) -> None:
        app, hand = self._app, self._hand
        window = app.window
        docks = window.docks
        title = docks["curves"].titleBarWidget()
        hand.double_click(title)
        self._check(docks["curves"].isFloating(), "a double click on its title takes a panel out of the window")
        hand.double_click(title)
        self._check(not docks["curves"].isFloating(), "and another puts it back")
        window.activateWindow()  # what a window manager does when the other window goes
        hand.until(window.isActiveWindow)
        hand.press(window, Key.Key_2, CONTROL)
        self._check(docks["weights"].isHidden(), "Ctrl+2 hides the weights")
        self.picture("without-weights")
        state = window.layout_state()
        hand.press(window, Key.Key_2, CONTROL)
        self._check(not docks["weights"].isHidden(), "and shows them again")
        self._check(window.restore_layout_state(state), "a remembered layout is restored")
        self._check(docks["weights"].isHidden(), "with the panel hidden")
        hand.press(window, Key.Key_0, CONTROL)
        self._check(not docks["weights"].isHidden(), "Ctrl+0 puts every panel back")
        app.window.resize(WIDTH, HEIGHT)
        hand.wait(0.1)

    def use_the_light_theme(self) -> None:
        app, hand = self._app, self._hand
        app.window.theme_actions["light"].trigger()
        hand.wait(0.2)
        self._check(app.preferences.theme == "light", "the light theme is used, and remembered")
        self.picture("light")
        app.window.theme_actions["dark"].trigger()
        hand.wait(0.1)

    def keep_the_work(self) -> None:
        app = self._app
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.npz"
            app.files.save_model(str(path))
            frame = app.session.shown
            same = frame is not None and np.array_equal(load_model(path).model.parameters, frame.model.parameters)
            self._check(same, "a model is saved, and opens with the same weights")
            table = Path(folder) / "metrics.csv"
            app.pictures.export_curves(str(table))
            self._check(table.read_text().startswith("step,epoch,train_loss"), "the metrics are exported as CSV")
            panel = Path(folder) / "curves.png"
            app.pictures.save_picture(app.curves, str(panel))
            self._check(panel.read_bytes()[:4] == b"\x89PNG", "a panel is saved as PNG")

    def see_a_run_diverge(self) -> None:
        app, hand = self._app, self._hand
        session = app.session
        app.notices.clear()
        hand.type_into(app.settings.learning_rate, "100")
        hand.press(app.window, Key.Key_Space)
        self._check(hand.until(lambda: session.state.value == "failed", 120), "an absurd learning rate diverges")
        frame = session.shown
        self._check(
            frame is not None and bool(np.isfinite(frame.model.parameters).all()), "the last good network is shown"
        )
        self._check("learning rate" in app.notices.text, "and the window says what to do")
        self.picture("diverged")

    # What the steps use

    def picture(self, name: str, window: QWidget | None = None) -> None:
        """Save what the window, or another one, shows as the next picture."""
        self._hand.wait(0.25)
        self.pictures += 1
        path = self._out / f"{self.pictures:02d}-{name}.png"
        (window or self._app.window).grab().save(str(path))
        print(f"        {path.name}")

    def _check(self, holds: bool, what: str) -> None:
        if not holds:
            raise Failed(what)
        print(f"  ok    {what}", flush=True)

    def _find(self, name: str) -> QWidget:
        widget = self._app.window.findChild(QWidget, name)
        if not isinstance(widget, QWidget):
            raise Failed(f"there is no {name} in the window")
        return widget

    def _switch(self, *steps: str) -> None:
        for step in steps:
            box = self._find(f"switch-{step}")
            self._hand.click(box, QPoint(8, box.height() // 2))

    def _picture_bytes(self) -> bytes:
        picture = self._app.drawing.picture
        return picture.tobytes() if picture is not None else b""

    def _reading(self) -> tuple[int, float]:
        frame, picture = self._app.session.shown, self._app.drawing.picture
        if frame is None or picture is None:
            raise Failed("there is something to read")
        reading = read(frame.model, picture)
        return reading.digit, float(reading.probabilities.max())

    def _shown(self) -> Frame:
        frame = self._app.session.shown
        if frame is None:
            raise Failed("there is a frame to show")
        return frame

    def _shown_step(self) -> int:
        return self._shown().step

    def _epoch(self) -> float:
        return self._shown().epoch

    def _waits_for_epoch(self, epoch: int) -> bool:
        return self._hand.until(lambda: self._rests() and self._epoch() == epoch)

    def _rests(self) -> bool:
        return self._app.session.state in RESTING

    @staticmethod
    def _differ(one: Frame, other: Frame) -> bool:
        return not np.array_equal(one.model.parameters, other.model.parameters)
