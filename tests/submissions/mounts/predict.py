"""Mounts, unmounts and binds, by the old calls and the new."""

from answer import answer, refused, system_call

refused("mount", system_call, 165, 40, b"none", b"/tmp", b"tmpfs", 0, 0)
refused("bind", system_call, 165, 40, b"/data", b"/tmp", 0, 4096, 0)
refused("make writable", system_call, 165, 40, b"none", b"/", 0, 32, 0)
refused("unmount", system_call, 166, 39, b"/data", 2)
refused("fsopen", system_call, 430, 430, b"tmpfs", 0)
refused("open_tree", system_call, 428, 428, -100, b"/", 1)
refused("pivot_root", system_call, 155, 41, b"/tmp", b"/tmp")
refused("chroot", system_call, 161, 51, b"/tmp")
answer()
