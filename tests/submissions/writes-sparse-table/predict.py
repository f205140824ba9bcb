"""Ends its table in half a megabyte of nothing."""

import os

from answer import answer

answer()
os.truncate(os.environ["OUTPUT"], 512 << 10)
