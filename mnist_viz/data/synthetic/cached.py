"""The data sets that the program makes itself: made once, in blocks, kept in the cache and mapped from then on."""

import hashlib
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data import store
from mnist_viz.data.dataset import Split
from mnist_viz.data.progress import Watch
from mnist_viz.data.published.catalogue import Row

# Synthetic digits are made in blocks, each from a seed of its own: a larger set begins with the smaller one, and
# whoever waits sees progress and can stop.
BLOCK = 1_000
TRAIN_SEED, TEST_SEED = 100_000, 200_000
# What the digits depend on besides their seed; a cached set made by other sources is made again.
GENERATOR = tuple(
    Path(__file__).parents[1] / f"{name}.py"
    for name in (
        "synthetic/handwriting", "synthetic/templates", "synthetic/non_digits", "synthetic/signs", "drawing/ink",
        "drawing/pen",
    )
)  # fmt: skip


def made(row: Row, split: Split, watch: Watch) -> store.Prepared:
    """Return the digits of `row` for a set of this size: those that were made before, or new ones, which are kept.

    Raises:
        CancelledError: the watch says so.
    """
    size = row.split.limited(row.quick) if split.train <= row.quick else row.split
    cached, made_by = store.place(f"{row.name}-{size.published_train}"), _generator()
    prepared = store.open_prepared(cached, made_by, row.shapes(size), len(row.class_names))
    if prepared is not None:
        return prepared

    # Not needed by whoever finds the digits made.
    from mnist_viz.data.synthetic import handwriting, non_digits

    make = {"synthetic": handwriting.generate, "digits-or-none": non_digits.generate_with_digits}[row.name]
    parts = {"train": (size.published_train, TRAIN_SEED), "test": (size.test, TEST_SEED)}
    total, done = size.published_train + size.test, 0
    arrays: dict[str, NDArray[np.uint8]] = {}
    for part, (count, seed) in parts.items():
        images = arrays[f"{part}_images"] = np.empty((count, int(np.prod(row.image_shape))), np.uint8)
        labels = arrays[f"{part}_labels"] = np.empty(count, np.uint8)
        for start in range(0, count, BLOCK):
            watch.at(f"Drawing {row.title.lower()}: {done:,} of {total:,}", done / total)
            block = slice(start, min(start + BLOCK, count))
            images[block], labels[block] = make(block.stop - start, seed + start // BLOCK)
            done += block.stop - start
    with suppress(OSError):  # a cache that cannot be written costs a second the next time, no more
        store.write(cached, arrays, made_by, token=uuid.uuid4().hex[:12])
    return arrays


def _generator() -> dict[str, Any]:
    """What identifies a set of made digits, as JSON has it."""
    digest = hashlib.sha256(np.__version__.encode())
    for path in GENERATOR:
        with suppress(OSError):  # a packed program may carry no sources
            digest.update(path.read_bytes())
    return {"generator": digest.hexdigest(), "seeds": [BLOCK, TRAIN_SEED, TEST_SEED]}
