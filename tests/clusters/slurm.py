"""A Slurm of two nodes on this machine, on the loopback and in a folder of its own, that leaves nothing behind.

Both nodes are this machine; each claims the processors, the memory and the GPU that its line says. Jobs run as
root, as does Slurm itself.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clusters.processes import end_processes

NODES = ("n1", "n2")
CPUS_PER_NODE, MEMORY_MB_PER_NODE = 2, 10_000
PARTITION = "ci"
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
_PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scancel", "squeue", "sinfo")
_READY_S = 60.0

# Loopback alone: neither the controller nor a node listens on any other address.
_SLURM_CONF = """\
ClusterName=lab
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=root
SlurmdUser=root
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=0
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
GresTypes=gpu
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
{nodes}
PartitionName={partition} Nodes={names} Default=YES MaxTime=INFINITE State=UP
"""
_NODE = (
    "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} RealMemory={memory} Gres=gpu:1"
)


class NoSlurm(Exception):
    """Slurm cannot be started here; the text says why."""


@dataclass(frozen=True)
class Slurm:
    """A running Slurm; `environment` is what its commands and drivers need besides their own."""

    folder: Path
    environment: Mapping[str, str]
    started_in_s: float

    def run(self, *words: str) -> str:
        """What a command of Slurm says. Raises AssertionError where it fails."""
        done = subprocess.run(
            words, env={"PATH": _PATH, **self.environment}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout

    def jobs(self, states: str = "PENDING,RUNNING,COMPLETING") -> dict[int, str]:
        """The state of each job that Slurm still has to do with, by its number."""
        lines = self.run("squeue", "--noheader", f"--states={states}", "--format=%i %T").splitlines()
        return {int(number): state for number, _, state in (line.partition(" ") for line in lines)}

    def cancel(self, job: int) -> None:
        """End a job, as its owner or an administrator would."""
        self.run("scancel", str(job))


@contextlib.contextmanager
def run_slurm() -> Iterator[Slurm]:
    """A Slurm for the time of the block. Raises NoSlurm."""
    missing = [program for program in _PROGRAMS if shutil.which(program, path=_PATH) is None]
    if missing or os.geteuid() != 0:
        raise NoSlurm(f"not installed, or we are not root (to install it: sudo make engines): {missing}")
    # The path of a socket has at most 108 characters, so not pytest's own temporary folder.
    folder = Path(tempfile.mkdtemp(prefix="pr-slurm-"))
    folder.chmod(0o755)  # munge's own user has to come to its key
    daemons: list[subprocess.Popen[bytes]] = []
    try:
        began = time.monotonic()
        _write_settings(folder)
        daemons.append(_start_munge(folder))
        environment = {"SLURM_CONF": f"{folder}/slurm.conf"}
        daemons.append(_start(folder, ["slurmctld", "-D"], environment))
        daemons.extend(_start(folder, ["slurmd", "-D", "-N", node], environment) for node in NODES)
        slurm = Slurm(folder, environment, 0.0)
        _wait_until_ready(slurm, daemons)
        yield Slurm(folder, environment, time.monotonic() - began)
    finally:
        end_processes(str(folder))
        for daemon in daemons:
            daemon.wait()
        shutil.rmtree(folder)


def _write_settings(folder: Path) -> None:
    host = socket.gethostname().partition(".")[0]
    controller_port, *ports = _free_ports(1 + len(NODES))
    nodes = [
        _NODE.format(name=name, host=host, port=port, cpus=CPUS_PER_NODE, memory=MEMORY_MB_PER_NODE)
        for name, port in zip(NODES, ports, strict=True)
    ]
    text = _SLURM_CONF.format(
        folder=folder,
        host=host,
        controller_port=controller_port,
        nodes="\n".join(nodes),
        names=",".join(NODES),
        partition=PARTITION,
    )
    (folder / "slurm.conf").write_text(text)
    # Devices that every machine has stand for GPUs: nothing opens them.
    devices = zip(NODES, ("/dev/null", "/dev/zero"), strict=True)
    (folder / "gres.conf").write_text("".join(f"NodeName={name} Name=gpu File={at}\n" for name, at in devices))
    (folder / "cgroup.conf").write_text("CgroupAutomount=no\n")
    for name in ("state", *(f"spool-{node}" for node in NODES)):
        (folder / name).mkdir()


def _start_munge(folder: Path) -> subprocess.Popen[bytes]:
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    shutil.chown(key, "munge", "munge")
    private = folder / "munge"
    private.mkdir(mode=0o755)
    shutil.chown(private, "munge", "munge")
    words = [
        "munged",
        "--foreground",
        f"--socket={folder}/munge/socket",
        f"--key-file={key}",
        f"--pid-file={folder}/munge/pid",
        f"--seed-file={folder}/munge/seed",
        "--num-threads=2",
    ]
    daemon = _start(folder, words, {}, user="munge")
    while not (private / "socket").exists():
        if daemon.poll() is not None:
            raise NoSlurm(f"munged ended: {_log_of(folder, 'munged')}")
        time.sleep(0.02)
    return daemon


def _start(
    folder: Path, words: list[str], environment: Mapping[str, str], user: str | None = None
) -> subprocess.Popen[bytes]:
    """A daemon that goes on beside us; it is found again by the folder that its words or environment hold."""
    with (folder / f"{words[0]}.log").open("ab") as log:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig=KILL", *words],  # also where the tests themselves are killed
            env={"PATH": _PATH, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd=folder,
            start_new_session=True,
        )


def _wait_until_ready(slurm: Slurm, daemons: Sequence[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + _READY_S
    said = ""
    while said != f"{len(NODES)}idle":
        if time.monotonic() > deadline or any(daemon.poll() is not None for daemon in daemons):
            logs = [_log_of(slurm.folder, program) for program in ("slurmctld", "slurmd")]
            raise NoSlurm(f"its nodes do not come up ({said}): {logs}")
        time.sleep(0.1)
        with contextlib.suppress(AssertionError):  # the controller does not answer yet
            said = slurm.run("sinfo", "--noheader", "--format=%D%t").strip()


def _free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody has, held together so that they differ."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _log_of(folder: Path, program: str) -> str:
    return (folder / f"{program}.log").read_text(errors="replace")[-2000:]
