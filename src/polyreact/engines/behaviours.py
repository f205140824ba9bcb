"""What every sandbox must show, as data: a small program to run inside, and what must be seen of it outside.

The programs run under the image of `IMAGE_RECIPE`, which does what a hostile image could: it asks for root, has
a world-writable folder, a volume and a health check. A program that ends with status 0 says that the behaviour
holds; otherwise its last line says what it saw.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from polyreact.engines.interface import RunExit
from polyreact.engines.output import CollectionDefect
from polyreact.engines.policy import SandboxPolicy

IMAGE_RECIPE = """ARG BASE
FROM $BASE
RUN ["python3", "-c", "import os; [(os.mkdir(f), os.chmod(f, 0o777)) for f in ('/open', '/scratch')]"]
RUN ["python3", "-c", "open('/tmp/from-the-image', 'w').close()"]
VOLUME /scratch
USER 0
HEALTHCHECK --interval=1s CMD touch /tmp/health
ENTRYPOINT ["python3", "-I", "/data/program.py"]
"""
OUTPUT_NAME = "written.txt"
_KILLED = 137
_BAD_SYSTEM_CALL = 159

PRELUDE = """
import ctypes, errno, mmap, os, platform, signal, socket, subprocess, sys, threading, time
ARM = platform.machine() == "aarch64"
libc = ctypes.CDLL(None, use_errno=True)
def expect(condition, saw):
    if not condition: sys.exit(f"saw: {saw}")
def refused(what, call, *numbers):
    try: call()
    except OSError as error: expect(error.errno in (numbers or (errno.EPERM,)), f"{what}: {error}")
    else: sys.exit(f"saw: {what} is allowed")
def syscall(x86, arm, *arguments):
    if libc.syscall(arm if ARM else x86, *arguments) == -1: raise OSError(ctypes.get_errno(), "system call")
def fill(path, size):
    with open(path, "wb") as file:
        for _ in range(size >> 16): file.write(bytes(1 << 16)); file.flush()
"""


@dataclass(frozen=True, slots=True)
class Observation:
    """One run as seen from outside. `token` was in the program's environment, to find what it left."""

    exit: RunExit
    output: bytes | CollectionDefect
    is_bounded: bool
    policy: SandboxPolicy
    token: str


def _ended_well(seen: Observation) -> str:
    if seen.exit.exit_code == 0:
        return ""
    lines = seen.exit.log.decode(errors="replace").strip().splitlines()
    return f"exit status {seen.exit.exit_code}: {lines[-1] if lines else seen.exit.start_error or 'no log'}"


def _memory_was_ended(seen: Observation) -> str:
    if seen.exit.exit_code == _KILLED and seen.exit.out_of_memory:
        return ""
    return f"exit status {seen.exit.exit_code}, out of memory: {seen.exit.out_of_memory}"


def _time_was_ended(seen: Observation) -> str:
    policy = seen.policy
    latest = policy.limits.wall_time_s + policy.terminate_grace_s + 5
    if seen.exit.timed_out and seen.exit.exit_code == _KILLED and seen.exit.wall_s <= latest:
        return ""
    return f"ended after {seen.exit.wall_s:.1f} s with status {seen.exit.exit_code}"


def _log_was_cut(seen: Observation) -> str:
    size = len(seen.exit.log)
    return _ended_well(seen) or ("" if 0 < size <= seen.policy.limits.log_bytes else f"the log has {size} bytes")


def _output_came_out(seen: Observation) -> str:
    return _ended_well(seen) or ("" if seen.output == b"kept\n" else f"found {seen.output!r:.100}")


def _output_was_bounded(seen: Observation) -> str:
    if not seen.is_bounded:
        return "this host cannot bound a folder: that takes root on Linux"
    return _ended_well(seen)


def _call_was_fatal(seen: Observation) -> str:
    return "" if seen.exit.exit_code in {0, _BAD_SYSTEM_CALL} else _ended_well(seen)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A name, what it shows, the program, and a judge that answers `""` or what it saw instead."""

    name: str
    shows: str
    program: str
    judge: Callable[[Observation], str] = _ended_well
    wall_time_s: int = 30


BEHAVIOURS = (
    Behaviour(
        "no-network",
        "there is no network interface but the loopback, and no route",
        """
names = os.listdir("/sys/class/net")
expect(names == ["lo"], names)
routes = open("/proc/net/route").read().splitlines()[1:]
expect(not routes, routes)
""",
    ),
    Behaviour(
        "loopback-works",
        "processes of one run can talk to each other over the loopback",
        """
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname(), timeout=5)
server.accept()[0].sendall(b"x")
expect(client.recv(1) == b"x", "nothing received")
""",
    ),
    Behaviour(
        "other-sockets-refused",
        "VSOCK, raw and netlink sockets cannot be made",
        """
for family, kind in ((40, socket.SOCK_STREAM), (17, socket.SOCK_RAW), (16, socket.SOCK_RAW)):
    refused(f"family {family}", lambda: socket.socket(family, kind).close())
refused("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close())
""",
    ),
    Behaviour(
        "root-read-only",
        "nothing of the image can be changed, not even its world-writable folders",
        """
for folder in ("/", "/open", "/etc", "/usr", "/var", "/run", "/root"):
    refused(folder, lambda: open(f"{folder}/new", "w"), errno.EROFS, errno.EACCES, errno.ENOENT)
refused("/open", lambda: open("/open/new", "w"), errno.EROFS)
""",
    ),
    Behaviour(
        "data-read-only",
        "/data can be read and not changed",
        """
expect(open("/data/program.py").read(), "an empty file")
refused("a new file", lambda: open("/data/new", "w"), errno.EROFS)
refused("the old file", lambda: open("/data/program.py", "a"), errno.EROFS)
""",
    ),
    Behaviour(
        "tmp-writable",
        "the folder for temporary files is empty and can be written",
        """
expect(not os.listdir("/tmp"), os.listdir("/tmp"))
fill("/tmp/file", 1 << 20)
expect(os.path.getsize("/tmp/file") == 1 << 20, os.path.getsize("/tmp/file"))
""",
    ),
    Behaviour(
        "tmp-sized",
        "the folder for temporary files takes no more than its limit",
        """
refused("a file too large", lambda: fill("/tmp/file", 64 << 20), errno.ENOSPC, errno.EFBIG)
""",
    ),
    Behaviour(
        "tmp-noexec",
        "no program can be started from /tmp, /output or /dev/shm",
        """
for folder in ("/tmp", "/output", "/dev/shm"):
    path = f"{folder}/program"
    open(path, "w").write("#!/bin/sh\\n")
    os.chmod(path, 0o755)
    refused(path, lambda: subprocess.run([path]), errno.EACCES)
""",
    ),
    Behaviour(
        "output-writable",
        "what is written to /output is read by the host",
        f"""
open("/output/{OUTPUT_NAME}", "w").write("kept\\n")
""",
        _output_came_out,
    ),
    Behaviour(
        "output-sized",
        "/output takes no more bytes and files than its limits",
        """
refused("a file too large", lambda: fill("/output/large", 64 << 20), errno.ENOSPC, errno.EFBIG)
os.unlink("/output/large")
def many():
    for number in range(5000): open(f"/output/{number}", "w").close()
refused("too many files", many, errno.ENOSPC)
""",
        _output_was_bounded,
    ),
    Behaviour(
        "volume-covered",
        "a VOLUME of the image gives no place to write",
        """
refused("/scratch", lambda: fill("/scratch/file", 1 << 20), errno.EROFS, errno.ENOSPC)
""",
    ),
    Behaviour(
        "not-root",
        "the program is user and group 61001, though the image asks for root",
        """
ids = {*os.getresuid(), *os.getresgid(), *os.getgroups()}
expect(ids == {61001}, ids)
refused("setuid", lambda: os.setuid(0))
""",
    ),
    Behaviour(
        "no-capabilities",
        "no capability is held or can be had, no new privileges can be gained, and calls are filtered",
        """
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
    expect(int(status[name], 16) == 0, f"{name} {status[name]}")
expect(status["NoNewPrivs"] == "1", "new privileges")
expect(status["Seccomp"] == "2", "no filter")
""",
    ),
    Behaviour(
        "namespaces-refused",
        "no namespace can be made or entered, nothing mounted",
        """
for flag in (0x10000000, 0x00020000, 0x40000000, 0x20000000):
    refused(f"unshare {flag:#x}", lambda: syscall(272, 97, flag))
    refused(f"clone {flag:#x}", lambda: syscall(56, 220, flag | signal.SIGCHLD, 0, 0, 0, 0))
refused("clone3", lambda: syscall(435, 435, 0, 0), errno.ENOSYS)
refused("setns", lambda: syscall(308, 268, 0, 0))
refused("mount", lambda: syscall(165, 40, b"x", b"/tmp", b"tmpfs", 0, 0))
""",
    ),
    Behaviour(
        "kernel-calls-refused",
        "no keyrings, tracing, io_uring, bpf, perf, userfaultfd, reading of other memory",
        """
for name, x86, arm in (
    ("keyctl", 250, 219), ("add_key", 248, 217), ("ptrace", 101, 117), ("io_uring_setup", 425, 425),
    ("bpf", 321, 280), ("perf_event_open", 298, 241), ("userfaultfd", 323, 282),
    ("process_vm_readv", 310, 270),
):
    refused(name, lambda: syscall(x86, arm, 0, 0, 0, 0, 0, 0))
""",
    ),
    Behaviour(
        "devices-refused",
        "no device and no FIFO can be made",
        """
refused("mknod", lambda: os.mknod("/tmp/device", 0o020666, os.makedev(1, 3)))
refused("mkfifo", lambda: os.mkfifo("/output/fifo"))
""",
    ),
    Behaviour(
        "old-abi-refused",
        "the 32-bit way into the kernel, which gets round such filters, is closed",
        """
if not ARM:
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(bytes.fromhex("b814000000cd80c3"))  # mov eax, 20 (getpid); int 0x80; ret
    call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
    answer = call()
    expect(answer < 0, f"getpid answered {answer}")
""",
        _call_was_fatal,
    ),
    Behaviour(
        "processes-bounded",
        "a fork bomb stops at the limit",
        """
children = []
def forks():
    for _ in range(2000):
        child = os.fork()
        if child == 0: time.sleep(60); os._exit(0)
        children.append(child)
refused("2000 processes", forks, errno.EAGAIN)
for child in children: os.kill(child, signal.SIGKILL)
expect(len(children) < 64, f"{len(children)} processes")
""",
    ),
    Behaviour(
        "memory-bounded",
        "a program that takes too much memory is ended, and the engine says why",
        """
kept = []
while True: kept.append(bytearray(os.urandom(1 << 20)))
""",
        _memory_was_ended,
    ),
    Behaviour(
        "processors-bounded",
        "two busy processes together get no more than one processor",
        """
began = time.monotonic()
for _ in range(2):
    if os.fork() == 0:
        while time.monotonic() < began + 2: pass
        os._exit(0)
for _ in range(2): os.wait()
usage = sum(os.times()[2:4])
expect(usage < 2.6, f"{usage:.2f} s of processor time in 2 s")
""",
    ),
    Behaviour(
        "time-bounded",
        "a program that ignores TERM is ended after the time limit",
        """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(600)
""",
        _time_was_ended,
        wall_time_s=1,
    ),
    Behaviour(
        "log-bounded",
        "a flood of output is cut, and does not block",
        """
for _ in range(320): os.write(1, b"flood " * 10922 + b"\\n")
""",
        _log_was_cut,
    ),
    Behaviour(
        "environment-clean",
        "nothing of the host's environment is handed over",
        """
known = {"PATH", "HOME", "HOSTNAME", "LANG", "LC_CTYPE", "TERM", "container", "POLYREACT_TOKEN"}
expect(not set(os.environ) - known, sorted(set(os.environ) - known))
expect(socket.gethostname() == "sandbox", socket.gethostname())
""",
    ),
    Behaviour(
        "python-works",
        "threads, process pools and shared memory work under all this",
        """
import multiprocessing, concurrent.futures
if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool: expect(pool.map(abs, [-1, 2]) == [1, 2], "a wrong result")
    with concurrent.futures.ThreadPoolExecutor(4) as pool: expect(sum(pool.map(abs, range(9))) == 36, "a wrong sum")
    refused("/dev/shm", lambda: fill("/dev/shm/file", 256 << 20), errno.ENOSPC, errno.EFBIG)
""",
    ),
)
