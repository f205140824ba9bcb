from __future__ import annotations

import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.engine import FakeEngine, make_image
from polyreact.engines.base_image import ensure_base, write_root
from polyreact.engines.container_engine import _local_name
from polyreact.engines.container_images import find_defects, parse_image
from polyreact.engines.container_state import parse_time
from polyreact.engines.python_slice import RootPlan, plan_root
from polyreact.errors import CannotMakeBase, EngineFailed
from polyreact.files import sha256_file

DIGEST = f"sha256:{'b' * 64}"
RECORD = {
    "Id": "a" * 64,
    "RepoDigests": [
        f"localhost/x@sha256:{'c' * 64}",
        f"other.example/y@sha256:{'d' * 64}",
        f"r.example/x@{DIGEST}",
    ],
    "Size": 10,
    "Architecture": "amd64",
    "Config": {"Entrypoint": ["/run"], "Cmd": None, "Volumes": {"/b": {}, "/a": {}}, "Labels": {"k": "v"}},
}


def test_parse_image_of_either_engine_has_the_digest_asked_for() -> None:
    image = parse_image(f"r.example/x@{DIGEST}", RECORD)
    assert (image.image_id, image.digest) == (f"sha256:{'a' * 64}", DIGEST)
    assert (image.entrypoint, image.command, image.volumes) == (("/run",), (), ("/a", "/b"))


def test_parse_image_built_here_has_no_digest() -> None:
    record = {**RECORD, "RepoDigests": [f"localhost/x@{DIGEST}"], "Config": None}
    assert parse_image("localhost/x:1", record).digest is None


def test_find_defects_tells_all_at_once() -> None:
    image = make_image("x.example/y", architecture="arm64", entrypoint=(), size_bytes=1 << 40, volumes=("/data",))
    assert [finding.where for finding in find_defects(image, "amd64", 1 << 30)] == [
        "platform",
        "ENTRYPOINT",
        "size",
        "VOLUME",
    ]
    assert not find_defects(make_image("x.example/y"), "amd64", 1 << 30)
    assert not find_defects(replace(make_image("x.example/y"), entrypoint=(), command=("/x",)), "amd64", 1 << 30)


@pytest.mark.parametrize("tag", ["x", "x@sha256:1", "registry.example/x:1/y:2", "-x:1", "localhost/x", "X:1"])
def test_local_name_of_anything_else_is_a_bug(tag: str) -> None:
    with pytest.raises(ValueError, match="local image name"):
        _local_name(tag)


def test_local_name_with_or_without_registry_is_local() -> None:
    assert _local_name("a/b:1") == _local_name("localhost/a/b:1") == "localhost/a/b:1"


def testparse_time_as_the_engines_write_it() -> None:
    docker, podman = (
        parse_time("2026-01-02T03:04:05.123456789Z"),
        parse_time("2026-01-02T05:04:05.123456789+02:00"),
    )
    assert docker == podman
    assert docker is not None
    assert docker.microsecond == 123456
    assert parse_time("2026-01-02T03:04:05.1Z") == docker.replace(microsecond=100000)
    assert parse_time("2026-01-02T03:04:05Z") == docker.replace(microsecond=0)
    assert parse_time("0001-01-01T00:00:00Z") is None


def test_write_root_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("content")
    (tmp_path / "b").write_text("content")
    (tmp_path / "b").chmod(0o640)
    plans = [
        RootPlan(
            files={"bin/x": tmp_path / name}, links={"bin/y": "x"}, texts={"etc/z": "z"}, folders={"tmp": 0o1777}
        )
        for name in ("a", "b")
    ]
    for number, plan in enumerate(plans):
        write_root(plan, tmp_path / f"{number}.tar")
    assert sha256_file(tmp_path / "0.tar") == sha256_file(tmp_path / "1.tar")
    with tarfile.open(tmp_path / "0.tar") as tar:
        names = tar.getnames()
        assert names == sorted(names) == ["bin", "bin/x", "bin/y", "etc", "etc/z", "tmp"]
        assert {(member.uid, member.gid, member.mtime) for member in tar} == {(0, 0, 0)}
        assert tar.getmember("tmp").mode == 0o1777


def test_plan_root_has_interpreter_libraries_shell_and_pip() -> None:
    plan = plan_root()
    everything = {*plan.files, *plan.links}
    for ending in (
        "bin/python3",
        "bin/python",
        "/os.py",
        "libc.so.6",
        "libstdc++.so.6",
        "bin/sh",
        "pip/__main__.py",
    ):
        assert any(name.endswith(ending) for name in everything), ending
    assert not any("/test/" in name and name.startswith("usr/lib/python") for name in everything)
    assert not any(name.endswith(".pyc") for name in everything)


def test_ensure_base_engine_that_fails_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(FakeEngine):
        def import_root(self, *_: object) -> None:  # type: ignore[override]
            raise EngineFailed("no room")

    monkeypatch.setattr("polyreact.engines.base_image.plan_root", lambda: RootPlan(texts={"x": "y"}))
    with pytest.raises(CannotMakeBase):
        ensure_base(Broken(), tmp_path)


def test_ensure_base_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("polyreact.engines.base_image.plan_root", lambda: RootPlan(texts={"x": "y"}))
    engine = FakeEngine()
    first = ensure_base(engine, tmp_path)
    assert first.reference.startswith("localhost/polyreact/python-base:")
    monkeypatch.setattr("polyreact.engines.base_image.plan_root", None)
    assert ensure_base(engine, tmp_path) == first
