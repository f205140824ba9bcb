"""Bears the labels by which the platform finds its own containers."""

from answer import answer

answer()
