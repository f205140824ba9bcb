"""Reads from the address zero."""

import ctypes

ctypes.string_at(0)
