"""What a network's layers are called in every text: one name for titles, one inside sentences."""


def layer_title(number: int, count: int = 0) -> str:
    """'Hidden 1' for layer 0, and 'Output' for the last of `count` layers; without it, for none."""
    return "Output" if number == count - 1 else f"Hidden {number + 1}"


def layer_phrase(number: int, count: int = 0) -> str:
    """The same inside a sentence: 'hidden layer 1', 'the output layer'."""
    return "the output layer" if number == count - 1 else f"hidden layer {number + 1}"
