"""What contributors write."""

from __future__ import annotations

from unit.ci import samples


def manifest(name: str, image: str, /, **changes: str) -> str:
    return samples.manifest(name, **{"image": image} | changes)


def entry(name: str, image: str, /, **changes: str) -> dict[str, str | None]:
    """The one file of a pull request that hands in a submission."""
    return {f"submissions/{name}.yaml": manifest(name, image, **changes)}
