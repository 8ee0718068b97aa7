"""Panels that answer questions about the network shown, opened from the menu "Look closer"."""
