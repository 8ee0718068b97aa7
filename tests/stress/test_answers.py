"""For how long the window does not answer while something is done: the longest gap between two turns of its loop."""

from pathlib import Path

from mnist_viz.app import App, make_application
from mnist_viz.controllers.preferences import Preferences
from mnist_viz.session.work import RESTING
from mnist_viz.simulated_user import SimulatedUser
from tests.stress import actions


def test_answers(tmp_path: Path) -> None:
    user = SimulatedUser(make_application())
    app = App(None, "synthetic", Preferences(theme="dark"))
    app.window.resize(1440, 900)
    app.start()
    assert user.until(lambda: app.session.dataset is not None and app.session.state in RESTING, 60)
    rows = actions.measure(app, user, tmp_path)
    app.window.close()
    for row in rows:
        print(f"{row['gap_ms_max']:8.1f} ms  {row['action']}")
    assert len(rows) > 50
