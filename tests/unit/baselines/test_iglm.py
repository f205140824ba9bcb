"""IgLM, brought by its user: by a wheel of its layout with a small random GPT-2, through the same code."""

import io
import zipfile

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from transformers import GPT2Config, GPT2LMHeadModel  # noqa: E402

from polyreact.baselines.embedders.iglm import TENSORS, VOCABULARY, load_iglm  # noqa: E402
from polyreact.baselines.embedders.runtimes import Runtime, build_embedder  # noqa: E402
from polyreact.errors import BadWeights, WrongCommandLine  # noqa: E402
from unit.baselines.conftest import HEAVY, LIGHT, SHORT  # noqa: E402
from unit.baselines.test_train import make_table, polyreact, write_table  # noqa: E402

#: As the release has them, one a line.
TOKENS = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"ACDEFGHIKLMNPQRSTVWY",
    "[CAMEL]", "[HUMAN]", "[MOUSE]", "[RABBIT]", "[RAT]", "[RHESUS]", "[HEAVY]", "[LIGHT]",
]  # fmt: skip


def write_wheel(path, change=lambda tensors: tensors):
    """A wheel with a model of random weights, under the names of an old transformers; the model."""
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=33, n_positions=512, n_embd=32, n_layer=2, n_head=8, n_inner=48)
    model = GPT2LMHeadModel(config).eval()
    tensors = dict(model.state_dict())
    for layer in range(2):
        tensors[f"transformer.h.{layer}.attn.bias"] = torch.ones(1, 1, 512, 512, dtype=torch.uint8).tril()
        tensors[f"transformer.h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    content = io.BytesIO()
    torch.save(change(tensors), content)
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(TENSORS, content.getvalue())
        wheel.writestr(VOCABULARY, "\n".join(TOKENS))
    return model


@pytest.mark.parametrize("is_heavy", [True, False])
def test_it_gives_its_own_states_alone_and_in_company(tmp_path, is_heavy):
    model = write_wheel(tmp_path / "iglm.whl")
    encoder = load_iglm(tmp_path / "iglm.whl", is_heavy=is_heavy)
    sequences = [HEAVY, SHORT, LIGHT, HEAVY[:20], SHORT[:-1] + "X"]
    expected = []
    for sequence in sequences:
        words = ["[HEAVY]" if is_heavy else "[LIGHT]", "[HUMAN]", *sequence.replace("X", "?"), "[SEP]"]
        tokens = torch.tensor([[TOKENS.index(word) if word != "?" else 1 for word in words]])
        with torch.inference_mode():
            states = model.transformer(input_ids=tokens).last_hidden_state[0]
        expected.append(states[2:-1].mean(dim=0).numpy())
    assert encoder.longest == 509
    for runtime, budget in ((Runtime.TORCH, 1), (Runtime.TORCH, 10_000), (Runtime.ONNX, 10_000)):
        vectors = build_embedder(encoder, runtime, tmp_path / "graphs", budget).embed(sequences)
        np.testing.assert_allclose(vectors, expected, atol=1e-5, rtol=0)


def test_the_longest_sequence_can_be_embedded(tmp_path):
    write_wheel(tmp_path / "iglm.whl")
    encoder = load_iglm(tmp_path / "iglm.whl", is_heavy=True)
    assert build_embedder(encoder, Runtime.TORCH, tmp_path).embed(["A" * encoder.longest]).shape == (1, 32)


def test_chains_are_told_apart(tmp_path):
    write_wheel(tmp_path / "iglm.whl")
    heavy, light = (load_iglm(tmp_path / "iglm.whl", is_heavy=is_heavy) for is_heavy in (True, False))
    assert heavy.weights_sha256 == light.weights_sha256
    assert heavy.revision != light.revision


@pytest.mark.parametrize("defect", ["missing", "left-over", "another-kind"])
def test_weights_that_do_not_fit_are_refused(tmp_path, defect):
    def change(tensors):
        if defect == "missing":
            del tensors["transformer.h.1.ln_2.bias"]
        elif defect == "left-over":
            tensors["transformer.h.1.ln_3.bias"] = torch.zeros(32)
        else:
            del tensors["transformer.wpe.weight"]
        return tensors

    write_wheel(tmp_path / "iglm.whl", change)
    with pytest.raises(BadWeights, match="iglm"):
        load_iglm(tmp_path / "iglm.whl", is_heavy=True)


def test_no_wheel_and_another_file_are_told(tmp_path):
    with pytest.raises(WrongCommandLine, match="no wheel of IgLM") as caught:
        load_iglm(tmp_path / "none.whl", is_heavy=True)
    assert "pip download --no-deps iglm==0.1.0" in caught.value.render()
    (tmp_path / "text.whl").write_text("no wheel")
    with pytest.raises(BadWeights):
        load_iglm(tmp_path / "text.whl", is_heavy=True)


def test_it_is_trained_on_and_not_packaged(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_wheel(tmp_path / "iglm.whl")
    table = write_table(tmp_path / "mine.csv", make_table())
    assert (
        polyreact(
            "train",
            "--data",
            str(table),
            "folds=3",
            "embedder=iglm",
            "embedder.model=iglm.whl",
            "embedder.runtime=torch",
        )
        == 0
    )
    (run,) = (tmp_path / "runs").iterdir()
    capsys.readouterr()
    assert polyreact("package", str(run), "--name", "lab-model") == 2
    assert "non-commercial" in capsys.readouterr().err
    assert not (tmp_path / "lab-model").exists()
