"""What the tabs are made of: tables, menus, and how they are connected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from polyreact.leaderboard import wording
from polyreact.space.cells import Table
from polyreact.space.document import Leaderboard, ShownTrack


def connect(
    blocks: gr.Blocks, function: Callable[..., object], inputs: Sequence[Any], outputs: Sequence[Any]
) -> None:
    """Called when the page is loaded and whenever an input changes, and by nobody but the app's own page."""
    gr.on(
        [blocks.load, *(component.change for component in inputs)],
        function,
        inputs,
        outputs,
        show_progress="hidden",
        trigger_mode="always_last",
        api_visibility="private",
    )


def dataframe(name: str, *, pinned: int | None = None, wrap: bool = False, visible: bool = True) -> gr.Dataframe:
    """A table that is read and sorted, not edited; its cells are text."""
    return gr.Dataframe(
        interactive=False,
        datatype="str",
        wrap=wrap,
        visible=visible,
        show_label=False,
        pinned_columns=pinned,
        elem_id=name,
        max_height=640,
        buttons=[],
    )


def as_value(table: Table) -> dict[str, object]:
    """As the Dataframe takes it: what is sorted by, and what is shown instead."""
    return {
        "headers": list(table.headings),
        "data": [[cell.value for cell in row] for row in table.rows],
        "metadata": {"display_value": [[cell.words for cell in row] for row in table.rows], "styling": None},
    }


def track_choices(board: Leaderboard) -> list[tuple[str, str]]:
    """What a menu of tracks offers: what is shown, and the id."""
    return [(title_of(shown), shown.id) for shown in board.tracks]


def title_of(shown: ShownTrack) -> str:
    """A track in a menu."""
    return f"{shown.id}: {wording.STANDINGS[shown.standing]}"


def first_track(board: Leaderboard) -> str:
    """The track that is shown first."""
    return board.lead_track if board.lead_track and board.find_track(board.lead_track) else board.tracks[0].id


def model_choices(board: Leaderboard) -> list[tuple[str, str]]:
    """What a menu of models offers: what is shown, and the id."""
    return [(board.names[submission.id], submission.id) for submission in board.submissions]


def model_at(board: Leaderboard, index: int) -> str | None:
    """The id at a place of the menu, or at its last; None where there is no model at all."""
    return board.submissions[min(index, len(board.submissions) - 1)].id if board.submissions else None


def find_track(board: Leaderboard, track: str) -> ShownTrack:
    """The track with an id that a visitor sent. Raises gr.Error."""
    shown = board.find_track(track)
    if shown is None:
        raise gr.Error("There is no such track.")
    return shown


def require_model(board: Leaderboard, name: str) -> None:
    """Raises gr.Error where a visitor sent the id of no model."""
    if name not in board.by_id:
        raise gr.Error("There is no such model.")
