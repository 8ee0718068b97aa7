"""Checkpoints of the command line: a run goes on as if there had been no break, or says in a line why it cannot."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.commands.conftest import Cli

DATA = ("--dataset", "synthetic", "--limit", "50")
TINY = (*DATA, "--hidden", "8", "--epochs", "1")
RUN = (*TINY, "--optimizer", "adam", "--dropout", "0.2", "--augmentation", "light", "--threads", "1")


def test_a_resumed_run_writes_the_file_of_the_run_that_was_not_stopped(cli: "Cli", tmp_path: Path) -> None:
    whole, resumed, checkpoint = (tmp_path / name for name in ("whole.npz", "resumed.npz", "run.mnistviz"))
    assert cli("train", *RUN, "--epochs", 3, "--out", whole).status == 0
    assert cli("train", *RUN, "--epochs", 2, "--checkpoint", checkpoint).status == 0
    done = cli("train", *DATA, "--resume", checkpoint, "--epochs", 3, "--threads", "1", "--out", resumed)
    assert done.status == 0
    assert [line[:10] for line in done.lines if line.startswith("Epoch")] == ["Epoch   2:"]
    assert resumed.read_bytes() == whole.read_bytes()
    assert f"{checkpoint} is a session" in cli("evaluate", checkpoint).failed_with(1)
    assert "--epochs N lets it go on" in cli("train", *DATA, "--resume", checkpoint).err  # it is finished


def test_a_run_that_began_with_a_network_is_resumed_too(cli: "Cli", tmp_path: Path) -> None:
    network, whole, resumed, checkpoint = (tmp_path / name for name in ("a.npz", "b.npz", "c.npz", "run.mnistviz"))
    cli("train", *TINY, "--out", network)
    further = ("train", *DATA, "--start", network, "--threads", "1")
    assert cli(*further, "--epochs", 2, "--out", whole).status == 0
    assert cli(*further, "--epochs", 1, "--checkpoint", checkpoint).status == 0
    assert cli("train", *DATA, "--resume", checkpoint, "--epochs", 2, "--threads", "1", "--out", resumed).status == 0
    assert resumed.read_bytes() == whole.read_bytes()


def test_what_does_not_fit_the_run_is_one_line(cli: "Cli", tmp_path: Path) -> None:
    checkpoint = tmp_path / "run.mnistviz"
    cli("train", *RUN, "--epochs", 1, "--limit", "60", "--checkpoint", checkpoint)
    for options, message in (
        (("--dataset", "mnist"), "The run was trained on synthetic, not on mnist; it goes on with its own."),
        (("--limit", "77"), "give the same data set, and the same limit"),
        (("--limit", "60", "--hidden", "9"), "Hidden layers cannot change while a run goes on: it needs a reset"),
        (("--limit", "60", "--start", "any.npz"), "--resume brings the network of its run, and --start another"),
        (("--limit", "60", "--preset", "relu-128"), "--resume brings the settings of its run, and --preset others"),
    ):
        assert message in cli("train", "--resume", checkpoint, *options).failed_with(1)
    checkpoint.write_bytes(b"PK\x03\x04 not quite")
    assert "is not a session, or it is damaged" in cli("train", "--resume", checkpoint).failed_with(1)
    one = tmp_path / "one.npz"
    assert "must be two files" in cli("train", *TINY, "--out", one, "--checkpoint", one).failed_with(1)
    assert not one.exists()


def test_an_early_stop_says_which_epoch_is_kept(cli: "Cli", tmp_path: Path) -> None:
    wild = (*TINY, "--epochs", "40", "--early-stopping", "1", "--learning-rate", "5", "--gradient-clip", "1")
    result = cli("train", *wild, "--json").json[-1]
    assert result["stopped_early"]
    said = [line for line in cli("train", *wild).lines if line.startswith("Stopped early")]
    assert said == [
        f"Stopped early: the lowest validation loss was that of epoch {result['best_epoch']}; its network is kept."
    ]


def test_each_layer_is_reported_on_request(cli: "Cli") -> None:
    lines = [line for line in cli("train", *TINY, "--epochs", 1, "--layers").lines if line.startswith("  ")]
    assert lines[0].startswith("  Hidden 1: weights ")
    assert lines[-1].startswith("  Output: weights ")
    assert "step / weights" in lines[-1]
    layers = cli("train", *TINY, "--epochs", 1, "--layers", "--json").json[0]["layers"]
    assert len(layers) == len(lines)
    assert layers[0].keys() == {"gradient_norm", "weight_norm", "update_ratio", "dead", "saturated"}
