"""An encoder as an ONNX graph: from tokens to the mean over residues of what the last layer writes.

Four kinds of transformer, by what is said in `architecture`: BERT and RoBERTa (a norm behind each block, positions
added to the tokens), RoFormer (the same, with positions as rotations of queries and keys) and ESM (a norm before
each block; ESM-1v adds positions, ESM-2 rotates). Tensors have the names that transformers gives them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 20, 9
#: ESM was trained with 15 % of the tokens chosen and 80 % of these masked, and scales what it reads for that.
ESM_MASKED = 0.15 * 0.8
FAR_BELOW = 1e9


class Graph:
    """Nodes and constants of a graph in the making; a value is known by its name."""

    def __init__(self) -> None:
        self.nodes: list = []
        self.constants: list = []

    def constant(self, values: np.ndarray | float | list) -> str:
        """A new constant; floats are of 32 bits, whole numbers of 64."""
        array = np.asarray(values)
        array = array.astype(np.int64 if array.dtype.kind in "iu" else np.float32)
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: object) -> str:
        """The output of a new node."""
        return self.add_many(operator, 1, *inputs, **attributes)[0]

    def add_many(self, operator: str, count: int, *inputs: str, **attributes: object) -> list[str]:
        """The outputs of a new node."""
        outputs = [f"n{len(self.nodes)}.{number}" for number in range(count)]
        self.nodes.append(helper.make_node(operator, inputs, outputs, **attributes))
        return outputs


def build_graph(tensors: Mapping[str, np.ndarray], architecture: Mapping) -> ModelProto:
    """The whole graph: `tokens`, `attention` and `residues`, each (n, length), give `vectors`, (n, dimension)."""
    graph = Graph()
    encoder = EncoderGraph(graph, tensors, architecture)
    states = encoder.read("tokens", "attention")
    kept = graph.add("Unsqueeze", "residues", graph.constant([-1]))
    total = graph.add("ReduceSum", graph.add("Mul", states, kept), graph.constant([1]), keepdims=0)
    count = graph.add("ReduceSum", kept, graph.constant([1]), keepdims=0)
    graph.nodes.append(helper.make_node("Div", [total, count], ["vectors"]))
    whole = helper.make_graph(
        graph.nodes,
        "encoder",
        [
            helper.make_tensor_value_info(name, kind, ["n", "length"])
            for name, kind in (
                ("tokens", TensorProto.INT64),
                ("attention", TensorProto.INT64),
                ("residues", TensorProto.FLOAT),
            )
        ],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", architecture["dimension"]])],
        graph.constants,
    )
    return helper.make_model(whole, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)


class EncoderGraph:
    """The parts of one encoder."""

    def __init__(self, graph: Graph, tensors: Mapping[str, np.ndarray], architecture: Mapping) -> None:
        self.graph = graph
        self.tensors = tensors
        self.kind = architecture["kind"]
        self.shape = architecture
        self.is_esm = self.kind == "esm"

    def read(self, tokens: str, attention: str) -> str:
        """The states of the last layer, of shape (n, length, dimension)."""
        add, constant = self.graph.add, self.graph.constant
        length = add("Gather", add("Shape", tokens), constant([1]), axis=0)
        weights = add("Cast", attention, to=TensorProto.FLOAT)
        below = add("Mul", add("Sub", weights, constant(1.0)), constant(FAR_BELOW))
        hidden = add("Unsqueeze", below, constant([1, 2]))  # (n, 1, 1, length): what nobody is to look at
        turns = self.rotations(length)
        states = self.embeddings(tokens, weights, length)
        for number in range(self.shape["layers"]):
            states = self.layer(f"encoder.layer.{number}", states, hidden, turns)
        return self.norm("encoder.emb_layer_norm_after", states) if self.is_esm else states

    def embeddings(self, tokens: str, weights: str, length: str) -> str:
        """What the first layer reads."""
        add, constant, named = self.graph.add, self.graph.constant, self.tensors
        words = named["embeddings.word_embeddings.weight"]
        if self.is_esm and self.shape["token_dropout"]:
            words = words * np.float32(1 - ESM_MASKED)
        states = add("Gather", constant(words), tokens, axis=0)
        added = named.get("embeddings.token_type_embeddings.weight", np.zeros((1, 1), np.float32))[0]
        if self.shape["positions"] == "added":
            table = named["embeddings.position_embeddings.weight"][self.shape["first_position"] :] + added
            states = add("Add", states, add("Slice", constant(table), constant([0]), length, constant([0])))
        elif "embeddings.token_type_embeddings.weight" in named:
            states = add("Add", states, constant(added))
        norm = "embeddings.layer_norm" if self.is_esm else "embeddings.LayerNorm"
        if f"{norm}.weight" in named:
            states = self.norm(norm, states)
        return add("Mul", states, add("Unsqueeze", weights, constant([-1]))) if self.is_esm else states

    def layer(self, name: str, states: str, hidden: str, turns: tuple[str, str] | None) -> str:
        """Attention and two dense steps, each added to what it read."""
        add = self.graph.add
        read = self.norm(f"{name}.attention.LayerNorm", states) if self.is_esm else states
        seen = self.dense(f"{name}.attention.output.dense", self.attention(name, read, hidden, turns))
        states = add("Add", states, seen)
        if not self.is_esm:
            states = self.norm(f"{name}.attention.output.LayerNorm", states)
        read = self.norm(f"{name}.LayerNorm", states) if self.is_esm else states
        wide = add("Gelu", self.dense(f"{name}.intermediate.dense", read))
        states = add("Add", states, self.dense(f"{name}.output.dense", wide))
        return states if self.is_esm else self.norm(f"{name}.output.LayerNorm", states)

    def attention(self, name: str, states: str, hidden: str, turns: tuple[str, str] | None) -> str:
        """Self-attention of all heads, before its dense step."""
        add, constant = self.graph.add, self.graph.constant
        heads = self.shape["heads"]
        size = self.shape["dimension"] // heads
        parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        joined = self.affine(
            states,
            np.concatenate([self.tensors[f"{part}.weight"] for part in parts]),
            np.concatenate([self.tensors[f"{part}.bias"] for part in parts]),
        )
        split = add("Reshape", joined, constant([0, 0, 3, heads, size]))
        apart = add("Transpose", split, perm=[2, 0, 3, 1, 4])  # (3, n, heads, length, size)
        query, key, value = (add("Gather", apart, constant(number), axis=0) for number in range(3))
        query = add("Mul", query, constant(1 / math.sqrt(size)))
        if turns is not None:
            query, key = self.turn(query, turns, size), self.turn(key, turns, size)
        scores = add("MatMul", query, add("Transpose", key, perm=[0, 1, 3, 2]))
        weights = add("Softmax", add("Add", scores, hidden), axis=-1)
        mixed = add("Transpose", add("MatMul", weights, value), perm=[0, 2, 1, 3])
        return add("Reshape", mixed, constant([0, 0, heads * size]))

    def rotations(self, length: str) -> tuple[str, str] | None:
        """Cosine and sine of the angle by which each position turns each pair of numbers, (length, size)."""
        if self.shape["positions"] == "added":
            return None
        size = self.shape["dimension"] // self.shape["heads"]
        angles = np.outer(np.arange(self.shape["longest"] + 2), 10000.0 ** (-np.arange(0, size, 2) / size))
        angles = np.concatenate([angles, angles], axis=1) if self.is_esm else np.repeat(angles, 2, axis=1)
        add, constant = self.graph.add, self.graph.constant
        cosine, sine = (
            add("Slice", constant(table), constant([0]), length, constant([0]))
            for table in (np.cos(angles), np.sin(angles))
        )
        return cosine, sine

    def turn(self, states: str, turns: tuple[str, str], size: int) -> str:
        """Numbers turned in pairs: first half with second half in ESM, neighbours in RoFormer."""
        add, constant = self.graph.add, self.graph.constant
        partner = np.zeros((size, size), dtype=np.float32)  # states @ partner is (-second, first) of each pair
        half = size // 2
        pairs = [(i, i + half) if self.is_esm else (2 * i, 2 * i + 1) for i in range(half)]
        for first, second in pairs:
            partner[second, first], partner[first, second] = -1, 1
        cosine, sine = turns
        other = add("MatMul", states, constant(partner))
        return add("Add", add("Mul", states, cosine), add("Mul", other, sine))

    def dense(self, name: str, states: str) -> str:
        """A dense step by its name."""
        return self.affine(states, self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"])

    def affine(self, states: str, weight: np.ndarray, bias: np.ndarray) -> str:
        """What a dense step makes of states: states @ weight.T + bias."""
        add, constant = self.graph.add, self.graph.constant
        return add("Add", add("MatMul", states, constant(weight.T)), constant(bias))

    def norm(self, name: str, states: str) -> str:
        """A layer norm by its name."""
        scale, shift = (self.graph.constant(self.tensors[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.graph.add("LayerNormalization", states, scale, shift, epsilon=self.shape["epsilon"], axis=-1)
