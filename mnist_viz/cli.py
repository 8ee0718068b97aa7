"""The command line: `mnist-viz` opens the window, its commands do the same work without one."""

import argparse
import importlib
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from mnist_viz import __version__
from mnist_viz.system.requirements import explain
from mnist_viz.system.terminal import prepare_streams, say, silence

# Each command is a module of `mnist_viz.commands` with add_arguments(parser) and run(arguments) -> exit status.
# They are imported when used: only those that open a window may import Qt.
COMMANDS = {
    "train": "train a network and save it",
    "evaluate": "measure a model on a test set",
    "predict": "read digits from images or strokes",
    "import": "make a model file of weights that another program saved",
    "presets": "list the presets",
    "datasets": "list the data sets",
    "tour": "drive the real window through its main job and save pictures",
    "bench": "measure the engine, the presets or the window",
}

log = logging.getLogger(__name__)

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with `argv` (by default the process's arguments); return the exit status."""
    prepare_streams()
    try:
        status = _run(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()  # here, where a reader that has gone is expected
        return status
    except KeyboardInterrupt:
        say("mnist-viz: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone: nothing is wrong, and there is nobody to tell.
        silence(sys.stdout)
        return DONE
    except MemoryError:
        say("mnist-viz: there is not enough memory for this")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        say(f"mnist-viz: {_output_problem() or where + str(error.strerror or error)}")
    except (ValueError, ArithmeticError) as error:
        say(f"mnist-viz: {error}")
    except ImportError as error:
        say(f"mnist-viz: {explain(error)}")
    except Exception as error:
        log.exception("the command failed")
        say(f"mnist-viz: a mistake in the program ({type(error).__name__}: {error})")
    return FAILED


def _output_problem() -> str:
    """Why nothing more can be printed, if so; then the rest goes nowhere."""
    try:
        sys.stdout.flush()
    except OSError as error:
        silence(sys.stdout)
        return f"cannot write to standard output: {error.strerror or error}"
    return ""


def _run(arguments: list[str]) -> int:
    parser = _parser()
    word = _first_word(arguments)
    command = word if word in COMMANDS else None
    if word is not None and command is None and not _is_file(word):
        parser.error(f"there is no command {word!r}; there are {', '.join(COMMANDS)}")
    if command is not None:
        module = importlib.import_module(f"mnist_viz.commands.{command}")
        commands = parser.add_subparsers(dest="command", metavar="COMMAND")
        asked = commands.add_parser(command, help=COMMANDS[command], description=module.__doc__)
    else:
        module, asked = importlib.import_module("mnist_viz.commands.window"), parser
    module.add_arguments(asked)
    parsed, unknown = parser.parse_known_args(arguments)
    if unknown:
        asked.error(f"unrecognized arguments: {' '.join(unknown)}")
    return int(module.run(parsed))


def _first_word(arguments: Sequence[str]) -> str | None:
    """What stands where the command does: the value of an option, which may stand before it, does not."""
    words = iter(arguments)
    for word in words:
        if word in ("--data-dir", "--dataset"):
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def _is_file(word: str) -> bool:
    """Whether a word that is no command is meant as a file for the window."""
    return word.endswith((".mnistviz", ".npz")) or Path(word).is_file()


class _Parser(argparse.ArgumentParser):
    """Says what was wrong with the call in one line; the whole usage is a --help away."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {name:<10} {text}" for name, text in COMMANDS.items())
    parser = _Parser(
        prog="mnist-viz",
        description="Watch a neural network learn to read handwritten digits, and take part in it.",
        epilog=f"commands (mnist-viz COMMAND --help tells more):\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"mnist-viz {__version__}")
    parser.add_argument("--data-dir", metavar="DIR", help="the folder with data sets (else MNIST_VIZ_DATA_DIR)")
    return parser
