"""Digits drawn from the project's own templates, each as another writer would: a data set without a file."""

from dataclasses import dataclass
import numpy as np
from numpy.typing import NDArray
from mnist_viz.data import ink
from mnist_viz.data.templates import Curves, curves

_BLOCK = 1000


@dataclass
class Writing:
    slant: float = 0.25
    slant_mean: float = 0.15
    turn: float = 0.10
    aspect: float = 0.20
    aspect_mean: float = 0.0
    jitter: float = 0.04
    smooth: float = 0.15
    blend: float = 0.0
    length: float = 0.8
    shift: float = 0.05
    overshoot: float = 0.15
    bend: float = 0.10
    wobble: float = 0.015
    pen: float = 0.25
    pen_mean: float = 2.4


W = Writing()


def generate(count: int, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    shapes = curves()
    images = np.zeros((count, 784), np.uint8)
    labels = np.zeros(count, np.uint8)
    for n, first in enumerate(range(0, count, _BLOCK)):
        x, y = _block(shapes, np.random.default_rng([seed, n]))
        images[first : first + _BLOCK] = x[: count - first].reshape(-1, 784)
        labels[first : first + _BLOCK] = y[: count - first]
    return images, labels


_C = {}


def _sib():
    if "s" not in _C:
        from mnist_viz.data.templates import TEMPLATES
        sig = [(t.digit, tuple((len(q), tuple(i for i, z in enumerate(q) if z[2])) for q in t.strokes())) for t in TEMPLATES]
        _C["s"] = np.array([np.resize([j for j, z in enumerate(sig) if z == g], 24) for g in sig])

    return _C["s"]



def _chol(shapes):
    if W.length not in _C:
        c = shapes.controls
        d = np.hypot(*np.moveaxis(np.diff(c, axis=1), 2, 0))
        d[np.diff(shapes.stroke, axis=1) != 0] = 1.0
        a = np.concatenate([np.zeros((len(c), 1)), np.cumsum(d, axis=1)], axis=1)
        K = np.exp(-(((a[:, :, None] - a[:, None]) / W.length) ** 2) / 2) + 1e-6 * np.eye(c.shape[1])
        _C[W.length] = np.linalg.cholesky(K)
    return _C[W.length]


def _block(shapes: Curves, rng: np.random.Generator):
    n = _BLOCK
    labels = rng.permuted(np.tile(np.arange(10), (n // 10, 1)), axis=1).ravel()
    # choose a template
    which = np.zeros(n, np.int64)
    u = rng.random(n)
    for d in range(10):
        own = np.flatnonzero(shapes.digit == d)
        edge = np.cumsum(shapes.share[own])
        mine = labels == d
        which[mine] = own[np.searchsorted(edge / edge[-1], u[mine], side="right").clip(0, len(own) - 1)]
    c = shapes.controls[which]
    sib = _sib()[which]
    other = sib[np.arange(n), (rng.random(n) * 24).astype(int)]
    w = (W.blend * rng.random(n))[:, None, None]
    c = c * (1 - w) + w * shapes.controls[other]
    k = c.shape[1]
    c = c + rng.normal(0, W.jitter, c.shape)
    c += W.smooth * (_chol(shapes)[which] @ rng.normal(0, 1, c.shape))
    shift = rng.normal(0, W.shift, (n, shapes.stroke.max() + 1, 2))
    c += np.take_along_axis(shift, shapes.stroke[which][:, :, None], axis=1)
    c += rng.normal(0, W.overshoot, (n, k, 1)) * (c - np.take_along_axis(c, shapes.inward[which][:, :, None], axis=1))
    path = shapes.curve[which] @ c
    p = path.shape[1]
    # bend: quadratic warp
    x, y = path[..., 0], path[..., 1]
    q = rng.normal(0, W.bend, (n, 6, 1))
    X = x + q[:, 0] * y * y + q[:, 1] * x * y * 1.5 + q[:, 2] * x * x
    Y = y + q[:, 3] * y * y + q[:, 4] * x * y + q[:, 5] * x * x
    # wobble
    s = np.arange(p) * (1.0 / 8)
    for m in (1.0, 2.0):
        ph = rng.random((n, 2, 1)) * 2 * np.pi
        f = m * (0.7 + 0.6 * rng.random((n, 2, 1)))
        X += W.wobble * np.sin(f[:, 0] * s + ph[:, 0])
        Y += W.wobble * np.sin(f[:, 1] * s + ph[:, 1])
    X *= np.exp(W.aspect_mean + rng.normal(0, W.aspect, (n, 1)))
    X -= Y * (W.slant_mean + rng.normal(0, W.slant, (n, 1)))
    t = rng.normal(0, W.turn, (n, 1))
    path = np.stack([X * np.cos(t) - Y * np.sin(t), X * np.sin(t) + Y * np.cos(t)], axis=2)
    pens = np.clip(W.pen_mean * np.exp(rng.normal(0, W.pen, n)), 1.3, 6)
    sizes = shapes.sizes[which]
    real = np.arange(p) < sizes[:, None]
    return ink.render_many(path[real], shapes.begins[which][real], sizes, pens), labels.astype(np.uint8)
