"""What a registry announces, read anonymously and within limits; whatever else it answers announces nothing."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from polyreact.engines.container_images import MAX_LAYERS, find_announced_defects
from polyreact.engines.registry import Announced, Hidden, Published, fetch_announced, fetch_published, is_loopback
from polyreact.images import ImageReference

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
GIB = 1 << 30


@dataclass
class Server:
    """Answers paths as told: a status, headers and a body; `token` is wanted for all but /token."""

    address: str = ""
    token: str | None = None
    realm: str = ""
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, document: Any, name: str | None = None) -> ImageReference:
        content = document if isinstance(document, bytes) else json.dumps(document).encode()
        digest = name or f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.answers[f"/v2/lab/model/manifests/{digest}"] = (200, content)
        return ImageReference(self.address, "lab/model", None, digest)


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            path = self.path.partition("?")[0]
            status, content = told.answers.get(path, (404, b"{}"))
            wanted = told.token and self.headers.get("Authorization") != f"Bearer {told.token}"
            if wanted and path != "/token":
                status, content = 401, b"{}"
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", f'Bearer realm="{told.realm}",service="s",scope="a b"')
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        told.address = f"127.0.0.1:{http.server_address[1]}"
        told.realm = f"http://{told.address}/token"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield told
        finally:
            http.shutdown()
            thread.join()


def manifest(*sizes: Any) -> dict[str, Any]:
    return {"schemaVersion": 2, "mediaType": MANIFEST, "layers": [{"size": size, "digest": "x"} for size in sizes]}


def test_announced_is_the_number_of_layers_and_their_bytes(server: Server) -> None:
    assert fetch_announced(server.put(manifest(3, 4 * GIB)), "amd64") == Announced(2, 4 * GIB + 3)


def test_announced_of_an_index_is_that_of_the_hosts_architecture(server: Server) -> None:
    large, small = server.put(manifest(9)), server.put(manifest(1, 1))
    entries = [("amd64", "windows", large), ("arm64", "linux", large), ("amd64", "linux", small)]
    index = [
        {"digest": reference.digest, "platform": {"os": system, "architecture": architecture}}
        for architecture, system, reference in entries
    ]
    reference = server.put({"mediaType": INDEX, "manifests": index})
    assert fetch_announced(reference, "amd64") == Announced(2, 2)
    assert fetch_announced(reference, "riscv64") is None


def test_announced_is_read_with_the_token_that_anybody_gets(server: Server) -> None:
    reference = server.put(manifest(7))
    server.token = "anybody"  # noqa: S105
    server.answers["/token"] = (200, b'{"token": "anybody"}')
    assert fetch_announced(reference, "amd64") == Announced(1, 7)
    assert "/token?service=s&scope=a+b" in server.asked


@pytest.mark.parametrize("realm", ["http://192.0.2.1/token", "file:///etc/passwd", "", "ftp://127.0.0.1/"])
def test_token_is_fetched_from_no_unsafe_place(server: Server, realm: str) -> None:
    reference = server.put(manifest(7))
    server.token, server.realm = "anybody", realm
    assert fetch_announced(reference, "amd64") is None
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b" " * (5 << 20),
        json.dumps(manifest(-1)).encode(),
        json.dumps(manifest("7")).encode(),
        json.dumps(manifest(True)).encode(),
        json.dumps({"layers": {"size": 1}}).encode(),
        json.dumps({"mediaType": INDEX, "manifests": [{"digest": "../../../etc", "platform": {}}]}).encode(),
        json.dumps({"mediaType": INDEX, "manifests": 7}).encode(),
    ],
)
def test_answer_that_is_no_manifest_announces_nothing(server: Server, content: bytes) -> None:
    assert fetch_announced(server.put(content), "amd64") is None


def test_manifest_of_another_digest_announces_nothing(server: Server) -> None:
    assert fetch_announced(server.put(manifest(1), f"sha256:{'0' * 64}"), "amd64") is None


def test_index_that_names_itself_is_followed_once(server: Server) -> None:
    digest = f"sha256:{'1' * 64}"
    entry = {"digest": digest, "platform": {"os": "linux", "architecture": "amd64"}}
    reference = server.put({"mediaType": INDEX, "manifests": [entry]}, "latest")
    reference = ImageReference(reference.registry, reference.repository, "latest")
    assert fetch_announced(reference, "amd64") is None
    assert len(server.asked) == 2


def test_registry_that_is_not_there_announces_nothing(server: Server) -> None:
    assert fetch_announced(ImageReference("127.0.0.1:9", "lab/model", None, f"sha256:{'0' * 64}"), "amd64") is None
    assert fetch_announced(ImageReference(server.address, "lab/model", "1"), "amd64") is None


def test_published_is_known_by_its_manifest_and_its_configuration(server: Server) -> None:
    reference = server.put({**manifest(1), "config": {"digest": "sha256:c"}})
    digest = reference.digest or ""
    assert fetch_published(reference, "amd64") == Published(digest, frozenset({digest, "sha256:c"}))


def test_published_list_is_pinned_as_a_list_and_known_by_all_its_digests(server: Server) -> None:
    """Docker pins what a tag stands for, which a build with attestations makes a list of manifests."""
    inner = server.put({**manifest(1), "config": {"digest": "sha256:c"}})
    entry = {"digest": inner.digest, "platform": {"os": "linux", "architecture": "amd64"}}
    content = json.dumps({"mediaType": INDEX, "manifests": [entry]}).encode()
    server.put(content, "1.0")
    found = fetch_published(ImageReference(server.address, "lab/model", "1.0"), "amd64")
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert found == Published(digest, frozenset({digest, inner.digest or "", "sha256:c"}))


@pytest.mark.parametrize(
    ("status", "hidden"),
    [(404, Hidden.ABSENT), (403, Hidden.DENIED), (500, Hidden.UNREADABLE), (302, Hidden.UNREADABLE)],
)
def test_published_tells_what_is_not_there_from_what_is_not_shown(
    server: Server, status: int, hidden: Hidden
) -> None:
    server.answers["/v2/lab/model/manifests/1.0"] = (status, b"{}")
    assert fetch_published(ImageReference(server.address, "lab/model", "1.0"), "amd64") is hidden


@pytest.mark.parametrize("answer", [(401, b"{}"), (403, b"{}"), (200, b'{"token": "of nobody"}')])
def test_published_behind_credentials_is_denied(server: Server, answer: tuple[int, bytes]) -> None:
    """ghcr.io refuses the token of a private package, Docker Hub gives one that opens nothing."""
    reference = server.put({**manifest(1), "config": {"digest": "sha256:c"}})
    server.token, server.answers["/token"] = "of its owner", answer
    assert fetch_published(reference, "amd64") is Hidden.DENIED


def test_published_with_basic_credentials_is_denied(server: Server) -> None:
    reference = server.put(manifest(1))
    server.token, server.realm = "of its owner", '",basic="'
    assert fetch_published(reference, "amd64") is Hidden.DENIED


def test_published_manifest_without_a_configuration_cannot_be_read(server: Server) -> None:
    assert fetch_published(server.put(manifest(1)), "amd64") is Hidden.UNREADABLE
    assert fetch_published(ImageReference("127.0.0.1:9", "lab/model", "1.0"), "amd64") is Hidden.UNREADABLE


def test_announced_defects_tell_size_and_layers_at_once() -> None:
    assert find_announced_defects(Announced(MAX_LAYERS, GIB), GIB) == []
    found = find_announced_defects(Announced(MAX_LAYERS + 1, 3 * GIB), GIB)
    assert [(finding.where, finding.message) for finding in found] == [
        ("size", "is 3.0 GiB; at most 1.0 GiB are allowed"),
        ("layers", "are 128; at most 127 are allowed"),
    ]


@pytest.mark.parametrize(
    ("registry", "is_here"),
    [
        ("127.0.0.1:5000", True),
        ("127.3.2.1", True),
        ("localhost", True),
        ("localhost:5000", True),
        ("registry.example", False),
        ("localhost.example.org:80", False),
        ("10.0.0.1:5000", False),
    ],
)
def test_loopback_is_this_host_only(registry: str, is_here: bool) -> None:
    assert is_loopback(registry) is is_here
