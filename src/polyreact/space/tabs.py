"""The tabs that show the board, in Gradio's components; what they show is made in the modules beside this one.

Everything is plain text, or Markdown that was escaped; no cell of a table is read as either.
"""

from __future__ import annotations

import gradio as gr

from polyreact.leaderboard import wording
from polyreact.leaderboard.formats.markdown import escape
from polyreact.space.board import Filters, Openness, TrainingData, build_board_table, count_words, describe_track
from polyreact.space.components import (
    as_value,
    connect,
    dataframe,
    find_track,
    first_track,
    model_at,
    model_choices,
    require_model,
    track_choices,
)
from polyreact.space.document import Leaderboard
from polyreact.space.model import (
    build_manifest_table,
    build_metrics_table,
    build_other_metrics,
    build_trust_table,
    describe_submission,
    describe_trust,
)
from polyreact.space.pair import describe_pair

ANY = "any"


def build_board_tab(blocks: gr.Blocks, board: Leaderboard) -> None:
    """The table of one track, filtered; above it, what the track can resolve."""
    with gr.Row():
        track = gr.Dropdown(track_choices(board), value=first_track(board), label="Track", elem_id="board-track")
        text = gr.Textbox(label="Search", placeholder="model or author", elem_id="board-search")
        training = gr.Dropdown([ANY, *TrainingData], value=ANY, label="Training data", elem_id="board-training")
        openness = gr.Dropdown([ANY, *Openness], value=ANY, label="Links", elem_id="board-openness")
    with gr.Row():
        baselines = gr.Checkbox(value=True, label="Baselines", elem_id="board-baselines")
        ranked = gr.Checkbox(value=False, label="Only those with a rank", elem_id="board-ranked")
    described = gr.Markdown(elem_id="board-track-words")
    counted = gr.Markdown(elem_id="board-count")
    table = dataframe("board-table")
    with gr.Accordion("What the cells say", open=False):
        gr.Markdown(_legend())

    def show(
        track_id: str, searched: str, training_data: str, links: str, with_baselines: bool, only_ranked: bool
    ) -> tuple[str, str, dict[str, object]]:
        shown = find_track(board, track_id)
        filters = Filters(
            text=searched,
            with_baselines=with_baselines,
            training_data=None if training_data == ANY else TrainingData(training_data),
            openness=None if links == ANY else Openness(links),
            only_ranked=only_ranked,
        )
        made = build_board_table(board, shown, filters)
        count = count_words(len(made.rows), len(shown.entries))
        return describe_track(board, shown), count, as_value(made)

    inputs = [track, text, training, openness, baselines, ranked]
    connect(blocks, show, inputs, [described, counted, table])


def build_model_tab(blocks: gr.Blocks, board: Leaderboard) -> None:
    """Everything about one submission."""
    model = gr.Dropdown(model_choices(board), value=model_at(board, 0), label="Model", elem_id="model")
    head = gr.Markdown(elem_id="model-head")
    manifest = dataframe("model-manifest")
    gr.Markdown("#### On every track")
    metrics = dataframe("model-metrics", pinned=1)
    with gr.Accordion("Metrics that the board leaves out", open=False):
        others = dataframe("model-others", wrap=True)
    gr.Markdown("#### Trust checks")
    trusted = gr.Markdown(elem_id="model-trust-words")
    trust = dataframe("model-trust", wrap=True)

    def show(name: str) -> tuple[object, ...]:
        require_model(board, name)
        checks = build_trust_table(board, name)
        return (
            describe_submission(board, name),
            as_value(build_manifest_table(board, name)),
            as_value(build_metrics_table(board, name)),
            as_value(build_other_metrics(board, name)),
            describe_trust(board, name),
            gr.update(value=as_value(checks), visible=bool(checks.rows)),
        )

    connect(blocks, show, [model], [head, manifest, metrics, others, trusted, trust])


def build_compare_tab(blocks: gr.Blocks, board: Leaderboard) -> None:
    """Two submissions on one track, in words."""
    with gr.Row():
        first = gr.Dropdown(model_choices(board), value=model_at(board, 0), label="First", elem_id="compare-first")
        second = gr.Dropdown(
            model_choices(board), value=model_at(board, 1), label="Second", elem_id="compare-second"
        )
        track = gr.Dropdown(track_choices(board), value=first_track(board), label="Track", elem_id="compare-track")
    words = gr.Markdown(elem_id="compare-words")

    def show(one: str, other: str, track_id: str) -> str:
        require_model(board, one)
        require_model(board, other)
        return describe_pair(board, find_track(board, track_id), one, other)

    connect(blocks, show, [first, second, track], [words])


def _legend() -> str:
    states = [f"- **{state.value}**: {escape(meaning)}" for state, meaning in wording.STATES.items()]
    return "\n".join([wording.RANKS, "", wording.INTERVALS, "", wording.COUNTS, "", *states])
