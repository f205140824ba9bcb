"""`polyreact cluster`, on threads of this machine and without a container engine."""

import pytest

LOCAL = 'kind = "local"\ncpus = 1\nmemory = "1 GiB"\n'


def test_check_without_an_engine_says_what_is_missing_and_ends_with_4(polyreact, tmp_path, monkeypatch):
    """The engine is asked for in the environment, and is a word that none has."""
    monkeypatch.setenv("POLYREACT_ENGINE", "process")
    (tmp_path / "p.toml").write_text(LOCAL)
    ended = polyreact("cluster", "check", "--on", "p.toml", "--json")
    assert ended.status == 4
    assert ended.data["workers"] == [
        {"name": "this machine", "has": {"cpus": 1, "memory_bytes": 1 << 30, "gpus": 0, "time_s": 0}, "running": 0}
    ]
    (missing,) = ended.data["missing"]
    assert missing["where"] == "engine"
    assert missing["message"].startswith("E402")
    assert "lacks what jobs need" in ended.err


def test_check_in_words_shows_the_workers(polyreact, tmp_path, monkeypatch):
    monkeypatch.setenv("POLYREACT_ENGINE", "process")
    (tmp_path / "p.toml").write_text(LOCAL)
    ended = polyreact("cluster", "check", "--on", "p.toml")
    assert ended.status == 4
    assert "this machine  1 CPU, 1 GiB" in ended.out
    assert "E402" in ended.err


@pytest.mark.parametrize(
    ("text", "code"), [("kind = 3", "E210"), (None, "E102"), (LOCAL.replace("1", "0"), "E210")]
)
def test_profile_that_cannot_be_used_is_refused(polyreact, tmp_path, text, code):
    if text is not None:
        (tmp_path / "p.toml").write_text(text)
    ended = polyreact("cluster", "check", "--on", "p.toml")
    assert ended.status == 2
    assert ended.err.startswith(code)


@pytest.mark.parametrize("command", [("cluster", "check"), ("evaluate", "run", "lab-m")])
@pytest.mark.parametrize("text", [None, LOCAL + "#" * (1 << 20)], ids=["absent", "too large"])
def test_profile_that_cannot_be_read_whole_is_refused_with_where_one_stands(polyreact, tmp_path, command, text):
    """Symptom: `evaluate run` took the first MiB of a larger profile for all of it, and `cluster check` did not."""
    polyreact("submission", "new", "lab-m")
    if text is not None:
        (tmp_path / "p.toml").write_text(text)
    ended = polyreact(*command, "--on", "p.toml")
    assert ended.status == 2
    assert ended.err.startswith("E102")
    assert "a profile of each kind" in ended.err


def test_certificates_are_written_once_and_told_where_they_belong(polyreact, tmp_path):
    ended = polyreact("cluster", "certs", "keys")
    assert ended.status == 0
    assert ended.out.count("copy it to") == 3
    assert "keep it here" in ended.out
    kept = {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    again = polyreact("cluster", "certs", "keys", "--json")
    assert again.status == 2
    assert again.data["error"]["code"] == "E103"
    assert {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()} == kept
    other = polyreact("cluster", "certs", "other", "--json")
    assert other.data.keys() == {"authority", "certificate", "key", "authority_key", "valid_until"}
