"""Prints what moves a cursor, clears a screen, sets a title or turns writing round."""

import sys

from answer import answer

print("\x1b[2J\x1b[H\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]8;;https://evil.example\x07link\x1b]8;;\x07")
print("back\x08\x08\x08\x08over", "line\rOVER", "\x9b31m", "\u202egnp.exe", "\u2066x\u2069", "\x00nul", "\x7f")
sys.stdout.flush()
answer()
