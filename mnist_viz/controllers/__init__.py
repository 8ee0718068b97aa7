"""What joins the views with the session: each controller has one subject and handles the intents of its views."""
