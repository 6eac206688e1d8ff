"""Writes what transformers, TransformerLens and SciPy compute for the analyses of the toolkit.

    python toolkit_fixtures.py         # to toolkit/src/test/resources/analyses.json

The models are those of model-stubs' fixtures, in float64. Direct logit attribution is written out by hand for each
family: weights times activations, with the scale of each normalisation frozen. Scores of heads are TransformerLens's.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy
import scipy.optimize
import torch
import transformers
from transformer_lens import head_detector

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "model-stubs/src/test/resources/fixtures"
TARGET = ROOT / "toolkit/src/test/resources/analyses.json"
MODELS = ["two-heads", "llama/usual", "gpt_neox/parallel", "gemma2/caps"]
PROMPT = [3, 17, 9, 24, 5, 11, 9, 2]
REPEATED = [3, 17, 9, 24, 5, 3, 17, 9, 24, 5]


def rounded(value):
    if isinstance(value, torch.Tensor):
        value = value.detach().double().tolist()
    if isinstance(value, (list, tuple)):
        return [rounded(each) for each in value]
    return float(f"{value:.9g}")


class Parts:
    """The modules of one family."""

    def __init__(self, model):
        self.kind = model.config.model_type
        self.model = model
        if self.kind == "gpt2":
            inner = model.transformer
            self.blocks, self.norm, self.head = inner.h, inner.ln_f, model.lm_head
            self.tokens, self.positions = inner.wte, inner.wpe
        elif self.kind == "gpt_neox":
            inner = model.gpt_neox
            self.blocks, self.norm, self.head = inner.layers, inner.final_layer_norm, model.get_output_embeddings()
            self.tokens, self.positions = inner.embed_in, None
        else:
            inner = model.model
            self.blocks, self.norm, self.head = inner.layers, inner.norm, model.lm_head
            self.tokens, self.positions = inner.embed_tokens, None

    def projection(self, block):
        return {"gpt2": lambda: block.attn.c_proj, "gpt_neox": lambda: block.attention.dense}.get(
            self.kind, lambda: block.self_attn.o_proj
        )()

    def down(self, block):
        return {"gpt2": lambda: block.mlp.c_proj, "gpt_neox": lambda: block.mlp.dense_4h_to_h}.get(
            self.kind, lambda: block.mlp.down_proj
        )()

    def weight(self, linear):
        """[in, out]"""
        return linear.weight if self.kind == "gpt2" else linear.weight.T

    def after(self, block, half):
        if self.kind != "gemma2":
            return None
        return block.post_attention_layernorm if half == "attention" else block.post_feedforward_layernorm


def frozen(norm, stream):
    """The linear map that a normalisation is at one input, and its bias."""
    if isinstance(norm, torch.nn.LayerNorm):
        scale = (stream.var(unbiased=False) + norm.eps).sqrt()
        bias = norm.bias if norm.bias is not None else torch.zeros_like(stream)
        return lambda part: (part - part.mean(-1, keepdim=True)) / scale * norm.weight, bias
    eps = getattr(norm, "variance_epsilon", None) or getattr(norm, "eps", None)
    scale = (stream.pow(2).mean() + eps).sqrt()
    weight = 1 + norm.weight if "Gemma" in type(norm).__name__ else norm.weight
    return lambda part: part / scale * weight, torch.zeros_like(stream)


@torch.no_grad()
def attributions(model, answer: int, against: int, position: int) -> dict:
    parts = Parts(model)
    caught: dict = {}
    hooks = []

    def keep(module, name, read):
        hooks.append(module.register_forward_hook(lambda _, given, out: caught.__setitem__(name, read(given, out)[0])))

    for i, block in enumerate(parts.blocks):
        keep(parts.projection(block), f"z{i}", lambda given, out: given[0])
        keep(parts.projection(block), f"o{i}", lambda given, out: out)
        keep(parts.down(block), f"n{i}", lambda given, out: given[0])
        keep(parts.down(block), f"d{i}", lambda given, out: out)
    keep(parts.blocks[0], "embedded", lambda given, out: given[0])
    keep(parts.norm, "last", lambda given, out: given[0])
    keep(parts.tokens, "tokens", lambda given, out: out)
    model(torch.tensor([PROMPT]), use_cache=False)
    for hook in hooks:
        hook.remove()
    last = caught["last"][position]
    norm, norm_bias = frozen(parts.norm, last)
    read = parts.head.weight[answer] - parts.head.weight[against]
    embedded = caught["embedded"][position]
    tokens = embedded if parts.positions is None else caught["tokens"][position]
    found = {
        "embedding": norm(tokens) @ read,
        "position_embedding": norm(embedded - tokens) @ read,
        "attention": [],
        "mlp": [],
        "heads": [],
        "neurons": [],
        "biases": norm_bias @ read,
    }
    heads = model.config.num_attention_heads
    for i, block in enumerate(parts.blocks):
        for half, inside, out in (("attention", "z", "o"), ("mlp", "n", "d")):
            linear = parts.projection(block) if half == "attention" else parts.down(block)
            whole = caught[f"{out}{i}"][position]
            after = parts.after(block, half)
            if after is None:
                freeze, added = (lambda part: part), whole
            else:
                freeze, _ = frozen(after, whole)
                added = after(whole)
            found[half].append(norm(added) @ read)
            inner = caught[f"{inside}{i}"][position]
            if half == "attention":
                split = inner.view(heads, -1)
                matrix = parts.weight(linear).view(heads, split.shape[-1], -1)
                written = torch.einsum("hd,hdm->hm", split, matrix)
                found["heads"].append(norm(freeze(written)) @ read)
            else:
                written = inner[:, None] * parts.weight(linear)
                found["neurons"].append((norm(freeze(written)) @ read)[:5])
    return {key: rounded(value) for key, value in found.items()}


@torch.no_grad()
def lens(model, target: int) -> dict:
    parts = Parts(model)
    streams: list = []
    hooks = [
        block.register_forward_hook(
            lambda _, given, out: streams.append(out[0] if isinstance(out, tuple) else out)
        )
        for block in parts.blocks
    ]
    logits = model(torch.tensor([PROMPT]), use_cache=False).logits[0]
    for hook in hooks:
        hook.remove()
    cap = getattr(model.config, "final_logit_softcapping", None)
    found: dict = {"top": [], "log_probability": [], "rank": []}
    for stream in streams:
        each = parts.head(parts.norm(stream))[0]
        each = cap * torch.tanh(each / cap) if cap else each
        found["top"].append(each.argmax(-1).tolist())
        found["log_probability"].append(rounded(each.log_softmax(-1)[:, target]))
        found["rank"].append((each > each[:, target : target + 1]).sum(-1).tolist())
    assert torch.allclose(each, logits)
    return found


@torch.no_grad()
def head_scores(model) -> dict:
    tokens = torch.tensor([REPEATED])
    patterns = model(tokens, use_cache=False, output_attentions=True).attentions
    kinds = {
        "previous": head_detector.get_previous_token_head_detection_pattern(tokens),
        "duplicate": head_detector.get_duplicate_token_head_detection_pattern(tokens),
        "induction": head_detector.get_induction_head_detection_pattern(tokens),
    }
    found = {}
    for name, wanted in kinds.items():
        found[name] = [
            [
                rounded(
                    head_detector.compute_head_attention_similarity_score(
                        head.float(), wanted, exclude_bos=False, exclude_current_token=False, error_measure="mul"
                    )
                )
                for head in layer[0]
            ]
            for layer in patterns
        ]
    return found


def logistic() -> dict:
    """L2-regularised logistic regression as scikit-learn defines it (C = 2), minimised by SciPy to 1e-12."""
    draw = numpy.random.default_rng(5)
    rows = draw.normal(size=(24, 3))
    labels = (rows @ [1.5, -1.0, 0.3] + draw.normal(size=24) > 0.2).astype(float)
    sign = 2 * labels - 1
    strength = 2.0

    def loss(parameters):
        margin = sign * (rows @ parameters[:3] + parameters[3])
        return 0.5 * parameters[:3] @ parameters[:3] + strength * numpy.logaddexp(0, -margin).sum()

    best = scipy.optimize.minimize(loss, numpy.zeros(4), method="BFGS", options={"gtol": 1e-10}).x
    scores = rows @ best[:3] + best[3]
    pairs = [(s > t) + 0.5 * (s == t) for s in scores[labels == 1] for t in scores[labels == 0]]
    return {
        "rows": rounded(rows.tolist()),
        "labels": labels.astype(int).tolist(),
        "c": strength,
        "weights": rounded(best.tolist()),
        "auroc": rounded(float(numpy.mean(pairs))),
    }


def principal() -> dict:
    """repeng's method: the first principal component of differences, centred at each pair's middle."""
    draw = numpy.random.default_rng(6)
    positive = draw.normal(size=(6, 4)) + [2.0, 0.5, 0.0, 0.0]
    negative = draw.normal(size=(6, 4))
    middle = (positive + negative) / 2
    both = numpy.stack([positive - middle, negative - middle], axis=1).reshape(-1, 4)
    centred = both - both.mean(0)
    first = numpy.linalg.svd(centred)[2][0]
    if numpy.sum(positive @ first > negative @ first) < 3:
        first = -first
    return {"positive": rounded(positive.tolist()), "negative": rounded(negative.tolist()), "first": rounded(first.tolist())}


def main() -> None:
    found: dict = {"transformers": transformers.__version__, "prompt": PROMPT, "repeated": REPEATED, "models": {}}
    for name in MODELS:
        model = transformers.AutoModelForCausalLM.from_pretrained(
            FIXTURES / name, attn_implementation="eager", dtype=torch.float64
        ).eval()
        found["models"][name] = {
            "lens": lens(model, 4),
            "attribution": attributions(model, 4, 7, 5),
            "heads": head_scores(model),
        }
    found["logistic"] = logistic()
    found["principal"] = principal()
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(found, separators=(",", ":")).replace('"models"', '\n"models"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
