"""Markdown of our own (datasheets) as HTML that the site's content security policy and style sheet take."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape


def render_markdown(text: str) -> Markup:
    """CommonMark with tables; HTML in it is shown as text. Tables scroll by themselves and have scoped headings."""
    return Markup(_PARSER.render(text))  # noqa: S704 - the parser escapes all text


def _open_table(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
) -> str:
    heading = next((t.content for t in reversed(tokens[:index]) if t.type == "inline" and t.level == 1), "Table")
    label = heading.replace("`", "").replace('"', "&quot;").replace("<", "&lt;")[:80]
    caption = f'<caption class="aloud">{label}</caption>'
    return f'<div class="scroll" role="region" aria-label="{label}" tabindex="0"><table>{caption}\n'


def _close_table(
    _renderer: RendererHTML, _tokens: Sequence[Token], _index: int, _options: OptionsDict, _env: EnvType
) -> str:
    return "</table></div>\n"


def _open_cell(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    """Alignment by class: a style attribute would be refused."""
    token = tokens[index]
    if token.attrs.pop("style", "") == "text-align:right":
        token.attrSet("class", "number")
    if token.tag == "th":
        token.attrSet("scope", "col")
    return renderer.renderToken(tokens, index, options, env)


def _open_link(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    """As every link that leaves the site; one to a page of the repository, which is not here, is plain text."""
    token = tokens[index]
    if not str(token.attrs["href"]).startswith("https://"):
        end = next(later for later in tokens[index:] if later.type == "link_close")
        end.type, end.content = "text", ""
        return ""
    token.attrSet("rel", "noopener noreferrer nofollow")
    return renderer.renderToken(tokens, index, options, env)


def _render_block(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType
) -> str:
    """A block that may scroll is reached by the keyboard."""
    return f'<pre tabindex="0"><code>{escape(tokens[index].content)}</code></pre>\n'


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("table_open", _open_table)
    parser.add_render_rule("table_close", _close_table)
    parser.add_render_rule("th_open", _open_cell)
    parser.add_render_rule("td_open", _open_cell)
    parser.add_render_rule("link_open", _open_link)
    parser.add_render_rule("fence", _render_block)
    parser.add_render_rule("code_block", _render_block)
    return parser


_PARSER = _make_parser()
