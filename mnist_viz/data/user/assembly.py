"""What a reader found becomes a data set: its classes in order, and parts cut where the data bring none."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.dataset import Dataset, Split, Subset
from mnist_viz.data.errors import DataError
from mnist_viz.data.user.examples import Found, Part
from mnist_viz.data.user.file_names import PARTS

SHARE = 0.1
"""The share of the training examples that goes into each part that has to be cut from them."""
SEED = 20_260_101

Rows = NDArray[np.int64]


def assemble(found: Found, name: str, limit: int | None, least_classes: int = 2) -> Dataset:
    """Build the data set; of the parts that were cut from the training examples `found.decided` tells.

    The blocks of `found` are given up, part by part.

    Raises:
        DataError: fewer classes than `least_classes`, a part without examples, a limit that is none.
    """
    path = found.path
    names, classes = found.named()
    if len(names) < least_classes:
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
        found.decided.append(
            f"There are no {' and no '.join(cut)} examples: one tenth of each class's training examples was set aside "
            f"for {'it' if len(cut) == 1 else 'each'}."
        )
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
        if taken:
            images = np.concatenate(parts[origin].blocks)
            parts[origin].blocks.clear()  # so that never more than twice the memory is needed
            for part in taken:
                subsets[part] = Subset(images[rows[part]], labels[origin][rows[part]])
    for subset in subsets.values():
        subset.images.setflags(write=False)
        subset.labels.setflags(write=False)
    return Dataset(
        name=name,
        title=path.name,
        class_names=names,
        train=subsets["train"],
        validation=subsets["validation"],
        test=subsets["test"],
        source=f"your own data: {found.kind}, {path}",
        image_shape=found.image_shape,
        notes=(*found.decided, *found.warnings),
    )


def stratified(labels: NDArray[np.uint8], cut: Sequence[str], rng: np.random.Generator) -> dict[str, Rows]:
    """Shuffle the examples and share them out: the same share of every class goes into each part to be cut.

    Of a class with few examples each part gets one, testing first, as long as one is left to train on.
    """
    part_of = np.full(len(labels), "train", "U10")
    shuffled = rng.permutation(len(labels))
    for number in np.unique(labels):
        rows = shuffled[labels[shuffled] == number]
        size = max(1, round(len(rows) * SHARE))
        for part in reversed(cut):
            size = min(size, len(rows) - 1)
            part_of[rows[:size]] = part
            rows = rows[size:]
    order = rng.permutation(len(labels))
    return {part: order[part_of[order] == part] for part in ("train", *cut)}
