"""The menus: which actions stand where."""

from collections.abc import Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar

from mnist_viz.views.actions import Actions
from mnist_viz.views.panel import PanelDock


def fill(bar: QMenuBar, a: Actions, docks: Sequence[PanelDock], themes: Sequence[QAction]) -> QMenu:
    """Put the menus on the bar, and return that of the run, which grows."""
    file = bar.addMenu("File")
    file.addActions([a.open, a.save_session, a.save_session_as])
    file.addSeparator()
    file.addAction(a.save_model)
    file.addSeparator()
    file.addAction(a.read_image)
    file.addSeparator()
    file.addActions([a.export_curves, a.export_film])
    pictures = file.addMenu("Save panel as picture")
    for dock in docks:
        entry = pictures.addAction(dock.windowTitle(), dock.picture_action.trigger)
        entry.setObjectName(f"menu-picture-{dock.key}")
    file.addAction(a.window_picture)
    file.addSeparator()
    file.addAction(a.quit)
    data = bar.addMenu("Data")
    data.addAction(a.data)
    run = bar.addMenu("Run")
    run.addAction(a.play)
    run.addActions([a.forward_batch, a.forward_epoch, a.run_until])
    run.addSeparator()
    run.addActions([a.back_batch, a.back_epoch, a.first, a.live])
    run.addActions([a.previous_mark, a.next_mark, a.pin])
    run.addSeparator()
    film = run.addMenu("Film")
    film.addActions([a.film, a.film_back, a.film_loop, a.film_slower, a.film_faster])
    run.addSeparator()
    run.addActions([a.slower, a.faster])
    run.addSeparator()
    run.addAction(a.branch)
    run.addActions([a.reset_same, a.reset_new, a.pretrained])
    run.addSeparator()
    run.addActions([a.undo_pad, a.redo_pad, a.clear_pad])
    view = bar.addMenu("View")
    view.addActions([dock.toggleViewAction() for dock in docks])
    view.addAction(a.see_all)
    view.addAction(a.restore_layout)
    view.addSeparator()
    theme = view.addMenu("Theme")
    theme.addActions(themes)
    view.addAction(a.full_screen)
    help_menu = bar.addMenu("Help")
    help_menu.addAction(a.keys)
    help_menu.addSeparator()
    help_menu.addActions([a.copy_diagnostics, a.show_log])
    help_menu.addSeparator()
    help_menu.addAction(a.about)
    return run
