"""What a reader found becomes a data set: its classes in order, and parts cut where the data bring none."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.dataset import Dataset, Split, Subset
from mnist_viz.data.errors import DataError
from mnist_viz.data.user.examples import PARTS, Found, Part

SHARE = 0.1
"""The share of the training examples that goes into each part that has to be cut from them."""
SEED = 20_260_101

Rows = NDArray[np.int64]


def assemble(found: Found, name: str, limit: int | None) -> tuple[Dataset, tuple[str, ...]]:
    """Build the data set, and tell which parts were cut from the training examples.

    The blocks of `found` are given up one by one.

    Raises:
        DataError: fewer than two classes, a part without examples, a limit that is none.
    """
    path = found.path
    names, classes = found.classes()
    if len(names) < 2:
        raise DataError(f"{path} holds fewer than two classes: a network needs at least two to tell apart")
    parts = {part: found.parts.get(part, Part()) for part in PARTS}
    labels = {part: classes[np.concatenate([np.empty(0, np.int64), *parts[part].codes])] for part in PARTS}
    if not len(labels["train"]):
        raise DataError(f"{path} has no training examples: add some")
    rng = np.random.default_rng(SEED)
    rows: dict[str, Rows] = {part: np.arange(len(labels[part])) for part in PARTS}
    cut = tuple(part for part in ("validation", "test") if not len(rows[part]))
    if cut:
        rows |= stratified(labels["train"], cut, rng)
    if not all(len(rows[part]) for part in PARTS):
        raise DataError(f"{path} has too few examples to set some aside for testing: give at least 3 of a class")
    split = Split(*(len(rows[part]) for part in PARTS)).limited(limit)
    for part in PARTS:
        size = getattr(split, part)
        if size < len(rows[part]):  # any of them: a file may be sorted by class
            rows[part] = rows[part][np.sort(rng.permutation(len(rows[part]))[:size])]
    subsets: dict[str, Subset] = {}
    for origin in PARTS:
        taken = [part for part in PARTS if origin == ("train" if part in cut else part)]
        if not taken:
            continue
        images = _placed(parts[origin].blocks, np.concatenate([rows[part] for part in taken]))
        ends = np.cumsum([len(rows[part]) for part in taken])
        for part, pictures in zip(taken, np.split(images, ends[:-1]), strict=True):
            subsets[part] = _subset(pictures, labels[origin][rows[part]])
    dataset = Dataset(
        name=name,
        title=path.name,
        class_names=names,
        train=subsets["train"],
        validation=subsets["validation"],
        test=subsets["test"],
        source=f"your own data: {found.kind}, {path}",
        image_shape=found.image_shape,
    )
    return dataset, cut


def stratified(labels: NDArray[np.uint8], cut: Sequence[str], rng: np.random.Generator) -> dict[str, Rows]:
    """Shuffle the examples and share them out: the same share of every class goes into each part to be cut.

    Of a class with few examples each part gets one, testing first, as long as one is left to train on.
    """
    shuffled = rng.permutation(len(labels))
    by_class = [shuffled[labels[shuffled] == number] for number in np.unique(labels)]
    parts: dict[str, list[Rows]] = {part: [] for part in ("train", *cut)}
    for rows in by_class:
        size = max(1, round(len(rows) * SHARE))
        for part in reversed(cut):
            size = min(size, len(rows) - 1)
            parts[part].append(rows[:size])
            rows = rows[size:]
        parts["train"].append(rows)
    place = np.argsort(shuffled)
    joined = {part: np.concatenate(pieces) for part, pieces in parts.items()}
    # In the order of the shuffle, not class by class.
    return {part: rows[np.argsort(place[rows])] for part, rows in joined.items()}


def _placed(blocks: list[NDArray[np.uint8]], rows: Rows) -> NDArray[np.uint8]:
    """These rows of all blocks in this order, (rows, pixels); the blocks are given up one by one."""
    total, pixels = sum(map(len, blocks)), blocks[0].shape[1]
    place = np.full(total, -1)
    place[rows] = np.arange(len(rows))
    images = np.empty((len(rows), pixels), np.uint8)
    stop = total
    while blocks:
        block = blocks.pop()
        there = place[stop - len(block) : stop]
        images[there[there >= 0]] = block[there >= 0]
        stop -= len(block)
    return images


def _subset(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Subset:
    for array in (images, labels):
        array.setflags(write=False)
    return Subset(images, labels)
