"""A hundred steps of a run against the same steps in torch, where torch is installed."""

from dataclasses import replace
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.engine.progress import BatchEnd
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import Trainer

torch = pytest.importorskip("torch")
torch.set_num_threads(1)  # so small a network is faster so, and other tests run beside this one

STEPS = 100
BASE = Settings(hidden=(12, 8), activation="tanh", batch_size=16, epochs=50, learning_rate=0.05)

Labelled = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def optimizer_of(settings: Settings, groups: list[dict[str, Any]]) -> Any:
    rate, momentum, optim = settings.learning_rate, settings.momentum, torch.optim
    return {
        "sgd": lambda: optim.SGD(groups, rate),
        "momentum": lambda: optim.SGD(groups, rate, momentum=momentum),
        "nesterov": lambda: optim.SGD(groups, rate, momentum=momentum, nesterov=True),
        "adagrad": lambda: optim.Adagrad(groups, rate),
        "rmsprop": lambda: optim.RMSprop(groups, rate),
        "adam": lambda: optim.Adam(groups, rate, betas=(momentum, 0.999)),
        "adamw": lambda: optim.AdamW(groups, rate, betas=(momentum, 0.999)),
    }[settings.optimizer]()


class Twin:
    """The same network in torch, with the trainer's first weights."""

    def __init__(self, trainer: Trainer) -> None:
        settings, nn = trainer.settings, torch.nn
        functions = {
            "tanh": nn.Tanh, "relu": nn.ReLU, "sigmoid": nn.Sigmoid, "elu": nn.ELU, "silu": nn.SiLU,
            "softplus": nn.Softplus, "identity": nn.Identity, "leaky-relu": nn.LeakyReLU,
            "gelu": lambda: nn.GELU(approximate="tanh"),
        }  # fmt: skip
        self.linear, self.norms, parts = [], [], []
        sizes = trainer.network.sizes
        for k, (inputs, outputs) in enumerate(pairwise(sizes)):
            last = k == len(sizes) - 2
            layer = nn.Linear(inputs, outputs, bias=settings.biases and (last or not settings.batch_norm))
            with torch.no_grad():
                layer.weight.copy_(torch.from_numpy(trainer.network.layers[k].weights.T.copy()))
                if layer.bias is not None:
                    layer.bias.zero_()
            self.linear.append(layer)
            parts.append(layer)
            if not last and settings.batch_norm:
                self.norms.append(nn.BatchNorm1d(outputs))
                parts.append(self.norms[-1])
            if not last:
                parts.append(functions[settings.activation]())
        self.model = nn.Sequential(*parts)
        weights = [layer.weight for layer in self.linear]
        others = [p for p in self.model.parameters() if not any(p is w for w in weights)]
        groups = [{"params": weights, "weight_decay": settings.l2}, {"params": others, "weight_decay": 0.0}]
        self.optimizer = optimizer_of(settings, groups)
        self.settings = settings

    def step(self, x: NDArray[np.floating], y: NDArray[np.integer]) -> float:
        """One step; returns the plain loss before it."""
        self.optimizer.zero_grad()
        logits, labels = self.model(torch.from_numpy(x.copy())), torch.from_numpy(y.copy())
        if self.settings.loss == "mse":
            target = torch.nn.functional.one_hot(labels, 3).float()
            plain = loss = ((torch.softmax(logits, 1) - target) ** 2).sum(1).mean() / 2
        else:
            plain = torch.nn.functional.cross_entropy(logits, labels)
            loss = torch.nn.functional.cross_entropy(logits, labels, label_smoothing=self.settings.label_smoothing)
        loss.backward()
        if self.settings.gradient_clip:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.gradient_clip)
        self.optimizer.step()
        return float(plain.detach())


CHANGES: dict[str, dict[str, Any]] = {
    **{name: {"optimizer": name} for name in ("sgd", "momentum", "nesterov")},
    **{name: {"optimizer": name, "learning_rate": 0.003} for name in ("adagrad", "rmsprop", "adam")},
    "adamw": {"optimizer": "adamw", "learning_rate": 0.003, "l2": 0.1},
    "L2": {"l2": 0.02},
    "L2 with adam": {"l2": 0.02, "optimizer": "adam", "learning_rate": 0.003},
    "smoothing": {"label_smoothing": 0.2},
    "clipping": {"gradient_clip": 0.3},
    "clipping before L2": {"gradient_clip": 0.3, "l2": 0.2},
    "clipping before AdamW": {"gradient_clip": 0.3, "l2": 0.2, "optimizer": "adamw", "learning_rate": 0.003},
    "squared error": {"loss": "mse"},
    "batch norm": {"batch_norm": True},
    "batch norm with adam": {"batch_norm": True, "optimizer": "adam", "learning_rate": 0.003},
    "no biases": {"biases": False},
    **{
        name: {"activation": name}
        for name in ("relu", "leaky-relu", "sigmoid", "elu", "gelu", "silu", "softplus", "identity")
    },
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_hundred_steps_are_torchs(train_set: Labelled, validation_set: Labelled, change: dict[str, Any]) -> None:
    """To float32 rounding: sums are taken in another order, and a hundred steps add up what that does to the last bits.

    A float32 holds 6e-8 of a number; 1e-4, and 1e-5 near zero, leaves room for other processors' matrix products.
    """
    settings = replace(BASE, **change)
    trainer = Trainer(settings, train_set, validation_set, classes=3)
    twin = Twin(trainer)
    batches = Trainer(settings, train_set, validation_set, classes=3).batches
    steps = (event for event in trainer.run() if isinstance(event, BatchEnd))
    for event in islice(steps, STEPS):
        expected = twin.step(*batches.take(event.epoch, event.batch))
        assert event.loss == pytest.approx(expected, rel=1e-4, abs=1e-5)
    for ours, theirs in zip(trainer.network.layers, twin.linear, strict=True):
        np.testing.assert_allclose(ours.weights.T, theirs.weight.detach().numpy(), rtol=1e-4, atol=1e-5)
        if theirs.bias is not None:
            assert ours.biases is not None
            np.testing.assert_allclose(ours.biases, theirs.bias.detach().numpy(), rtol=1e-4, atol=1e-5)
    for layer, norm in zip(trainer.network.layers, twin.norms, strict=False):
        assert layer.norm is not None
        assert layer.biases is not None
        np.testing.assert_allclose(layer.norm.gain, norm.weight.detach().numpy(), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(layer.biases, norm.bias.detach().numpy(), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(layer.norm.mean, norm.running_mean.numpy(), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(layer.norm.variance, norm.running_var.numpy(), rtol=1e-4, atol=1e-5)
