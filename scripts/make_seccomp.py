"""Write src/polyreact/engines/seccomp.json again, after the groups in seccomp.py were changed."""

from polyreact.engines.seccomp import SECCOMP_FILE, render_profile
from polyreact.files import write_atomically

if __name__ == "__main__":
    write_atomically(SECCOMP_FILE, render_profile())
    print(f"{SECCOMP_FILE.name} written.")
