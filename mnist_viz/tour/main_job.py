"""The window's main job, from the first drawing to a run that was cut off; all steps of the tour in their order."""

import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QAbstractButton, QLabel

from mnist_viz.app import App, make_application
from mnist_viz.controllers.preferences import Preferences
from mnist_viz.recording.storage import load_model
from mnist_viz.session.work import BUSY, State
from mnist_viz.simulated_user import DRAWN, STAR, SimulatedUser, placed
from mnist_viz.tour.look_closer import look_closer
from mnist_viz.tour.tour import Failed, Tour
from mnist_viz.views.film_dialog import FilmChoice
from mnist_viz.views.runs.branch_dialog import BranchDialog

WIDTH, HEIGHT = 1440, 900


def draw(t: Tour) -> None:
    app, user = t.app, t.user
    t.expect("the window opens with the pretrained network", lambda: t.session.guest)
    t.expect("the data are there", lambda: t.session.dataset is not None and t.idle)
    t.expect("torch is not loaded", lambda: "torch" not in sys.modules)
    app.files.show_pretrained()
    t.picture("start")
    seen: list[bytes] = []
    user.draw(app.draw.pad, DRAWN[3], lambda: seen.append(t.input))
    t.expect("the picture follows the pen", lambda: len(set(seen)) > len(seen) // 2, says=len(set(seen)))
    t.expect("a drawn 3 is read", lambda: t.digit == 3, says=app.draw.verdict)
    t.picture("digit")
    t.press("Delete", "the pad is cleared", lambda: app.drawing.picture is None)


def see_how_a_drawing_becomes_the_picture(t: Tour) -> None:
    app, user = t.app, t.user

    def switch() -> None:
        for step in ("fit", "centre"):
            box = t.find(f"switch-{step}")
            user.click(box, QPoint(8, box.height() // 2))

    user.draw(app.draw.pad, placed(DRAWN[3], 0.35, (0.28, 0.28)))
    t.expect("a small 3 in a corner is read", lambda: t.digit == 3, says=app.draw.verdict)
    t.press("N", "it is shown how the drawing becomes the picture", app.steps.isVisible)
    t.expect("and the steps come to an end", lambda: not app.steps.is_animating())
    normalized = t.input
    t.picture("normalization")
    switch()
    t.expect("neither fitted nor centred it is misread", lambda: t.digit != 3, says=app.draw.verdict)
    t.picture("steps")
    switch()
    t.expect("with the steps it is as before", lambda: t.input == normalized)
    t.press("N", "and hidden again", lambda: not app.steps.isVisible())


def draw_something_else(t: Tour) -> None:
    app, user = t.app, t.user
    t.press("Delete")
    for place, digit in enumerate((5, 3, 7)):
        user.draw(app.draw.pad, placed(DRAWN[digit], 0.55, (0.2 + 0.3 * place, 0.5)))
    t.expect("digits side by side are a number", lambda: "537" in app.draw.verdict(), says=app.draw.verdict)
    t.picture("drawing")
    t.press("Delete")
    user.draw(app.draw.pad, STAR)
    t.expect("a star is no digit", lambda: "Not sure" in app.draw.verdict(), says=app.draw.verdict)
    t.picture("no-digit")
    t.press("Delete")
    t.click(t.find("digit-request-4"), "a test digit comes", lambda: app.drawing.picture is not None)
    t.picture("test-digit")
    t.press("Delete")
    user.draw(app.draw.pad, DRAWN[7])


def look_at_the_data(t: Tour) -> None:
    dialog = t.app.data_dialog
    t.press("Ctrl+D", "the data sets open", dialog.isVisible)
    t.expect("with samples of them", lambda: dialog.sets.sample_count("synthetic") > 0)
    t.user.wait(1.5)  # those of the others come one after the other
    t.picture("data", dialog)
    t.press("Escape", "they close", lambda: not dialog.isVisible(), window=dialog)
    t.activate()


def train(t: Tour) -> None:
    app, user, session = t.app, t.user, t.session
    t.expect("the speed can be chosen", lambda: user.choose(app.transport.speed, 50.0))
    before = session.timeline.tail
    t.click(app.transport.play_button, "Play starts the training", lambda: session.state is State.RUNNING)
    t.expect("the curves grow within the first epoch", lambda: session.history.steps >= 25)
    t.expect("the weights change as one looks", lambda: not t.shows(before))
    loss = session.history.training()[0].y
    t.expect("the loss goes down", lambda: bool(loss[-1] < loss[0]), says=f"{loss[0]:.2f} to {loss[-1]:.2f}")
    t.picture("training")
    user.type_into(app.settings.number("learning_rate"), "0.2")
    t.expect("the learning rate changes while it trains", lambda: abs(t.frame.learning_rate - 0.2) < 1e-9)
    t.expect("and training goes on", lambda: session.state is State.RUNNING)
    t.press("Space", "training pauses", lambda: session.state is State.PAUSED)


def go_to_and_fro(t: Tour) -> None:
    app, user, session = t.app, t.user, t.session
    step = t.step
    t.press("Right", "one batch is trained", lambda: t.rests and t.step == step + 1)
    t.press("Left", "one batch back", lambda: t.rests and t.step == step)
    t.press("End", "back to live", lambda: session.at_live and t.step == step + 1)

    def ended(epoch: int) -> bool:
        return t.rests and t.frame.epoch == epoch

    user.choose(app.transport.speed, None)
    for epoch in (1, 2, 3):
        t.press("Shift+Right", f"training goes on to the end of epoch {epoch}", partial(ended, epoch))
    t.picture("paused")
    live = t.frame
    for _ in range(2):
        t.press("Shift+Left")
        user.wait(0.1)
    t.expect("Shift+Left twice shows the network of two epochs before", lambda: t.frame.epoch == 1)
    t.expect("it has other weights", lambda: not t.shows(live), says=app.draw.verdict)
    t.picture("two-epochs-back")
    t.press("Home", "the first weights are shown", lambda: t.step == 0)
    t.picture("first-weights")
    t.press("End", "back to live", lambda: session.at_live)
    track = app.timeline.track
    early = next(frame for frame in session.timeline.frames if frame.epoch >= 1)
    at = QPoint(round(track.x_of(early.epoch)), track.height() // 2)
    t.click(track.viewport(), "a click on the timeline shows that moment", lambda: t.frame.epoch == 1, at)
    t.click(app.timeline.live_button, "the Live button leads back", lambda: session.at_live)


def train_to_the_end(t: Tour) -> None:
    app, user, session = t.app, t.user, t.session
    user.type_into(app.settings.number("epochs"), "8")
    t.press("Space", "training ends after so many epochs", lambda: session.run.tested is not None and t.rests, 300)
    accuracy = session.run.tested[2] if session.run.tested is not None else 0.0
    t.expect("the network reads the test digits", lambda: accuracy > 0.8, says=f"{accuracy:.1%}")
    t.picture("trained")
    layers = app.weights.layers
    second = layers.tabRect(1).center()
    t.click(layers, "the second layer's weights can be looked at", lambda: app.weights.selected_layer() == 1, second)
    t.picture("second-layer")
    user.click(layers, layers.tabRect(0).center())


def see_the_mistakes(t: Tour) -> None:
    app = t.app

    def examined() -> bool:
        return app.mistakes.settled and app.mistakes.shown_model is t.frame.model

    def mistakes() -> int:
        found = app.examiner.get(t.frame)
        return int((~found.right).sum()) if found is not None else -1

    t.front("errors")
    t.expect("the confusion matrix is that of the network that is shown", examined)
    late = mistakes()
    t.picture("mistakes")
    t.press("Home", "and at the first weights that of the first weights", lambda: t.step == 0 and examined())
    t.expect("before training there are more mistakes", lambda: mistakes() > 3 * late, says=f"{mistakes()}, not {late}")
    t.press("End")
    t.front("weights")


def play_the_film(t: Tour) -> None:
    app, session = t.app, t.session
    seen: list[int] = []

    def note() -> None:
        seen.append(t.step)

    t.press("Home")
    session.shown_changed.connect(note)
    last = len(session.timeline) - 1
    t.press("F", "a film plays", lambda: session.timeline.index == last and app.film.direction == 0, 60)
    moments = len(set(seen))
    t.expect("of all moments in their turn", lambda: seen == sorted(seen) and moments >= last, says=moments)
    session.shown_changed.disconnect(note)
    t.press("Shift+F", "it plays backwards", lambda: session.timeline.index < last - 3)
    t.press("Space", "it pauses", lambda: app.film.direction == 0 and session.state not in BUSY)


def continue_differently(t: Tour) -> None:
    app, user, session = t.app, t.user, t.session
    t.press("End")
    for _ in range(6):
        t.press("Shift+Left")
        user.wait(0.1)
    user.until(lambda: t.rests)
    root = t.step
    t.press("C", "it is asked how to go on from here", lambda: app.window.findChild(BranchDialog) is not None)
    dialog = app.window.findChild(BranchDialog)
    assert isinstance(dialog, BranchDialog)
    user.click(dialog.factor_buttons[0])
    t.picture("branch", dialog)
    user.click(dialog.train_button)
    t.activate()
    t.expect("that is a run of its own", lambda: session.run.parent == 1 and session.run.root_step == root)
    t.expect("which trains to the end by itself", lambda: session.run.tested is not None and t.rests, 300)
    t.expect("and the first future is still there", lambda: session.runs.get(1).steps == session.run.steps)
    t.front("runs")
    t.picture("runs")
    t.front("compare")
    t.expect("two runs are compared at the same epoch", lambda: app.comparing.settled)
    t.picture("compare")
    t.front("weights", "settings")


def keep_the_session(t: Tour) -> None:
    app, session = t.app, t.session
    path = t.folder / "evening.mnistviz"
    before, frame, runs = t.runs, t.frame, session.runs
    app.session_files.save(str(path))
    t.expect("the session is saved", lambda: not app.keeping.unsaved, says=t.size(path.name))
    app.session_files.open(str(path))
    t.expect("it is opened", lambda: session.runs is not runs)
    t.expect("with all its runs", lambda: t.runs == before, says=lambda: ", ".join(name for name, _ in t.runs))
    t.expect("at the same moment, with the same weights", lambda: t.step == frame.step and t.shows(frame))
    t.press("Right", "training goes on from there", lambda: t.rests and t.step == frame.step + 1, 60)


def keep_a_film_and_a_model(t: Tour) -> None:
    app, here = t.app, t.step
    film, model, table, panel = (t.folder / name for name in ("film.gif", "model.npz", "metrics.csv", "curves.png"))

    def saved(path: Path) -> bool:
        return not app.tasks.busy("files") and path.exists()

    app.film_export.make(FilmChoice("weights"), str(film))
    t.expect("the weights are a film", lambda: not app.film_export.is_filming, 60, says=t.size(film.name))
    t.expect("and the window is where it was", lambda: t.step == here)
    app.files.save_model(str(model))
    t.expect("a model is saved", lambda: saved(model))
    t.expect(
        "with the same weights", lambda: np.array_equal(load_model(model).model.parameters, t.frame.model.parameters)
    )
    app.pictures.export_curves(str(table))
    t.expect("the metrics are exported as CSV", lambda: saved(table) and "train_loss" in table.read_text())
    app.pictures.save_picture(app.curves, str(panel))
    t.expect("a panel is saved as PNG", lambda: saved(panel) and panel.read_bytes()[:4] == b"\x89PNG")


def reset_and_choose_other_settings(t: Tour) -> None:
    app, user, session = t.app, t.user, t.session
    first = session.timeline.frames[0]
    t.press("R", "the run starts again", lambda: t.idle and t.frame is not first and t.step == 0)
    t.expect("from the same first weights, bit for bit", lambda: t.shows(first))
    t.press("Shift+R", "from others", lambda: session.state.value == "idle" and t.step == 0 and not t.shows(first))
    t.press("Right")
    user.until(lambda: session.has_trained and t.rests)
    user.choose(app.transport.preset, "leaky-relu-500")
    t.expect("the preset has three hidden layers", lambda: t.frame.model.sizes[1:-1] == (500, 300, 100))
    t.expect("what was trained is kept", lambda: "is kept in Runs" in app.notices.text, says=lambda: app.notices.text)
    t.press("Space", "it trains", lambda: session.history.steps >= 300, 120)
    t.press("Space", "and pauses", lambda: t.rests)
    t.picture("preset")
    user.type_into(app.settings.hidden, "32, 16")
    line = app.settings.findChild(QLabel, "settings-line")
    said = "Hidden layers change with Apply."
    t.expect("what needs a reset says so", lambda: isinstance(line, QLabel) and line.text() == said)
    t.picture("settings-wait")
    t.click(app.settings.apply_button, "Apply makes that network", lambda: t.frame.model.sizes[1:-1] == (32, 16))
    t.press("Space", "it trains", lambda: session.history.steps >= 100, 60)
    t.press("Space", "and pauses", lambda: t.rests)


def move_and_hide_panels(t: Tour) -> None:
    window, user = t.app.window, t.user
    curves, weights = window.docks["curves"], window.docks["weights"]
    title = curves.titleBarWidget()
    user.double_click(title)
    t.expect("a double click on its title lets a panel fill the window", lambda: weights.isHidden())
    t.picture("curves-alone")
    user.double_click(title)
    t.expect("and another brings the others back", lambda: not weights.isHidden())
    t.activate()
    t.press("Ctrl+2", "the weights have the focus", weights.has_focus)
    t.press("Ctrl+W", "and are closed", weights.isHidden)
    t.expect("Edit names what it would undo", lambda: window.commands.undo_work.text() == "Undo close Weights")
    t.press("Ctrl+Alt+Z", "and undoes it", lambda: not weights.isHidden())
    t.press("Ctrl+Alt+Shift+Z", "and does it again", weights.isHidden)
    t.picture("without-weights")
    state = window.arrangement.save()
    t.press("Ctrl+2", "and shows them again", lambda: not weights.isHidden())
    t.expect("a remembered layout is restored", lambda: window.arrangement.restore(state) and weights.isHidden())
    t.press("Ctrl+Shift+R", "every panel is put back", lambda: not weights.isHidden())
    t.press("F5", "a presentation leaves the digit, the network and the curves", weights.isHidden)
    t.picture("presentation")
    t.press("F5", "and ends as it began", lambda: not weights.isHidden())
    window.resize(WIDTH, HEIGHT)

    def remembered(theme: str) -> bool:
        return t.app.preferences.theme == theme

    for theme in ("light", "dark"):
        window.theme_actions[theme].trigger()
        user.wait(0.2)
        t.expect(f"the {theme} theme is used, and remembered", partial(remembered, theme))
        t.picture(theme)


def diverge(t: Tour) -> None:
    app = t.app
    app.notices.clear()
    t.user.type_into(app.settings.number("learning_rate"), "100")
    t.press("Space", "an absurd learning rate diverges", lambda: t.session.state is State.FAILED, 120)
    t.expect("the last good network is shown", lambda: bool(np.isfinite(t.frame.model.parameters).all()))
    t.expect(
        "and the window says what to do", lambda: "learning rate" in app.notices.text, says=lambda: app.notices.text
    )
    t.picture("diverged")


def be_cut_off(t: Tour) -> None:
    known = t.runs
    t.cut_off()
    bar, session, before = t.app.messages, t.session, t.session.runs

    def offers() -> list[QAbstractButton]:
        return [button for button in bar.findChildren(QAbstractButton) if button.text() == "Restore"]

    t.expect(
        "a program that was cut off says so at the next start", lambda: bool(offers()) and "was cut off" in bar.text
    )
    t.picture("restore")
    t.click(offers()[0], "and gives back every run", lambda: session.runs is not before and t.runs == known)
    t.expect("with its data", lambda: not session.lacks_data)
    t.picture("restored")


STEPS = (
    draw, see_how_a_drawing_becomes_the_picture, draw_something_else, look_at_the_data,
    train, go_to_and_fro, train_to_the_end, see_the_mistakes, play_the_film, continue_differently,
    look_closer, keep_the_session, keep_a_film_and_a_model, reset_and_choose_other_settings, move_and_hide_panels,
    diverge, be_cut_off,
)  # fmt: skip


def drive(out: Path, data_dir: str | None, dataset: str) -> int:
    """Do the tour and return the exit status: 0 only if each step did what it should.

    Args:
        data_dir: the folder with data sets; None for the usual one.
    """
    application = make_application()

    def start() -> App:
        app = App(data_dir, dataset, Preferences(theme="dark"))
        app.window.resize(WIDTH, HEIGHT)
        app.start()
        return app

    where = "offscreen" if application.platformName() == "offscreen" else "on the screen"
    print(f"Driving the window {where}, on the data set {dataset}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        tour = Tour(start, SimulatedUser(application), out, Path(folder))
        try:
            for step in STEPS:
                step(tour)
        except Failed as failure:
            print(f"  FAILED  {failure}", file=sys.stderr)
            tour.picture("failed")
            return 1
        finally:
            tour.app.window.close()
    print(f"Every step did what it should; {tour.pictures} pictures are in {out.resolve()}")
    return 0
