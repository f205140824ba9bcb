"""Ends like a program that was called wrongly."""

import sys

sys.exit(2)
