"""The step works in buffers that exist before it."""

import tracemalloc
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer

WIDE = Settings(hidden=(256, 64), batch_size=64)


@pytest.mark.parametrize(
    "settings",
    [
        WIDE,
        Settings(hidden=(256,), batch_size=64, optimizer="momentum", activation="leaky-relu"),
        Settings(hidden=(256,), batch_size=64, activation="sigmoid", biases=False),
        PRESETS["sigmoid-sgd"].settings,
        replace(WIDE, optimizer="adamw", l2=0.01, gradient_clip=0.1),
        replace(WIDE, dropout=0.5, input_dropout=0.2, l1=1e-4, l2=1e-4, label_smoothing=0.1),
        replace(WIDE, batch_norm=True, loss="mse", activation="gelu,silu"),
        replace(WIDE, max_norm=0.5, optimizer="nesterov", activation="elu,softplus"),
    ],
    ids=["relu", "momentum", "sigmoid", "single sample", "adamw", "dropout and penalties", "batch norm", "max norm"],
)
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_a_step_allocates_next_to_nothing(settings: Settings, kind: type[np.generic]) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (1000, 784), dtype=np.uint8)
    images[:, ::3] = 0
    labels = rng.integers(0, 10, 1000).astype(np.uint8)
    given = images if kind is np.uint8 else (images / 255).astype(np.float32)
    trainer = Trainer(settings, (given, labels), (given[:10], labels[:10]))
    for _ in islice(trainer.run(), 3):  # the first steps make the buffers
        pass
    run = trainer.run()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for _ in islice(run, 5):
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert trainer.step == 8
    # NumPy itself takes 64 KiB for some products; a batch, a gradient or a layer would be several times as much.
    assert peak - before < trainer.network.parameters.nbytes / 5
