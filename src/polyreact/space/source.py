"""Where the app takes leaderboard.json from: a file beside it, or an https address."""

from __future__ import annotations

import tempfile
from pathlib import Path

from polyreact.datasets.addresses import find_address_defect, find_scheme
from polyreact.datasets.download import Interrupted, Oversized, download
from polyreact.errors import BadSetting
from polyreact.files import read_bounded
from polyreact.space.document import Leaderboard, parse_leaderboard

#: A hundred times the board of the first release.
LIMIT_BYTES = 64 << 20


def read_leaderboard(address: str) -> Leaderboard:
    """The document at a path or an https address.

    Raises BadSetting for an address that may not be used or gives nothing, UnreadableArgument for such a file, and
    what `parse_leaderboard` raises.
    """
    if not find_scheme(address):
        path = Path(address)
        return parse_leaderboard(read_bounded(path, LIMIT_BYTES), path.name)
    defect = find_address_defect(address, is_private=False)
    if defect is not None:
        raise BadSetting(
            f"the address of the leaderboard {defect}",
            cure="Set POLYREACT_LEADERBOARD to an https address or to a path, or unset it for the bundled file.",
        )
    return parse_leaderboard(_fetch(address), address)


def _fetch(address: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="polyreact-space-") as folder:
        part = Path(folder, "leaderboard.json.part")
        try:
            download(address, part, expected_bytes=None, limit_bytes=LIMIT_BYTES)
        except (Interrupted, Oversized) as error:
            raise BadSetting(
                f"no leaderboard could be had from {address}: {error}",
                cure="Look at the address in a browser, or unset POLYREACT_LEADERBOARD for the bundled file.",
            ) from error
        return part.read_bytes()
