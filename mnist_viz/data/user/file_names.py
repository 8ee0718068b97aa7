"""What the names of files, folders and arrays say: which part of the data they hold, and whether pictures or labels."""

import re

PARTS = ("train", "validation", "test")

_PART = (
    r"(?P<train>train(?:ing)?|trn|tra?)|(?P<validation>val(?:id(?:ation)?)?|dev)"
    r"|(?P<test>test(?:ing)?|tst|tes?|t10k|eval)"
)
_IMAGES = [
    "x", "images", "image", "imgs", "img", "pictures", "pixels", "data", "features", "inputs", "input", "samples",
]  # fmt: skip
_LABELS = ["y", "labels", "label", "lbls", "lbl", "targets", "target", "classes", "class", "answers"]
_ANY = "|".join((*_IMAGES, *_LABELS, "set", "s", "mnist", "digits"))
_PART_WORD = re.compile(rf"(?:{_ANY})?(?:{_PART})(?:{_ANY})?[0-9]*")
_PARTS = r"(?:train(?:ing)?|val(?:id(?:ation)?)?|test(?:ing)?|tr|te)?"
_KIND_WORD = re.compile(rf"{_PARTS}(?:(?P<images>{'|'.join(_IMAGES)})|(?P<labels>{'|'.join(_LABELS)})){_PARTS}[0-9]*")
# What names say of the form, and not of the contents.
_FORM = re.compile(r"idx[0-9]?|ubyte|u?int[0-9]*|float[0-9]*|gz|npy|npz|csv|tsv|txt|dat|small|full")
_PLAIN = {"set", "digits", "mnist"}  # beside another word they tell sets apart: emnist-digits and emnist-mnist
# "trainImages" and "XTrain" are two words each.
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")


def words(name: str) -> list[str]:
    return [word.lower() for word in _WORDS.split(name) if word]


def part_of(name: str) -> str | None:
    """The part of the data, of PARTS, that a name means in any usual spelling."""
    for word in words(name):
        if match := _PART_WORD.fullmatch(word):
            return match.lastgroup
    return None


def kind_of(name: str) -> str | None:
    kinds = {match.lastgroup for word in words(name) if (match := _KIND_WORD.fullmatch(word))}
    # "train_data_labels" are labels.
    return None if "names" in words(name) else "labels" if "labels" in kinds else "images" if kinds else None


def rank(name: str) -> int:
    """How usual a name is for pictures, 0 being the most usual."""
    return min((at for at, word in enumerate(_IMAGES) if word in words(name)), default=len(_IMAGES))


def set_of(name: str) -> str:
    """What is left of a name: which data set it is, where several lie together."""
    left = [
        word for word in words(name)
        if not (_PART_WORD.fullmatch(word) or _KIND_WORD.fullmatch(word) or _FORM.fullmatch(word))
    ]  # fmt: skip
    return " ".join(left) if set(left) - _PLAIN else ""
