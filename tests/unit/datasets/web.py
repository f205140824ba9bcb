"""A loopback web server whose answers a test writes down beforehand."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: Writes one answer.
Answer = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """`answers` are given in turn, the last one for ever; `ranges` are the Range headers that came."""

    def __init__(self, url: str, answers: list[Answer]) -> None:
        self.url = url
        self.answers = answers
        self.ranges: list[str | None] = []


@contextlib.contextmanager
def serve(*answers: Answer) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.ranges.append(self.headers.get("Range"))
            index = min(len(site.ranges), len(site.answers)) - 1
            site.answers[index](self)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(f"http://127.0.0.1:{server.server_port}/file", list(answers))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def whole(content: bytes, status: int = 200) -> Answer:
    """The content, whatever range was asked for."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        with contextlib.suppress(ConnectionError):
            handler.wfile.write(content)

    return answer


def ranged(content: bytes) -> Answer:
    """The content from the offset asked for, or 416 beyond its end."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range")
        if wanted is None:
            whole(content)(handler)
            return
        offset = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if offset >= len(content):
            whole(b"", 416)(handler)
            return
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {offset}-{len(content) - 1}/{len(content)}")
        handler.send_header("Content-Length", str(len(content) - offset))
        handler.end_headers()
        handler.wfile.write(content[offset:])

    return answer


def truncated(content: bytes, kept: int, *, says_length: bool = True) -> Answer:
    """The connection is closed after `kept` bytes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        if says_length:
            handler.send_header("Content-Length", str(len(content)))
        else:
            handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(content[:kept])

    return answer


def redirect(location: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer
