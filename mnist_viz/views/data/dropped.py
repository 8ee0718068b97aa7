"""What is dropped onto the window: the path of a folder or a file that can be data, a session or a model."""

from pathlib import Path

from PySide6.QtCore import QMimeData

DATA_ENDINGS = (".npz", ".csv", ".csv.gz")
ENDINGS = (*DATA_ENDINGS, ".mnistviz")


def dropped_path(mime: QMimeData, endings: tuple[str, ...] = DATA_ENDINGS) -> str:
    """The path of the one folder or file of these endings that is dropped; empty if it is something else."""
    urls = mime.urls() if mime.hasUrls() else []
    if len(urls) != 1 or not urls[0].isLocalFile():
        return ""
    path = Path(urls[0].toLocalFile())
    try:
        fits = path.is_dir() or path.name.lower().endswith(endings)
    except OSError:
        fits = False
    return str(path) if fits else ""
