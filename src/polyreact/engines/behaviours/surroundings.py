"""Behaviours of what can be seen: the run itself, and next to nothing of the host."""

from polyreact.engines.behaviours.behaviour import Behaviour

SURROUNDINGS = (
    Behaviour(
        "namespaces-apart",
        "mounts, network, processes, names and shared memory are of the run's own",
        """
for name, number in HOST["namespaces"].items():
    expect(os.readlink(f"/proc/self/ns/{name}") != number, f"the host's own {name} namespace")
""",
    ),
    Behaviour(
        "own-processes-only",
        "no process can be seen but those of the run",
        """
parents = {os.getpid(), os.getppid(), 1}
seen = {int(name) for name in os.listdir("/proc") if name.isdigit()}
expect(seen <= parents, seen)
""",
    ),
    Behaviour(
        "shared-memory-apart",
        "no shared memory, semaphore or queue of another can be seen",
        """
for table in ("shm", "sem", "msg"):
    lines = (read(f"/proc/sysvipc/{table}") or "").splitlines()[1:]
    expect(not lines, lines)
""",
    ),
    Behaviour(
        "environment-clean",
        "nothing of the host's environment is handed over",
        """
known = {"PATH", "HOME", "HOSTNAME", "LANG", "LC_CTYPE", "TERM", "container", "POLYREACT_TOKEN", "POLYREACT_HOST"}
expect(not set(os.environ) - known, sorted(set(os.environ) - known))
""",
    ),
    Behaviour(
        "environment-told",
        "the variables of the contract are handed over, whatever the image sets",
        """
expect(os.environ["POLYREACT_TOKEN"] != "of-the-image", "the image's own value")
""",
    ),
    Behaviour(
        "host-name-not-told",
        "the host's name stands nowhere",
        """
expect(socket.gethostname() == "sandbox", socket.gethostname())
for path in ("/etc/hostname", "/etc/hosts"):
    words = (read(path) or "").split()
    expect(HOST["name"] == "localhost" or HOST["name"] not in words, f"{HOST['name']} in {path}")
""",
    ),
    Behaviour(
        "host-addresses-not-told",
        "no address of the host or its network stands in /etc/hosts",
        """
import ipaddress
for line in (read("/etc/hosts") or "").splitlines():
    words = line.split("#")[0].split()
    if not words: continue
    address = ipaddress.ip_address(words[0])
    expect(address.is_loopback or address.is_multicast or address.is_reserved, line)
""",
    ),
    Behaviour(
        "user-unknown",
        "the user has no name and no folder",
        """
import pwd
try: found = pwd.getpwuid(os.getuid())
except KeyError: pass
else: expect(found.pw_name in ("61001", "*"), found)
""",
    ),
    Behaviour(
        "kernel-memory-masked",
        "the kernel's memory, keys and log cannot be read",
        """
paths = ("/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/proc/kmsg", "/dev/kmsg",
         "/dev/mem", "/dev/port", "/proc/vmallocinfo", "/proc/slabinfo")
for path in paths:
    try:
        with open(path, "rb") as file: content = file.read(1)
    except OSError: continue
    expect(not content, path)
for folder in ("/sys/firmware", "/sys/kernel/debug", "/sys/fs/pstore", "/proc/acpi", "/proc/scsi"):
    try: names = os.listdir(folder)
    except OSError: continue
    expect(not names, f"{names} in {folder}")
""",
    ),
    Behaviour(
        "kernel-settings-read-only",
        "no setting of the kernel can be changed",
        """
for path in ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sys/vm/overcommit_memory",
             "/proc/sysrq-trigger", "/proc/irq/default_smp_affinity"):
    refused(path, lambda: open(path, "r+"), errno.EROFS, errno.EACCES, errno.ENOENT)
""",
    ),
    Behaviour(
        "machine-settings-read-only",
        "/sys and the control groups in it cannot be written",
        """
for top, folders, names in os.walk("/sys/fs/cgroup"):
    folders[:] = folders[:20]
    for name in {"cgroup.procs", "release_agent", "memory.limit_in_bytes", "memory.max", "pids.max"} & set(names):
        refused(name, lambda: open(f"{top}/{name}", "r+"), errno.EROFS, errno.EACCES)
refused("/sys", lambda: open("/sys/kernel/uevent_helper", "w"), errno.EROFS, errno.EACCES, errno.ENOENT)
""",
    ),
    Behaviour(
        "devices-few",
        "there are no disks and no devices but the harmless ones",
        """
harmless = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "console"}
for top, folders, names in os.walk("/dev"):
    if top.startswith("/dev/pts"): continue
    for name in names:
        mode = os.lstat(f"{top}/{name}").st_mode
        expect(not stat.S_ISBLK(mode), f"a disk, {name}")
        expect(not stat.S_ISCHR(mode) or name in harmless, name)
""",
    ),
    Behaviour(
        "health-check-off",
        "the image's health check, a second program beside the run, is never started",
        """
born = int(open("/proc/1/stat").read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
while time.clock_gettime(time.CLOCK_BOOTTIME) < born + 3: time.sleep(0.05)
expect(not os.path.exists("/tmp/health"), "it ran")
""",
        is_alone=True,
    ),
    Behaviour(
        "python-works",
        "threads, process pools and shared memory work under all this",
        """
import multiprocessing, concurrent.futures
with multiprocessing.Pool(2) as pool: expect(pool.map(abs, [-1, 2]) == [1, 2], "a wrong result")
with concurrent.futures.ThreadPoolExecutor(4) as pool: expect(sum(pool.map(abs, range(9))) == 36, "a wrong sum")
""",
    ),
)
