"""Controllers join the views with the session: one subject each."""
