"""The Space's entry point: what is asked of the surroundings, and the app, which lives in `polyreact.space`."""

import os
from pathlib import Path

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when Gradio is imported, as is the next
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

from polyreact.space.app import serve

BUNDLED = Path(__file__).with_name("leaderboard.json")

if __name__ == "__main__":
    serve(os.environ.get("POLYREACT_LEADERBOARD") or str(BUNDLED))
