"""Tries calls that have held holes: io_uring, bpf, perf, userfaultfd, modules, file handles."""

from answer import answer, refused, system_call

CALLS = {
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "quotactl": (179, 60), "syslog": (103, 116),
    "mq_open": (240, 180), "msgget": (68, 186), "fanotify_init": (300, 262), "memfd_secret": (447, 447),
    "sethostname": (170, 161), "setdomainname": (171, 162), "kcmp": (312, 272), "lookup_dcookie": (212, 18),
}  # fmt: skip
for name, numbers in CALLS.items():
    refused(name, system_call, *numbers, 0, 0, 0, 0, 0)
answer()
