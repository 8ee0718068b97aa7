"""Train a network, one line an epoch, and measure it on the test set."""

import argparse
import contextlib
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from mnist_viz import __version__
from mnist_viz.commands.common import (
    Status,
    add_data_arguments,
    add_json_argument,
    dataset_of,
    named_dataset,
    print_json,
    say,
)
from mnist_viz.commands.evaluate import HEALTH_SAMPLES, health_lines
from mnist_viz.commands.setting_options import add_setting_options, settings_of
from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.calibration import calibrate
from mnist_viz.engine.layer_health import LayerHealth, layer_health
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.threads import blas_threads
from mnist_viz.engine.training import BatchEnd, Diverged, EpochEnd, Labelled, Trainer
from mnist_viz.neural_network import epoch_line
from mnist_viz.recording.checkpoint import Checkpoint, save_checkpoint
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import ModelFile, save_model
from mnist_viz.system.files import check_writable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--preset", choices=PRESETS, help="settings to start from (default: relu-128-64)")
    add_data_arguments(parser)
    parser.add_argument("--out", metavar="MODEL.npz", help="save the network here; an interrupted run is saved too")
    parser.add_argument("--checkpoint", metavar="FILE", help="keep the whole state of the run here, after each epoch")
    parser.add_argument("--resume", metavar="FILE", help="go on from a checkpoint, as if there had been no break")
    parser.add_argument(
        "--calibrate", action="store_true", help="in the end, fit the probabilities to the validation data"
    )
    parser.add_argument("--compact", action="store_true", help="save numbers of half precision: a file half as large")
    parser.add_argument("--layers", action="store_true", help="after each epoch, say how each layer learns")
    parser.add_argument("--threads", type=int, metavar="N", help="threads of the matrix products (default: measured)")
    add_json_argument(parser)
    add_setting_options(parser)


def run(arguments: argparse.Namespace) -> int:
    # To be told after the training would be late.
    if arguments.threads is not None and arguments.threads < 1:
        raise ValueError(f"The number of threads must be 1 or more, not {arguments.threads}.")
    for path in (arguments.out, arguments.checkpoint):
        if path:
            check_writable(path)
    if arguments.out and arguments.checkpoint and Path(arguments.out).resolve() == Path(arguments.checkpoint).resolve():
        raise ValueError(
            "--out and --checkpoint must be two files: the one holds the network, the other the whole run."
        )
    dataset, trainer = start(arguments)
    if not arguments.json:
        print(f"{trainer.network!r} on {dataset.title}: {dataset.counted(len(dataset.train), 'training')}")
    seconds = 0.0
    done = Model.of(trainer.network), trainer.step  # the last whole epoch, kept in case a later one diverges
    batch_size = trainer.settings.batch_size
    with blas_threads(trainer.network, batch_size, threads=arguments.threads) as threads, asked_to_stop() as stop:
        try:
            with Status() as status:
                for event in trainer.run():
                    if isinstance(event, EpochEnd):
                        seconds += event.seconds
                        done = Model.of(trainer.network), trainer.step
                        status.clear()
                        layers = health_of(trainer) if arguments.layers else None
                        report(event, layers, trainer.network.sizes, as_json=arguments.json)
                        if arguments.checkpoint:
                            save_checkpoint(arguments.checkpoint, trainer, dataset.name)
                    elif isinstance(event, BatchEnd) and event.batch % 50 == 0:
                        share = event.batch / trainer.batches_per_epoch
                        status.show(f"Epoch {event.epoch:3d}: loss {event.loss:.4f}", share)
                    if stop.is_set():
                        break
        except Diverged as error:
            if arguments.out and done[1]:
                save_model(arguments.out, model_file(done[0], trainer.settings, dataset, done[1]))
                raise ArithmeticError(f"{error} The network of the last whole epoch is in {arguments.out}") from error
            raise
        if arguments.checkpoint and stop.is_set():
            save_checkpoint(arguments.checkpoint, trainer, dataset.name)
        steps = trainer.step
        if trainer.best is not None:
            steps = trainer.best.step
            trainer.take_best()
        if arguments.calibrate:
            calibrate(trainer.network, *trainer.validation)
        model, network = Model.of(trainer.network), trainer.network
        compact = arguments.compact and fits_half_precision(model)
        if compact:  # what is measured is what is saved
            model = replace(model, parameters=model.parameters.astype(np.float16).astype(np.float32))
            network = model.network()
        elif arguments.compact:
            say("mnist-viz: some weights are too large for half precision; the file is not compact")
        test_loss, test_accuracy = network.evaluate(dataset.test.images, dataset.test.labels)
        if arguments.out:
            contents = model_file(model, trainer.settings, dataset, steps, test_accuracy)
            save_model(arguments.out, contents, compact=compact)
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
                "stopped_early": trainer.stopped_early,
                "best_epoch": trainer.best.epoch if trainer.best is not None else None,
                "threads": threads,
            }
        )
    else:
        if trainer.best is not None:
            why = "Stopped early: the" if trainer.stopped_early else "The"
            print(f"{why} lowest validation loss was that of epoch {trainer.best.epoch}; its network is kept.")
        tested = f"{dataset.counted(len(dataset.test), 'test')}; {seconds:.1f} s of training"
        print(f"Test Loss: {test_loss:.4f}, Test Acc: {test_accuracy:.4f}  ({tested})")
        if arguments.out:
            print(f"Saved {arguments.out}")
    if interrupted:
        kept = [path for path in (arguments.out, arguments.checkpoint) if path]
        say("mnist-viz: interrupted" + (f"; what was trained so far is in {' and '.join(kept)}" if kept else ""))
        return 130
    return 0


def fits_half_precision(model: Model) -> bool:
    """Whether no weight is too large for numbers of half precision."""
    return float(np.abs(model.parameters).max()) <= float(np.finfo(np.float16).max)


def start(arguments: argparse.Namespace) -> tuple[Dataset, Trainer]:
    """The data and the trainer that the arguments ask for: new, or standing where a checkpoint was written."""
    if arguments.resume is None:
        settings = settings_of(arguments, PRESETS[arguments.preset or "relu-128-64"].settings).check()
        dataset = dataset_of(arguments)
        return dataset, Trainer(
            settings, *samples(dataset), classes=len(dataset.class_names), image_shape=dataset.image_shape
        )
    if arguments.preset is not None:
        raise ValueError("--resume brings the settings of its run, and --preset others: give one of the two.")
    checkpoint = Checkpoint(arguments.resume)
    settings = settings_of(arguments, checkpoint.settings).check()
    if (named := named_dataset(arguments)) not in (None, checkpoint.dataset):
        raise ValueError(f"The run was trained on {checkpoint.dataset}, not on {named}; it goes on with its own.")
    arguments.dataset = checkpoint.dataset
    arguments.label_column = arguments.white = None
    dataset = dataset_of(arguments)
    trainer = checkpoint.resume(*samples(dataset), classes=len(dataset.class_names), image_shape=dataset.image_shape)
    if settings != trainer.settings:
        trainer.change(settings)
    if trainer.epoch >= trainer.epochs:
        say(f"mnist-viz: this run has done its {trainer.epochs} epochs; --epochs N lets it go on")
    return dataset, trainer


def samples(dataset: Dataset) -> tuple[Labelled, Labelled]:
    """The training and the validation set as the engine takes them."""
    train, validation = dataset.train, dataset.validation
    return (train.images, train.labels), (validation.images, validation.labels)


def health_of(trainer: Trainer) -> list[LayerHealth]:
    """How each layer learns, from some validation samples and from the step that comes next."""
    images, labels = trainer.validation
    return layer_health(
        trainer.network, images[:HEALTH_SAMPLES], labels[:HEALTH_SAMPLES], trainer.next_update()
    )  # fmt: skip


def report(epoch: EpochEnd, layers: list[LayerHealth] | None, sizes: Sequence[int], *, as_json: bool) -> None:
    if as_json:
        more = {} if layers is None else {"layers": [asdict(layer) for layer in layers]}
        print_json({"event": "epoch", **asdict(epoch), **more})
    else:
        print("\n  ".join([epoch_line(epoch), *health_lines(sizes, layers or [])]), flush=True)


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
    return ModelFile(model, dataset.class_names, provenance, dataset.image_shape)


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
