"""Settings come from an environment that is handed in."""

from pathlib import Path

import pytest

from polyreact.errors import BadSetting
from polyreact.settings import read_settings

HOME = Path("/home/jane")


def test_settings_of_an_empty_environment_are_the_defaults():
    settings = read_settings({}, lambda: HOME)
    assert settings.cache == HOME / ".cache" / "polyreact"
    assert settings.mirror is None
    assert settings.engine is None


@pytest.mark.parametrize(
    ("environment", "cache"),
    [
        ({"XDG_CACHE_HOME": "/xdg"}, "/xdg/polyreact"),
        ({"XDG_CACHE_HOME": "/xdg", "POLYREACT_CACHE": "/mine"}, "/mine"),
        ({"XDG_CACHE_HOME": "", "POLYREACT_CACHE": ""}, "/home/jane/.cache/polyreact"),
    ],
)
def test_cache_follows_the_environment(environment, cache):
    assert read_settings(environment, lambda: HOME).cache == Path(cache)


def test_cache_is_absolute_even_when_it_is_given_relative(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert read_settings({"POLYREACT_CACHE": "here"}, lambda: HOME).cache == tmp_path / "here"


def test_mirror_that_exists_is_absolute(monkeypatch, tmp_path):
    (tmp_path / "mirror").mkdir()
    monkeypatch.chdir(tmp_path)
    assert read_settings({"POLYREACT_MIRROR": "mirror"}, lambda: HOME).mirror == tmp_path / "mirror"


def test_mirror_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(BadSetting, match="there is no such folder") as caught:
        read_settings({"POLYREACT_MIRROR": str(tmp_path / "absent")}, lambda: HOME)
    assert caught.value.exit_status == 2


def test_engine_is_taken_as_it_stands():
    assert read_settings({"POLYREACT_ENGINE": "podman"}, lambda: HOME).engine == "podman"
    assert read_settings({"POLYREACT_ENGINE": ""}, lambda: HOME).engine is None


def test_labels_and_inputs_share_no_folder():
    settings = read_settings({}, lambda: HOME)
    folders = [settings.sources, settings.inputs, settings.hidden, settings.runs]
    assert all(folder.parent == settings.cache for folder in folders)
    assert len(set(folders)) == len(folders)


def no_home():
    raise RuntimeError("Could not determine home directory.")


@pytest.mark.parametrize("environment", [{"POLYREACT_CACHE": "/mine"}, {"XDG_CACHE_HOME": "/mine"}])
def test_home_is_not_asked_for_where_the_cache_is_named(environment):
    """Symptom: E700 in a container without HOME. Cause: the home was looked up even with POLYREACT_CACHE set.

    It mattered since naming the cache is the remedy, and there was no other.
    """
    assert read_settings(environment, no_home).cache.is_relative_to("/mine")


def test_user_without_a_home_is_told_to_name_the_cache():
    with pytest.raises(BadSetting, match="no home folder") as caught:
        read_settings({}, no_home)
    assert "Set POLYREACT_CACHE (or HOME)" in caught.value.cure


def test_private_folder_is_absolute_and_need_not_exist_yet(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert read_settings({"POLYREACT_PRIVATE": "ours"}, lambda: HOME).private == tmp_path / "ours"
    assert read_settings({"POLYREACT_PRIVATE": ""}, lambda: HOME).private is None


@pytest.mark.parametrize(
    ("value", "first"), [("", 0), ("65536", 65536), ("100000", 100000), ("4294901759", 4294901759)]
)
def test_user_namespace_begins_where_it_is_told(value, first):
    assert read_settings({"POLYREACT_USER_NAMESPACE": value}, lambda: HOME).first_user_id == first


@pytest.mark.parametrize("value", ["0", "1000", "65535", "4294901760", "-1", "1e6", "auto", "٣٣٣٣٣٣", "9" * 5000])
def test_user_namespace_among_the_hosts_own_users_is_refused(value):
    with pytest.raises(BadSetting, match="POLYREACT_USER_NAMESPACE"):
        read_settings({"POLYREACT_USER_NAMESPACE": value}, lambda: HOME)


@pytest.mark.parametrize(
    ("value", "gpus"),
    [
        ("", None), ("none", ()), ("0", ("0",)), ("0, 1", ("0", "1")), ("nvidia.com/gpu=0", ("nvidia.com/gpu=0",)),
        ("GPU-1f-2", ("GPU-1f-2",)),
    ],
)  # fmt: skip
def test_gpus_are_names_between_commas(value, gpus):
    assert read_settings({"POLYREACT_GPUS": value}, lambda: HOME).gpus == gpus


@pytest.mark.parametrize("value", [",", "0,", "--privileged", "a b", "none,0", '0,"x"'])
def test_what_is_no_list_of_gpus_is_refused(value):
    with pytest.raises(BadSetting, match="no list of GPUs"):
        read_settings({"POLYREACT_GPUS": value}, lambda: HOME)


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("", None), ("1", 1), ("50GB", 50 * 10**9), ("50 gb", 50 * 10**9), ("50G", 50 * 10**9),
        ("1.5TB", 15 * 10**11),
        ("2GiB", 2 << 30), ("7 MiB", 7 << 20), ("3kB", 3000), ("12B", 12),
    ],
)  # fmt: skip
def test_image_budget_is_bytes_or_a_number_with_a_unit(value, size):
    assert read_settings({"POLYREACT_IMAGE_BUDGET": value}, lambda: HOME).image_budget_bytes == size


@pytest.mark.parametrize("value", ["0", "-1", "many", "1e9", "50 PB", "GB", "1,5GB", "nan"])
def test_what_is_no_size_is_refused(value):
    with pytest.raises(BadSetting, match="no size"):
        read_settings({"POLYREACT_IMAGE_BUDGET": value}, lambda: HOME)
