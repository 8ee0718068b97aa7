"""Open the window."""

import argparse
import logging
import logging.handlers
import signal

from mnist_viz.paths import log_dir


def run(arguments: argparse.Namespace) -> int:
    # Imported here: only the commands that open a window load Qt.
    from mnist_viz.app import App, make_application

    start_log()
    application = make_application()
    app = App(arguments.data_dir)
    signal.signal(signal.SIGINT, lambda *_: app.window.close())
    signal.signal(signal.SIGTERM, lambda *_: app.window.close())
    app.start()
    return application.exec()


def start_log() -> None:
    """Log to a file in the user's log folder; without one, go without."""
    try:
        log_dir().mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            log_dir() / "mnist-viz.log", maxBytes=1_000_000, backupCount=2, encoding="utf-8"
        )
    except OSError:
        return
    logging.basicConfig(handlers=[handler], level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
