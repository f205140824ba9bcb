"""Models of the hub, by a tiny one of random weights saved to disk: through the code that reads the real ones."""

import json
import random

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file, save_file  # noqa: E402
from transformers import (  # noqa: E402  # noqa: E402
    BertConfig,
    BertForMaskedLM,
    EsmConfig,
    EsmForMaskedLM,
    EsmTokenizer,
    RoFormerConfig,
    RoFormerForMaskedLM,
)

from polyreact.baselines.embedders.encoder import build_batch  # noqa: E402
from polyreact.baselines.embedders.hub import load_from_hub  # noqa: E402
from polyreact.baselines.embedders.runtimes import Runtime, build_embedder  # noqa: E402
from polyreact.errors import BadWeights, FetchFailed, WrongCommandLine  # noqa: E402
from unit.baselines.conftest import HEAVY, LIGHT, SHORT  # noqa: E402

#: The 33 tokens of ESM-1v and ESM-2, in their order.
ESM_TOKENS = [
    "<cls>",
    "<pad>",
    "<eos>",
    "<unk>",
    "L",
    "A",
    "G",
    "V",
    "S",
    "E",
    "R",
    "T",
    "I",
    "D",
    "P",
    "N",
    "K",
    "Q",
    "Y",
    "F",
    "M",
    "H",
    "W",
    "C",
    "X",
    "B",
    "U",
    "Z",
    "O",
    ".",
    "-",
    "<null_1>",
    "<mask>",
]
BERT_TOKENS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "A",
    "C",
    "D",
    "E",
    "F",
    "G",
    "H",
    "I",
    "K",
    "L",
    "M",
    "N",
    "P",
    "Q",
    "R",
    "S",
    "T",
    "V",
    "W",
    "Y",
]
SHAPE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48}
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def save(folder, kind):
    torch.manual_seed(0)
    if kind in {"esm1v", "esm2"}:
        position = "absolute" if kind == "esm1v" else "rotary"
        config = EsmConfig(
            vocab_size=33, mask_token_id=32, pad_token_id=1, position_embedding_type=position, token_dropout=True,
            emb_layer_norm_before=kind == "esm1v", max_position_embeddings=1026, **SHAPE,
        )  # fmt: skip
        model, tokens = EsmForMaskedLM(config), ESM_TOKENS
    elif kind == "antiberta2":
        config = RoFormerConfig(vocab_size=25, max_position_embeddings=256, embedding_size=32, **SHAPE)
        model, tokens = RoFormerForMaskedLM(config), BERT_TOKENS
    else:
        model, tokens = BertForMaskedLM(BertConfig(vocab_size=25, **SHAPE)), BERT_TOKENS
    model.eval().save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(tokens))
    return model


@pytest.fixture(params=["esm1v", "esm2", "antiberta2", "bert"])
def saved(request, tmp_path):
    return request.param, tmp_path, save(tmp_path, request.param)


def test_the_saved_model_gives_its_own_states_alone_and_in_company(saved, tmp_path_factory):
    kind, folder, model = saved
    encoder = load_from_hub(kind, str(folder), "")
    sequences = [HEAVY, SHORT, LIGHT, HEAVY[:20], SHORT[:-1] + "X"]
    expected = []
    for sequence in sequences:
        tokens = torch.tensor([encoder.vocabulary.encode(sequence)])
        with torch.inference_mode():
            states = model.base_model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).last_hidden_state
        expected.append(states[0, 1:-1].mean(dim=0).numpy())
    graphs = tmp_path_factory.mktemp("graphs")
    for runtime in (Runtime.TORCH, Runtime.ONNX):
        vectors = build_embedder(encoder, runtime, graphs).embed(sequences)
        np.testing.assert_allclose(vectors, expected, atol=1e-5, rtol=0)


def test_tokens_are_those_of_the_library(tmp_path):
    save(tmp_path, "esm2")
    encoder = load_from_hub("esm2", str(tmp_path), "")
    theirs = EsmTokenizer(str(tmp_path / "vocab.txt"))
    stream = random.Random(1)  # noqa: S311
    for _ in range(20):
        sequence = "".join(stream.choices("ACDEFGHIKLMNPQRSTVWYX", k=60))
        assert encoder.vocabulary.encode(sequence) == theirs(sequence)["input_ids"]
    batch = build_batch([HEAVY, SHORT], encoder.vocabulary)
    assert batch.tokens.tolist() == theirs([HEAVY, SHORT], padding=True)["input_ids"]
    assert encoder.longest == 1022


@pytest.mark.parametrize("defect", ["missing", "left-over", "another-shape"])
def test_a_checkpoint_that_does_not_fit_is_refused(tmp_path, defect):
    save(tmp_path, "esm2")
    path = tmp_path / "model.safetensors"
    tensors = load_file(path)
    name = "esm.encoder.layer.1.output.dense.weight"
    if defect == "missing":
        del tensors[name]
    elif defect == "left-over":
        tensors["esm.encoder.layer.2.output.dense.weight"] = tensors[name].clone()
    else:
        tensors[name] = tensors[name][:-1].clone()
    save_file(tensors, path, metadata={"format": "pt"})
    with pytest.raises(BadWeights):
        load_from_hub("esm2", str(tmp_path), "")


def test_the_same_weights_are_the_same_revision_and_others_another(tmp_path):
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
        save(folder, "esm2")
    tensors = load_file(folders[2] / "model.safetensors")
    tensors["esm.encoder.layer.1.output.dense.bias"][0] += 1e-3
    save_file(tensors, folders[2] / "model.safetensors", metadata={"format": "pt"})
    first, second, third = (load_from_hub("esm2", str(folder), "").revision for folder in folders)
    assert first == second != third


@pytest.mark.parametrize("defect", ["no-config", "another-kind", "no-vocabulary", "short-vocabulary", "no-weights"])
def test_a_folder_that_is_no_such_model_is_refused(tmp_path, defect):
    save(tmp_path, "esm2")
    if defect == "no-config":
        (tmp_path / "config.json").unlink()
    elif defect == "another-kind":
        config = json.loads((tmp_path / "config.json").read_text())
        (tmp_path / "config.json").write_text(json.dumps(config | {"model_type": "gpt2"}))
    elif defect == "no-vocabulary":
        (tmp_path / "vocab.txt").unlink()
    elif defect == "short-vocabulary":
        (tmp_path / "vocab.txt").write_text("\n".join(ESM_TOKENS[:20]))
    else:
        (tmp_path / "model.safetensors").unlink()
    with pytest.raises(BadWeights):
        load_from_hub("esm2", str(tmp_path), "")


@pytest.mark.parametrize("revision", ["", "main", "v1", COMMIT[:7], COMMIT.upper()])
def test_a_model_of_the_hub_is_named_with_its_commit(revision):
    with pytest.raises(WrongCommandLine, match="is named with its commit"):
        load_from_hub("esm1v", "facebook/esm1v_t33_650M_UR90S_1", revision)


def test_offline_asks_for_nothing_and_says_so(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(FetchFailed, match="could not be fetched") as caught:
        load_from_hub("esm1v", "facebook/esm1v_t33_650M_UR90S_1", COMMIT)
    assert "HF_HUB_OFFLINE" in caught.value.render()
