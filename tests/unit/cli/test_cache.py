"""`polyreact cache`: what is kept is listed and removed."""

import json

import pytest

pytest.importorskip("torch")

from polyreact.baselines.cache import EmbeddingCache
from polyreact.cli.main import main
from unit.baselines.fakes import FakeEmbedder


def polyreact(*arguments):
    try:
        main(list(arguments))
    except SystemExit as ended:
        return ended.code
    return 0


@pytest.fixture
def kept(settings):
    EmbeddingCache(settings.embeddings, FakeEmbedder()).embed(["ACD", "ACDE"])
    EmbeddingCache(settings.embeddings, FakeEmbedder(revision="fake 2")).embed(["ACD"])
    return settings.embeddings


def test_nothing_kept_is_no_error(capsys):
    assert polyreact("cache", "ls", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []
    assert polyreact("cache", "prune") == 0
    assert "nothing to remove" in capsys.readouterr().err


def test_what_is_kept_is_listed(kept, capsys):
    assert polyreact("cache", "ls", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert sorted((one["revision"], one["sequences"]) for one in listed) == [("fake 1", 2), ("fake 2", 1)]
    assert polyreact("cache", "ls") == 0
    assert "fake 2" in capsys.readouterr().out


def test_what_was_used_lately_stays_and_all_else_goes(kept, capsys):
    assert polyreact("cache", "prune", "--unused-for", "1") == 0
    assert len(list(kept.iterdir())) == 2
    assert polyreact("cache", "prune", "--embedder", "another") == 0
    assert len(list(kept.iterdir())) == 2
    assert polyreact("cache", "prune", "--embedder", "fake") == 0
    assert list(kept.iterdir()) == []
    assert "removed 2 embeddings of fake 1" in capsys.readouterr().err
