"""Every listening socket of a running cluster, as the kernel lists them."""

import contextlib
import ipaddress
import os
import socket
import struct
from pathlib import Path

import pytest

from fakes import jobs
from polyreact.execution.open_pool import open_pool
from polyreact.execution.profile import DaskLocalProfile
from polyreact.execution.resources import Resources

LISTENING = "0A"
HAS = Resources(1, 1)


def children_of(process):
    """This process and all that came from it."""
    found = [process]
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text().split():
                found += children_of(int(child))
    return found


def listening_sockets():
    """Address and port of each socket that this process and its children listen on."""
    inodes = set()
    for process in children_of(os.getpid()):
        for link in Path(f"/proc/{process}/fd").glob("*"):
            with contextlib.suppress(OSError):
                inodes.add(os.readlink(link))  # noqa: PTH115
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and f"socket:[{fields[9]}]" in inodes:
                address, _, port = fields[1].partition(":")
                words = [struct.pack("=I", int(address[at : at + 8], 16)) for at in range(0, len(address), 8)]
                found.add((str(ipaddress.ip_address(b"".join(words))), int(port, 16)))
    return found


def ask_for(path, address, port):
    """The first line of what a port answers to plain HTTP, empty where it speaks something else."""
    with socket.create_connection((address, port), timeout=5) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
        with contextlib.suppress(OSError):
            return connection.recv(4096).partition(b"\r\n")[0].decode(errors="replace")
    return ""


@pytest.fixture(scope="module")
def opened():
    """What a cluster listens on that was not there before it."""
    before = listening_sockets()
    with open_pool(DaskLocalProfile(2, HAS)) as pool:
        assert pool.submit(jobs.add, 1, 2, resources=HAS, key="add").result(60) == 3
        yield listening_sockets() - before


def test_listening_socket_is_found():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert server.getsockname() in listening_sockets()
    with socket.create_server(("::", 0), family=socket.AF_INET6) as server:
        assert ("::", server.getsockname()[1]) in listening_sockets()


def test_everything_that_a_cluster_listens_on_is_loopback(opened):
    assert len(opened) >= 4, "a scheduler, two workers and their nannies"
    assert [address for address, _ in opened if not ipaddress.ip_address(address).is_loopback] == []


def test_no_page_of_a_cluster_is_served(opened):
    paths = (
        "/",
        "/status",
        "/info/main/workers.html",
        "/json/counts.json",
        "/metrics",
        "/health",
        "/individual-plots",
    )
    answers = {ask_for(path, *place) for path in paths for place in opened}
    assert answers <= {"", "HTTP/1.1 404 Not Found"}


def test_pages_are_served_on_loopback_where_they_are_asked_for():
    before = listening_sockets()
    with open_pool(DaskLocalProfile(1, HAS, dashboard=True)) as pool:
        places = listening_sockets() - before
        assert {address for address, _ in places} == {"127.0.0.1"}
        assert "HTTP/1.1 200 OK" in {ask_for("/health", *place) for place in places}
        assert "pages at http://127.0.0.1:" in pool.describe()
