"""While the image is built: a model of the Hugging Face hub at one commit, into a folder.

python fetch_model.py MODEL REVISION FOLDER
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from huggingface_hub import snapshot_download

FILES = ["config.json", "vocab.txt", "model.safetensors"]
OLDER = "pytorch_model.bin"


def main(model: str, revision: str, folder: str) -> None:
    """Fetch the configuration, the vocabulary and the weights; older models have theirs in a file of torch only."""
    if not re.fullmatch(r"[0-9a-f]{40}", revision):
        sys.exit(f"name the commit of {model} to build with: --build-arg REVISION=<40 hexadecimal digits>")
    path = snapshot_download(model, revision=revision, allow_patterns=FILES, local_dir=folder)
    if not Path(path, "model.safetensors").is_file():
        snapshot_download(model, revision=revision, allow_patterns=[OLDER], local_dir=folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
