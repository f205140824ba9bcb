"""Tensors out of a checkpoint, without torch and without running anything that the file holds.

Torch keeps tensors as a pickle that names raw numbers beside it. Only the handful of names below may stand in the
pickle; with any other the file is refused.
"""

from __future__ import annotations

import io
import json
import math
import pickle
import struct
import zipfile
from collections import OrderedDict

import numpy as np

TYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ByteStorage": "u1",
}
SAFETENSORS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U8": "u1"}
#: Of a checkpoint as torch wrote it before version 1.6.
MAGIC = 0x1950A86A20F9469CFC6C


class Settings:
    """Stands for the settings of a training, which are not read."""

    def __setstate__(self, state: object) -> None:
        pass


class Storage:
    """Raw numbers, and where they are kept; read when all is known."""

    def __init__(self, kind: str, key: str) -> None:
        self.dtype = np.dtype(TYPES[kind])
        self.key = key
        self.values = np.empty(0, self.dtype)


class Lazy:
    """A tensor that is a view of a storage."""

    def __init__(self, storage: Storage, offset: int, shape: tuple, strides: tuple) -> None:
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def read(self) -> np.ndarray:
        """As an array of its own. Raises ValueError where it would reach beyond its storage."""
        steps = [(size - 1) * stride for size, stride in zip(self.shape, self.strides, strict=True)]
        last = self.offset + sum(steps)
        if min((*self.shape, *self.strides, self.offset, 1)) < 0 or last >= max(len(self.storage.values), 1):
            raise ValueError("a tensor reaches beyond what is kept of it")
        strides = [stride * self.storage.dtype.itemsize for stride in self.strides]
        view = np.lib.stride_tricks.as_strided(self.storage.values[self.offset :], self.shape, strides)
        return np.ascontiguousarray(view).reshape(self.shape)


def rebuild(storage: Storage, offset: int, shape: tuple, strides: tuple, *_: object) -> Lazy:
    """What the pickle calls for each tensor."""
    return Lazy(storage, offset, shape, strides)


ALLOWED = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): rebuild,
    ("argparse", "Namespace"): Settings,
    **{("torch", kind): kind for kind in TYPES},
}


class Unpickler(pickle.Unpickler):
    """Reads the names in ALLOWED and no others."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.storages: dict[str, Storage] = {}

    def find_class(self, module: str, name: str) -> object:
        """The harmless thing that a name stands for. Raises ValueError for any other name."""
        if (module, name) not in ALLOWED:
            raise ValueError(f"the checkpoint names {module}.{name}, which is not allowed")
        return ALLOWED[module, name]

    def persistent_load(self, said: tuple) -> Storage:
        """The storage of a tensor."""
        _, kind, key, *_ = said
        return self.storages.setdefault(str(key), Storage(kind, str(key)))


def read_torch(content: bytes) -> dict[str, np.ndarray]:
    """The tensors of a state dictionary, or of the one that is called `model` in it."""
    stored = read_zip(content) if content[:2] == b"PK" else read_legacy(content)
    tensors = stored.get("model", stored)
    return {name: tensor.read() for name, tensor in tensors.items() if isinstance(tensor, Lazy)}


def read_zip(content: bytes) -> dict:
    """As torch has written since 1.6: an archive with the pickle and a file for each storage."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        reader = Unpickler(io.BytesIO(archive.read(name)))
        stored = reader.load()
        for storage in reader.storages.values():
            raw = archive.read(f"{name.removesuffix('.pkl')}/{storage.key}")
            storage.values = np.frombuffer(raw, storage.dtype)
    return stored


def read_legacy(content: bytes) -> dict:
    """As before: pickles one after the other, then each storage, its length first."""
    file = io.BytesIO(content)
    if Unpickler(file).load() != MAGIC:
        raise ValueError("this is no checkpoint of torch")
    for _ in ("version", "system"):
        Unpickler(file).load()
    reader = Unpickler(file)
    stored = reader.load()
    for key in Unpickler(file).load():
        storage = reader.storages[str(key)]
        (length,) = struct.unpack("<q", file.read(8))
        storage.values = np.frombuffer(file.read(length * storage.dtype.itemsize), storage.dtype)
    return stored


def read_safetensors(content: bytes) -> dict[str, np.ndarray]:
    """The tensors of a safetensors file: a table in JSON, then the numbers."""
    (length,) = struct.unpack("<Q", content[:8])
    table = json.loads(content[8 : 8 + length])
    tensors = {}
    for name, entry in table.items():
        if name != "__metadata__":
            begin, end = (8 + length + place for place in entry["data_offsets"])
            values = np.frombuffer(content[begin:end], SAFETENSORS[entry["dtype"]])
            if len(values) != math.prod(entry["shape"]):
                raise ValueError(f"{name} is not of the shape that it says")
            tensors[name] = values.reshape(entry["shape"])
    return tensors
