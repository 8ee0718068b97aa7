"""What can go wrong with data, told to the user in one sentence."""


class DataError(ValueError):
    """Data that is missing, damaged or not to be had; its text is one sentence that says what to do."""


class MissingError(DataError):
    """Published files are not there; its text ends in saying that the program can fetch them."""


class UnwritableError(DataError):
    """The prepared copy of a data set cannot be written; its files can be read all the same."""


class CancelledError(DataError):
    """The caller asked to stop; nothing half-made is left behind."""
