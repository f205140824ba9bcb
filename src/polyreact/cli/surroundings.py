"""What every command needs from around it: settings, the engine, the terminal."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import click
from rich.cells import cell_len
from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from polyreact.datasets.documents import open_private_catalog
from polyreact.engines.absent import AbsentEngine
from polyreact.engines.choose import SANDBOXES, choose_engine
from polyreact.engines.image_shelf import ImageShelf
from polyreact.engines.interface import Engine
from polyreact.errors import BadSetting, NoEngine
from polyreact.results.store import ResultsStore, open_private_store
from polyreact.settings import Settings, read_settings
from polyreact.tracks.track import Track

#: A width for output that is read by a file or a script, where nothing should be cut.
_UNLIMITED = 10_000
#: What a column of sentences is left with on a narrow terminal, and what stands between two columns of a table.
_LEAST_SENTENCE, _BETWEEN_COLUMNS = 12, 2

engine_option = click.option(
    "--engine", "engine_name", metavar="NAME", help="docker, podman or process (development only). [default: any]"
)
base_option = click.option(
    "--base",
    metavar="IMAGE",
    envvar="POLYREACT_BASE",
    show_envvar=True,
    help="Build argument BASE for folders: an image, or `local` to make one from this machine's Python.",
)
results_option = click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results"),
    show_default=True,
    help="The folder of records.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")


def load_settings() -> Settings:
    """Settings from the environment of this process."""
    return read_settings(os.environ, Path.home)


def open_private() -> AbstractContextManager[None]:
    """The private catalogue that POLYREACT_PRIVATE names, open for the time of the block; nothing where unset."""
    private = load_settings().private
    return nullcontext() if private is None else open_private_catalog(private)


def load_private_folder(settings: Settings) -> Path:
    """The folder of private tracks. Raises BadSetting where none is set."""
    if settings.private is None:
        raise BadSetting(
            "no folder of private tracks is set",
            consequence="Nothing was written.",
            cure="Set POLYREACT_PRIVATE to the folder that polyreact track new-private wrote to.",
        )
    return settings.private


def split_by_store(
    tracks: Sequence[Track], results: Path, settings: Settings
) -> list[tuple[ResultsStore, tuple[Track, ...]]]:
    """The store of each kind of track and the tracks whose records belong there; only kinds that were asked for."""
    public = tuple(track for track in tracks if not track.is_private)
    private = tuple(track for track in tracks if track.is_private)
    stores = [(ResultsStore(results), public)] if public else []
    if private:
        stores.append((open_private_store(load_private_folder(settings)), private))
    return stores


def load_engine(name: str | None, settings: Settings) -> Engine:
    """The engine that was asked for on the command line or in POLYREACT_ENGINE, or the first that answers."""
    shelves = {engine: ImageShelf(settings.images / engine, settings.image_budget_bytes) for engine in SANDBOXES}
    return choose_engine(name or settings.engine, os.environ, settings.first_user_id, settings.gpus, shelves)


def load_driver_engine(name: str | None, settings: Settings) -> Engine:
    """As `load_engine`, for a machine that gives out work and may have no engine: then one that is absent."""
    try:
        return load_engine(name, settings)
    except NoEngine as error:
        return AbsentEngine(error)


class Terminal:
    """Messages on stderr: one line each, with a live line on a real terminal while something runs."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else _UNLIMITED)
        self._status: Status | None = None

    def say(self, line: str) -> None:
        """One line that stays."""
        self._console.print(Text(line), soft_wrap=True)

    def tick(self, what: str, seconds: float, limit_s: float) -> None:
        """Show for how long something has been running; only where somebody can see it."""
        if self._status is not None:
            self._status.update(Text(f"{what}: {seconds:.0f} s of at most {limit_s:.0f} s"))

    def show(self, line: str) -> None:
        """A line that the next one replaces; only where somebody can see it."""
        if self._status is not None:
            self._status.update(Text(line))

    @contextmanager
    def live(self, what: str) -> Iterator[None]:
        """A spinner for the time of the block on a terminal, nothing elsewhere."""
        if not self._console.is_terminal:
            yield
            return
        with self._console.status(what) as status:
            self._status = status
            try:
                yield
            finally:
                self._status = None


def print_json(value: object) -> None:
    """Data for a script, on stdout."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """A table for a person, on stdout; columns named in `right` are aligned there.

    On a terminal sentences are wrapped to its width. Names and figures never are: where they alone are wider,
    the lines are longer than the terminal.
    """
    available = Console().width if sys.stdout.isatty() else 200
    table = build_table(columns, rows, right=right, width=available)
    needed = _table_width([column.width or 0 for column in table.columns])
    Console(highlight=False, width=max(available, needed), soft_wrap=False).print(table)


def build_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = (), width: int
) -> Table:
    """The same table, for whoever draws it himself, on so many columns of a screen."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    widths = _fit_columns(list(zip(columns, *rows, strict=True)), width)
    for column, taken in zip(columns, widths, strict=True):
        table.add_column(column, justify="right" if column in right else "left", overflow="fold", width=taken)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _fit_columns(columns: Sequence[Sequence[str]], width: int) -> list[int]:
    """The width of each column, headings included: what it takes, less where the table is wider than `width`."""
    widths = [max(map(cell_len, cells)) for cells in columns]
    least = []
    for cells in columns:
        longest = max((cell_len(word) for cell in cells for word in cell.split()), default=0)
        is_sentence = any(" " in cell for cell in cells[1:])
        least.append(min(longest, _LEAST_SENTENCE) if is_sentence else longest)
    while _table_width(widths) > width:
        wide = [place for place, least_width in enumerate(least) if widths[place] > least_width]
        if not wide:
            break
        widths[max(wide, key=widths.__getitem__)] -= 1
    return widths


def _table_width(widths: Sequence[int]) -> int:
    return sum(widths) + _BETWEEN_COLUMNS * (len(widths) - 1)
