"""The theme and the zoom of the whole window: what was chosen once, what the system uses, and changes of both."""

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from mnist_viz.controllers.preferences import Preferences
from mnist_viz.views import theme as themes
from mnist_viz.views import zoom
from mnist_viz.views.widgets import recolor
from mnist_viz.views.window import MainWindow


class AppearanceController(QObject):
    """Gives the window and all that it holds a theme and a size, and remembers what the user chooses."""

    def __init__(self, window: MainWindow, preferences: Preferences) -> None:
        super().__init__()
        self._window = window
        self._preferences = preferences
        self._level = preferences.zoom
        window.arrangement.presenting_changed.connect(self._on_presenting_changed)
        window.theme_chosen.connect(self._on_theme_chosen)
        actions = window.commands
        actions.zoom_in.triggered.connect(self._on_zoom_in)
        actions.zoom_out.triggered.connect(self._on_zoom_out)
        actions.zoom_reset.triggered.connect(self._on_zoom_reset)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_color_scheme_changed)

    def start(self) -> None:
        """Apply what was chosen once."""
        self._window.set_theme_choice(self._preferences.theme)
        self.set_zoom(self._preferences.zoom)

    def set_theme(self, choice: str) -> None:
        """Use "dark", "light", or what the system uses."""
        dark = choice == "dark" or (
            choice == "system" and QGuiApplication.styleHints().colorScheme() is not Qt.ColorScheme.Light
        )
        theme = themes.DARK if dark else themes.LIGHT
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        themes.apply(application, self._window, theme)
        recolor(self._window, theme)

    def set_zoom(self, level: float) -> None:
        """Enlarge the whole interface; 1 is the usual size on this screen."""
        self._level = level
        if not self._window.arrangement.presenting:  # whose size is not for every day
            self._preferences.zoom = level
        zoom.set_scale(level * zoom.screen_scale())
        zoom.fit(self._window)
        self.set_theme(self._preferences.theme)  # the style sheet and the icons have sizes too
        self._window.set_zoom(level)

    @Slot(str)
    def _on_theme_chosen(self, choice: str) -> None:
        self._preferences.theme = choice
        self.set_theme(choice)

    @Slot()
    def _on_color_scheme_changed(self) -> None:
        if self._preferences.theme == "system":
            self.set_theme("system")

    @Slot(bool)
    def _on_presenting_changed(self, presenting: bool) -> None:
        usual = self._preferences.zoom
        self.set_zoom(zoom.presentation_level(self._window.screen().size(), usual) if presenting else usual)

    @Slot()
    def _on_zoom_in(self) -> None:
        self.set_zoom(zoom.next_level(self._level, 1))

    @Slot()
    def _on_zoom_out(self) -> None:
        self.set_zoom(zoom.next_level(self._level, -1))

    @Slot()
    def _on_zoom_reset(self) -> None:
        self.set_zoom(1.0)
