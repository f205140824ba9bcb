"""What computes an encoder: ONNX Runtime in fp32, the reference on a CPU, or torch, in fp32 or bf16.

`onnx` is what a packaged submission runs as well. `bf16` is faster and rounds: on the 914 VH of Boughter vectors
of AntiBERTy differ by up to 0.01, probabilities of a classifier on them by up to 0.011, and none of its decisions;
so it is a choice and not the default. `torch` is for GPUs, and for what ONNX cannot say. Both it and `bf16` take
all GPUs that the process may use, each with a copy of the model and a batch of its own.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from enum import StrEnum
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import torch

from polyreact.baselines.embedders.batches import TOKEN_BUDGET, Batcher
from polyreact.baselines.embedders.encoder import Batch, Encoder, PooledEncoder, build_batch
from polyreact.baselines.embedders.interface import Vectors
from polyreact.files import sha256_bytes, write_atomically

#: Read while it is imported; ONNX Runtime would send its maker what it runs.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

_OPSET = 20
#: torch computes one batch on all processors or on a GPU, and larger ones keep them busy.
_TORCH_BUDGET, _GPU_BUDGET = 2048, 65_536
INPUTS = ("tokens", "attention", "residues")
OUTPUT = "vectors"
#: Raised where the way that graphs are written changes, so that kept ones are written again.
_EXPORT_VERSION = 1


class Runtime(StrEnum):
    """How an encoder is computed."""

    ONNX = "onnx"
    TORCH = "torch"
    BF16 = "bf16"


class EncoderEmbedder:
    """An encoder with a runtime: an `Embedder`."""

    is_costly = True

    def __init__(
        self,
        encoder: Encoder,
        run: Callable[[Batch], Vectors],
        revision: str,
        token_budget: int = TOKEN_BUDGET,
        workers: int = 1,
    ) -> None:
        self._encoder = encoder
        self._run = run
        self.name = encoder.name
        self.revision = revision
        self.dimension = encoder.dimension
        self.longest = encoder.longest
        self._batcher = Batcher(self._embed_batch, encoder.dimension, token_budget, workers)

    def embed(self, sequences: Sequence[str]) -> Vectors:
        """The vector of each sequence, in order."""
        return self._batcher.embed(sequences)

    def _embed_batch(self, sequences: Sequence[str]) -> Vectors:
        return self._run(build_batch(sequences, self._encoder.vocabulary))


def build_embedder(
    encoder: Encoder, runtime: Runtime, graphs: Path, token_budget: int | None = None
) -> EncoderEmbedder:
    """An encoder made ready to embed; `graphs` is the folder where ONNX graphs are kept. Raises CannotWrite."""
    revision = f"{encoder.revision}, {runtime.value}"
    if runtime is Runtime.ONNX:
        run = _run_onnx(ensure_graph(encoder, graphs))
        return EncoderEmbedder(encoder, run, revision, token_budget or TOKEN_BUDGET, count_processors())
    dtype = torch.bfloat16 if runtime is Runtime.BF16 else torch.float32
    devices = find_devices()
    budget = token_budget or (_TORCH_BUDGET if devices[0].type == "cpu" else _GPU_BUDGET)
    return EncoderEmbedder(encoder, run_on(encoder, devices, dtype), revision, budget, len(devices))


def count_processors() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def find_devices() -> tuple[torch.device, ...]:
    """Every GPU that this process may use; the processors, as one device, where there is none."""
    gpus = tuple(torch.device("cuda", number) for number in range(torch.cuda.device_count()))
    return gpus or (torch.device("cpu"),)


def ensure_graph(encoder: Encoder, folder: Path) -> Path:
    """The encoder with its pooling as one ONNX file in `folder`, written where it is not there. Raises CannotWrite.

    Its inputs are those of `Batch`, its output is `vectors`, of shape (sequences, dimension).
    """
    name = sha256_bytes(f"{_EXPORT_VERSION} {encoder.revision}".encode())
    path = folder / f"{encoder.name}-{name[:16]}.onnx"
    if not path.is_file():
        write_atomically(path, _export(encoder))
    return path


def _export(encoder: Encoder) -> bytes:
    example = build_batch(["ACDEFGHIKL", "ACDEFG", "ACDEFGHI"], encoder.vocabulary)
    arguments = tuple(map(torch.from_numpy, (example.tokens, example.attention, example.residues)))
    sequences, tokens = torch.export.Dim("sequences"), torch.export.Dim("length")
    with _quietly():
        program = torch.onnx.export(
            PooledEncoder(encoder.module).eval(),
            arguments,
            dynamo=True,
            verbose=False,
            opset_version=_OPSET,
            input_names=INPUTS,
            output_names=[OUTPUT],
            dynamic_shapes=({0: sequences, 1: tokens},) * len(INPUTS),
        )
    assert program is not None  # noqa: S101  # with dynamo there always is one
    content: bytes = program.model_proto.SerializeToString(deterministic=True)
    return content


def _run_onnx(graph: Path) -> Callable[[Batch], Vectors]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is raised, and need not be printed as well
    options.intra_op_num_threads = 1  # a batch for each thread, not a thread for each part of a batch
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])

    def run(batch: Batch) -> Vectors:
        feed = dict(zip(INPUTS, (batch.tokens, batch.attention, batch.residues), strict=True))
        return np.asarray(session.run([OUTPUT], feed)[0], dtype=np.float32)

    return run


def run_on(encoder: Encoder, devices: Sequence[torch.device], dtype: torch.dtype) -> Callable[[Batch], Vectors]:
    """What computes a batch on whichever device is free; as many threads may call it as there are devices."""
    free: SimpleQueue[tuple[torch.device, PooledEncoder]] = SimpleQueue()
    for number, device in enumerate(devices):
        module = deepcopy(encoder.module) if number else encoder.module
        free.put((device, PooledEncoder(module).to(device)))

    def run(batch: Batch) -> Vectors:
        device, pooled = free.get()
        try:
            inputs = [torch.from_numpy(part).to(device) for part in (batch.tokens, batch.attention, batch.residues)]
            with torch.inference_mode(), torch.autocast(device.type, dtype, enabled=dtype is not torch.float32):
                vectors: Vectors = pooled(*inputs).to("cpu", torch.float32).numpy()
        finally:
            free.put((device, pooled))
        return vectors

    return run


@contextmanager
def _quietly() -> Iterator[None]:
    """Torch's exporter announces its own steps and deprecations, which are no business of whoever embeds."""
    loggers = [
        logging.getLogger(name)
        for name in (
            "torch.onnx",
            "torch.onnx._internal.exporter._registration",
            "onnxscript",
            "onnx_ir",
            "torch.export",
        )
    ]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
