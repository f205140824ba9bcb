"""Gives its table a second name."""

import os

from answer import answer

answer()
os.link(os.environ["OUTPUT"], "/output/again")
