"""What a model's own folder says of it: its architecture (config.json) and its tokens (vocab.txt).

Models of the kinds esm, bert and roformer, as transformers writes them; a value that config.json leaves out is the
default of that kind.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

LETTERS = "ACDEFGHIKLMNPQRSTVWY"
ESM = ("<cls>", "<eos>", "<pad>", "<unk>")
BERT = ("[CLS]", "[SEP]", "[PAD]", "[UNK]")
#: Begin, end, padding and unknown.
TOKENS = {"esm": ESM, "bert": BERT, "roformer": BERT}
COMMON = {"layer_norm_eps": 1e-12, "hidden_act": "gelu", "pad_token_id": 0, "type_vocab_size": 2}
DEFAULTS = {
    "bert": COMMON | {"max_position_embeddings": 512},
    "roformer": COMMON | {"max_position_embeddings": 1536, "rotary_value": False, "embedding_size": None},
    "esm": COMMON
    | {
        "max_position_embeddings": 1026,
        "position_embedding_type": "absolute",
        "token_dropout": False,
        "emb_layer_norm_before": None,
    },
}


def describe_folder(folder: Path) -> dict:
    """The dimension, the longest sequence, the vocabulary and the architecture, as encoder.json has them."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kind = config["model_type"]
    if kind not in DEFAULTS:
        sys.exit(f"the model is of the kind {kind}; known are {', '.join(DEFAULTS)}")
    config = DEFAULTS[kind] | config
    is_esm = kind == "esm"
    other = config.get("embedding_size") not in {None, config["hidden_size"]} or config.get("rotary_value")
    if config["hidden_act"] != "gelu" or other:
        sys.exit("the model has a step that graph.py does not know")
    turned = kind == "roformer" or (is_esm and config["position_embedding_type"] == "rotary")
    longest = config["max_position_embeddings"] - 2 - (2 if is_esm else 0)
    return {
        "dimension": config["hidden_size"],
        "longest": longest,
        "vocabulary": read_vocabulary(folder / "vocab.txt", *TOKENS[kind]),
        "architecture": {
            "kind": kind,
            "tokens": config["vocab_size"],
            "dimension": config["hidden_size"],
            "layers": config["num_hidden_layers"],
            "heads": config["num_attention_heads"],
            "inner": config["intermediate_size"],
            "epsilon": config["layer_norm_eps"],
            "longest": longest,
            "positions": "turned" if turned else "added",
            "position_rows": config["max_position_embeddings"],
            "first_position": config["pad_token_id"] + 1 if is_esm else 0,
            "types": 0 if is_esm else config["type_vocab_size"],
            "token_dropout": bool(is_esm and config["token_dropout"]),
            "norm_of_embeddings": bool(is_esm and config["emb_layer_norm_before"]),
        },
    }


def read_vocabulary(path: Path, begin: str, end: str, padding: str, unknown: str) -> dict:
    """The tokens of the 20 letters and X, and those that mark begin and end and fill up a batch."""
    number = {token: place for place, token in enumerate(path.read_text(encoding="utf-8").split())}
    token_of = {letter: number[letter] for letter in LETTERS} | {"X": number["X" if "X" in number else unknown]}
    return {"token_of": token_of, "begin": number[begin], "end": number[end], "padding": number[padding]}
