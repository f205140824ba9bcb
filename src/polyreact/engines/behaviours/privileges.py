"""Behaviours of privileges: none is held, none can be gained, and the kernel answers a short list of calls."""

from polyreact.engines.behaviours.behaviour import (
    BAD_SYSTEM_CALL,
    HOLDS,
    Behaviour,
    Judgement,
    Observation,
    ended_well,
)


def _call_was_fatal(seen: Observation) -> Judgement:
    return HOLDS if seen.status in {-BAD_SYSTEM_CALL, 128 + BAD_SYSTEM_CALL} else ended_well(seen)


def _refused_calls(name: str, shows: str, calls: str) -> Behaviour:
    """Calls by name and by their numbers on x86-64 and on arm64: `name x86 arm; ...`.

    An engine may answer those that its library does not know yet as if the kernel had none of the kind.
    """
    table = tuple(tuple(call.split()) for call in calls.split(";"))
    tries = "\n".join(
        f'refused("{call}", lambda: syscall({x86}, {arm}, 0, 0, 0, 0, 0, 0), errno.EPERM, errno.ENOSYS)'
        for call, x86, arm in table
    )
    return Behaviour(name, shows, tries)


PRIVILEGES = (
    Behaviour(
        "not-root",
        "the program is user and group 61001, though the image asks for root",
        """
ids = {*os.getresuid(), *os.getresgid(), *os.getgroups()}
expect(ids == {61001}, ids)
""",
    ),
    Behaviour(
        "root-out-of-reach",
        "no other user or group can be had",
        """
refused("setuid", lambda: os.setuid(0))
refused("setgid", lambda: os.setgid(0))
refused("setgroups", lambda: os.setgroups([0]))
""",
    ),
    Behaviour(
        "no-capabilities",
        "no capability is held or can be had",
        """
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
    expect(int(status[name], 16) == 0, f"{name} {status[name]}")
""",
    ),
    Behaviour(
        "no-new-privileges",
        "no program can give more than what the first one had",
        """
expect("NoNewPrivs:\\t1" in open("/proc/self/status").read(), "new privileges can be gained")
""",
    ),
    Behaviour(
        "set-user-id-powerless",
        "a set-user-id program of the image gains nothing",
        """
program = os.path.join(os.path.dirname(os.path.realpath(sys.executable)), "set-user-id")
asked = [program, "-I", "-c", "import os; print(os.geteuid(), os.getegid())"]
said = subprocess.run(asked, capture_output=True, text=True).stdout.split()
expect(said == ["61001", "61001"], said)
""",
    ),
    Behaviour(
        "calls-filtered",
        "system calls are filtered",
        """
expect("Seccomp:\\t2" in open("/proc/self/status").read(), "no filter")
""",
    ),
    Behaviour(
        "namespaces-refused",
        "no namespace can be made",
        """
refused("unshare time", lambda: syscall(272, 97, 0x80))
for flag in (0x10000000, 0x00020000, 0x40000000, 0x20000000, 0x08000000, 0x04000000, 0x02000000):
    refused(f"unshare {flag:#x}", lambda: syscall(272, 97, flag))
    refused(f"clone {flag:#x}", lambda: syscall(56, 220, flag | signal.SIGCHLD, 0, 0, 0, 0))
""",
    ),
    Behaviour(
        "clone3-unknown",
        "the call whose flags no filter can see does not exist",
        """
refused("clone3", lambda: syscall(435, 435, 0, 0), errno.ENOSYS)
""",
    ),
    Behaviour(
        "namespaces-not-entered",
        "no namespace can be entered",
        """
for name in os.listdir("/proc/self/ns"):
    handle = os.open(f"/proc/self/ns/{name}", os.O_RDONLY)
    refused(f"setns {name}", lambda: syscall(308, 268, handle, 0))
""",
    ),
    Behaviour(
        "mounts-refused",
        "nothing can be mounted, unmounted or bound, by the old calls or the new",
        """
refused("mount", lambda: syscall(165, 40, b"x", b"/tmp", b"tmpfs", 0, 0))
refused("remount", lambda: syscall(165, 40, b"x", b"/", 0, 32, 0))
refused("umount2", lambda: syscall(166, 39, b"/data", 2))
refused("fsopen", lambda: syscall(430, 430, b"tmpfs", 0))
refused("open_tree", lambda: syscall(428, 428, -100, b"/", 1))
refused("pivot_root", lambda: syscall(155, 41, b"/tmp", b"/tmp"))
refused("chroot", lambda: syscall(161, 51, b"/tmp"))
""",
    ),
    Behaviour(
        "devices-refused",
        "no device can be made",
        """
for folder in ("/tmp", "/output", "/dev/shm"):
    refused("a device", lambda: os.mknod(f"{folder}/device", 0o020666, os.makedev(1, 3)))
    refused("a disk", lambda: os.mknod(f"{folder}/disk", 0o060666, os.makedev(254, 0)))
""",
    ),
    Behaviour(
        "pipes-with-names-refused",
        "no pipe can be made that a reader of /output would wait on",
        """
refused("mkfifo", lambda: os.mkfifo("/output/fifo"))
""",
    ),
    _refused_calls(
        "keyrings-refused",
        "the kernel's keyrings, which are no namespace's, cannot be used",
        "add_key 248 217; request_key 249 218; keyctl 250 219",
    ),
    _refused_calls(
        "tracing-refused",
        "no process can be traced, and no other's memory read",
        "ptrace 101 117; process_vm_readv 310 270; process_vm_writev 311 271; kcmp 312 272; pidfd_getfd 438 438",
    ),
    _refused_calls(
        "io-uring-refused",
        "io_uring, whose requests no filter sees, cannot be used",
        "io_uring_setup 425 425; io_uring_enter 426 426; io_uring_register 427 427",
    ),
    _refused_calls(
        "programs-in-the-kernel-refused",
        "no program can be loaded into the kernel, nothing measured in it",
        "bpf 321 280; perf_event_open 298 241; init_module 175 105; finit_module 313 273; delete_module 176 106;"
        "kexec_load 246 104",
    ),
    _refused_calls(
        "faults-not-handled",
        "page faults cannot be stopped half-way, which makes races easy to win",
        "userfaultfd 323 282; memfd_secret 447 447",
    ),
    _refused_calls(
        "handles-refused",
        "files cannot be opened by numbers that lead out of the container",
        "name_to_handle_at 303 264; open_by_handle_at 304 265; fanotify_init 300 262; quotactl 179 60",
    ),
    _refused_calls(
        "queues-refused",
        "no message queue can be made, which would outlive its process",
        "mq_open 240 180; msgget 68 186",
    ),
    _refused_calls(
        "machine-untouched",
        "the machine cannot be stopped, its log read, its swap or accounting changed",
        "reboot 169 142; syslog 103 116; swapon 167 224; swapoff 168 225; acct 163 89",
    ),
    _refused_calls(
        "name-not-set",
        "the host's name cannot be set",
        "sethostname 170 161; setdomainname 171 162",
    ),
    Behaviour(
        "clock-not-set",
        "the clock cannot be set",
        """
refused("clock_settime", lambda: time.clock_settime(time.CLOCK_REALTIME, 1_000_000_000))
refused("settimeofday", lambda: syscall(164, 170, 0, 0))
refused("adjtimex", lambda: syscall(159, 171, 0))
refused("clock_adjtime", lambda: syscall(305, 266, 0, 0))
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
        "priority-not-raised",
        "no priority above others can be had",
        """
refused("nice", lambda: os.nice(-5))
refused("real time", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
def live_on():
    with open("/proc/self/oom_score_adj", "w") as file: file.write("-1000")
refused("not to be killed", live_on, errno.EACCES, errno.EPERM)
""",
    ),
)
