"""`mnist-viz train`: its lines, its JSON, its model file, and what it says when it cannot."""

import argparse
import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mnist_viz.commands import train
from mnist_viz.commands.setting_options import add_setting_options, settings_of
from mnist_viz.engine.augmentation import AUGMENTATIONS, Augmentation
from mnist_viz.engine.optimizers import OPTIMIZERS
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.setting_sections import SECTIONS
from mnist_viz.engine.settings import SPECS, Choice, Settings
from mnist_viz.recording.storage import load_model

if TYPE_CHECKING:
    from tests.commands.conftest import Cli, Trained

SMALL = ("--dataset", "synthetic", "--limit", "500")
TINY = ("--dataset", "synthetic", "--limit", "50", "--hidden", "8", "--epochs", "1")

EPOCH = re.compile(
    r"Epoch +(\d+): Train Loss: \d+\.\d{4}, Train Acc: [01]\.\d{4}, Val Loss: \d+\.\d{4}, Val Acc: [01]\.\d{4}"
)
TEST = re.compile(r"Test Loss: \d+\.\d{4}, Test Acc: [01]\.\d{4}\b.*")


def provenance(path: Path) -> dict[str, Any]:
    return dict(load_model(path).provenance)


# What it prints


def test_it_prints_a_line_an_epoch_and_ends_with_the_test(process: "Cli") -> None:
    done = process("train", *SMALL, "--epochs", 11, "--hidden", "10")
    assert (done.status, done.err) == (0, "")
    epochs = [line for line in done.lines if line.startswith("Epoch")]
    assert [EPOCH.fullmatch(line) is not None for line in epochs] == [True] * 11
    assert [line[:10] for line in epochs[:2] + epochs[-1:]] == ["Epoch   0:", "Epoch   1:", "Epoch  10:"]
    assert TEST.fullmatch(done.lines[-1])


def test_json_is_json_lines_and_nothing_else(trained: "Trained") -> None:
    done = trained.outcome
    assert (done.status, done.err) == (0, "")
    first, second, result = done.json
    for number, epoch in enumerate((first, second)):
        assert epoch["event"] == "epoch"
        assert epoch["epoch"] == number
        assert epoch["learning_rate"] == pytest.approx(0.3 / (1 + 0.1 * epoch["epoch"]))
        assert all(0 < epoch[f"{part}_loss"] < 5 and 0 <= epoch[f"{part}_accuracy"] <= 1 for part in ("train", "val"))
        assert epoch["samples_per_second"] == pytest.approx(500 / epoch["seconds"])
    assert result["event"] == "result"
    assert 0 < result["test_loss"] < 5
    assert 0 <= result["test_accuracy"] <= 1
    assert result["parameters"] == 784 * 30 + 30 + 30 * 10 + 10
    assert result["seconds"] == pytest.approx(first["seconds"] + second["seconds"])
    assert result["model"] == str(trained.path)


def test_with_out_it_says_where_the_model_is_and_without_the_result_names_none(cli: "Cli", tmp_path: Path) -> None:
    done = cli("train", *TINY, "--out", tmp_path / "model.npz")
    assert any(TEST.fullmatch(line) for line in done.lines)
    assert f"Saved {tmp_path / 'model.npz'}" in done.lines
    assert cli("train", *TINY, "--json").json[-1]["model"] is None


def test_without_mnist_it_says_what_it_uses_instead(
    cli: "Cli", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MNIST_VIZ_DATA_DIR", raising=False)
    monkeypatch.setattr("platformdirs.user_data_dir", lambda *_, **__: str(tmp_path / "none"))
    done = cli("train", "--limit", "50", "--epochs", "1", "--hidden", "8", "--json")
    assert done.status == 0
    assert "MNIST is not here" in done.err
    assert [event["event"] for event in done.json] == ["epoch", "result"]


def test_a_named_folder_without_mnist_is_a_failure_and_not_passed_over(cli: "Cli", no_data: Path) -> None:
    done = cli("train", "--data-dir", no_data, "--epochs", "1")
    said = done.failed_with(1)
    assert f"there is no MNIST in {no_data}" in said
    assert said.endswith(f"or let the program fetch them: mnist-viz datasets --fetch mnist --data-dir {no_data}")


# What it starts from


def test_a_network_is_trained_further_from_where_it_stands(cli: "Cli", trained: "Trained", tmp_path: Path) -> None:
    further = ("train", *SMALL, "--start", trained.path, "--epochs", 1)
    first = cli(*further, "--learning-rate", "0.01", "--json").json[0]
    assert first["train_loss"] < trained.outcome.json[-2]["train_loss"]
    same = tmp_path / "same.npz"
    cli(*further, "--learning-rate", "1e-30", "--out", same)
    np.testing.assert_array_equal(load_model(same).model.parameters, load_model(trained.path).model.parameters)


def test_a_share_of_the_weights_it_started_from_is_kept(cli: "Cli", trained: "Trained", tmp_path: Path) -> None:
    further = ("train", *SMALL, "--start", trained.path, "--epochs", 1, "--threads", 1)
    saved = {}
    for share in ("0", "0.75"):
        cli(*further, "--start-share", share, "--out", tmp_path / share)
        saved[share] = load_model(tmp_path / share).model.parameters
    first = load_model(trained.path).model.parameters
    np.testing.assert_allclose(saved["0.75"], first + 0.25 * (saved["0"] - first), atol=1e-6)
    assert np.abs(saved["0"] - first).max() > 1e-3


def test_what_does_not_go_with_a_network_to_start_from_is_refused(cli: "Cli", trained: "Trained") -> None:
    for share in (("--start-share", "2"), ("--start-share", "0.5"), ("--start-share", "nan")):
        assert "--start-share is from 0 to 1, and goes with --start." in cli("train", *SMALL, *share).failed_with(1)
    message = cli("train", "--dataset", "digits-or-none", "--limit", "50", "--start", trained.path).failed_with(1)
    assert "takes 784 inputs to 10 classes, and Digits and other signs has 784 and 11" in message
    for option in (("--hidden", "9"), ("--activation", "tanh"), ("--no-biases",)):
        message = cli("train", *SMALL, "--start", trained.path, *option).failed_with(1)
        assert "--start brings the layers of its network" in message
    before = trained.path.read_bytes()
    done = cli("train", *SMALL, "--start", trained.path, "--out", trained.path)
    assert "--out would write over the network of --start" in done.failed_with(1)
    assert trained.path.read_bytes() == before


# What it saves


def test_the_same_seed_and_threads_give_the_same_file(cli: "Cli", trained: "Trained", tmp_path: Path) -> None:
    run = ("train", *SMALL, "--epochs", 2, "--hidden", "30", "--threads", 1)
    for seed in (3, 4):
        cli(*run, "--seed", seed, "--out", tmp_path / f"{seed}.npz")
    assert (tmp_path / "3.npz").read_bytes() == trained.path.read_bytes()
    assert (tmp_path / "4.npz").read_bytes() != trained.path.read_bytes()


def test_a_compact_file_is_half_as_large_and_as_good_as_what_was_measured(cli: "Cli", tmp_path: Path) -> None:
    run, whole, compact = (*SMALL, "--epochs", 1, "--threads", 1), tmp_path / "whole.npz", tmp_path / "compact.npz"
    cli("train", *run, "--out", whole)
    stated = cli("train", *run, "--compact", "--json", "--out", compact).json[-1]
    assert compact.stat().st_size < 0.6 * whole.stat().st_size
    np.testing.assert_allclose(load_model(compact).model.parameters, load_model(whole).model.parameters, atol=1e-3)
    (measured,) = cli("evaluate", compact, *SMALL, "--json").json
    assert measured["test_loss"] == pytest.approx(stated["test_loss"], rel=1e-5)


def test_calibrating_lowers_the_loss_and_leaves_the_answers(cli: "Cli", tmp_path: Path) -> None:
    # Many epochs on little data make a network surer of itself than it should be.
    run = ("--dataset", "synthetic", "--limit", 1000, "--epochs", 40, "--batch-size", 20, "--threads", 1, "--json")
    plain = cli("train", *run).json[-1]
    calibrated = cli("train", *run, "--calibrate").json[-1]
    assert calibrated["test_accuracy"] == plain["test_accuracy"]
    assert calibrated["test_loss"] < plain["test_loss"]


def test_the_file_says_how_the_network_came_about(trained: "Trained") -> None:
    contents = load_model(trained.path)
    assert contents.model.sizes == (784, 30, 10)
    assert contents.class_names == tuple("0123456789")
    told = contents.provenance
    assert (told["dataset"], told["training_examples"], told["steps"]) == ("synthetic", 500, 8)
    assert (told["settings"]["seed"], told["settings"]["epochs"]) == (3, 2)
    assert told["test_accuracy"] == trained.outcome.json[-1]["test_accuracy"]


def test_options_reach_the_run(cli: "Cli", tmp_path: Path) -> None:
    out = tmp_path / "model.npz"
    given: dict[str, Any] = {
        "hidden": (7, 5), "activation": "tanh,relu", "initializer": "glorot-normal", "biases": False,
        "optimizer": "momentum", "momentum": 0.5, "learning_rate": 0.05, "schedule": "inverse-time", "decay": 0.25,
        "batch_size": 25, "epochs": 2, "seed": 11, "dropout": 0.1, "l2": 0.001, "label_smoothing": 0.1,
    }  # fmt: skip
    done = cli(
        "train", "--dataset", "synthetic", "--limit", "50", "--out", out,
        *(word for name, value in given.items() for word in words_for(name, value)), "--json",
    )  # fmt: skip
    assert done.status == 0
    asked = replace(PRESETS["relu-128-64"].settings, **given)
    assert provenance(out)["settings"] == json.loads(json.dumps(asdict(asked)))
    assert [event["learning_rate"] for event in done.json[:2]] == pytest.approx([0.05, 0.04])
    model = load_model(out).model
    assert (model.sizes, model.activation, model.biases) == ((784, 7, 5, 10), "tanh,relu", False)


OTHER: dict[str, Any] = {
    "hidden": (32, 16), "activation": "relu,tanh", "biases": False, "batch_norm": True, "decay_every": 3,
    "keep_zeros": True, "early_stopping": 4, "batch_size": 64, "epochs": 7, "seed": 9,
    "augmentation": Augmentation(shift=2.0, rotation=10.0),
}  # fmt: skip
"""A value for each setting that is not the preset's, where a half would not do."""


def other(name: str) -> Any:
    spec = SPECS[name]
    return list(spec.titles)[-1] if isinstance(spec, Choice) else OTHER.get(name, 0.5)


def words_for(name: str, value: Any) -> list[str]:
    """A setting as options."""
    option = f"--{name.replace('_', '-')}"
    if isinstance(value, bool):
        return [option if value else option.replace("--", "--no-", 1)]
    if isinstance(value, tuple):
        return [option, ",".join(map(str, value))]
    if isinstance(value, Augmentation):
        return [option, ",".join(f"{key}={amount:g}" for key, amount in asdict(value).items())]
    return [option, str(value)]


def parsed(*options: str, preset: str = "relu-128-64") -> Settings:
    parser = argparse.ArgumentParser()
    add_setting_options(parser)
    return settings_of(parser.parse_args(options), PRESETS[preset].settings)


def test_settings_follow_from_others_unless_they_are_given() -> None:
    assert parsed("--optimizer", "adam").learning_rate == OPTIMIZERS["adam"].usual_rate
    assert parsed("--optimizer", "adam", "--learning-rate", "0.5").learning_rate == 0.5
    assert parsed("--optimizer", "sgd").learning_rate == PRESETS["relu-128-64"].settings.learning_rate
    schedules: list[tuple[tuple[str, ...], str]] = [
        ((), "constant"), (("--decay", "0.1"), "inverse-time"), (("--decay", "0"), "constant"),
        (("--decay", "0.1", "--schedule", "exponential"), "exponential"),
        (("--decay", "0.1", "--schedule", "constant"), "constant"),
    ]  # fmt: skip
    for options, schedule in schedules:
        assert parsed(*options, preset="relu-128").schedule == schedule
    for name, augmentation in AUGMENTATIONS.items():
        assert parsed("--augmentation", name).augmentation == augmentation
    assert parsed("--augmentation", "shift=2").augmentation == Augmentation(shift=2.0)


def test_every_setting_has_an_option() -> None:
    usual = PRESETS["relu-128-64"].settings
    assert parsed() == usual
    for name in SPECS:  # with a rate of its own, since another optimizer brings one
        settings = parsed("--learning-rate", "0.3", *words_for(name, other(name)))
        assert settings == replace(usual, **{name: other(name)})
        assert settings != usual


def test_help_says_of_each_option_what_its_setting_does(cli: "Cli") -> None:
    told = " ".join(cli("train", "--help").out.split())
    for name, spec in SPECS.items():
        assert f"--{name.replace('_', '-')}" in told
        assert spec.hint[1:] in told
    for section in SECTIONS:
        assert f"{section.title.lower()}:" in told


def test_a_preset_brings_its_settings_and_options_go_before_them(cli: "Cli", tmp_path: Path) -> None:
    out, preset = tmp_path / "model.npz", PRESETS["sigmoid-sgd"].settings
    tiny = ("train", "--dataset", "synthetic", "--limit", "20", "--epochs", "1", "--out", out)
    cli(*tiny, "--preset", "sigmoid-sgd")
    settings = provenance(out)["settings"]
    assert settings["epochs"] == 1
    assert (settings["preset"], settings["activation"]) == ("sigmoid-sgd", preset.activation)
    assert (settings["batch_size"], tuple(settings["hidden"])) == (preset.batch_size, preset.hidden)
    assert cli(*tiny, "--hidden", "").status == 0
    assert load_model(out).model.sizes == (784, 10)


# Interrupted


@pytest.fixture
def hangup_is_heard() -> Iterator[None]:
    """Also where the tests were started to survive the end of their terminal."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hangup_is_heard")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_request_to_end_saves_what_was_trained_so_far(tmp_path: Path, number: signal.Signals) -> None:
    out = tmp_path / "model.npz"
    command = [sys.executable, "-m", "mnist_viz", "train", *SMALL, "--epochs", "10000", "--json", "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert json.loads(running.stdout.readline())["event"] == "epoch"
        running.send_signal(number)
        rest, err = running.communicate(timeout=240)
    assert running.returncode == 130
    result = json.loads(rest.splitlines()[-1])
    assert (result["event"], result["model"], result["interrupted"]) == ("result", str(out), True)
    assert err == f"mnist-viz: interrupted; what was trained so far is in {out}\n"
    told = provenance(out)
    assert 4 <= told["steps"] < 40_000
    assert told["test_accuracy"] == result["test_accuracy"]


# What it writes is not lost, and what is there neither


@pytest.mark.parametrize("closed", [">&- 2>&- <&-", "> /dev/full", "| true"])
def test_a_model_is_saved_though_nobody_can_read_what_is_printed(tmp_path: Path, closed: str) -> None:
    out = tmp_path / "model.npz"
    command = shlex.join([sys.executable, "-m", "mnist_viz", "train", *TINY, "--out", str(out)])
    done = subprocess.run(f"{command} {closed}", shell=True, capture_output=True, text=True, timeout=240, check=True)
    assert load_model(out).sizes == (784, 8, 10)
    assert "Traceback" not in done.stderr


def test_a_checkpoint_that_cannot_be_written_does_not_cost_the_model(
    cli: "Cli", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_a_full_disk(*_: object) -> None:
        raise OSError("cannot write run.ckpt: No space left on device")

    monkeypatch.setattr(train, "save_checkpoint", on_a_full_disk)
    out = tmp_path / "model.npz"
    done = cli("train", *TINY, "--epochs", "3", "--checkpoint", tmp_path / "run.ckpt", "--out", out)
    assert done.failed_with(1) == "mnist-viz: cannot write run.ckpt: No space left on device"
    assert done.lines[-1] == f"Saved {out}"
    assert provenance(out)["steps"] == 3


def test_what_is_there_is_not_replaced_by_another_kind_of_file(cli: "Cli", trained: "Trained", tmp_path: Path) -> None:
    there = tmp_path / "there.npz"
    for contents in (b"label,pixel\n1,2\n", b"\x89PNG", b"PK\x03\x04", b"SQLite format 3\0"):
        there.write_bytes(contents)
        for kind, option in (("model", "--out"), ("checkpoint", "--checkpoint")):
            line = cli("train", *TINY, option, there).failed_with(1)
            assert line.startswith(f"mnist-viz: cannot write {there}: it is there already and is no mnist-viz {kind}")
            assert there.read_bytes() == contents
    np.savez(there, x=np.zeros((20, 8, 8), np.uint8), y=np.arange(20) % 2)
    before = there.read_bytes()
    assert "is no mnist-viz model" in cli("train", "--dataset", there, "--out", there).failed_with(1)
    assert there.read_bytes() == before
    shutil.copy(trained.path, there)
    there.chmod(0o444)
    assert f"cannot write {there}: it is write-protected" in cli("train", *TINY, "--out", there).failed_with(1)
    assert there.read_bytes() == trained.path.read_bytes()
    there.chmod(0o644)
    assert cli("train", *TINY, "--out", there).status == 0  # a model by a model
    assert load_model(there).sizes == (784, 8, 10)
    there.write_bytes(b"")
    assert cli("train", *TINY, "--out", there).status == 0  # and an empty file


# What it cannot


def test_what_is_impossible_or_not_understood_is_one_line_that_names_it(cli: "Cli") -> None:
    impossible: list[tuple[tuple[str, ...], str]] = [
        (("--hidden", "128,-3"), "A hidden layer needs 1 to 8,192 neurons, not -3."),
        (("--hidden", ",".join(["4"] * 17)), "At most 16 hidden layers, not 17."),
        (("--learning-rate", "nan"), "The learning rate must be above 0 and at most 100, not nan."),
        (("--seed", "9" * 400), "The seed must be 0 to 9,007,199,254,740,991, not a larger number."),
        (("--schedule", "step", "--decay", "2"), "The decay of this schedule must be below 1, not 2."),
        (("--augmentation", "shift=-1"), "shift"),
        (("--limit", "0"), "a limit of 0 training digits is impossible"),
        (("--dataset", "imagenet"), "there is no data set 'imagenet'"),
    ]
    wrong: list[tuple[tuple[str, ...], str]] = [
        (("--epochs",), "--epochs"), (("--colour", "red"), "--colour red; see mnist-viz train --help"),
        *(((f"--{name}", value), value) for name, value in (
            ("preset", "relu-9000"), ("activation", "swish"), ("optimizer", "newton"), ("hidden", "128,many"),
            ("hidden", "128,,64"), ("epochs", "ten"), ("schedule", "weekly"), ("augmentation", "wild"),
            ("augmentation", "shift=far"), ("augmentation", "shift"),
        )),
    ]  # fmt: skip
    for status, cases in ((1, impossible), (2, wrong)):
        for options, message in cases:
            done = cli("train", *TINY, *options)
            assert message in done.failed_with(status)
            assert done.out == ""


def test_a_data_folder_that_is_not_there_or_damaged_is_one_line(cli: "Cli", tmp_path: Path) -> None:
    done = cli("train", "--dataset", "mnist", "--data-dir", tmp_path / "none")
    assert str(tmp_path / "none") in done.failed_with(1)
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                 "t10k-labels-idx1-ubyte"):  # fmt: skip
        (raw / name).write_bytes(b"not IDX at all")
    assert "idx" in cli("train", "--dataset", "mnist", "--data-dir", tmp_path).failed_with(1).lower()


def test_a_place_that_cannot_be_written_is_known_before_the_training(
    cli: "Cli", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for where, why in (("none/model.npz", "cannot write"), (".", "cannot write"), ("model.npz", "no permission")):
        if why == "no permission":
            monkeypatch.setattr("os.access", lambda *_: False)  # chmod would not keep root out
        done = cli("train", *TINY, "--out", tmp_path / where)
        assert why in done.failed_with(1)
        assert done.out == ""


def test_a_diverging_run_is_one_line_with_advice(cli: "Cli", trained: "Trained", tmp_path: Path) -> None:
    old, out = trained.path.read_bytes(), tmp_path / "model.npz"
    for batch in ("50", "500"):  # within an epoch, and at the end of one
        out.write_bytes(old)
        done = cli(
            "train", *SMALL, "--hidden", "16,16", "--activation", "identity", "--learning-rate", "100", "--decay", "0",
            "--epochs", "60", "--batch-size", batch, "--json", "--out", out,
        )  # fmt: skip
        line = done.failed_with(1)
        assert "diverged" in line
        assert "learning rate was 100" in line
        for event in done.json:  # refuses NaN
            assert np.isfinite(event["val_loss"])
        assert out.read_bytes() == old or load_model(out)  # never a network of NaN


def test_what_was_trained_before_a_divergence_is_kept(
    cli: "Cli", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mnist_viz.engine.progress import BatchEnd, Diverged
    from mnist_viz.engine.training import Trainer

    train_batch = Trainer._train_batch

    def diverging_in_the_third_epoch(self: Trainer) -> BatchEnd:
        if self.epoch == 2:
            raise Diverged(self.step, 1.0)
        return train_batch(self)

    monkeypatch.setattr(Trainer, "_train_batch", diverging_in_the_third_epoch)
    done = cli("train", *TINY, "--epochs", "5", "--out", tmp_path / "diverged.npz")
    assert "The network of the last whole epoch is in" in done.failed_with(1)
    monkeypatch.undo()
    cli("train", *TINY, "--epochs", "2", "--out", tmp_path / "two.npz")
    kept, two = (load_model(tmp_path / name).model.parameters for name in ("diverged.npz", "two.npz"))
    assert np.array_equal(kept, two)
