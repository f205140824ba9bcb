"""Declares what is to be done when others build on it."""

import os

from answer import answer, escaped

if os.path.exists("/triggered"):
    escaped("the trigger ran")
answer()
