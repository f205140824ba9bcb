"""The board as text: one format, one file."""
