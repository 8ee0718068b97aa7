"""The tour does the program's main job in the real window, and fails if any step of it does."""

import subprocess
import sys
from pathlib import Path

LOOKED_CLOSER = {
    "neuron", "slow-motion", "why-this-digit", "map-between-drawings", "embedding", "layer-health", "break-and-prune",
    "loss-landscape", "nearest-training-digits",
}  # fmt: skip


def test_the_tour_does_every_step_and_leaves_its_pictures(tmp_path: Path, mnist_dir: Path) -> None:
    command = [sys.executable, "-m", "mnist_viz", "tour", "--out", str(tmp_path), "--data-dir", str(mnist_dir)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    pictures = {path.stem.partition("-")[2] for path in tmp_path.glob("*.png")}
    assert {"digit", "trained", "diverged", "restored", *LOOKED_CLOSER} <= pictures
    assert "FAILED" not in done.stdout
