"""Opens files until it is refused."""

import os

from answer import answer, escaped

handles = []
try:
    while len(handles) < 100_000:
        handles.append(os.open("/data/sequences.csv", os.O_RDONLY))
except OSError as error:
    print("stopped at", len(handles), error.strerror)
if len(handles) > 1024:
    escaped(f"{len(handles)} open files")
for handle in handles:
    os.close(handle)
answer()
