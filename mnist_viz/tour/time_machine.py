"""Any moment is looked at, played as a film and continued differently; runs are compared and kept."""

import tempfile
from pathlib import Path

from PySide6.QtCore import Qt

from mnist_viz.session.session import BUSY
from mnist_viz.tour.guide import SHIFT, Guide
from mnist_viz.views.film_dialog import FilmChoice
from mnist_viz.views.runs.branch_dialog import BranchDialog

Key = Qt.Key

FILM_SECONDS = 60.0


def see_the_mistakes(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    tour.front("errors")
    tour.check(hand.until(lambda: _examined(tour)), "the confusion matrix is that of the network that is shown")
    late = _mistakes(tour)
    tour.picture("mistakes")
    hand.press(app.window, Key.Key_Home)
    tour.check(hand.until(lambda: _examined(tour)), "and at the first weights that of the first weights")
    early = _mistakes(tour)
    tour.check(early > 3 * late, f"there are {early} mistakes before the training and {late} after it")
    hand.press(app.window, Key.Key_End)
    tour.front("activations")


def play_the_film(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    session = app.session
    seen: list[int] = []

    def note() -> None:
        seen.append(tour.shown_step())

    session.shown_changed.connect(note)
    hand.press(app.window, Key.Key_Home)
    seen.clear()
    hand.press(app.window, Key.Key_F)
    last = len(session.timeline) - 1
    tour.check(
        hand.until(lambda: session.timeline.index == last and app.film.direction == 0, FILM_SECONDS),
        "F plays all recorded moments as a film",
    )
    tour.check(seen == sorted(seen) and len(set(seen)) >= last, f"each in its turn: {len(set(seen))} moments")
    hand.press(app.window, Key.Key_F, SHIFT)
    hand.until(lambda: session.timeline.index < last - 3)
    hand.press(app.window, Key.Key_Space)
    tour.check(app.film.direction == 0 and session.state not in BUSY, "Shift+F plays it backwards, Space pauses it")
    session.shown_changed.disconnect(note)


def continue_differently(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    session = app.session
    hand.press(app.window, Key.Key_End)
    for _ in range(6):
        hand.press(app.window, Key.Key_Left, SHIFT)
        hand.wait(0.1)
    hand.until(tour.rests)
    root = tour.shown_step()
    hand.press(app.window, Key.Key_C)
    dialogs = app.window.findChildren(BranchDialog)
    tour.check(bool(dialogs), "C asks with which settings to go on from here")
    dialog = dialogs[0]
    hand.click(dialog.factor_buttons[0])
    tour.picture("branch", dialog)
    hand.click(dialog.train_button)
    app.window.activateWindow()  # as a window manager does, where there is one
    tour.check(
        hand.until(lambda: session.run.parent == 1 and session.run.root_step == root), "that is a run of its own"
    )
    tour.check(
        hand.until(lambda: session.run.tested is not None and tour.rests(), 300), "which trains to the end by itself"
    )
    first = session.runs.get(1)
    tour.check(first.steps == session.run.steps, "and the first future is still there")
    tour.front("runs")
    tour.picture("runs")


def compare(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    tour.front("compare")
    tour.check(hand.until(lambda: app.comparing.settled), "two runs are compared at the same epoch")
    tour.picture("compare")
    tour.front("weights", "settings")


def keep_the_session(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    session = app.session
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "evening.mnistviz"
        before = [(run.name, run.steps, len(run.timeline)) for run in session.runs]
        frame = tour.shown()
        app.keeping.save(str(path))
        tour.check(hand.until(lambda: not app.keeping.unsaved), f"the session is saved: {_size(path)}")
        runs = session.runs
        app.keeping.open(str(path))
        tour.check(hand.until(lambda: session.runs is not runs), "it is opened")
        after = [(run.name, run.steps, len(run.timeline)) for run in session.runs]
        tour.check(after == before, f"with all its runs: {', '.join(name for name, *_ in after)}")
        tour.check(not tour.differ(frame, tour.shown()), "at the same moment, with the same weights")
        step = tour.shown_step()
        hand.press(app.window, Key.Key_Right)
        tour.check(
            hand.until(lambda: tour.rests() and tour.shown_step() == step + 1, 60), "and training goes on from there"
        )


def export_a_film(tour: Guide) -> None:
    app, hand = tour.app, tour.hand
    here = tour.shown_step()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.gif"
        app.film_export.make(FilmChoice("weights"), str(path))
        tour.check(
            hand.until(lambda: not app.film_export.is_filming, FILM_SECONDS) and path.exists(),
            f"the weights over the training are a film: {_size(path)}",
        )
        tour.check(tour.shown_step() == here, "and the window is where it was")


def _examined(tour: Guide) -> bool:
    return tour.app.mistakes.settled and tour.app.mistakes.shown_model is tour.shown().model


def _mistakes(tour: Guide) -> int:
    found = tour.app.examiner.get(tour.shown())
    return int((~found.right).sum()) if found is not None else -1


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 2**20:.1f} MB" if path.exists() else "not there"
