"""Boards of every kind that a site is built from, and the folders built from them."""

from datetime import UTC, datetime
from itertools import cycle, product

from polyreact.leaderboard.board import Board, Cell, CellState, Entry, TrackBoard
from polyreact.leaderboard.edition import Edition
from polyreact.leaderboard.formats.json import render_json
from polyreact.leaderboard.release import build_release
from polyreact.leaderboard.site.build import build_site
from polyreact.results.queue_records import JobRecord, QueueRecord, QueueState
from polyreact.results.release_records import ReleasedEntry, ReleasedTrack, ReleaseRecord
from polyreact.tracks.track import Standing
from unit.leaderboard.sample_boards import (
    TRACKS,
    audit,
    make_board,
    record,
    run,
    sample_board,
    score,
    submission,
    track,
    with_auroc,
)

HOSTILE = (
    "<script>alert(1)</script>\"' onmouseover='alert(1)' <img src=x onerror=alert(1)> javascript:alert(1)"
    " {{ 7 * 7 }} \u202edrawkcab\u2066 \x00\x1b[31m --><!-- \U0001f469\u200d\U0001f52c " + "x" * 10_000
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LICENCES = ("MIT", "GPL-3.0-only", "CC-BY-NC-4.0", "LicenseRef-Proprietary")
AUTHORS = ("Ada Okafor", "Björn Brandt", "Chloé Lin")


def hostile_board():
    """Everything that a stranger may write, hostile."""
    about = submission(
        "owner-model",
        name=HOSTILE,
        authors=(HOSTILE, HOSTILE),
        description=HOSTILE,
        license=HOSTILE,
        paper=f"javascript:{HOSTILE}",
        code=f"https://evil.example/{HOSTILE}",
        training_data={HOSTILE: (HOSTILE,)},
    )
    harmless = record("harmless-model", scored=score(2.0, seed=3))
    return make_board([record("owner-model", scored=score(audit=audit()), submission=about), harmless], TRACKS)


def large_board(entries=120):
    """Entries with one track ranked and one shown: three with the same AUROC, every tenth without a score there."""
    records = []
    for number in range(entries):
        name = f"lab-{number:03d}"
        about = submission(
            name,
            name=f"Model {number:03d}",
            authors=(AUTHORS[number % len(AUTHORS)],),
            description="A graph network." if number % 7 == 0 else "Logistic regression on charges.",
            license=LICENCES[number % len(LICENCES)],
            code="https://github.com/lab/model" if number % 2 else None,
            training_data=("unknown", {}, {"boughter": ("labels",)})[number % 3],
            is_baseline=number % 40 == 0,
        )
        value = round(0.5 + 0.004 * (number // 3), 3)
        if number % 10:
            records.append(with_auroc(name, value, interval=(value - 0.05, value + 0.05), submission=about))
        records.append(with_auroc(name, round(0.9 - 0.003 * number, 3), "shehata", submission=about))
    return make_board(records, (track("jain"), track("shehata", Standing.SHOWN)))


def thousand_rows():
    """One track with a thousand entries, made without their half a million pairs, which its table has not."""
    only = track("shehata", Standing.SHOWN)
    scores = [score(seed / 20, seed=seed) for seed in range(40)]
    entries = tuple(
        Entry(
            submission(
                f"lab-{number:04d}", name=f"Model {number * 7919 % 1_000:04d}", license=LICENCES[number % 4]
            ),
            {only.id: Cell(CellState.SCORE, score=scores[number * 17 % 40], run=run())},
        )
        for number in range(1_000)
    )
    return Board((TrackBoard(only, entries, 29, 57, 1),), entries, None)


BOARDS = {
    "sample": sample_board,
    "hostile": hostile_board,
    "large": large_board,
    "empty": lambda: make_board([], TRACKS),
    "without-tracks": lambda: make_board([], ()),
}


def edition_of(board, **changes):
    """What is published beside a board: a job in each state, and two releases of it."""
    tracks = [b.track.id for b in board.tracks]
    names = [entry.submission.id for entry in board.entries]
    states = cycle(QueueState)
    jobs = tuple(
        JobRecord(submission=name, track=track, state=next(states), since=NOON, code="E414")
        for name, track in product(names[:3], tracks)
    )
    queue = QueueRecord(updated_at=NOON, jobs=jobs) if jobs else None
    releases = tuple(build_release(board, name, NOON.date(), "0.1.0") for name in ("2026.6", "2026.5"))
    return Edition(**{"address": "https://lab.example/b/", "queue": queue, "releases": releases} | changes)


def hostile_edition(board):
    """A queue and a release that somebody wrote by hand."""
    queue = QueueRecord(
        updated_at=NOON,
        jobs=tuple(
            JobRecord(submission=name, track=place, state=QueueState.PUT_OFF, since=NOON, code=HOSTILE)
            for name in ("owner-model", "../../etc/passwd", HOSTILE)
            for place in ("jain", "../jain", HOSTILE)
        ),
    )
    entry = ReleasedEntry(submission="../../up", name=HOSTILE, is_baseline=True, state=HOSTILE, code=HOSTILE)
    strange = ReleasedTrack(
        track=f"../{HOSTILE}",
        title=HOSTILE,
        dataset=HOSTILE,
        revision=1,
        is_ranked=True,
        primary_metric=HOSTILE,
        scoring_version=None,
        positives=1,
        negatives=1,
        entries=(entry, entry),
    )
    release = ReleaseRecord(name="2026.5", date=NOON.date(), polyreact=HOSTILE, tracks=(strange, strange))
    return edition_of(board, queue=queue, releases=(release,))


def build(board, folder):
    """The site of a board as the command line leaves it."""
    is_hostile = any(entry.submission.name == HOSTILE for entry in board.entries)
    build_site(board, folder, hostile_edition(board) if is_hostile else edition_of(board))
    (folder / "leaderboard.json").write_text(render_json(board), encoding="utf-8")
    return folder
