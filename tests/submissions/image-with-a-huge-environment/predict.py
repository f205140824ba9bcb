"""Brings a megabyte of variables."""

import os

from answer import answer

print(sum(map(len, os.environ.values())))
answer()
