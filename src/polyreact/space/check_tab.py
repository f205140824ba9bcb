"""The tab in which a visitor's own predictions are scored. Nothing that was uploaded is kept."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import gradio as gr

from polyreact.errors import PolyreactError, UnreadableArgument
from polyreact.evaluation.public_labels import find_public_tracks, read_sequences
from polyreact.files import read_bounded, write_atomically
from polyreact.settings import Settings
from polyreact.space.check import (
    LIMIT_BYTES,
    Upload,
    Verdict,
    check_on_own_labels,
    check_on_track,
    describe_error,
)
from polyreact.space.components import as_value, dataframe, find_track, title_of
from polyreact.space.document import Leaderboard, ShownTrack
from polyreact.tracks.catalog import load_public_tracks, load_track

OWN_LABELS = "labels of my own"

_ABOUT_OWN_LABELS = (
    "Labels of your own: a CSV with the header `sequence_id,label`, 0 for specific and 1 for polyreactive, and a "
    "row for each antibody of the predictions."
)
_ABOUT_FILES = (
    "A table `sequence_id,prediction,score` with a row for each antibody, as the contract asks for. It is read by "
    "the official reader and scored by the official code; nothing is repaired. The file is deleted as soon as it "
    f"is read, and may have {LIMIT_BYTES >> 20} MiB. In a terminal: `polyreact score`."
)


def build_check_tab(board: Leaderboard, settings: Settings) -> None:
    """A predictions file of the visitor's own, scored on a track whose labels are public or on his own labels."""
    public = [shown for shown in board.tracks if shown.id in _public_tracks()]
    choices = [*((title_of(shown), shown.id) for shown in public), (OWN_LABELS, OWN_LABELS)]
    gr.Markdown(_ABOUT_FILES)
    target = gr.Dropdown(choices, value=choices[0][1], label="Score against", elem_id="check-track")
    with gr.Row():
        for name, path in _write_sequences(public, settings):
            gr.DownloadButton(f"Download the antibodies of {name}", str(path), elem_id=f"check-{name}", size="sm")
    with gr.Row():
        predictions = gr.File(label="predictions.csv", file_types=[".csv"], height=140, elem_id="check-predictions")
        labels = gr.File(
            label="labels.csv", file_types=[".csv"], height=140, visible=not public, elem_id="check-labels"
        )
    own_words = gr.Markdown(_ABOUT_OWN_LABELS, visible=not public)
    probability = gr.Checkbox(value=False, label="The score is meant as a probability", elem_id="check-probability")
    button = gr.Button("Score", variant="primary", elem_id="check-score")
    summary = gr.Textbox(
        label="Verdict", lines=3, max_lines=20, interactive=False, visible=False, elem_id="check-verdict"
    )
    table = dataframe("check-table", wrap=True, visible=False)

    def choose(wanted: str) -> tuple[object, object]:
        return gr.update(visible=wanted == OWN_LABELS), gr.update(visible=wanted == OWN_LABELS)

    def score(
        wanted: str, given: str | None, truth: str | None, is_probability: bool
    ) -> tuple[object, object, None, None]:
        verdict = _score(
            board, settings, None if wanted == OWN_LABELS else wanted, given, truth, is_probability=is_probability
        )
        label = "Accepted" if verdict.is_accepted else "Refused"
        return (
            gr.update(value=verdict.summary, label=label, visible=True),
            gr.update(value=as_value(verdict.table), visible=bool(verdict.table.rows)),
            None,
            None,
        )

    target.change(choose, [target], [labels, own_words], api_visibility="private", show_progress="hidden")
    button.click(
        score,
        [target, predictions, labels, probability],
        [summary, table, predictions, labels],
        api_visibility="private",
    )


def _score(
    board: Leaderboard,
    settings: Settings,
    track: str | None,
    predictions: str | None,
    labels: str | None,
    *,
    is_probability: bool,
) -> Verdict:
    """What is found of the files, which are deleted whatever it is."""
    try:
        given = _read_upload(predictions, "predictions.csv")
        if track is None:
            return check_on_own_labels(given, _read_upload(labels, "labels.csv"), is_probability=is_probability)
        shown = find_track(board, track)
        return check_on_track(given, shown, board, settings, is_probability=is_probability)
    except PolyreactError as error:
        return describe_error(error)
    finally:
        for path in filter(None, (predictions, labels)):
            with suppress(FileNotFoundError):
                Path(path).unlink()


def _read_upload(path: str | None, what: str) -> Upload:
    if path is None:
        raise UnreadableArgument(
            f"no {what} was given", consequence="Nothing was scored.", cure=f"Choose your {what} above."
        )
    return Upload(path, read_bounded(Path(path), LIMIT_BYTES))


def _write_sequences(tracks: Sequence[ShownTrack], settings: Settings) -> list[tuple[str, Path]]:
    """The antibodies of the public tracks as files to download, one for each set."""
    written = {}
    for shown in tracks:
        track = load_track(shown.id)
        path = settings.cache / "downloads" / f"{track.dataset}-sequences.csv"
        if track.dataset not in written:
            write_atomically(path, read_sequences(track, settings))
            written[track.dataset] = path
    return list(written.items())


def _public_tracks() -> set[str]:
    return {track.id for track in find_public_tracks(load_public_tracks())}
