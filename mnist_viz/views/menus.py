"""The menus of the window."""

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar

from mnist_viz.views.actions import Actions, make_action
from mnist_viz.views.panel import PanelDock
from mnist_viz.views.recent_menu import RecentMenu

THEMES = ("system", "dark", "light")

_CLIPBOARD = ("copy-picture", "paste-picture")
"""Actions of the panel Draw."""


def fill(bar: QMenuBar, a: Actions, docks: Sequence[PanelDock], themes: Sequence[QAction], recent: RecentMenu) -> QMenu:
    """Put the menus on the bar, and return that of the run, to which entries are added."""
    pictures = QMenu("Save panel as picture", bar)
    for dock in docks:
        if dock.on_demand:
            continue
        entry = pictures.addAction(dock.windowTitle(), dock.picture_action.trigger)
        entry.setObjectName(f"menu-picture-{dock.key}")
    clipboard = [action for dock in docks for action in dock.panel.actions() if action.objectName() in _CLIPBOARD]
    film = _menu("Film", bar, a.film, a.film_back, a.film_loop, a.film_slower, a.film_faster)
    theme = _menu("Theme", bar, *themes)
    run = _menu(
        "Run", bar,
        a.play, a.forward_batch, a.forward_epoch, a.run_until, None,
        a.back_batch, a.back_epoch, a.first, a.live, a.previous_mark, a.next_mark, a.pin, None,
        film, None,
        a.slower, a.faster, None,
        a.branch, a.reset_same, a.reset_new, a.pretrained,
    )  # fmt: skip
    edit = _menu(
        "Edit", bar,
        a.undo_work, a.redo_work, None,
        a.undo_pad, a.redo_pad, a.clear_pad, None,
        *clipboard,
    )  # fmt: skip
    file = _menu(
        "File", bar,
        a.open, recent, a.save_session, a.save_session_as, None,
        a.save_model, None,
        a.read_image, None,
        a.export_curves, a.export_film, pictures, a.window_picture, None,
        a.quit,
    )  # fmt: skip
    panels = (dock.show_action for dock in docks if not dock.on_demand)
    on_demand = (dock.show_action for dock in docks if dock.on_demand)
    closer = _menu("Look closer", bar, *on_demand, None, *a.questions.values())
    size = _menu("Size of the interface", bar, a.zoom_in, a.zoom_out, a.zoom_reset)
    view = _menu(
        "View", bar,
        *panels, None,
        a.next_panel, a.previous_panel, a.maximize_panel, a.close_panel, a.see_all, a.restore_layout, None,
        theme, size, a.full_screen, a.present,
    )  # fmt: skip
    help_menu = _menu(
        "Help", bar, a.find_command, a.what_is_this, a.keys, None, a.copy_diagnostics, a.show_log, None, a.about
    )
    data = _menu("Data", bar, a.data, None, a.import_drawings, a.export_drawings)
    for menu in (file, edit, data, run, closer, view, help_menu):
        bar.addMenu(menu)
    return run


def theme_actions(parent: QObject) -> QActionGroup:
    """A choice of themes: their names are the data of the actions."""
    group = QActionGroup(parent)
    for name in THEMES:
        tip = "Follow the system" if name == "system" else f"Use the {name} colours"
        action = make_action(group, f"theme-{name}", name.capitalize(), (), tip)
        action.setCheckable(True)
        action.setChecked(name == "system")
        action.setData(name)
        group.addAction(action)
    return group


def _menu(title: str, bar: QMenuBar, *entries: QAction | QMenu | None) -> QMenu:
    """A menu of actions and other menus, with a separator for each None."""
    made = QMenu(title, bar)
    for entry in entries:
        if entry is None:
            made.addSeparator()
        elif isinstance(entry, QMenu):
            made.addMenu(entry)
        else:
            made.addAction(entry)
    return made
