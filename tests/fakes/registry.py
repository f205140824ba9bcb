"""A container registry on the loopback, in memory: enough to pull from, and to fail in the ways registries do."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import tarfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from polyreact.images import ImageReference

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass
class Registry:
    """`status` answers everything with that code instead; `manifests` and `blobs` are kept by digest.

    `asked_for` are the paths that were asked for. A blob is sent after `blob_delay_s`.
    """

    address: str = ""
    status: int = 200
    manifests: dict[str, bytes] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    asked_for: list[str] = field(default_factory=list)
    blob_delay_s: float = 0.0

    def add_image(
        self,
        name: str,
        *,
        architecture: str = "amd64",
        entrypoint: tuple[str, ...] = ("/x",),
        layer: bytes | None = None,
        packed: bytes | None = None,
    ) -> ImageReference:
        """Keep an image of one layer, which holds one file unless given; the reference to pull it by.

        `packed` is served in place of the compressed layer, under its own right digest.
        """
        layer = _layer(name) if layer is None else layer
        config = {
            "architecture": architecture,
            "os": "linux",
            "config": {"Entrypoint": list(entrypoint)},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(layer)]},
        }
        packed = gzip.compress(layer, compresslevel=1, mtime=0) if packed is None else packed
        described = json.dumps(config).encode()
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": _MANIFEST,
                "config": {"mediaType": _CONFIG, "size": len(described), "digest": digest_of(described)},
                "layers": [{"mediaType": _LAYER, "size": len(packed), "digest": digest_of(packed)}],
            }
        ).encode()
        self.blobs |= {digest_of(described): described, digest_of(packed): packed}
        self.manifests[digest_of(manifest)] = manifest
        return ImageReference(self.address, f"lab/{name}", None, digest_of(manifest))

    def answer(self, path: str) -> tuple[int, str, bytes]:
        self.asked_for.append(path)
        if self.status != 200:
            return self.status, "application/json", b'{"errors": [{"code": "UNKNOWN", "message": "as told"}]}'
        if path == "/v2/":
            return 200, "application/json", b"{}"
        _, _, last = path.rpartition("/")
        if "/blobs/" in path:
            time.sleep(self.blob_delay_s)
        kept, kind = (
            (self.manifests, _MANIFEST) if "/manifests/" in path else (self.blobs, "application/octet-stream")
        )
        if last in kept:
            return 200, kind, kept[last]
        return 404, "application/json", b'{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}'


@contextlib.contextmanager
def serve_registry() -> Iterator[Registry]:
    registry = Registry()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(with_body=True)

        def do_HEAD(self) -> None:
            self._send(with_body=False)

        def _send(self, *, with_body: bool) -> None:
            status, kind, content = registry.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            asked = self.path.rpartition("/")[2]
            self.send_header("Docker-Content-Digest", asked if asked.startswith("sha256:") else digest_of(content))
            self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="test"')
            self.end_headers()
            if with_body:
                self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        registry.address = f"127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield registry
        finally:
            server.shutdown()
            thread.join()


def _layer(name: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        info = tarfile.TarInfo(name)
        info.size = len(name)
        tar.addfile(info, io.BytesIO(name.encode()))
    return buffer.getvalue()
