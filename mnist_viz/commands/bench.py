"""Measure the program on this machine: how fast it is, how well it reads, and whether it breaks."""

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mnist_viz.commands.common import Status, add_json_argument, best_dataset, own_folders, print_json, say
from mnist_viz.data.datasets import load_dataset
from mnist_viz.requirements import check

ENGINE_SECONDS, WINDOW_SECONDS = 20.0, 4.0

WITHOUT_WINDOW = frozenset({"engine", "presets", "accuracy", "data"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parts = parser.add_subparsers(dest="what", metavar="WHAT", required=True)

    def part(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        made = parts.add_parser(name, help=text, description=text)
        made.set_defaults(measure=run)
        add_json_argument(made)
        return made

    engine = part("engine", _engine, "seconds an epoch, against its bare matrix products and against PyTorch")
    _add_preset(engine, "measure this preset alone")
    _add_seconds(engine, ENGINE_SECONDS)

    presets = part("presets", _presets, "the presets against their authors' figures")
    _add_preset(presets, "measure this preset alone")
    _add_seeds(presets)
    _add_data_dir(presets)

    accuracy = part("accuracy", _accuracy, "how soon a network is as good as the best of these")
    _add_seeds(accuracy)
    _add_data_dir(accuracy)

    data = part("data", _data, "how well the shipped network reads, and how good the synthetic digits are")
    _add_data_dir(data)
    data.add_argument(
        "--drawings", metavar="FILE", action="append", default=[], help="pen drawings with labels to be read"
    )

    ui = part("ui", _ui, "whether the window answers while it trains, and what it costs the training")
    _add_preset(ui, "train this preset")
    _add_seconds(ui, WINDOW_SECONDS)
    _add_data_dir(ui)

    soak = part("soak", _soak, "whether memory, threads, files and objects grow while the window is used for long")
    soak.add_argument("--minutes", type=float, default=60.0, metavar="N", help="how long (default: 60)")
    _add_seed(soak)
    _add_data_dir(soak)

    events = part("events", _events, "random clicks, keys and drops, in any order")
    events.add_argument("--events", type=int, default=100_000, metavar="N", help="so many (default: 100000)")
    _add_seed(events)
    _add_data_dir(events)
    events.add_argument("--trace", metavar="DIR", help="keep what was done in this folder, also where nothing broke")
    events.add_argument("--replay", metavar="FILE", help="do again what a trace holds")

    closing = part("closing", _closing, "whether the program ends in time and cleanly, whatever it is doing")
    closing.add_argument("--times", type=int, default=200, metavar="N", help="close it so often (default: 200)")
    closing.add_argument("--state", metavar="S", help="close it in this state alone")

    files = part("files", _files, "damaged and hostile files")
    files.add_argument("--inputs", type=int, default=10_000, metavar="N", help="so many a format (default: 10000)")
    files.add_argument("--format", metavar="F", help="this format alone")
    _add_seed(files)

    kills = part("kills", _kills, "whether work outlives the program's being killed")
    kills.add_argument("--times", type=int, default=50, metavar="N", help="kill it so often (default: 50)")
    _add_seed(kills)


def run(arguments: argparse.Namespace) -> int:
    measure: Callable[[argparse.Namespace], int] = arguments.measure
    if arguments.what not in WITHOUT_WINDOW:
        check()
    return measure(arguments)


def _engine(arguments: argparse.Namespace) -> int:
    from mnist_viz.bench import engine

    for result in engine.measure(arguments.preset, arguments.seconds):
        if arguments.json:
            print_json(result)
        else:
            print(engine.line(result), flush=True)
    return 0


def _presets(arguments: argparse.Namespace) -> int:
    from mnist_viz.bench import presets

    chosen = presets.settings_of(arguments.preset)
    with Status() as status:
        dataset = load_dataset("mnist", arguments.data_dir, progress=status.show)
        for n, result in enumerate(presets.measure_presets(dataset, arguments.seeds, status.show, chosen)):
            status.clear()
            if arguments.json:
                print_json(result)
                continue
            if n == 0:
                print(presets.HEADER)
            print(presets.preset_line(result), flush=True)
    return 0


def _accuracy(arguments: argparse.Namespace) -> int:
    from mnist_viz.bench import presets

    with Status() as status:
        dataset = load_dataset("mnist", arguments.data_dir, progress=status.show)
        result = presets.measure_time_to_target(dataset, arguments.seeds, status.show)
    if arguments.json:
        print_json(result)
    else:
        print(presets.target_line(result))
    return 0


def _data(arguments: argparse.Namespace) -> int:
    from mnist_viz.bench import data

    with Status() as status:
        mnist = None
        if best_dataset(arguments.data_dir) == "mnist":
            mnist = load_dataset("mnist", arguments.data_dir, progress=status.show)
        drawings = [Path(name) for name in arguments.drawings]
        reading = data.measure_reading(mnist, drawings, status.show)
        made = data.measure_synthetic(mnist, status.show)
    if arguments.json:
        print_json({**reading, "synthetic": made})
    else:
        print("\n".join([*data.lines(reading), *data.lines({"synthetic digits": made})]))
    return 0


# Imported where they are used: only what opens a window loads Qt.


def _ui(arguments: argparse.Namespace) -> int:
    from mnist_viz.bench import ui

    dataset, preset = best_dataset(arguments.data_dir), arguments.preset or "relu-128-64"
    with own_folders():
        return _report(ui.measure(arguments.data_dir, dataset, preset, arguments.seconds), arguments.json)


def _soak(arguments: argparse.Namespace) -> int:
    from mnist_viz.bench import soak

    with own_folders():
        return _report(soak.measure(arguments.minutes, arguments.seed, arguments.data_dir, say), arguments.json)


def _events(arguments: argparse.Namespace) -> int:
    from mnist_viz.bench import events

    with own_folders():
        kept = Path(arguments.trace) if arguments.trace is not None else None
        if arguments.replay is not None:
            figures = events.replay(Path(arguments.replay), arguments.data_dir, kept, say)
        else:
            figures = events.measure(arguments.events, arguments.seed, arguments.data_dir, kept, say)
        return _report(figures, arguments.json)


def _closing(arguments: argparse.Namespace) -> int:
    from mnist_viz.bench import closing

    with own_folders():
        return _report(closing.measure(arguments.times, arguments.state, say), arguments.json)


def _files(arguments: argparse.Namespace) -> int:
    from mnist_viz.bench import fuzz

    with own_folders():
        formats = fuzz.measure(arguments.inputs, arguments.format, arguments.seed, say)
        failures = [failure for result in formats for failure in result["failures"]]
        return _report({"formats": formats, "failures": failures}, arguments.json)


def _kills(arguments: argparse.Namespace) -> int:
    from mnist_viz.bench import kills

    with own_folders():
        return _report(kills.measure(arguments.times, arguments.seed, say), arguments.json)


def _report(figures: Mapping[str, Any], as_json: bool) -> int:
    """Print figures by name; return the exit status, which is 1 where a list of "failures" holds something."""
    if as_json:
        print_json(figures)
    else:
        print("\n".join(_lines(figures)), flush=True)
    return 1 if figures.get("failures") else 0


def _lines(figures: Mapping[str, Any]) -> Iterable[str]:
    for name, value in figures.items():
        if isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
            yield from _table(value)
        elif isinstance(value, list | tuple):
            yield f"{name:<28} {len(value)}"
            yield from (f"  {item}" for item in value)
        else:
            yield f"{name:<28} {_word(value)}"


def _table(rows: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    """Rows under their names; what is a list is counted there, its items follow."""
    shown = [{n: len(v) if isinstance(v, list) else _word(v) for n, v in row.items()} for row in rows]
    widths = {n: max(len(n), *(len(str(row.get(n, ""))) for row in shown)) for n in shown[0]}
    yield "  ".join(f"{n:<{width}}" for n, width in widths.items()).rstrip()
    for row in shown:
        yield "  ".join(f"{row.get(n, '')!s:<{width}}" for n, width in widths.items()).rstrip()


def _word(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _add_preset(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--preset", metavar="P", help=text)


def _add_seconds(parser: argparse.ArgumentParser, default: float) -> None:
    text = f"how long each part is measured (default: {default:g})"
    parser.add_argument("--seconds", type=float, default=default, help=text)


def _add_seeds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="train N times each (default: 5)")


def _add_seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of all that is random (default: 0)")


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    # SUPPRESS: a --data-dir given before the command must not be overwritten by this one's default.
    parser.add_argument("--data-dir", metavar="DIR", default=argparse.SUPPRESS, help="the folder with data sets")
