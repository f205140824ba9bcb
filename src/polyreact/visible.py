"""Text that somebody else wrote, made fit to be shown: nothing in it can move a cursor or turn a line round."""

from __future__ import annotations

import re

_LINE_ENDS = re.compile(r"\r+(?=\n)")


def visible(text: str) -> str:
    r"""One line, with every character that would not be seen as itself written as its number.

    Those are control characters, line ends and tabs among them, what turns the direction of writing, blanks other
    than the space, and what is no character at all.

    >>> visible("a\x1b[31mb\u202ec\n")
    'a\\x1b[31mb\\u202ec\\x0a'
    """
    return text if text.isprintable() else "".join(map(_visible_character, text))


def visible_lines(text: str) -> str:
    """The same for text of several lines, whose line ends stay."""
    return "\n".join(visible(line) for line in _LINE_ENDS.sub("", text).split("\n"))


def _visible_character(character: str) -> str:
    if character.isprintable():
        return character
    number = ord(character)
    if number < 0x100:  # noqa: PLR2004 - what two hexadecimal digits hold
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"  # noqa: PLR2004 - four digits
