"""The dialog of data sets."""
