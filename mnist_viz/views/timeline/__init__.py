"""The timeline: every recorded frame, the cursor and the marks."""
