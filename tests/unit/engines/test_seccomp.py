from __future__ import annotations

import json

from polyreact.engines.seccomp import ALLOWED, SECCOMP_FILE, render_profile

NEVER = {
    "mount", "umount2", "pivot_root", "chroot", "setns", "unshare", "fsopen", "fsmount", "move_mount", "open_tree",
    "mount_setattr", "keyctl", "add_key", "request_key", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp",
    "pidfd_getfd", "mknod", "mknodat", "io_uring_setup", "io_uring_enter", "io_uring_register", "bpf",
    "userfaultfd",
    "perf_event_open", "name_to_handle_at", "open_by_handle_at", "quotactl", "init_module", "finit_module",
    "delete_module", "kexec_load", "clock_settime", "settimeofday", "adjtimex", "sethostname", "setdomainname",
    "mq_open", "msgget", "swapon", "reboot", "syslog", "acct", "socketcall", "memfd_secret", "fanotify_init",
}  # fmt: skip


def test_seccomp_file_is_what_the_groups_render() -> None:
    assert SECCOMP_FILE.read_bytes() == render_profile()


def test_seccomp_profile_denies_by_default_and_has_native_architectures_only() -> None:
    profile = json.loads(render_profile())
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert all(not entry["subArchitectures"] for entry in profile["archMap"])


def test_seccomp_profile_names_no_dangerous_call() -> None:
    allowed = {name for rule in json.loads(render_profile())["syscalls"] for name in rule["names"]}
    assert not allowed & NEVER


def test_seccomp_groups_name_every_call_once() -> None:
    calls = [call for group in ALLOWED.values() for call in group.split()]
    assert len(calls) == len(set(calls))
    assert not {"socket", "socketpair", "clone", "clone3", "personality"} & set(calls)


def test_seccomp_sockets_are_allowed_by_family_only() -> None:
    rules = [rule for rule in json.loads(render_profile())["syscalls"] if "socket" in rule["names"]]
    assert [rule["args"][0]["value"] for rule in rules] == [1, 2, 10]
