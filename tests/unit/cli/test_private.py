"""A private track from a lab's table to the board, as an organiser makes it."""

import json
import re
import shutil
import stat
import subprocess
import tomllib

import pytest

from fakes.engine import FakeEngine
from lab import CANARY, as_csv, lab_rows
from polyreact.cli import evaluate as evaluate_cli
from polyreact.results.comparison_store import ComparisonStore
from polyreact.results.ledger import LEDGER_FILE
from polyreact.results.store import open_private_store
from unit.evaluation.conftest import answers
from unit.submission.manifests import lines_of

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 the one of Amazon's manuals


@pytest.fixture
def lab(tmp_path):
    (tmp_path / "lab.csv").write_bytes(as_csv(lab_rows()))
    return tmp_path / "lab.csv"


@pytest.fixture
def private(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYREACT_PRIVATE", str(tmp_path / "private"))
    return tmp_path / "private"


@pytest.fixture
def new_private(polyreact, lab, private, tmp_path):
    options = ["--name", "ours", "--store", tmp_path / "store", "--id", "clone"]
    return lambda *more: polyreact("track", "new-private", lab, *options, *more)


@pytest.fixture
def engine(monkeypatch):
    engine = FakeEngine(answers)
    monkeypatch.setattr(evaluate_cli, "load_engine", lambda *_: engine)
    return engine


@pytest.fixture
def run(polyreact, engine, tmp_path):
    """Evaluate lab-model on the private track."""
    content = lines_of(training_data="{}", score_is_probability="false")
    name = next(line.partition(": ")[2] for line in content.splitlines() if line.startswith("name:"))
    (tmp_path / f"{name}.yaml").write_text(content)
    return lambda *more: polyreact("evaluate", "run", tmp_path / f"{name}.yaml", "--track", "private-ours", *more)


def contents(*folders):
    return b"".join(p.name.encode() + p.read_bytes() for f in folders for p in sorted(f.rglob("*")) if p.is_file())


def canaries():
    rows = lab_rows()
    return [CANARY.encode(), *(r["sequence"].encode() for r in rows), *(r["light_sequence"].encode() for r in rows)]


def test_private_track_from_the_lab_to_the_board(new_private, polyreact, run, private, tmp_path):
    made = new_private()
    assert made.status == 0, made.err
    assert "private-ours, revision 1, shown" in made.out
    assert "40 specific, 20 polyreactive" in made.out
    assert "polyreact evaluate run" in made.err

    listed = polyreact("track", "list")
    assert "private-ours" in listed.out
    ended = run()
    assert ended.status == 0, ended.err
    assert "after 0 earlier scored runs" in ended.out
    forced = run("--force", "--json")
    assert forced.data[0]["record"]["earlier_scored_runs"] == 1
    assert forced.data[0]["record"]["score"]["confusion"] is None
    assert not (tmp_path / "results").exists()

    board = polyreact("leaderboard", "build", "--private")
    assert board.status == 0, board.err
    page = (tmp_path / "LEADERBOARD.md").read_text()
    assert "after 1 earlier scored run of this author" in page
    auroc = forced.data[0]["record"]["score"]["metrics"]["roc_auc"]["value"]
    assert auroc == round(auroc, 2)
    (section,) = [part for part in page.split("\n## ") if "`private-ours`" in part and "Track `" in part]
    assert f"{auroc:.3f}" in section
    assert "private-ours" not in page.split("\n## ")[0], "the overview has no room for the number of earlier runs"
    assert "after 1 earlier scored run" in (tmp_path / "build/site/tracks/private-ours.html").read_text()
    data = json.loads((tmp_path / "build/site/leaderboard.json").read_text())
    (track,) = [track for track in data["tracks"] if track["id"] == "private-ours"]
    assert (track["positives"], track["negatives"]) == (None, None)
    (cell,) = track["entries"]
    assert (cell["confusion"], cell["earlier_scored_runs"], cell["run"]["predictions_sha256"]) == (None, 1, None)

    published = contents(tmp_path / "build") + page.encode()
    said = "".join(e.out + e.err for e in (made, listed, ended, forced, board)).encode()
    assert not [path for path in tmp_path.rglob("curves*") if path.suffix != ".py"], "no curve is even made"
    held = contents(private / "results", tmp_path / "store")
    assert CANARY.encode() in held
    for canary in canaries():
        assert canary not in published
        assert canary not in said
    assert b"private-ours-00" in contents(private / "results"), "predictions are kept, by the set's own ids"
    assert b"private-ours-00" not in published + said


def test_private_track_is_not_published_without_being_asked_for(new_private, polyreact, run, engine, tmp_path):
    new_private()
    run()
    (tmp_path / "results").mkdir()
    assert polyreact("leaderboard", "build").status == 0
    assert b"private-" not in contents(tmp_path / "build") + (tmp_path / "LEADERBOARD.md").read_bytes()


def test_private_record_in_the_public_folder_is_ignored(new_private, polyreact, run, private, tmp_path):
    new_private()
    run()
    (record,) = private.glob("results/*-*/private-ours.json")
    (tmp_path / "results" / record.parent.name).mkdir(parents=True)
    (tmp_path / "results" / record.parent.name / record.name).write_bytes(record.read_bytes())
    job = {
        "submission": record.parent.name,
        "track": "private-ours",
        "state": "waiting",
        "since": "2026-05-01T12:00:00Z",
    }
    queue = {"schema_version": 1, "updated_at": "2026-05-01T12:00:00Z", "jobs": [job]}
    (tmp_path / "results" / "queue.json").write_text(json.dumps(queue))
    track = {
        "track": "private-ours",
        "title": "Ours",
        "dataset": "private-ours",
        "revision": 1,
        "is_ranked": False,
        "primary_metric": "roc_auc",
        "scoring_version": 2,
        "positives": 20,
        "negatives": 40,
        "entries": [],
    }
    release = {"schema_version": 1, "name": "2026.5", "date": "2026-05-01", "polyreact": "0.1.0", "tracks": [track]}
    (tmp_path / "results" / "releases").mkdir()
    (tmp_path / "results" / "releases" / "2026.5.json").write_text(json.dumps(release))
    ended = polyreact("leaderboard", "build")
    assert ended.status == 0, ended.err
    assert (tmp_path / "build" / "site" / "history" / "2026.5.html").is_file()
    assert b"private-" not in contents(tmp_path / "build") + (tmp_path / "LEADERBOARD.md").read_bytes()


def test_private_track_runs_only_when_it_is_named(new_private, polyreact, run, private, engine):
    new_private()
    jobs = polyreact("evaluate", "plan", next(iter(private.parent.glob("*.yaml"))), "--json").data
    assert "private-ours" not in {job["track"] for job in jobs}
    assert "demo" in {job["track"] for job in jobs}
    named = polyreact(
        "evaluate", "plan", next(iter(private.parent.glob("*.yaml"))), "--track", "private-ours", "--json"
    )
    assert [job["state"] for job in named.data] == ["to run"]


def test_private_track_is_unknown_where_its_catalogue_is_not_named(new_private, polyreact, monkeypatch):
    new_private()
    assert polyreact("track", "show", "private-ours").status == 0
    monkeypatch.delenv("POLYREACT_PRIVATE")
    ended = polyreact("track", "show", "private-ours")
    assert (ended.status, ended.err[:4]) == (2, "E101")


def test_private_folder_that_is_absent_is_told(polyreact, private):
    ended = polyreact("track", "list")
    assert (ended.status, ended.err[:4]) == (2, "E201")
    assert "new-private makes one" in ended.err


def test_scored_runs_are_counted_and_scoring_again_is_not(new_private, run, private):
    new_private()
    counted = [run(*more, "--json").data[0]["record"]["earlier_scored_runs"] for more in ([], [], ["--force"])]
    assert counted == [0, 0, 1]
    lines = [json.loads(line) for line in (private / LEDGER_FILE).read_text().splitlines()]
    assert [line["track"] for line in lines] == ["private-ours"] * 2
    shutil.rmtree(private / "results")
    assert run("--json").data[0]["record"]["earlier_scored_runs"] == 2, "a deleted record does not reset the count"


def test_ledger_that_was_taken_away_is_missed(new_private, run, private):
    new_private()
    run()
    (private / LEDGER_FILE).unlink()
    ended = run()
    assert ended.status == 6
    assert "contradict each other" in ended.err


def test_overlap_with_declared_sets_stays_private(new_private, polyreact, run, lab, private, tmp_path):
    new_private()
    lab.write_bytes(as_csv(lab_rows(30)))
    polyreact("track", "new-private", lab, "--name", "theirs", "--store", tmp_path / "store")
    (manifest,) = tmp_path.glob("*.yaml")
    text = manifest.read_text()
    assert "training_data: {}" in text
    manifest.write_text(text.replace("training_data: {}", "training_data: {private-theirs: [sequences]}"))

    ended = run("--json")
    assert ended.status == 0, ended.err
    assert ended.data[0]["record"]["score"]["audit"] is None
    measured = polyreact("dataset", "overlap", "private-ours", "private-theirs")
    assert measured.status == 0, measured.err
    assert "measuring" not in measured.err, "the one of the run is kept"
    assert (private / "results/overlap/private-ours-r1--private-theirs-r1.json").is_file()
    assert not (tmp_path / "results").exists()

    polyreact("leaderboard", "build", "--private")
    published = contents(tmp_path / "build") + (tmp_path / "LEADERBOARD.md").read_bytes()
    assert b"private-theirs-r1" not in published
    assert b"private-theirs-00" not in published


def test_private_files_are_for_this_user_only(new_private, run, private, tmp_path):
    new_private("--assay", "psr", "--threshold", "0.5")
    run()
    for folder in (private, private / "results", tmp_path / "store/private-ours", tmp_path / "cache/hidden"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    for folder in (tmp_path / "cache/inputs/private-ours-r1", tmp_path / "cache/sources/private-ours"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    for path in (*(tmp_path / "store").rglob("*.csv"), *private.rglob("*.toml"), private / LEDGER_FILE):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert (private / ".gitignore").read_text().endswith("*\n")


def test_catalogue_entry_holds_digests_and_no_antibody(new_private, private):
    new_private()
    entry = (private / "datasets/private-ours.toml").read_bytes()
    assert b"sha256" in entry
    assert not [canary for canary in canaries() if canary in entry]


def test_dry_run_writes_nothing(new_private, private, tmp_path):
    ended = new_private("--dry-run")
    assert ended.status == 0
    assert "nothing was written" in ended.err
    assert not private.exists()
    assert not (tmp_path / "store").exists()


def test_table_with_defects_leaves_nothing_behind(new_private, lab, private, tmp_path):
    rows = lab_rows()
    rows[3]["sequence"] += "*"
    rows[7]["label"] = "yes"
    lab.write_bytes(as_csv(rows))
    ended = new_private()
    assert (ended.status, ended.err[:4], ended.out) == (5, "E506", "")
    assert "line 5" in ended.err
    assert "line 9" in ended.err
    assert not private.exists()
    assert not (tmp_path / "store").exists()


def test_same_table_again_is_refused_and_a_changed_one_needs_an_erratum(new_private, lab, private, polyreact):
    new_private()
    before = contents(private)
    assert "with these very antibodies" in new_private().err
    rows = lab_rows()
    rows[0]["label"] = "0"
    lab.write_bytes(as_csv(rows))
    refused = new_private()
    assert (refused.status, refused.err[:4]) == (2, "E103")
    assert "--erratum" in refused.err
    assert contents(private) == before
    corrected = new_private("--erratum", 'One label was "wrong".')
    assert corrected.status == 0, corrected.err
    assert "revision 2" in corrected.out
    shown = polyreact("dataset", "list", "--json").data
    assert [d["name"] for d in shown if d["id"] == "private-ours"] == ["private-ours", "private-ours@1"]
    assert polyreact("track", "show", "private-ours", "--json").data["revision"] == 2


def test_new_private_that_was_cut_off_is_finished_by_repeating_it(new_private, private):
    new_private()
    (private / "tracks/private-ours.toml").unlink()
    ended = new_private()
    assert ended.status == 0, ended.err
    assert "revision 1" in ended.out


BAD_STORES = {
    "password": "s3://me:hunter2secret@bucket/x",
    "signed": "https://lab.example/x?X-Amz-Signature=hunter2secret",
    "token": "s3://bucket/x?token=hunter2secret",
    "bare-user": "https://hunter2secret@lab.example/x",
    "chain": "simplecache::s3://bucket/hunter2secret",
    "read-only": "https://lab.example/hunter2secret",
    "not-encrypted": "ftp://lab.example/hunter2secret",
    "unknown": "nosuchthing://hunter2secret",
    "control": "s3://bucket/hunter2secret\x1b[2J",
    "memory": "memory://hunter2secret",
    "local": "local:///hunter2secret",
    "no-folder": "s3://",
    "root": "/",
    "empty": "",
    "one-slash": "s3:/bucket/hunter2secret",
    "capitals": "S3://bucket/hunter2secret",
}


@pytest.mark.parametrize("store", BAD_STORES.values(), ids=BAD_STORES.keys())
def test_store_that_cannot_be_used_is_refused_without_repeating_it(polyreact, lab, private, store):
    ended = polyreact("track", "new-private", lab, "--name", "ours", "--store", store)
    assert (ended.status, ended.err[:4]) == (2, "E103")
    assert "hunter2secret" not in ended.out + ended.err
    assert not private.exists()


def test_store_whose_package_is_missing_says_which(polyreact, lab, private, monkeypatch):
    import fsspec

    def absent(_):
        raise ImportError(SECRET)

    monkeypatch.setattr(fsspec, "get_filesystem_class", absent)
    ended = polyreact("track", "new-private", lab, "--name", "ours", "--store", "s3://bucket/x")
    assert (ended.status, ended.err[:4]) == (2, "E104")
    assert "pip install s3fs" in ended.err
    assert SECRET not in ended.err


BAD_OPTIONS = {
    "no-threshold": (["--assay", "psr"], "--threshold"),
    "no-assay": (["--threshold", "1"], "--assay"),
    "both": (["--assay", "psr", "--threshold", "1", "--label", "label"], "either --label"),
    "threshold-nan": (["--assay", "psr", "--threshold", "nan"], "finite"),
    "erratum-of-nothing": (["--erratum", "x"], "no track private-ours yet"),
    "bad-name": (["--name", "Our_Track"], "cannot name a track"),
    "title-of-two-lines": (["--title", "a\nb"], "--title"),
    "title-not-utf-8": (["--title", "a\udcff"], "--title"),
    "blank-author": (["--author", " "], "--author"),
}


@pytest.mark.parametrize(("more", "said"), BAD_OPTIONS.values(), ids=BAD_OPTIONS.keys())
def test_new_private_wrong_command_line_is_told(new_private, private, more, said):
    ended = new_private(*more)
    assert (ended.status, ended.err[:4]) == (2, "E103")
    assert said in ended.err
    assert not private.exists()


def test_check_on_a_private_track_is_refused(new_private, polyreact, run, tmp_path):
    new_private()
    (manifest,) = tmp_path.glob("*.yaml")
    ended = polyreact("submission", "check", manifest, "--track", "private-ours")
    assert (ended.status, ended.err[:4]) == (2, "E103")


def test_board_with_private_tracks_needs_their_folder(polyreact):
    ended = polyreact("leaderboard", "build", "--private")
    assert (ended.status, ended.err[:4]) == (2, "E201")


def test_private_set_is_verified_like_any_other(new_private, polyreact):
    """The second build ran in a process that did not know the private catalogue, and the set was called damaged."""
    new_private()
    ended = polyreact("dataset", "verify", "private-ours", "--json")
    assert ended.status == 0, ended.err
    assert ended.data[0]["verdict"] == "identical"


def test_count_that_was_changed_by_hand_is_not_published(new_private, polyreact, run, private, tmp_path):
    new_private()
    run()
    run("--force")
    (path,) = private.glob("results/*-*/private-ours.json")
    path.write_text(path.read_text().replace('"earlier_scored_runs": 1', '"earlier_scored_runs": 0'))
    ended = polyreact("leaderboard", "build", "--private")
    assert ended.status == 6
    assert "contradict each other" in ended.err
    assert not (tmp_path / "LEADERBOARD.md").exists()


def test_private_scores_are_printed_to_two_decimals_in_the_table_as_well(new_private, run):
    new_private()
    printed = run().out.splitlines()[1].split()
    assert [figure for figure in printed if figure.startswith("0.") and len(figure) > 4 and figure[-1] != "0"] == []
    assert [figure for figure in printed if figure.startswith("0.")], printed


def test_digest_of_a_private_set_is_not_published(new_private, polyreact, run, private, tmp_path):
    """Whoever guesses which antibodies a private set holds could try the guess on it."""
    new_private()
    run()
    polyreact("leaderboard", "build", "--private")
    published = contents(tmp_path / "build") + (tmp_path / "LEADERBOARD.md").read_bytes()
    (entry,) = tomllib.loads((private / "datasets/private-ours.toml").read_text())["dataset"]
    for table in ("inputs", "labels"):
        assert entry[f"{table}_sha256"].encode() not in published


def test_damaged_private_record_is_not_said_to_be_in_git(new_private, run, private):
    new_private()
    run()
    (path,) = private.glob("results/*-*/private-ours.json")
    path.write_text(re.sub(r'("roc_auc": \{\s*"value": )[0-9.]+', r"\g<1>1.0", path.read_text()))
    forged = run()
    path.write_text("{")
    damaged = run()
    for ended in (forged, damaged):
        assert ended.status == 6
        assert "git" not in ended.err
        assert "from a copy" in ended.err


def test_private_set_that_is_not_its_catalogues_is_no_fault_of_the_program(
    new_private, polyreact, private, tmp_path
):
    new_private()
    entry = private / "datasets/private-ours.toml"
    before = entry.read_text()
    entry.write_text(before.replace("positives = 20", "positives = 21"))
    changed_entry = polyreact("dataset", "fetch", "private-ours")
    entry.write_text(before)
    shutil.rmtree(tmp_path / "cache")
    with (tmp_path / "store/private-ours/private-ours-r1.labels.csv").open("a") as file:
        file.write("x")
    changed_file = polyreact("dataset", "fetch", "private-ours")
    assert (changed_entry.status, changed_file.status) == (5, 5)
    assert "its entry was changed" in changed_entry.err
    assert "nothing was changed at its address" in changed_file.err
    for ended in (changed_entry, changed_file):
        assert "published" not in ended.err
        assert "report it" not in ended.err


def test_folder_with_other_files_is_not_made_private(polyreact, lab, tmp_path):
    """--catalog on a checkout replaced its .gitignore by one that ignores everything, and closed the folder."""
    (tmp_path / "checkout").mkdir(mode=0o755)
    (tmp_path / "checkout/.gitignore").write_text("build/\n")
    ended = polyreact(
        "track", "new-private", lab, "--name", "ours", "--store", tmp_path / "s", "--catalog", tmp_path / "checkout"
    )
    assert (ended.status, ended.err[:4]) == (2, "E103")
    assert "holds other files" in ended.err
    assert [path.name for path in (tmp_path / "checkout").iterdir()] == [".gitignore"]
    assert (tmp_path / "checkout/.gitignore").read_text() == "build/\n"
    assert stat.S_IMODE((tmp_path / "checkout").stat().st_mode) == 0o755
    assert not (tmp_path / "s").exists()


def test_folder_with_what_a_killed_call_left_is_taken(new_private, private):
    private.mkdir()
    (private / "..gitignore.x1y2.part").touch()
    assert new_private().status == 0


def test_labels_in_a_checkout_are_not_committed(new_private, tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    new_private()
    told = subprocess.run(
        ["git", "-C", tmp_path, "status", "--porcelain", "--untracked-files=all"], check=True, capture_output=True
    )
    assert told.stdout.decode().split() == ["??", "lab.csv"]


def test_standing_that_is_told_is_that_of_the_tracks_file(new_private, lab):
    assert "revision 1, ranked" in new_private("--ranked").out
    rows = lab_rows()
    rows[0]["label"] = "0"
    lab.write_bytes(as_csv(rows))
    assert "revision 2, ranked" in new_private("--erratum", "Swapped.").out


@pytest.mark.parametrize("option", [["--ranked"], ["--title", "Another"]])
def test_option_that_a_track_which_stands_there_would_not_take_up_is_refused(new_private, lab, private, option):
    new_private("--title", "Ours")
    before = contents(private)
    rows = lab_rows()
    rows[0]["label"] = "0"
    lab.write_bytes(as_csv(rows))
    ended = new_private("--erratum", "Swapped.", *option)
    assert (ended.status, ended.err[:4]) == (2, "E103")
    assert option[0] in ended.err
    assert contents(private) == before


def test_label_rule_names_the_threshold_that_was_used(new_private, polyreact):
    new_private("--assay", "psr", "--threshold", "0.512345678")
    assert "psr above 0.512345678" in polyreact("dataset", "show", "private-ours").out


def test_private_export_is_for_this_user_only_and_tells_its_terms(new_private, polyreact, tmp_path):
    new_private()
    ended = polyreact("dataset", "export", "private-ours", "--output", tmp_path / "out.csv")
    assert ended.status == 0, ended.err
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == 0o600
    assert "not to be passed on" in ended.err


def test_private_overlap_in_the_public_folder_is_ignored(new_private, polyreact, private, tmp_path):
    new_private()
    measured = polyreact("dataset", "overlap", "demo", "private-ours")
    assert measured.status == 0, measured.err
    (tmp_path / "results").mkdir()
    shutil.copytree(private / "results/overlap", tmp_path / "results/overlap")
    ended = polyreact("leaderboard", "build")
    assert ended.status == 0, ended.err
    assert b"private-" not in contents(tmp_path / "build") + (tmp_path / "LEADERBOARD.md").read_bytes()


def test_what_an_editor_keeps_beside_a_file_is_no_track(new_private, polyreact, private):
    new_private()
    (private / "tracks/.#private-ours.toml").symlink_to("me@host.123")
    assert polyreact("track", "show", "private-ours").status == 0


def test_catalogue_file_that_nests_without_end_is_told(new_private, polyreact, private):
    new_private()
    (private / "tracks/private-deep.toml").write_text("a = " + "[" * 100_000)
    ended = polyreact("track", "list")
    assert (ended.status, ended.err[:4]) == (5, "E507")


def test_public_results_are_told_where_the_private_store_cannot_be_had(new_private, run, private):
    new_private()
    with open_private_store(private).lock():
        ended = run("--track", "demo")
    assert ended.status == 6
    assert "E604" in ended.err
    assert "--results" not in ended.err
    first, second = ended.out.splitlines()[1:]
    assert "0.617" in first, "the demo track was run"
    assert "refused (E604)" in second


@pytest.mark.parametrize("form", ["markdown", "croissant", "bibtex"])
def test_private_set_has_no_datasheet(new_private, polyreact, form):
    """Counts, digests and addresses stood in pages and metadata that are made to be passed on."""
    new_private()
    ended = polyreact("dataset", "card", "private-ours", "--format", form)
    assert (ended.status, ended.err[:4], ended.out) == (2, "E103", "")


def test_private_records_are_verified_only_when_asked_and_no_figure_is_told(polyreact, new_private, run, private):
    new_private()
    run()
    assert "no record in results" in polyreact("results", "verify").err
    ended = polyreact("results", "verify", "--private")
    assert (ended.status, "verified" in ended.out) == (0, True)
    path = private / "results" / "lab-model" / "private-ours.json"
    document = json.loads(path.read_bytes())
    value = document["score"]["metrics"]["roc_auc"]["value"]
    document["score"]["metrics"]["roc_auc"]["value"] = 0.98765
    document["earlier_scored_runs"] = 7
    path.write_text(json.dumps(document))
    ended = polyreact("results", "verify", "--private")
    assert ended.status == 3
    assert "score.metrics.roc_auc.value is not what it should be" in ended.err
    assert "earlier_scored_runs is not what it should be" in ended.err
    assert not any(figure in ended.out + ended.err for figure in (repr(value), "0.98765"))


def test_comparisons_on_a_private_track_tell_the_verdict_and_no_figure(
    new_private, polyreact, run, private, tmp_path, monkeypatch
):
    new_private()
    assert run().status == 0
    by_length = FakeEngine(lambda data, output: answers(data, output, lambda sequence: float(len(sequence))))
    monkeypatch.setattr(evaluate_cli, "load_engine", lambda *_: by_length)
    content = lines_of(name="lab-other", training_data="{}", score_is_probability="false")
    (tmp_path / "lab-other.yaml").write_text(content)
    ran = polyreact("evaluate", "run", tmp_path / "lab-other.yaml", "--track", "private-ours")
    assert ran.status == 0, ran.err

    two = ("lab-model", "lab-other", "--track", "private-ours")
    told, data = polyreact("compare", *two), polyreact("compare", *two, "--json")
    lines = [line.strip() for line in told.out.splitlines()]
    verdicts = ("cannot be told apart", "lab-model is better", "lab-other is better")
    assert lines[0] == "private-ours: lab-model less lab-other"
    assert [line.partition(": ")[2] in verdicts for line in lines[1:]] == [True, True]
    assert "agreement" not in data.data[0]
    assert [set(data.data[0][metric]) for metric in ("auroc", "accuracy")] == [{"in_words"}, {"in_words"}]

    board = polyreact("leaderboard", "build", "--private")
    assert board.status == 0, board.err
    kept = ComparisonStore(private / "results/comparisons", is_private=True).find("private-ours")
    pair = kept.find_pair(*two[:2]).model_dump()
    figures = [value for metric in ("auroc", "accuracy") for value in pair[metric].values()]
    figures += [entry.auroc for entry in kept.entries]
    hidden = {repr(value) for value in figures if isinstance(value, float) and len(repr(value)) > 4}
    assert hidden
    shown = contents(tmp_path / "build").decode() + (tmp_path / "LEADERBOARD.md").read_text()
    shown += "".join(ended.out + ended.err for ended in (told, data, board, ran))
    assert {figure for figure in hidden if figure in shown} == set()
    (track,) = [
        track
        for track in json.loads((tmp_path / "build/site/leaderboard.json").read_text())["tracks"]
        if track["id"] == "private-ours"
    ]
    assert (track["pairs"], track["resolution"], track["group_column"]) == (None, None, None)
