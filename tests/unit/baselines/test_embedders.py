"""Every embedder gives what is known of it, and gives each sequence the same in any company."""

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn import functional  # noqa: E402
from transformers import BertConfig, BertModel  # noqa: E402

from polyreact.baselines.embedders import antiberty, sapiens  # noqa: E402
from polyreact.baselines.embedders.catalog import EMBEDDERS, EmbedderChoice, load_embedder  # noqa: E402
from polyreact.baselines.embedders.encoder import build_batch, load_strictly  # noqa: E402
from polyreact.baselines.embedders.random_encoder import build_random_encoder  # noqa: E402
from polyreact.baselines.embedders.runtimes import (  # noqa: E402
    EncoderEmbedder,
    Runtime,
    build_embedder,
    find_devices,
    run_on,
)
from polyreact.errors import BadWeights, UnknownName  # noqa: E402
from unit.baselines.conftest import HEAVY, LIGHT, SHORT  # noqa: E402
from unit.baselines.short_of_memory import MORE_THAN_FITS  # noqa: E402

#: The first four numbers of each vector, as computed with torch alone, one sequence at a time.
GOLDEN = {
    ("antiberty", True): [-0.33710, -0.23615, -0.71140, -0.07657],
    ("sapiens", True): [0.16385, 0.03899, 0.34245, -0.20320],
    ("sapiens", False): [0.59294, 1.84420, -0.22292, -0.67832],
    ("random-encoder", True): [-0.85675, -0.70875, -0.33523, -0.52723],
}
VARIED = [HEAVY, SHORT, HEAVY[10:80], SHORT[:-1] + "X", HEAVY[:30], LIGHT, LIGHT[:50], SHORT[5:60], HEAVY[:9]]


@pytest.fixture(scope="module")
def load(archive, weights):
    """A function: an embedder by name, its weights there."""
    archive(antiberty.ARCHIVE)
    archive(sapiens.ARCHIVE)

    def find(name, *, is_heavy=True, **options):
        return load_embedder(EmbedderChoice(name=name, **options), weights, is_heavy=is_heavy)

    return find


@pytest.mark.parametrize(("name", "is_heavy"), list(GOLDEN))
def test_weights_give_the_known_vectors(load, name, is_heavy):
    vectors = load(name, is_heavy=is_heavy, runtime="torch").embed([HEAVY if is_heavy else LIGHT])
    np.testing.assert_allclose(vectors[0, :4], GOLDEN[name, is_heavy], atol=2e-5)


@pytest.mark.parametrize(("name", "runtime"), [("antiberty", "onnx"), ("sapiens", "onnx"), ("sapiens", "torch")])
def test_a_vector_depends_on_its_own_sequence_alone(load, name, runtime):
    alone = load(name, runtime=runtime, token_budget=1).embed(VARIED)
    for seed, budget in ((1, 200), (2, 1024), (3, 100_000)):
        order = np.random.default_rng(seed).permutation(len(VARIED))
        together = load(name, runtime=runtime, token_budget=budget).embed([VARIED[i] for i in order])
        np.testing.assert_allclose(together, alone[order], atol=1e-5, rtol=0)


def test_twice_is_the_same_bytes(load):
    assert load("antiberty").embed(VARIED).tobytes() == load("antiberty").embed(VARIED).tobytes()


def test_one_sequence_changed_changes_its_own_row_only(load):
    embedder = load("antiberty")
    before = embedder.embed(VARIED)
    after = embedder.embed([*VARIED[:3], HEAVY[::-1], *VARIED[4:]])
    changed = np.abs(before - after).max(axis=1)
    assert changed[3] > 0.1
    assert np.delete(changed, 3).max() < 1e-5


def test_begin_end_and_padding_are_not_in_the_mean(load):
    """The ancestor left the end token in the mean of all but the longest sequence of a batch."""
    encoder = antiberty.load_antiberty(load.__closure__[0].cell_contents)
    batch = build_batch([HEAVY[:20]], encoder.vocabulary)
    with torch.inference_mode():
        states = encoder.module(
            input_ids=torch.from_numpy(batch.tokens), attention_mask=torch.from_numpy(batch.attention)
        ).last_hidden_state[0]
    assert len(states) == 22
    mean = states[1:-1].mean(dim=0).numpy()
    np.testing.assert_allclose(load("antiberty").embed([HEAVY, HEAVY[:20]])[1], mean, atol=1e-5)


def test_onnx_is_torch_to_five_digits(load):
    difference = load("antiberty").embed(VARIED) - load("antiberty", runtime="torch", token_budget=1).embed(VARIED)
    assert np.abs(difference).max() < 1e-5


def test_bf16_is_near_and_another_revision(load):
    exact, fast = load("antiberty"), load("antiberty", runtime="bf16")
    difference = np.abs(exact.embed(VARIED) - fast.embed(VARIED)).max()
    assert 1e-5 < difference < 0.05
    assert exact.revision != fast.revision


def test_sapiens_knows_the_residue_behind_a_mask(archive, weights):
    """Weights in the wrong place give vectors as well; only the right architecture knows what stood there."""
    archive(sapiens.ARCHIVE)
    head = sapiens.read_tensors(weights, is_heavy=True)
    encoder = sapiens.load_sapiens(weights, is_heavy=True)
    tokens = torch.from_numpy(build_batch([HEAVY], encoder.vocabulary).tokens)
    right = 0
    for place in range(1, len(HEAVY) + 1, 4):
        masked = tokens.clone()
        masked[0, place] = encoder.vocabulary.token_of["X"]
        with torch.inference_mode():
            state = encoder.module(input_ids=masked, attention_mask=torch.ones_like(masked)).last_hidden_state[
                0, place
            ]
        named = {part: head[f"decoder.lm_head.{part}"] for part in ("dense.weight", "dense.bias", "weight", "bias")}
        state = functional.gelu(functional.linear(state, named["dense.weight"], named["dense.bias"]))
        norm = [head[f"decoder.lm_head.layer_norm.{part}"] for part in ("weight", "bias")]
        scores = functional.linear(functional.layer_norm(state, (128,), *norm), named["weight"], named["bias"])
        right += int(scores.argmax()) == int(tokens[0, place])
    assert right > 0.85 * len(HEAVY) / 4


@pytest.mark.parametrize("defect", ["missing", "left-over", "another-shape"])
def test_weights_that_do_not_fit_are_refused(defect):
    encoder = build_random_encoder(0)
    tensors = dict(encoder.module.state_dict())
    name = "encoder.layer.3.output.dense.bias"
    if defect == "missing":
        del tensors[name]
    elif defect == "left-over":
        tensors["encoder.layer.8.output.dense.bias"] = tensors[name]
    else:
        tensors[name] = tensors[name][:-1]
    with pytest.raises(BadWeights, match="not those of its architecture") as caught:
        load_strictly(antiberty.build_bert(), tensors, "a model")
    assert "encoder.layer" in caught.value.detail


def test_random_encoder_is_its_seed_and_leaves_chance_as_it_was(tmp_path):
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    revisions = [build_random_encoder(seed).revision for seed in (1, 1, 2)]
    assert torch.rand(1) == expected
    assert revisions[0] == revisions[1] != revisions[2]


def test_a_graph_is_written_once_and_the_same(tmp_path):
    shape = BertConfig(
        vocab_size=25, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64
    )
    torch.manual_seed(0)
    encoder = antiberty.as_encoder("small", BertModel(shape, add_pooling_layer=False))
    for folder in ("first", "second", "first"):
        build_embedder(encoder, Runtime.ONNX, tmp_path / folder)
    (one,), (other,) = (tmp_path / "first").iterdir(), (tmp_path / "second").iterdir()
    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()


class Meeting(torch.nn.Module):
    """States of zeros and the token itself, once as many copies as there are devices are computing at one time."""

    barrier = threading.Barrier(2)

    def forward(self, input_ids, attention_mask):
        self.barrier.wait(timeout=60)
        return SimpleNamespace(last_hidden_state=torch.stack((input_ids, 0 * input_ids), dim=-1).float())


def test_several_devices_compute_a_batch_each_at_the_same_time():
    plain = build_random_encoder(0)
    encoder = replace(plain, module=Meeting(), dimension=2)
    run = run_on(encoder, (torch.device("cpu"), torch.device("cpu")), torch.float32)
    embedder = EncoderEmbedder(encoder, run, "meeting", token_budget=20, workers=2)
    sequences = ["A" * length for length in range(1, 41)]  # an even number of batches, or the last would wait
    assert embedder.embed(sequences)[:, 0].tolist() == [plain.vocabulary.token_of["A"]] * 40


def test_without_a_gpu_the_processors_are_one_device():
    expected = [torch.device("cuda", n) for n in range(torch.cuda.device_count())] or [torch.device("cpu")]
    assert list(find_devices()) == expected


@pytest.mark.parametrize("runtime", ["onnx", "torch"])
def test_where_memory_really_runs_out_batches_become_smaller(tmp_path, runtime):
    """What ONNX Runtime raises is no RuntimeError, so that its want of memory once passed for a bug of ours."""
    command = [sys.executable, Path(__file__).with_name("short_of_memory.py"), runtime, tmp_path, "500"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    budget, difference = map(float, done.stdout.split())
    assert budget < MORE_THAN_FITS
    assert difference < 1e-5


def test_an_unknown_name_is_told_with_the_known_ones(tmp_path):
    with pytest.raises(UnknownName, match="esm3") as caught:
        load_embedder(EmbedderChoice(name="esm3"), tmp_path, is_heavy=True)
    assert all(name in caught.value.render() for name in EMBEDDERS)
    with pytest.raises(UnknownName, match="int8"):
        load_embedder(EmbedderChoice(name="antiberty", runtime="int8"), tmp_path, is_heavy=True)
