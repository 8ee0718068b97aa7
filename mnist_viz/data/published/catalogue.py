"""The data sets that the program knows: a row each, with classes, sizes, licence, source and published files."""

from dataclasses import dataclass

from mnist_viz.data.dataset import Split
from mnist_viz.data.published.raw import RawFiles, Shapes

DIGITS = tuple("0123456789")
LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

QUICK = 5_000
"""So many training digits of its own the program makes within a second: enough to begin with."""


@dataclass(frozen=True)
class Row:
    """One data set that the program knows.

    Args:
        image_shape: of one picture as the program has it: (height, width), or (height, width, 3) for colour.
        quick: of what the program makes itself, so many training examples can be had without making all.
        raw: the published files; None for what the program makes itself.
    """

    name: str
    title: str
    class_names: tuple[str, ...]
    split: Split
    licence: str
    source: str
    image_shape: tuple[int, ...] = (28, 28)
    quick: int = 0
    raw: RawFiles | None = None

    def shapes(self, split: Split) -> Shapes:
        """Shapes of the four arrays for a set of this size."""
        return {
            "train_images": (split.published_train, *self.image_shape),
            "train_labels": (split.published_train,),
            "test_images": (split.test, *self.image_shape),
            "test_labels": (split.test,),
        }


def _emnist_files(kind: str) -> dict[str, str]:
    return {
        f"{part}_{what}": f"emnist-{kind}-{part}-{what}-idx{dimensions}-ubyte"
        for part in ("train", "test")
        for what, dimensions in (("images", 3), ("labels", 1))
    }


_EMNIST = {kind: _emnist_files(kind) for kind in ("digits", "letters", "balanced")}


def _emnist(kind: str, class_names: tuple[str, ...], split: Split, conversion: str) -> Row:
    return Row(
        name=f"emnist-{kind}",
        title=f"EMNIST {kind}",
        class_names=class_names,
        split=split,
        licence="public domain (NIST)",
        source="G. Cohen, S. Afshar, J. Tapson and A. van Schaik, EMNIST: an extension of MNIST to handwritten letters",
        raw=RawFiles(
            torchvision_class="EMNIST",
            folder="EMNIST/raw",
            download_bytes=561_753_746,
            files=_EMNIST[kind],
            conversion=conversion,
            options={"split": kind},
            unpacked_bytes=2_400_000_000,  # torchvision unpacks all six of its kinds
            also=tuple(name for other, files in _EMNIST.items() if other != kind for name in files.values()),
        ),
    )


def _cifar(name: str, title: str, image_shape: tuple[int, ...], conversion: str) -> Row:
    return Row(
        name=name,
        title=title,
        class_names=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
        image_shape=image_shape,
        split=Split(train=45_000, validation=5_000, test=10_000),
        licence="none stated",
        source="A. Krizhevsky, V. Nair and G. Hinton, CIFAR-10: tiny pictures in colour",
        raw=RawFiles(
            torchvision_class="CIFAR10",
            folder="cifar-10-batches-py",
            download_bytes=170_498_071,
            files={name: name for name in (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch", "batches.meta")},
            is_idx=False,
            conversion=conversion,
            image_shape=(32, 32, 3),
        ),
    )


ROWS = {
    row.name: row
    for row in (
        Row(
            name="synthetic",
            title="Synthetic digits",
            class_names=DIGITS,
            split=Split(train=50_000, validation=10_000, test=10_000),
            licence="MIT",
            source="drawn from the program's own stroke templates",
            quick=QUICK,
        ),
        Row(
            name="digits-or-none",
            title="Digits and other signs",
            class_names=(*DIGITS, "none"),
            split=Split(train=200_000, validation=10_000, test=10_000),
            licence="MIT",
            source="drawn from the program's own stroke templates: digits, letters, symbols, scribbles",
            quick=QUICK,
        ),
        Row(
            name="mnist",
            title="MNIST",
            class_names=DIGITS,
            split=Split(train=50_000, validation=10_000, test=10_000),
            licence="CC BY-SA 3.0",
            source="Y. LeCun, C. Cortes and C. Burges, the MNIST database of handwritten digits",
            raw=RawFiles(torchvision_class="MNIST", folder="MNIST/raw", download_bytes=11_594_722),
        ),
        Row(
            name="fashion-mnist",
            title="Fashion-MNIST",
            class_names=(
                "T-shirt",
                "trouser",
                "pullover",
                "dress",
                "coat",
                "sandal",
                "shirt",
                "sneaker",
                "bag",
                "ankle boot",
            ),
            split=Split(train=50_000, validation=10_000, test=10_000),
            licence="MIT",
            source="H. Xiao, K. Rasul and R. Vollgraf (Zalando), Fashion-MNIST: pictures of clothes",
            raw=RawFiles(torchvision_class="FashionMNIST", folder="FashionMNIST/raw", download_bytes=30_878_645),
        ),
        Row(
            name="kmnist",
            title="KMNIST",
            class_names=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
            split=Split(train=50_000, validation=10_000, test=10_000),
            licence="CC BY-SA 4.0",
            source="Center for Open Data in the Humanities, KMNIST: Japanese letters in cursive (adapted from "
            "the Kuzushiji dataset of the National Institute of Japanese Literature)",
            raw=RawFiles(torchvision_class="KMNIST", folder="KMNIST/raw", download_bytes=21_240_888),
        ),
        _emnist("digits", DIGITS, Split(train=200_000, validation=40_000, test=40_000), "upright"),
        _emnist("letters", LETTERS, Split(train=104_000, validation=20_800, test=20_800), "letters"),
        _emnist(
            "balanced",
            # Small letters that look like their capitals are one class with them.
            (*DIGITS, *LETTERS, *"abdefghnqrt"),
            Split(train=94_000, validation=18_800, test=18_800),
            "upright",
        ),
        Row(
            name="qmnist",
            title="QMNIST",
            class_names=DIGITS,
            split=Split(train=50_000, validation=10_000, test=60_000),
            licence="BSD (3-clause)",
            source="C. Yadav and L. Bottou, QMNIST: MNIST made again, with 60,000 test digits",
            raw=RawFiles(
                torchvision_class="QMNIST",
                folder="QMNIST/raw",
                download_bytes=20_436_162,
                files={
                    "train_images": "qmnist-train-images-idx3-ubyte",
                    "train_labels": "qmnist-train-labels-idx2-int",
                    "test_images": "qmnist-test-images-idx3-ubyte",
                    "test_labels": "qmnist-test-labels-idx2-int",
                },
                conversion="first column",
                label_shape=(8,),
            ),
        ),
        Row(
            name="usps",
            title="USPS",
            class_names=DIGITS,
            split=Split(train=6_000, validation=1_291, test=2_007),
            licence="none stated",
            source="J. Hull, the US Postal Service's handwritten digits from envelopes (through LIBSVM's data sets)",
            raw=RawFiles(
                torchvision_class="USPS",
                folder=".",
                download_bytes=8_411_109,
                files={"train": "usps.bz2", "test": "usps.t.bz2"},
                is_idx=False,
                conversion="boxed",
                image_shape=(16, 16),
            ),
        ),
        _cifar("cifar10", "CIFAR-10", (32, 32, 3), "as published"),
        _cifar("cifar10-grey", "CIFAR-10 in grey", (28, 28), "grey"),
    )
}
