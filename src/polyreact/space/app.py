"""The Gradio app: what it is served with, and its four tabs over one board."""

from __future__ import annotations

import tempfile
from pathlib import Path

import gradio as gr
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from polyreact.errors import PolyreactError
from polyreact.leaderboard import wording
from polyreact.settings import Settings
from polyreact.space.check import LIMIT_BYTES
from polyreact.space.check_tab import build_check_tab
from polyreact.space.document import Leaderboard
from polyreact.space.source import read_leaderboard
from polyreact.space.tabs import build_board_tab, build_compare_tab, build_model_tab

#: Uploads that were never scored are deleted after so many seconds, looked for once in so many.
_KEPT_S, _LOOKED_FOR_S = 600, 60

#: Nothing is asked of another host, whatever Gradio or the board may hold. Who may show the app in a frame is left
#: open: a Space is shown in one.
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; frame-src 'none'; base-uri 'self'; form-action 'self'"
)
_HEADERS = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


class SafeHeaders:
    """Adds the headers that keep a page within its own host to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the answer back with the headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def serve(address: str) -> None:
    """Show the board at a path or an https address until the process is ended.

    Where it listens, GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say; without them only this machine is served. A
    board that cannot be read is told in the page, so that whoever runs the Space sees why.
    """
    with tempfile.TemporaryDirectory(prefix="polyreact-space-") as folder:
        settings = Settings(cache=Path(folder), mirror=None, engine=None)
        try:
            blocks = build_app(read_leaderboard(address), settings)
        except PolyreactError as error:
            blocks = _build_refusal(error)
        blocks.launch(
            share=False,
            quiet=True,
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            max_file_size=LIMIT_BYTES,
            app_kwargs={"middleware": [Middleware(SafeHeaders)], "docs_url": None, "redoc_url": None},
            theme=_theme(),
        )


def build_app(board: Leaderboard, settings: Settings) -> gr.Blocks:
    """The app over one board. `settings` name a folder in which the public sets are prepared."""
    blocks = gr.Blocks(
        title=wording.TITLE, analytics_enabled=False, fill_width=True, delete_cache=(_LOOKED_FOR_S, _KEPT_S)
    )
    with blocks:
        gr.Markdown(f"# {wording.TITLE}\n\n{wording.INTRODUCTION}")
        with gr.Tab("Board"):
            build_board_tab(blocks, board)
        with gr.Tab("Model"):
            build_model_tab(blocks, board)
        with gr.Tab("Compare"):
            build_compare_tab(blocks, board)
        with gr.Tab("Check my predictions"):
            build_check_tab(board, settings)
    return blocks


def _build_refusal(error: PolyreactError) -> gr.Blocks:
    blocks = gr.Blocks(title=wording.TITLE, analytics_enabled=False)
    with blocks:
        gr.Markdown(f"# {wording.TITLE}\n\nThe board cannot be shown.")
        gr.Textbox(error.render(), label="Why", lines=4, interactive=False, elem_id="refusal")
    return blocks


def _theme() -> gr.Theme:
    """Fonts of the reader's own system: Gradio's other themes ask for theirs elsewhere."""
    return gr.themes.Base(
        font=("system-ui", "sans-serif"), font_mono=("ui-monospace", "monospace"), text_size="sm", spacing_size="sm"
    )
