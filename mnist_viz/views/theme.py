"""Colours, type and spacing: the one place that says how the window looks.

Colour means one thing everywhere: `diverging` for weights (blue below zero, orange above), `sequential` for
activations, `classes` for the ten digits or other classes, `training` and `validation` for the two curves, `accent`
for what the user can press or move.
"""

import re
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from mnist_viz.recording.run_words import RUN_COLORS
from mnist_viz.system.paths import resource
from mnist_viz.views import zoom

GRID = 8
"""Pixels: every margin and gap is a multiple of this, or half of it."""

RADIUS = 6

# One type scale, in pixels.
SMALL, BODY, TITLE, FIGURE = 11, 13, 15, 28

FAMILY = "Inter"

# M. Petroff, "Accessible color sequences for data visualization" (2021), arXiv:2107.02270, ten colours.
_CLASSES = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip
# The same ten, the dark ones lifted so that they show on a dark ground.
_BRIGHT_CLASSES = (
    "#4f9be0", "#ffa90e", "#e5553d", "#a9bab8", "#b06ae0",
    "#cb8f7e", "#f0812e", "#cabf82", "#9aa1b5", "#92dadd",
)  # fmt: skip

# The runs of a session: after M. Okabe and K. Ito, "Color universal design" (2008), lifted for a dark ground and
# deepened for a light one.
_RUNS_ON_DARK = ("#56b4e9", "#e6a817", "#35c79a", "#e58ac4", "#f0783c", "#a99cf2", "#d9d345", "#c2a184")
_RUNS_ON_LIGHT = ("#0b70af", "#975f00", "#007b59", "#ae448a", "#ba4700", "#5b48c9", "#746e00", "#7c5634")

LookupTable = NDArray[np.uint8]


@dataclass(frozen=True)
class Theme:
    """The colours of one scheme. Colours are ``#rrggbb`` strings; `color` makes a QColor of one."""

    name: str
    window: str  # behind the panels
    panel: str  # a panel's ground
    sunken: str  # plots, heatmaps, the pad
    raised: str  # buttons, fields
    border: str
    text: str
    muted: str  # secondary text, axes
    disabled: str  # text of what cannot be used now
    accent: str  # what can be pressed or moved: primary button, cursor, focus
    on_accent: str
    training: str
    validation: str
    good: str
    bad: str
    ink: str  # the pen on the pad
    negative: tuple[str, ...]  # diverging scale, from -1 inwards to 0
    positive: tuple[str, ...]  # from 0 outwards to +1
    activation: tuple[str, ...]  # sequential scale, from 0 to 1
    classes: tuple[str, ...] = field(default=_CLASSES)

    @property
    def dark(self) -> bool:
        return self.name == "dark"

    def class_color(self, number: int, classes: int) -> str:
        """The colour of class `number`: each has its own, or where there are too many of them all have one."""
        return self.classes[number if classes <= len(self.classes) else 0]

    def run_color(self, index: int) -> str:
        """The colour number `index` of a run; they repeat after that."""
        return (_RUNS_ON_DARK if self.dark else _RUNS_ON_LIGHT)[index % RUN_COLORS]

    @property
    def diverging(self) -> LookupTable:
        """(256, 4) uint8 BGRA rows for values -1 to 1: Qt's Format_RGB32 on a little-endian machine."""
        return _lookup_table(self.negative + self.positive[1:])

    @property
    def sequential(self) -> LookupTable:
        """(256, 4) uint8 BGRA rows for values 0 to 1."""
        return _lookup_table(self.activation)

    @property
    def digit(self) -> LookupTable:
        """(256, 4) uint8 BGRA rows for a digit's pixels: the ground of the pad to its ink."""
        return _lookup_table((self.sunken, self.ink))


DARK = Theme(
    name="dark",
    window="#101217", panel="#171a21", sunken="#0c0e12", raised="#232833", border="#2b313d",
    text="#e8eaf0", muted="#98a1b3", disabled="#858fa3", accent="#8d7ef6", on_accent="#0b0d11",
    training="#b4bccb", validation="#f472b6", good="#4ade80", bad="#fb7185", ink="#f4f5f8", classes=_BRIGHT_CLASSES,
    negative=("#a5d4ff", "#4a9df0", "#1f5fae", "#16293f", "#14181f"),
    positive=("#14181f", "#3a2515", "#b0590e", "#f28e2b", "#ffd9a0"),
    activation=("#14181f", "#15424a", "#178272", "#5fc26f", "#f3f7b0"),
)  # fmt: skip

LIGHT = Theme(
    name="light",
    window="#eceef2", panel="#ffffff", sunken="#f6f7f9", raised="#f1f3f6", border="#d5dae2",
    text="#1a1e27", muted="#56606f", disabled="#616c7c", accent="#6250e0", on_accent="#ffffff",
    training="#5b6475", validation="#c81e78", good="#147c3b", bad="#c3203f", ink="#14171d",
    negative=("#0b3d7a", "#1f74c9", "#6fb0ec", "#c4dff6", "#f7f7f7"),
    positive=("#f7f7f7", "#fbdcb8", "#f2a65a", "#c8650c", "#7a3a04"),
    activation=("#f7f7f7", "#cdebc0", "#62bd78", "#177f74", "#123f55"),
)  # fmt: skip


def luminance(rgb: NDArray[np.uint8]) -> NDArray[np.floating]:
    """The relative luminance of colours (..., 3), 0 to 1: WCAG 2.2, from which the contrast of texts follows."""
    shares = rgb / 255.0
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    shown: NDArray[np.floating] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return shown


def color(hexadecimal: str, alpha: float = 1.0) -> QColor:
    result = QColor(hexadecimal)
    result.setAlphaF(alpha)
    return result


def font(size: int = BODY, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Inter in `size` pixels, with figures of one width so that changing numbers do not jump."""
    result = QFont(FAMILY)
    result.setPixelSize(size)
    result.setWeight(weight)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def load_fonts(app: QApplication) -> None:
    """Give the application the font it ships with; before the first widget, which would keep the system's."""
    for weight in ("Regular", "Medium", "SemiBold"):
        QFontDatabase.addApplicationFont(str(resource(f"fonts/Inter-{weight}.otf")))
    app.setFont(font())


@cache
def _lookup_table(anchors: tuple[str, ...]) -> LookupTable:
    """Interpolate the anchor colours, evenly spaced, in linear light so that no band stands out."""
    rgb = np.array([[int(a[i : i + 2], 16) for i in (1, 3, 5)] for a in anchors]) / 255.0
    linear = rgb**2.2
    at = np.linspace(0, len(anchors) - 1, 256)
    mixed = np.stack([np.interp(at, np.arange(len(anchors)), linear[:, c]) for c in range(3)], axis=1)
    table = np.full((256, 4), 255, np.uint8)
    table[:, :3] = np.round(255 * mixed ** (1 / 2.2))[:, ::-1]
    table.setflags(write=False)
    return table


def palette(theme: Theme) -> QPalette:
    result = QPalette()
    role = QPalette.ColorRole
    for r, c in {
        role.Window: theme.window, role.WindowText: theme.text, role.Base: theme.sunken, role.Text: theme.text,
        role.AlternateBase: theme.raised, role.Button: theme.raised, role.ButtonText: theme.text,
        role.Highlight: theme.accent, role.HighlightedText: theme.on_accent, role.PlaceholderText: theme.muted,
        role.ToolTipBase: theme.raised, role.ToolTipText: theme.text, role.Link: theme.accent,
    }.items():  # fmt: skip
        result.setColor(r, QColor(c))
    for r in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, r, QColor(theme.disabled))
    return result


def apply(app: QApplication, window: QWidget, theme: Theme) -> None:
    """Give the whole application `theme`: its palette, and the style sheet of the window, which its dialogs share.

    As the style sheet of the application it would take four times as long, and longer than a window may stand still.
    """
    app.setPalette(palette(theme))
    app.setFont(font(zoom.px(BODY)))
    for top in (window, *window.findChildren(QWidget)):
        if top.isWindow():
            top.setFont(app.font())  # which a style sheet keeps from the application's
    window.setStyleSheet(style_sheet(theme))


def style_sheet(theme: Theme) -> str:
    sheet = resource("style.qss").read_text(encoding="utf-8")
    for name in sorted(Theme.__dataclass_fields__, key=len, reverse=True):
        value = getattr(theme, name)
        if isinstance(value, str):
            sheet = sheet.replace(f"@{name}", value)
    # A line of one pixel stays one.
    return re.sub(r"\b([2-9]|\d\d+)px", lambda found: f"{zoom.px(int(found[1]))}px", sheet)
