"""Behaviours of files: three places can be written, all of bounded size, and nothing in them can be a program."""

from polyreact.engines.behaviours.behaviour import (
    OUTPUT_NAME,
    Behaviour,
    Judgement,
    Observation,
    cannot,
    ended_well,
    fails,
)


def _output_came_out(seen: Observation) -> Judgement:
    return fails(f"found {seen.output!r:.100}") if seen.output != b"kept\n" else ended_well(seen)


def _output_was_bounded(seen: Observation) -> Judgement:
    if not seen.is_bounded:
        return cannot("this host cannot bound a folder: that takes root on Linux")
    return ended_well(seen)


FILES = (
    Behaviour(
        "root-read-only",
        "nothing of the image can be changed, not even its world-writable folders",
        """
for folder in ("/", "/open", "/etc", "/usr", "/var", "/var/tmp", "/run", "/root"):
    refused(folder, lambda: open(f"{folder}/new", "w"), errno.EROFS, errno.EACCES, errno.ENOENT)
refused("/open", lambda: open("/open/new", "w"), errno.EROFS)
""",
    ),
    Behaviour(
        "written-places-known",
        "no file can be made in any mounted folder but /tmp, /output and /dev/shm",
        """
written = []
for folder in sorted(set(mounts()) - {"/dev/mqueue"}):  # there an open makes an empty queue of the run's own
    if not os.path.isdir(folder): continue
    try: os.close(os.open(f"{folder}/new", os.O_CREAT | os.O_WRONLY))
    except OSError: continue
    written.append(folder)
    os.unlink(f"{folder}/new")
expect(written == ["/dev/shm", "/output", "/tmp"], written)
""",
    ),
    Behaviour(
        "data-read-only",
        "/data can be read and not changed",
        """
expect(open("/data/program.py").read(), "an empty file")
refused("a new file", lambda: open("/data/new", "w"), errno.EROFS)
refused("the old file", lambda: open("/data/program.py", "a"), errno.EROFS)
refused("its mode", lambda: os.chmod("/data/program.py", 0o777), errno.EROFS, errno.EPERM)
""",
    ),
    Behaviour(
        "data-nothing-else",
        "/data holds what was put there and nothing else",
        """
expect(sorted(os.listdir("/data")) == HOST["data"], os.listdir("/data"))
""",
    ),
    Behaviour(
        "tmp-writable",
        "temporary files can be written",
        """
fill("/tmp/file", 1 << 20)
expect(os.path.getsize("/tmp/file") == 1 << 20, os.path.getsize("/tmp/file"))
""",
    ),
    Behaviour(
        "places-empty",
        "the places that can be written are empty at the start, whatever the image and earlier runs left",
        """
for folder in ("/tmp", "/output", "/dev/shm"):
    expect(not os.listdir(folder), f"{os.listdir(folder)} in {folder}")
""",
    ),
    Behaviour(
        "tmp-sized",
        "the folder for temporary files takes no more than its limit",
        """
refused("a file too large", lambda: fill("/tmp/file", 64 << 20), errno.ENOSPC, errno.EFBIG)
os.unlink("/tmp/file")
def many():
    for number in range(64): fill(f"/tmp/{number}", 1 << 20)
refused("many files", many, errno.ENOSPC)
""",
    ),
    Behaviour(
        "shared-memory-sized",
        "shared memory takes no more than its limit",
        """
def many():
    for number in range(64): fill(f"/dev/shm/{number}", 1 << 20)
refused("many files", many, errno.ENOSPC)
""",
    ),
    *(
        Behaviour(
            f"{name}-noexec",
            f"no program can be started from {folder}",
            f"""
path = "{folder}/program"
open(path, "w").write("#!/bin/sh\\n")
os.chmod(path, 0o755)
refused(path, lambda: subprocess.run([path]), errno.EACCES)
""",
        )
        for name, folder in (("tmp", "/tmp"), ("output", "/output"), ("shared-memory", "/dev/shm"))  # noqa: S108
    ),
    Behaviour(
        "places-without-devices",
        "devices and set-user-id files mean nothing in the places that can be written",
        """
for folder in ("/tmp", "/output", "/dev/shm"):
    options = mounts().get(folder, set())
    expect({"nosuid", "nodev", "noexec"} <= options, f"{folder} {sorted(options)}")
""",
        _output_was_bounded,
    ),
    Behaviour(
        "output-writable",
        "what is written to /output is read by the host",
        f"""
open("/output/{OUTPUT_NAME}", "w").write("kept\\n")
""",
        _output_came_out,
        is_alone=True,
    ),
    Behaviour(
        "output-sized",
        "/output takes no more bytes than its limit",
        """
def many():
    for number in range(64): fill(f"/output/{number}", 1 << 20)
refused("64 MiB", many, errno.ENOSPC, errno.EFBIG)
""",
        _output_was_bounded,
    ),
    Behaviour(
        "output-files-bounded",
        "/output takes no more files than its limit",
        """
def many():
    for number in range(5000): open(f"/output/{number}", "w").close()
refused("too many files", many, errno.ENOSPC)
""",
        _output_was_bounded,
    ),
    Behaviour(
        "file-size-bounded",
        "no file can be longer than the largest place, not even one of holes",
        """
with open("/tmp/file", "wb") as file:
    refused("a terabyte of nothing", lambda: file.truncate(1 << 40), errno.EFBIG)
""",
    ),
    Behaviour(
        "volume-covered",
        "a VOLUME of the image gives no place to write",
        """
refused("/scratch", lambda: fill("/scratch/file", 1 << 20), errno.EROFS, errno.ENOSPC)
""",
    ),
)
