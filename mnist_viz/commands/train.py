"""Train a network, one line an epoch, and measure it on the test set."""

import argparse
import contextlib
import signal
import threading
from collections.abc import Iterator
from dataclasses import asdict

from mnist_viz import __version__
from mnist_viz.commands.common import Status, add_data_arguments, add_json_argument, dataset_of, print_json, say
from mnist_viz.commands.setting_options import add_setting_options, settings_of
from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.threads import blas_threads
from mnist_viz.engine.training import BatchEnd, Diverged, EpochEnd, Trainer
from mnist_viz.neural_network import epoch_line
from mnist_viz.recording.files import check_writable
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import ModelFile, save_model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preset", choices=PRESETS, default="relu-128-64", help="settings to start from")
    add_data_arguments(parser)
    parser.add_argument("--out", metavar="MODEL.npz", help="save the network here; an interrupted run is saved too")
    parser.add_argument("--checkpoint", metavar="FILE", help="keep the whole state of the run here, after each epoch")
    parser.add_argument("--resume", metavar="FILE", help="go on from a checkpoint, as if there had been no break")
    parser.add_argument("--threads", type=int, metavar="N", help="threads of the matrix products (default: measured)")
    add_json_argument(parser)
    add_setting_options(parser)


def run(arguments: argparse.Namespace) -> int:
    settings = settings_of(arguments).check()
    if arguments.out:
        check_writable(arguments.out)  # to be told after the training would be late
    dataset = dataset_of(arguments)
    trainer = Trainer(
        settings,
        (dataset.train.images, dataset.train.labels),
        (dataset.validation.images, dataset.validation.labels),
        classes=len(dataset.class_names),
    )
    if not arguments.json:
        print(f"{trainer.network!r} on {dataset.title}: {len(dataset.train):,} training digits")
    seconds = 0.0
    done = Model.of(trainer.network)  # the last whole epoch, kept in case a later one diverges
    with blas_threads(trainer.network), asked_to_stop() as stop:
        try:
            with Status() as status:
                for event in trainer.run():
                    if isinstance(event, EpochEnd):
                        seconds += event.seconds
                        done = Model.of(trainer.network)
                        status.clear()
                        report(event, as_json=arguments.json)
                    elif isinstance(event, BatchEnd) and event.batch % 50 == 0:
                        share = event.batch / len(trainer.batches)
                        status.show(f"Epoch {event.epoch:3d}: loss {event.loss:.4f}", share)
                    if stop.is_set():
                        break
        except Diverged as error:
            if arguments.out and trainer.epoch:
                save_model(arguments.out, model_file(done, settings, dataset, trainer.epoch * len(trainer.batches)))
                raise ArithmeticError(f"{error} The network of the last whole epoch is in {arguments.out}") from error
            raise
        test_loss, test_accuracy = trainer.network.evaluate(dataset.test.images, dataset.test.labels)
        if arguments.out:
            contents = model_file(Model.of(trainer.network), settings, dataset, trainer.step, test_accuracy)
            save_model(arguments.out, contents)
        interrupted = stop.is_set()
    if arguments.json:
        print_json(
            {
                "event": "result",
                "test_loss": test_loss,
                "test_accuracy": test_accuracy,
                "parameters": trainer.network.parameters.size,
                "seconds": seconds,
                "model": arguments.out,
                "interrupted": interrupted,
            }
        )
    else:
        print(f"Test Loss: {test_loss:.4f}, Test Acc: {test_accuracy:.4f}  ({seconds:.1f} s of training)")
        if arguments.out:
            print(f"Saved {arguments.out}")
    if interrupted:
        say("mnist-viz: interrupted" + (f"; what was trained so far is in {arguments.out}" if arguments.out else ""))
        return 130
    return 0


def report(epoch: EpochEnd, *, as_json: bool) -> None:
    if as_json:
        print_json({"event": "epoch", **asdict(epoch)})
    else:
        print(epoch_line(epoch), flush=True)


def model_file(
    model: Model, settings: Settings, dataset: Dataset, steps: int, test_accuracy: float | None = None
) -> ModelFile:
    """The model with how it came about; no date and no duration, so that the same run gives the same file."""
    provenance = {
        "program": f"mnist-viz {__version__}",
        "settings": asdict(settings),
        "dataset": dataset.name,
        "training_examples": len(dataset.train),
        "steps": steps,
        "test_accuracy": test_accuracy,
    }
    return ModelFile(model, dataset.class_names, provenance)


@contextlib.contextmanager
def asked_to_stop() -> Iterator[threading.Event]:
    """An event that Ctrl+C or a termination sets; a second Ctrl+C stops at once."""
    stop = threading.Event()

    def ask(*_: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
