"""Open the window."""

import argparse
import gc
import logging
import os
import sys
from pathlib import Path

from mnist_viz.data.user.data_name import full_name, is_user_data, names_in
from mnist_viz.system import logs
from mnist_viz.system.requirements import check


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="a session (.mnistviz) or a model (.npz) to open")
    parser.add_argument(
        "--dataset",
        metavar="D",
        type=full_name,
        help="a data set, or your own: a folder with a subfolder of pictures a class, an .npz or a .csv",
    )


def run(arguments: argparse.Namespace) -> int:
    check()
    gc.disable()  # while modules are loaded it finds nothing, and takes a tenth of a second; then the App says when
    # Imported here: only the commands that open a window load Qt.
    from mnist_viz.app import App, close_on_signals, make_application

    if arguments.file is not None and not Path(arguments.file).is_file():
        raise FileNotFoundError(f"there is no file {arguments.file}")
    if not has_display():
        raise OSError("there is no display to open a window on; `mnist-viz tour --out DIR` drives one without")
    logs.start()
    application = make_application()
    own = arguments.dataset is not None and len(names_in(arguments.dataset)) == 1 and is_user_data(arguments.dataset)
    app = App(arguments.data_dir, None if own else arguments.dataset)
    close_on_signals(app.window.close)

    def open_what_is_named() -> None:
        if own:  # looked at before it is used
            app.data_sets.look_at(arguments.dataset)
        if arguments.file is not None:
            app.session_files.open(arguments.file)

    app.start(open_what_is_named)
    status = application.exec()
    if not app.all_ended:  # at its exit Python would wait for the threads, and some may hang for ever
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


def has_display() -> bool:
    """Whether a window can be seen, as far as the environment tells."""
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in named)
