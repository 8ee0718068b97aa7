"""Digits and other signs that the program draws itself."""
