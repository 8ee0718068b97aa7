"""How the learning rate changes as training goes on."""


def inverse_time(learning_rate: float, decay: float, epoch: int) -> float:
    """The learning rate of `epoch` (from 0): rate / (1 + decay * epoch). A decay of 0 keeps it constant."""
    return learning_rate / (1.0 + decay * epoch)
