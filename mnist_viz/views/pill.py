"""How a small button with words looks that stands among text."""

from mnist_viz.views.theme import Theme


def pill_style(theme: Theme) -> str:
    """The style sheet of a small QToolButton with a thin edge; where it has a menu, with an arrow."""
    return f"""
        QToolButton {{
            background: transparent; color: {theme.muted}; border: 1px solid {theme.border}; border-radius: 4px;
            padding: 0 8px; min-height: 0;
        }}
        QToolButton:hover {{ border-color: {theme.muted}; color: {theme.text}; }}
        QToolButton:checked, QToolButton:pressed {{ background: {theme.raised}; color: {theme.text}; }}
        QToolButton:focus {{ border-color: {theme.accent}; }}
        QToolButton:disabled {{ color: rgba(128, 136, 152, 140); }}
        QToolButton::menu-indicator {{
            image: url(icons:chevron-down-{theme.name}.svg); width: 10px; height: 10px;
            subcontrol-origin: border; subcontrol-position: right center; right: 6px;
        }}
    """
