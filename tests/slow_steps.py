"""The next step of a small network's training, taken apart."""

from dataclasses import replace
from itertools import islice
from typing import Any

from mnist_viz.analysis.slow_motion import SlowMotion, next_batch
from mnist_viz.analysis.subject import Subject
from mnist_viz.data.progress import UNWATCHED
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer
from tests.small_data import blobs

SETTINGS = Settings(hidden=(8, 6), batch_size=20, optimizer="sgd", activation="tanh", learning_rate=0.05)


def trainer_of(**settings: Any) -> Trainer:
    """A trainer after four steps."""
    trainer = Trainer(replace(SETTINGS, **settings), blobs(200, 1), blobs(50, 2), classes=3)
    for _ in islice(trainer.run(), 4):
        pass
    return trainer


def slow_motion_of(trainer: Trainer) -> SlowMotion:
    subject = Subject(
        trainer.network.plain(), trainer.step, ("ant", "bee", "cow"), trainer.image_shape, next_step=trainer.next_step
    )
    return next_batch(subject, None, UNWATCHED)
