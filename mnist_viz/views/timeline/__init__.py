"""The timeline below all panels: every recorded frame, the cursor and the marks, and the film's buttons."""
