"""Train a network, one line an epoch, and measure it on the test set."""

import argparse
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from mnist_viz import __version__
from mnist_viz.commands.common import add_data_arguments, add_json_argument, dataset_of, model_of, named_dataset
from mnist_viz.commands.evaluate import HEALTH_SAMPLES, health_lines
from mnist_viz.commands.setting_options import add_setting_options, settings_of
from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.calibration import calibrate
from mnist_viz.engine.layer_health import LayerHealth, layer_health
from mnist_viz.engine.metrics import format_loss
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.progress import BatchEnd, Diverged, EpochEnd, Event
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.threads import blas_threads
from mnist_viz.engine.training import Trainer
from mnist_viz.neural_network import epoch_line
from mnist_viz.recording.checkpoint import open_checkpoint, save_checkpoint
from mnist_viz.recording.run import Run
from mnist_viz.recording.session_file import CHECKPOINT_KIND
from mnist_viz.recording.snapshot import Model, capture
from mnist_viz.recording.storage import MODEL_KIND, ModelFile, save_model
from mnist_viz.recording.trainers import new_run, new_trainer, resumed_trainer
from mnist_viz.system.files import check_writable
from mnist_viz.system.terminal import Status, print_json, print_line, say, stop_signals


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--preset", choices=PRESETS, help="settings to start from, for what is not given below (default: relu-128-64)"
    )
    add_data_arguments(parser)
    parser.add_argument(
        "--start", metavar="MODEL.npz", help="train this network further, with its layers, instead of a new one"
    )
    parser.add_argument(
        "--start-share",
        type=float,
        metavar="S",
        default=0.0,
        help="in the end, take the mean of the weights: this share of --start's, the rest of the trained ones",
    )
    parser.add_argument("--out", metavar="MODEL.npz", help="save the network here; an interrupted run is saved too")
    parser.add_argument(
        "--checkpoint", metavar="FILE", help="keep the run here after each epoch: a session, which the window opens too"
    )
    parser.add_argument(
        "--resume",
        metavar="FILE",
        help="go on with the run of a checkpoint or a session, as if there had been no break",
    )
    parser.add_argument(
        "--calibrate", action="store_true", help="in the end, fit the probabilities to the validation data"
    )
    parser.add_argument("--compact", action="store_true", help="save numbers of half precision: a file half as large")
    parser.add_argument("--layers", action="store_true", help="after each epoch, say how each layer learns")
    parser.add_argument("--threads", type=int, metavar="N", help="threads of the matrix products (default: measured)")
    add_json_argument(parser)
    add_setting_options(parser)


def run(arguments: argparse.Namespace) -> int:
    check_outputs(arguments)
    dataset, trainer, run = start(arguments)
    output = Output(arguments, run)
    output.line(f"{trainer.network!r} on {dataset.title}: {dataset.counted(len(dataset.train), 'training')}")
    seconds = 0.0
    done = Model.of(trainer.network), trainer.step  # the last whole epoch, kept in case a later one diverges
    batch_size = trainer.settings.batch_size
    with blas_threads(trainer.network, batch_size, threads=arguments.threads) as threads, asked_to_stop() as stop:
        try:
            with Status() as status:
                for event in threads.choose(trainer.run()):
                    output.record(event)
                    if isinstance(event, EpochEnd):
                        seconds += event.seconds
                        done = Model.of(trainer.network), trainer.step
                        status.clear()
                        layers = health_of(trainer) if arguments.layers else None
                        output.epoch(event, layers, trainer.network.sizes)
                        output.checkpoint(trainer)
                    elif isinstance(event, BatchEnd) and event.batch % 50 == 0:
                        share = event.batch / trainer.batches_per_epoch
                        status.show(f"Epoch {event.epoch:3d}: loss {format_loss(event.loss)}", share)
                    if stop.is_set():
                        break
        except Diverged as error:
            if arguments.out and done[1]:
                save_model(arguments.out, model_file(done[0], trainer.settings, dataset, done[1]))
                raise ArithmeticError(f"{error} The network of the last whole epoch is in {arguments.out}") from error
            raise
        interrupted = stop.is_set()
        if interrupted:
            output.checkpoint(trainer)
        steps, best = trainer.step, trainer.best
        if best is not None:
            steps = best.step
            trainer.take_best()
        if arguments.start_share:
            keep_of_start(trainer, run, arguments.start_share)
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
        output.model(model_file(model, trainer.settings, dataset, steps, test_accuracy), compact=compact)
    if arguments.json:
        output.json(
            {
                "event": "result",
                "test_loss": test_loss,
                "test_accuracy": test_accuracy,
                "parameters": trainer.network.parameters.size,
                "seconds": seconds,
                "model": arguments.out if arguments.out in output.written else None,
                "interrupted": interrupted,
                "stopped_early": trainer.stopped_early,
                "best_epoch": best.epoch if best is not None else None,
                "threads": threads.number,
            }
        )
    if best is not None:
        why = "Stopped early: the" if trainer.stopped_early else "The"
        output.line(f"{why} lowest validation loss was that of epoch {best.epoch}; its network is kept.")
    tested = f"{dataset.counted(len(dataset.test), 'test')}; {seconds:.1f} s of training"
    output.line(f"Test Loss: {format_loss(test_loss)}, Test Acc: {test_accuracy:.4f}  ({tested})")
    if arguments.out in output.written:
        output.line(f"Saved {arguments.out}")
    if interrupted:
        kept = " and ".join(output.written)
        say("mnist-viz: interrupted" + (f"; what was trained so far is in {kept}" if kept else ""))
        return 130
    return 1 if output.problems else 0


def check_outputs(arguments: argparse.Namespace) -> None:
    """Raise ValueError or OSError for what would be noticed only after the training."""
    if arguments.threads is not None and arguments.threads < 1:
        raise ValueError(f"The number of threads must be 1 or more, not {arguments.threads}.")
    if not 0 <= arguments.start_share <= 1 or (arguments.start_share and arguments.start is None):
        raise ValueError("--start-share is from 0 to 1, and goes with --start.")
    for path, kind in ((arguments.out, MODEL_KIND), (arguments.checkpoint, CHECKPOINT_KIND)):
        if path:
            check_writable(path, kind)
    if arguments.start and arguments.out and Path(arguments.start).resolve() == Path(arguments.out).resolve():
        raise ValueError("--out would write over the network of --start: give it another name.")
    if arguments.out and arguments.checkpoint and Path(arguments.out).resolve() == Path(arguments.checkpoint).resolve():
        raise ValueError(
            "--out and --checkpoint must be two files: the one holds the network, the other the whole run."
        )


class Output:
    """What a run prints and writes. Training that has a file to write goes on when its terminal or its disk fails.

    Args:
        run: that is trained; a checkpoint holds its metrics.

    Attributes:
        written: the files that hold what was trained last.
        problems: by file, why it could not be written.
    """

    def __init__(self, arguments: argparse.Namespace, run: Run) -> None:
        self._run = run
        self._batches: list[BatchEnd] = []  # that are not in the run yet
        self._json: bool = arguments.json
        self._out: str | None = arguments.out
        self._checkpoint: str | None = arguments.checkpoint
        self._has_file = bool(self._out or self._checkpoint)
        self.written: list[str] = []
        self.problems: dict[str, str] = {}

    def line(self, text: str) -> None:
        """Print for a person, unless JSON was asked for."""
        if not self._json:
            print_line(text, despite_loss=self._has_file)

    def json(self, value: Mapping[str, Any]) -> None:
        print_json(value, despite_loss=self._has_file)

    def epoch(self, epoch: EpochEnd, layers: list[LayerHealth] | None, sizes: Sequence[int]) -> None:
        if self._json:
            more = {} if layers is None else {"layers": [asdict(layer) for layer in layers]}
            self.json({"event": "epoch", **asdict(epoch), **more})
        self.line("\n  ".join([epoch_line(epoch), *health_lines(sizes, layers or [])]))

    def record(self, event: Event) -> None:
        """Take what training yields into the run, if a checkpoint is wanted."""
        if self._checkpoint and isinstance(event, BatchEnd):
            self._batches.append(event)
        elif self._checkpoint and isinstance(event, EpochEnd):
            self._record_batches()
            self._run.history.add_epoch(event)

    def _record_batches(self) -> None:
        self._run.history.add_batches(self._batches)
        self._batches.clear()

    def checkpoint(self, trainer: Trainer) -> None:
        if path := self._checkpoint:
            self._record_batches()
            self._write(path, lambda: save_checkpoint(path, self._run, trainer))

    def model(self, contents: ModelFile, *, compact: bool) -> None:
        if path := self._out:
            self._write(path, lambda: save_model(path, contents, compact=compact))

    def _write(self, path: str, write: Callable[[], None]) -> None:
        self.written = [other for other in self.written if other != path]
        try:
            write()
        except OSError as error:
            if self.problems.get(path) != str(error):  # said once, not after each epoch
                say(f"mnist-viz: {error}")
            self.problems[path] = str(error)
        else:
            self.problems.pop(path, None)
            self.written.append(path)


def fits_half_precision(model: Model) -> bool:
    return float(np.abs(model.parameters).max()) <= float(np.finfo(np.float16).max)


def start(arguments: argparse.Namespace) -> tuple[Dataset, Trainer, Run]:
    """The data, the trainer and the run that the arguments ask for: new, or standing where a checkpoint was written.

    Raises:
        ValueError: options contradict each other, or do not go with the data.
    """
    if arguments.resume is None:
        settings = settings_of(arguments, PRESETS[arguments.preset or "relu-128-64"].settings).check()
        model = start_model(arguments)
        if model is not None:
            if settings.batch_norm and arguments.start_share:
                raise ValueError("--start-share does not go with batch normalization: leave out one of the two.")
            hidden = model.sizes[1:-1]
            settings = replace(settings, hidden=hidden, activation=model.activation, biases=model.biases).check()
        dataset = dataset_of(arguments)
        if model is not None:
            check_fits(arguments.start, model, dataset)
        trainer = new_trainer(settings, dataset, model.parameters if model is not None else None)
        run = new_run(trainer, dataset, from_model=model is not None)
        run.timeline.add(capture(trainer))
        return dataset, trainer, run
    if arguments.preset is not None:
        raise ValueError("--resume brings the settings of its run, and --preset others: give one of the two.")
    if arguments.start is not None:
        raise ValueError("--resume brings the network of its run, and --start another: give one of the two.")
    run, state = open_checkpoint(arguments.resume)
    settings = settings_of(arguments, run.settings).check()
    if (named := named_dataset(arguments)) not in (None, run.dataset):
        raise ValueError(f"The run was trained on {run.dataset}, not on {named}; it goes on with its own.")
    arguments.dataset = run.dataset
    arguments.label_column = arguments.white = None
    dataset = dataset_of(arguments)
    trainer = resumed_trainer(run.config, run.epochs, state, dataset)
    if settings != trainer.settings:
        trainer.change(settings)
    if trainer.epoch >= trainer.epochs:
        say(f"mnist-viz: this run has done its {trainer.epochs} epochs; --epochs N lets it go on")
    return dataset, trainer, run


def start_model(arguments: argparse.Namespace) -> Model | None:
    if arguments.start is None:
        return None
    for name in ("hidden", "activation", "biases"):
        if getattr(arguments, name) is not None:
            raise ValueError(f"--start brings the layers of its network, and --{name} others: give one of the two.")
    return model_of(arguments.start, arguments.data_dir).model


def keep_of_start(trainer: Trainer, run: Run, share: float) -> None:
    """Replace the weights by the mean of those that the run began with and the trained ones.

    Between the two lie networks that read the old data as well as the first and the new as well as the second
    (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
    """
    first = run.timeline.first
    if first is not None:
        trainer.network.parameters += np.float32(share) * (first.model.parameters - trainer.network.parameters)


def check_fits(path: str, model: Model, dataset: Dataset) -> None:
    """Raise ValueError unless the model reads the pictures of the data set as its classes."""
    inputs, classes = dataset.train.images.shape[1], len(dataset.class_names)
    if (model.sizes[0], model.sizes[-1]) != (inputs, classes):
        raise ValueError(
            f"{path} takes {model.sizes[0]:,} inputs to {model.sizes[-1]:,} classes, "
            f"and {dataset.title} has {inputs:,} and {classes:,}."
        )


def health_of(trainer: Trainer) -> list[LayerHealth]:
    """How each layer learns, from some validation samples and from the step that comes next."""
    images, labels = trainer.validation
    return layer_health(
        trainer.network, images[:HEALTH_SAMPLES], labels[:HEALTH_SAMPLES], trainer.next_update()
    )  # fmt: skip


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
    """An event that a request to end sets, as Ctrl+C or the closing of the terminal; a second Ctrl+C ends at once."""
    stop = threading.Event()

    def ask(*_: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, ask) for number in stop_signals()}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
