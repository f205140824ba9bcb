"""What git is given to ask a server with: in its environment, where no list of processes shows it."""

from __future__ import annotations

import base64
from collections.abc import Mapping


def build_credentials(token: str, server_url: str) -> Mapping[str, str]:
    """Variables for git; none without a token, and none for a server that would be told it in the clear."""
    if not token or not server_url.startswith("https://"):
        return {}
    secret = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{server_url}/.extraheader",
        "GIT_CONFIG_VALUE_0": f"AUTHORIZATION: basic {secret}",
    }
