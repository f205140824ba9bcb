"""Lets children end and never asks for them."""

import os

from answer import answer

for _ in range(40):
    if os.fork() == 0:
        os._exit(0)
answer()
