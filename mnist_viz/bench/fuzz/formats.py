"""All formats that the program reads."""

from mnist_viz.bench.fuzz import drawn, own, published, saved
from mnist_viz.bench.fuzz.inputs import Format

FORMATS: dict[str, Format] = {
    kind.name: kind for kind in (*saved.FORMATS, *drawn.FORMATS, *own.FORMATS, *published.FORMATS)
}
