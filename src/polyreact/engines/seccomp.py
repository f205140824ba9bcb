"""The system calls a submission may make: an allow-list of our own, the same under every engine.

Engines ship different defaults: some let a container create AF_VSOCK sockets, which are not confined to a
network namespace, some let it unshare namespaces or use keyrings. `seccomp.json` is generated from the groups
below by `scripts/make_seccomp.py`, and a test compares the two. Everything not named is refused with EPERM.
Only the native 64-bit ABI is allowed: through the 32-bit one, `socketcall` would get round the rule on sockets.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from polyreact.files import Sha256, sha256_file

SECCOMP_FILE = Path(__file__).with_name("seccomp.json")

_ENOSYS = 38
#: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET together.
_NAMESPACE_FLAGS = 0x7E020000
#: AF_UNIX, AF_INET, AF_INET6: there is no network behind them but the container's own loopback.
_SOCKET_FAMILIES = (1, 2, 10)
_AF_UNIX = 1
#: personality(0) is the ordinary one; personality(0xffffffff) only asks.
_PERSONALITIES = (0, 0xFFFFFFFF)

#: What each group is for, and its calls.
ALLOWED: dict[str, str] = {
    "files: open, read, write, rename; mknod is left out, so no FIFO or device can be made": """
        access chdir chmod chown close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2
        fadvise64 fallocate fchdir fchmod fchmodat fchown fchownat fcntl fdatasync fgetxattr flistxattr flock
        fremovexattr fsetxattr fstat fstatfs fsync ftruncate futimesat getcwd getdents getdents64 getxattr
        ioctl lchown lgetxattr link linkat listxattr llistxattr lremovexattr lseek lsetxattr lstat mkdir mkdirat
        newfstatat open openat openat2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink
        readlinkat readv removexattr rename renameat renameat2 rmdir sendfile setxattr splice stat statfs statx
        symlink symlinkat sync sync_file_range syncfs tee truncate umask unlink unlinkat utime utimensat utimes
        write writev""",
    "memory: allocation, sharing and NUMA placement; no userfaultfd, no secret memory": """
        brk get_mempolicy madvise mbind memfd_create membarrier mincore mlock mlock2 mlockall mmap mprotect mremap
        msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect remap_file_pages set_mempolicy
        shmat shmctl shmdt shmget""",
    "processes and threads; no tracing, no reading of another process's memory": """
        arch_prctl execve execveat exit exit_group fork futex get_robust_list get_thread_area getcpu getpgid getpgrp
        getpid getppid getpriority getrusage getsid gettid ioprio_get ioprio_set kill pause pidfd_open
        pidfd_send_signal prctl prlimit64 getrlimit setrlimit restart_syscall rseq sched_get_priority_max
        sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
        sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield
        set_robust_list set_thread_area set_tid_address setpgid setpriority setsid tgkill tkill vfork wait4 waitid
        landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp""",
    "identity: without capabilities these can only repeat what already is": """
        capget capset getegid geteuid getgid getgroups getresgid getresuid getuid setfsgid setfsuid setgid setgroups
        setregid setresgid setresuid setreuid setuid""",
    "signals": """
        rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
        rt_tgsigqueueinfo sigaltstack signalfd signalfd4""",
    "waiting for several things; no io_uring, which would get round this very list": """
        epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 inotify_add_watch
        inotify_init inotify_init1 inotify_rm_watch pipe pipe2 poll ppoll pselect6 select""",
    "semaphores; no message queues, which outlive their process": "semctl semget semop semtimedop",
    "sockets that exist already; making one is ruled below": """
        accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg recvmsg sendmmsg
        sendmsg sendto setsockopt shutdown""",
    "time: read and wait, never set": """
        alarm clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep setitimer time
        timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime
        timerfd_settime times""",
    "the machine, read only": "getrandom sysinfo uname",
}


def render_profile() -> bytes:
    """The profile as docker and podman read it, native ABI of each architecture only."""
    allowed = [_rule("SCMP_ACT_ALLOW", calls.split(), comment=reason) for reason, calls in ALLOWED.items()]
    profile = {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": 1,
        "archMap": [
            {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": []},
            {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": []},
        ],
        "syscalls": [*allowed, *_conditional_rules()],
    }
    return json.dumps(profile, indent=1).encode() + b"\n"


@cache
def profile_sha256() -> Sha256:
    """Names the shipped profile in every policy, so that a change of it is seen in the records."""
    return sha256_file(SECCOMP_FILE)


def _conditional_rules() -> list[dict[str, object]]:
    sockets = [
        _rule("SCMP_ACT_ALLOW", ["socket"], _argument(0, family), comment="Unix and internet sockets; no VSOCK")
        for family in _SOCKET_FAMILIES
    ]
    personalities = [
        _rule("SCMP_ACT_ALLOW", ["personality"], _argument(0, value), comment="the ordinary one, or asking")
        for value in _PERSONALITIES
    ]
    clone_flags = {"index": 0, "value": _NAMESPACE_FLAGS, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}
    return [
        *sockets,
        _rule("SCMP_ACT_ALLOW", ["socketpair"], _argument(0, _AF_UNIX), comment="pipes between processes"),
        *personalities,
        _rule("SCMP_ACT_ALLOW", ["clone"], clone_flags, comment="processes and threads, no namespaces"),
        {
            **_rule("SCMP_ACT_ERRNO", ["clone3"], comment="its flags cannot be seen; libraries fall back to clone"),
            "errnoRet": _ENOSYS,
        },
    ]


def _rule(
    action: str, names: list[str], argument: dict[str, object] | None = None, *, comment: str
) -> dict[str, object]:
    arguments = [] if argument is None else [argument]
    return {"names": names, "action": action, "args": arguments, "comment": comment}


def _argument(index: int, value: int) -> dict[str, object]:
    return {"index": index, "value": value, "valueTwo": 0, "op": "SCMP_CMP_EQ"}
