"""Answers well, and says that it failed."""

import sys

from answer import answer

answer()
sys.exit(3)
