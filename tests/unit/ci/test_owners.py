"""Whose submissions somebody may hand in."""

from __future__ import annotations

from pathlib import Path

import pytest

from polyreact.ci.owners import Owners, read_owners, validate_owner
from polyreact.errors import BadOwners, WrongOwner

REPOSITORY = Path(__file__).parents[3]
OWNERS = Owners(
    {"biolab": frozenset({"alice", "bob"}), "my-lab": frozenset({"carol"}), "polyreact": frozenset({"organiser"})}
)


@pytest.mark.parametrize(
    ("name", "author"),
    [
        ("alice-net", "alice"),
        ("alice-net", "Alice"),
        ("biolab-net", "ALICE"),
        ("my-lab-net", "carol"),
        ("polyreact-random", "organiser"),
        ("jo-hn-net", "jo-hn"),
    ],
)
def test_own_login_or_a_listed_owner_may(name: str, author: str) -> None:
    validate_owner(name, author, OWNERS, is_new=True)


@pytest.mark.parametrize(
    ("name", "author", "said"),
    [
        ("bob-net", "alice", "does not begin with the login"),
        ("alicenet-x", "alice", "does not begin with the login"),
        ("biolab-net", "mallory", "not among the people"),
        ("biolab-net", "biolab", "not among the people"),
        ("my-lab-net", "my", "not among the people"),
        ("polyreact-random", "mallory", "not among the people"),
        ("polyreact-random", "polyreact", "not among the people"),
    ],
)
def test_others_may_not(name: str, author: str, said: str) -> None:
    with pytest.raises(WrongOwner, match=said):
        validate_owner(name, author, OWNERS, is_new=True)


def test_baselines_are_guarded_where_nobody_is_listed() -> None:
    """Somebody whose login is `polyreact` could hand in baselines of the benchmark otherwise."""
    with pytest.raises(WrongOwner, match="E703"):
        validate_owner("polyreact-random", "polyreact", Owners(), is_new=True)


@pytest.mark.parametrize("brought_by", ["my-lab", None])
def test_submission_that_somebody_else_brought_may_not_be_changed(brought_by: str | None) -> None:
    """`my-lab-net` begins with `my-` as well: the beginning of a name alone gave my-lab's submission to my."""
    with pytest.raises(WrongOwner, match="handed in by somebody else"):
        validate_owner("my-lab-net", "my", Owners(), is_new=False, brought_by=brought_by)


def test_submission_may_be_changed_by_who_brought_it_and_by_listed_people() -> None:
    validate_owner("my-lab-net", "my-lab", Owners(), is_new=False, brought_by="My-Lab")
    validate_owner("biolab-net", "bob", OWNERS, is_new=False, brought_by="alice")


def test_file_of_this_repository_is_read_and_lets_nobody_hand_in_baselines() -> None:
    owners = read_owners(REPOSITORY / "submissions/OWNERS.toml")
    assert owners.people["polyreact"] == frozenset()
    assert owners.inside_registries == frozenset()


def test_every_defect_is_told(tmp_path: Path) -> None:
    path = tmp_path / "OWNERS.toml"
    path.write_text(
        '[owners]\nbiolab = "alice"\nUpper = ["x"]\nok = ["a b"]\n[registries]\ninside = ["-"]\n[more]\n'
    )
    with pytest.raises(BadOwners) as raised:
        read_owners(path)
    told = raised.value.render()
    for word in ("owners.biolab", "owners.Upper", "owners.ok", "registries", "more"):
        assert word in told


@pytest.mark.parametrize("content", [b"[owners", b"\xff\xfe", b'owners = "x"', b"[registries]\ninside = 3"])
def test_file_that_is_none_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "OWNERS.toml"
    path.write_bytes(content)
    with pytest.raises(BadOwners, match="E705"):
        read_owners(path)


def test_inside_registry_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "OWNERS.toml"
    path.write_text('[registries]\ninside = ["127.0.0.1:5000", "registry.lab.internal"]\n')
    assert read_owners(path).inside_registries == {"127.0.0.1:5000", "registry.lab.internal"}
