"""The presets on real digits reach what their authors report."""

from pathlib import Path

from mnist_viz.data.datasets import load_dataset
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.threads import blas_threads
from mnist_viz.engine.training import Trainer


def test_relu_128_64_reads_97_percent_of_the_test_digits_after_10_epochs(mnist_dir: Path) -> None:
    data = load_dataset("mnist", mnist_dir)
    trainer = Trainer(
        PRESETS["relu-128-64"].settings,
        (data.train.images, data.train.labels),
        (data.validation.images, data.validation.labels),
    )
    trainer.epochs = 10
    with blas_threads(trainer.network):
        for _ in trainer.run():
            pass
        _, accuracy = trainer.network.evaluate(data.test.images, data.test.labels)
    assert accuracy >= 0.97
