"""Making a private track: everything is decided and checked in memory, and the catalogue is written last."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from polyreact.datasets.addresses import find_address_defect, find_scheme
from polyreact.datasets.catalog import PRIVATE_PREFIX, Dataset, parse_sources
from polyreact.datasets.documents import open_private_catalog, render_toml
from polyreact.datasets.lab_table import Cut, LabTable
from polyreact.datasets.private import PrivateFile, PrivateSet, build_private_set, render_revision, render_source
from polyreact.datasets.storage import Unreachable, read_store, validate_store, write_store
from polyreact.engines.policy import GIB, MIB, Limits
from polyreact.errors import CannotWrite, FetchFailed, Finding, InvalidCatalog, UnreadableArgument, WrongCommandLine
from polyreact.files import make_private_folder, write_atomically
from polyreact.tracks.catalog import parse_tracks
from polyreact.tracks.track import Standing, Track

#: Those of the published tracks; they stand in the track's file, where they may be changed.
LIMITS = Limits(1800, 8 * GIB, 2.0, 256, GIB, 16 * MIB, MIB)
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MAX_NAME_LENGTH = 60
#: Kept in the process that wrote it, or written with the modes of any file.
_NO_STORES = {"memory": "would be gone when this command ends", "local": "is written file:///..."}
_IGNORE_FILE = ".gitignore"
_IGNORE_HEADING = "# private: no file of this folder is ever committed"
_NOTE = "The antibodies and their labels are a lab's own and stand outside of this repository."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for; `store` is the address of a folder, a path on this machine among them."""

    name: str
    store: str
    truth: str | Cut
    standing: Standing = Standing.SHOWN
    title: str = ""
    author: str = ""
    erratum: str = ""


@dataclass(frozen=True, slots=True)
class PlannedTrack:
    """A private track that is complete and checked, and not yet written.

    `documents` are paths and their text, `found` what stood there, None where nothing did.
    """

    id: str
    revision: int
    standing: Standing
    made: PrivateSet
    positives: int
    negatives: int
    folder: Path
    documents: tuple[tuple[Path, str], ...]
    found: tuple[str | None, ...]


def plan_private_track(wanted: Wanted, table: LabTable, folder: Path) -> PlannedTrack:
    """A new track in the catalogue `folder`, or the next revision of one that stands there. Nothing is written.

    Raises WrongCommandLine for a name, an address or an erratum that does not fit, InvalidCatalog where what stands
    there is wrong, MissingExtra where the store needs a package that is absent.
    """
    track_id, store = _parse_name(wanted.name), _parse_store(wanted.store)
    _validate_texts(wanted)
    _validate_folder(folder)
    dataset_path, track_path = (folder / kind / f"{track_id}.toml" for kind in ("datasets", "tracks"))
    found = _find_text(dataset_path), _find_text(track_path)
    newest = _find_newest(dataset_path, track_id)

    def build(revision: int, erratum: str) -> PrivateSet:
        return build_private_set(track_id, revision, table.rows, wanted.truth, store, erratum)

    title = wanted.title or f"Private set {track_id.removeprefix(PRIVATE_PREFIX)}"
    if newest is not None and _has_digests(newest, build(newest.revision, newest.erratum)):
        made = build(newest.revision, newest.erratum)  # an earlier call was cut off before its last step
        dataset_text = _read_text(dataset_path)
    else:
        _validate_erratum(wanted, track_id, newest, is_there=newest is not None or track_path.exists())
        made = build(1 if newest is None else newest.revision + 1, wanted.erratum)
        before = (
            render_source(title, wanted.author or "not published") if newest is None else _read_text(dataset_path)
        )
        dataset_text = f"{before.rstrip()}\n\n{render_revision(made)}"
    revision = int(str(made.entry["revision"]))
    track_text = _render_track(track_path, track_id, revision, wanted.standing, title)
    if track_path.exists() and track_text == _read_text(track_path):
        raise WrongCommandLine(
            f"the track {track_id} stands at revision {revision} with these very antibodies and labels",
            consequence="Nothing was written.",
        )
    documents = ((dataset_path, dataset_text), (track_path, track_text))
    track = _parse_documents(documents, track_id)
    _validate_kept(wanted, track, track_path)
    return PlannedTrack(
        id=track_id,
        revision=revision,
        standing=track.standing,
        made=made,
        positives=int(str(made.entry["positives"])),
        negatives=int(str(made.entry["negatives"])),
        folder=folder,
        documents=documents,
        found=found,
    )


def write_private_track(planned: PlannedTrack) -> None:
    """Put both files into the store, read them back, and then write the catalogue, the track last.

    What is cut off may be repeated: files that stand there already with this content are taken. Raises CannotWrite
    where another file stands at one of the addresses, FetchFailed where the store fails, MissingExtra.
    """
    make_private_folder(planned.folder)
    _ignore_all(planned.folder)
    with _only_one(planned.folder):
        _write(planned)


def _write(planned: PlannedTrack) -> None:
    if tuple(_find_text(path) for path, _ in planned.documents) != planned.found:
        raise CannotWrite(
            f"another process changed the catalogue entries of {planned.id}",
            consequence="Nothing was written.",
            cure="Look at the entries, then run the same command again.",
        )
    for file in planned.made.files:
        if find_scheme(file.address) == "file":
            folder = Path(file.address.removeprefix("file://")).parent
            make_private_folder(folder)
            _ignore_all(folder)
        _put(file)
    for path, text in planned.documents:
        write_atomically(path, text.encode(), mode=0o600)


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _parse_name(name: str) -> str:
    plain = name.removeprefix(PRIVATE_PREFIX)
    if not _NAME.fullmatch(plain) or len(plain) > _MAX_NAME_LENGTH:
        raise WrongCommandLine(
            f"`{name}` cannot name a track",
            findings=[
                Finding(
                    "--name",
                    f"expected lower-case letters, digits and single hyphens, at most {_MAX_NAME_LENGTH} of them",
                )
            ],
            consequence="Nothing was written.",
        )
    return f"{PRIVATE_PREFIX}{plain}"


def _parse_store(store: str) -> str:
    """The address of the folder; a path is one on this machine."""
    if not store:  # and not the folder that the command happens to be called in
        raise WrongCommandLine(
            "this store cannot be used",
            findings=[Finding("--store", "is empty")],
            consequence="Nothing was written.",
        )
    address = store if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", store) else f"file://{Path(store).absolute()}"
    defect = find_address_defect(address, is_private=True)
    scheme = find_scheme(address)
    if defect is None and scheme == "https":
        defect = (
            "an https address can be read and not written; write to a folder, put both files where they belong, "
        )
        defect += "and change `url` in the catalogue entry"
    if defect is None and scheme in _NO_STORES:
        defect = f"what stands at {scheme}:// {_NO_STORES[scheme]}"
    if defect is None and not address.partition("://")[2].strip("/"):
        defect = "names no folder"
    if defect is None and scheme != "file" and re.search(r"[?#]", address):
        defect = "expected the address of a folder, without parameters"
    if defect is not None:  # the address itself is not repeated: it may hold what nobody should read
        raise WrongCommandLine(
            "this store cannot be used", findings=[Finding("--store", defect)], consequence="Nothing was written."
        )
    try:
        validate_store(address)
    except Unreachable as error:
        raise WrongCommandLine(
            "this store cannot be used",
            findings=[Finding("--store", str(error))],
            consequence="Nothing was written.",
        ) from error
    return address


def _validate_texts(wanted: Wanted) -> None:
    texts = {"--title": wanted.title, "--author": wanted.author, "--erratum": wanted.erratum}
    findings = [
        Finding(option, f"is {text!r}; expected printable text on one line")
        for option, text in texts.items()
        if text and not (text.strip() and text.isprintable())
    ]
    if findings:
        raise WrongCommandLine(
            "the catalogue takes no such text", findings=findings, consequence="Nothing was written."
        )


def _validate_folder(folder: Path) -> None:
    """Only a folder that holds nothing else is closed to others and kept out of git. Raises WrongCommandLine."""
    try:
        # a `.part` is what a killed call of this command may have left
        is_in_use = folder.is_dir() and any(path.suffix != ".part" for path in folder.iterdir())
    except OSError as error:
        raise UnreadableArgument(f"cannot look into {folder}: {error.strerror or error}") from error
    if not is_in_use or any((folder / "datasets").glob(f"{PRIVATE_PREFIX}*.toml")):
        return
    ignore = folder / _IGNORE_FILE
    if not (ignore.is_file() and _read_text(ignore).startswith(_IGNORE_HEADING)):
        raise WrongCommandLine(
            f"{folder} holds other files, and no private tracks",
            consequence="Nothing was written. The folder of private tracks is closed to other users, and\n"
            "git keeps out all that is in it.",
            cure="Give a folder of its own with --catalog, or set POLYREACT_PRIVATE to one; it need not exist.",
        )


def _ignore_all(folder: Path) -> None:
    """In case the folder lies in a checkout; a file of that name that is there already is left as it is."""
    path = folder / _IGNORE_FILE
    if not path.exists():
        write_atomically(path, f"{_IGNORE_HEADING}\n*\n".encode())


def _validate_kept(wanted: Wanted, track: Track, path: Path) -> None:
    """What was asked for of a track that stands there is what it has. Raises WrongCommandLine."""
    findings = []
    if wanted.title and wanted.title != track.title:
        findings.append(Finding("--title", f"the track is called {track.title!r}"))
    if wanted.standing is Standing.RANKED and track.standing is not Standing.RANKED:
        findings.append(Finding("--ranked", f"the track is {track.standing.value}"))
    if findings:
        raise WrongCommandLine(
            f"the track {track.id} stands there already, and its file is not changed but for the revision",
            findings=findings,
            consequence="Nothing was written.",
            cure=f"Leave the option out, and change it in {path}.",
        )


def _find_newest(path: Path, dataset_id: str) -> Dataset | None:
    """The newest revision in the catalogue file `path`, None where there is no such file. Raises InvalidCatalog."""
    if not path.exists():
        return None
    source = parse_sources(path.parent, is_private=True)[path.stem]
    revisions = [dataset for dataset in source.datasets if dataset.id == dataset_id]
    if not revisions:
        raise InvalidCatalog(f"{path} holds no dataset called `{dataset_id}`", consequence="Nothing was written.")
    return max(revisions, key=lambda dataset: dataset.revision)


def _has_digests(dataset: Dataset, made: PrivateSet) -> bool:
    tables = ("inputs", "labels", "annotations")
    return all(getattr(dataset, f"{table}_sha256") == made.entry.get(f"{table}_sha256", "") for table in tables)


def _validate_erratum(wanted: Wanted, track_id: str, newest: Dataset | None, *, is_there: bool) -> None:
    if is_there and (newest is None or not wanted.erratum):
        raise WrongCommandLine(
            f"there is a track {track_id} already, and this table is another one",
            consequence="Nothing was written. A revision never changes.",
            cure='Say what was wrong to make its next revision, --erratum "...", or give another --name.',
        )
    if not is_there and wanted.erratum:
        raise WrongCommandLine(
            f"there is no track {track_id} yet, so there is nothing to correct",
            consequence="Nothing was written.",
            cure="Leave out --erratum, or name the track that is meant with --name and --catalog.",
        )


def _render_track(path: Path, track_id: str, revision: int, standing: Standing, title: str) -> str:
    """The track's file; of one that stands there only the revision is changed."""
    if path.exists():
        text, times = re.subn(r"(?m)^revision = \d+", f"revision = {revision}", _read_text(path))
        if times != 1:
            raise InvalidCatalog(f"{path} should have one line `revision = <number>`, and has {times}")
        return text
    return render_toml(
        {
            "title": title,
            "question": "Which antibodies of a set that is not published are polyreactive?",
            "note": _NOTE,
            "dataset": track_id,
            "revision": revision,
            "standing": standing.value,
            "labels_are_public": False,
            "primary_metric": "roc_auc",
            "limits": asdict(LIMITS),
        }
    )


def _parse_documents(documents: Sequence[tuple[Path, str]], track_id: str) -> Track:
    """The track, read from what is to be written as the catalogue would be read. Raises InvalidCatalog."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for path, text in documents:
            copy = folder / path.parent.name / path.name
            copy.parent.mkdir()
            copy.write_text(text, encoding="utf-8")
        with open_private_catalog(folder):
            return parse_tracks(folder / "tracks", is_private=True)[track_id]


def _put(file: PrivateFile) -> None:
    try:
        found = read_store(file.address, len(file.content))
        if found is None or (found != file.content and file.content.startswith(found)):  # none, or a cut-off one
            write_store(file.address, file.content)
            found = read_store(file.address, len(file.content))
            if found != file.content:
                raise CannotWrite(
                    f"what was written to {file.address} is not what can be read there now",
                    consequence="The catalogue was not changed.",
                    cure="Look at the store, remove the file, and run the same command again.",
                )
    except Unreachable as error:
        raise FetchFailed(
            f"the store cannot be used: {error}",
            findings=[Finding("address", file.address)],
            consequence="The catalogue was not changed.",
            cure="Look at the address and at the credentials in the environment, then run the same command again.",
        ) from error
    if found != file.content:
        raise CannotWrite(
            f"another file stands at {file.address}",
            consequence="It was not touched, and the catalogue was not changed.",
            cure="Give another --store or another --name.",
        )


def _find_text(path: Path) -> str | None:
    return _read_text(path) if path.exists() else None


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableArgument(f"cannot read {path}: {error}") from error
