"""Comes in a hundred layers."""

from answer import answer

answer()
