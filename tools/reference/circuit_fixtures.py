"""Writes what torch computes for circuits: edges, faithfulness, paths, AtP*, weights, function vectors.

    python circuit_fixtures.py         # to toolkit/src/test/resources/circuits.json

The models are those of model-stubs' fixtures, in float64. Each is computed once more from its weights with one copy
of the residual stream for each reader, so that edges can be differentiated, replaced and frozen one by one; the sum of
all is compared with transformers' logits first.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
import transformers
from transformer_lens import FactoredMatrix
from transformer_lens.utilities.matrix import composition_scores
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "model-stubs/src/test/resources/fixtures"
TARGET = ROOT / "toolkit/src/test/resources/circuits.json"
MODELS = ["two-heads", "llama/llama3", "gemma2/caps"]
CLEAN = [3, 17, 9, 24, 5]
CORRUPTED = [3, 11, 9, 24, 2]
SHARES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0]
STEPS = 3


def rounded(value):
    if isinstance(value, torch.Tensor):
        value = value.detach().double().tolist()
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(each) for each in value]
    return value if isinstance(value, (int, str, bool)) else float(f"{value:.7g}")


class Rewired:
    """A decoder whose readers each read what they are given."""

    def __init__(self, name: str):
        self.model = transformers.AutoModelForCausalLM.from_pretrained(
            FIXTURES / name, attn_implementation="eager", dtype=torch.float64
        ).eval()
        self.model.requires_grad_(False)
        config = self.model.config
        self.gpt2 = config.model_type == "gpt2"
        inner = self.model.transformer if self.gpt2 else self.model.model
        self.blocks = inner.h if self.gpt2 else inner.layers
        self.inner = inner
        self.layers, self.heads = len(self.blocks), config.num_attention_heads
        self.kv = self.heads if self.gpt2 else config.num_key_value_heads
        self.width = config.hidden_size // self.heads if self.gpt2 else self.blocks[0].self_attn.head_dim

    def embed(self, ids):
        tokens = torch.tensor(ids)
        if self.gpt2:
            return self.inner.wte(tokens) + self.inner.wpe(torch.arange(len(ids)))
        found = self.inner.embed_tokens(tokens)
        return found

    def norm1(self, layer):
        return self.blocks[layer].ln_1 if self.gpt2 else self.blocks[layer].input_layernorm

    def project_in(self, layer, kind, head, x):
        block = self.blocks[layer]
        x = self.norm1(layer)(x)
        part = slice(head * self.width, (head + 1) * self.width)
        if self.gpt2:
            size = x.shape[-1]
            offset = {"q": 0, "k": size, "v": 2 * size}[kind]
            columns = slice(offset + part.start, offset + part.stop)
            return x @ block.attn.c_attn.weight[:, columns] + block.attn.c_attn.bias[columns]
        linear = getattr(block.self_attn, f"{kind}_proj")
        bias = 0 if linear.bias is None else linear.bias[part]
        return x @ linear.weight[part].T + bias

    def scores(self, layer, q, k):
        """[head, query, key] of q [head, position, width] and k [kv, position, width]"""
        length = q.shape[1]
        scale = self.width**-0.5
        cap = None
        if not self.gpt2:
            cos, sin = self.inner.rotary_emb(q, torch.arange(length)[None])
            q, k = apply_rotary_pos_emb(q[None], k[None], cos, sin)
            q, k = q[0], k[0]
            scale = self.blocks[layer].self_attn.scaling
            cap = getattr(self.blocks[layer].self_attn, "attn_logit_softcapping", None)
        k = k.repeat_interleave(self.heads // self.kv, 0)
        scores = scale * q @ k.transpose(1, 2)
        if cap:
            scores = cap * torch.tanh(scores / cap)
        window = getattr(self.blocks[layer].self_attn, "sliding_window", None) if not self.gpt2 else None
        seen = torch.ones(length, length).tril().bool()
        if window:
            seen &= ~torch.ones(length, length).tril(-window).bool()
        return scores.masked_fill(~seen, -torch.inf)

    def mix(self, pattern, v):
        return pattern @ v.repeat_interleave(self.heads // self.kv, 0)

    def project_out(self, layer, z):
        """What each head writes, [head, position, hidden]; a bias is shared evenly."""
        block = self.blocks[layer]
        linear = block.attn.c_proj if self.gpt2 else block.self_attn.o_proj
        weight = linear.weight if self.gpt2 else linear.weight.T
        bias = 0 if linear.bias is None else linear.bias / self.heads
        written = torch.einsum("hpd,hdm->hpm", z, weight.view(self.heads, self.width, -1)) + bias
        if self.model.config.model_type == "gemma2":
            norm = block.post_attention_layernorm
            whole = written.sum(0)
            scale = (whole.pow(2).mean(-1, keepdim=True) + norm.eps).rsqrt()
            written = written * scale * (1 + norm.weight)
        return written

    def mlp(self, layer, x):
        block = self.blocks[layer]
        if self.gpt2:
            return block.mlp(block.ln_2(x))
        if self.model.config.model_type == "gemma2":
            return block.post_feedforward_layernorm(block.mlp(block.pre_feedforward_layernorm(x)))
        return block.mlp(block.post_attention_layernorm(x))

    def unembed(self, x):
        logits = self.model.lm_head((self.inner.ln_f if self.gpt2 else self.inner.norm)(x))
        cap = getattr(self.model.config, "final_logit_softcapping", None)
        return cap * torch.tanh(logits / cap) if cap else logits

    def reader(self, layer, kind, head):
        shared = kind != "q" and self.kv < self.heads
        return f"a{layer}.{'kv' if shared else 'h'}{head}<{kind}>"

    def run(self, embedding, read=None, z_hook=None, part_hook=None, pattern_hook=None, mlp_hook=None):
        """Writes by name and logits; read(reader, writes) is what a reader reads."""
        read = read or (lambda name, writes: sum(writes.values()))
        writes = {"input": embedding}
        self.parts, self.patterns, self.all_scores = {}, {}, {}
        for layer in range(self.layers):
            parts = {}
            for kind in "qkv":
                count = self.heads if kind == "q" else self.kv
                parts[kind] = torch.stack(
                    [
                        self.project_in(layer, kind, head, read(self.reader(layer, kind, head), writes))
                        for head in range(count)
                    ]
                )
                if part_hook:
                    parts[kind] = part_hook(layer, kind, parts[kind])
                self.parts[layer, kind] = parts[kind]
            scores = self.scores(layer, parts["q"], parts["k"])
            self.all_scores[layer] = scores
            pattern = scores.softmax(-1)
            if pattern_hook:
                pattern = pattern_hook(layer, pattern)
            self.patterns[layer] = pattern
            z = self.mix(pattern, parts["v"])
            if z_hook:
                z = z_hook(layer, z)
            self.parts[layer, "z"] = z
            written = self.project_out(layer, z)
            before = dict(writes)
            for head in range(self.heads):
                writes[f"a{layer}.h{head}"] = written[head]
            added = self.mlp(layer, read(f"m{layer}", writes))
            if mlp_hook:
                added = mlp_hook(layer, added)
            writes[f"m{layer}"] = added
            del before
        return writes, self.unembed(read("logits", writes))

    def readers(self):
        names = []
        for layer in range(self.layers):
            for kind in "qkv":
                for head in range(self.heads if kind == "q" else self.kv):
                    names.append(self.reader(layer, kind, head))
            names.append(f"m{layer}")
        return names + ["logits"]


# What is measured: the two tokens whose difference of logits differs most between the two prompts, for each model.
TOKENS = [0, 0]


def measure(logits):
    return logits[-1, TOKENS[0]] - logits[-1, TOKENS[1]]


def edge_scores(model, clean, corrupted, embeddings):
    """The mean over embeddings of (clean - corrupted) . gradient, for all edges."""
    found: dict = {}
    for embedding in embeddings:
        probes, seen = {}, {}

        def read(name, writes):
            probes[name] = torch.zeros_like(clean["input"]).requires_grad_()
            seen[name] = list(writes)
            return sum(writes.values()) + probes[name]

        _, logits = model.run(embedding, read)
        names = list(probes)
        gradients = torch.autograd.grad(measure(logits), [probes[name] for name in names])
        for name, gradient in zip(names, gradients):
            for source in seen[name]:
                score = ((clean[source] - corrupted[source]) * gradient).sum() / len(embeddings)
                found[f"{source}->{name}"] = found.get(f"{source}->{name}", 0) + score
    return found


def connected(model, edges):
    """The edges on a way from the input to the logits."""

    def ends(edge):
        source, target = edge.split("->")
        node = target.split("<")[0]
        if ".kv" in node:
            layer, group = node.split(".kv")
            each = model.heads // model.kv
            return source, [f"{layer}.h{int(group) * each + i}" for i in range(each)]
        return source, [node]

    def closure(start, steps):
        found, work = {start}, [start]
        while work:
            for other in steps.get(work.pop(), []):
                if other not in found:
                    found.add(other)
                    work.append(other)
        return found

    forward: dict = {}
    back: dict = {}
    for edge in edges:
        source, targets = ends(edge)
        for target in targets:
            forward.setdefault(source, []).append(target)
            back.setdefault(target, []).append(source)
    useful = closure("input", forward) & closure("logits", back)
    return {edge for edge in edges if ends(edge)[0] in useful and any(each in useful for each in ends(edge)[1])}


def of_circuit(model, edges, clean, corrupted):
    def read(name, writes):
        return sum(value if f"{source}->{name}" in edges else corrupted[source] for source, value in writes.items())

    return measure(model.run(clean["input"], read)[1])


def circuits(model) -> dict:
    clean, clean_logits = model.run(model.embed(CLEAN))
    corrupted, corrupted_logits = model.run(model.embed(CORRUPTED))
    for ids, logits in ((CLEAN, clean_logits), (CORRUPTED, corrupted_logits)):
        assert torch.allclose(logits, model.model(torch.tensor([ids]), use_cache=False).logits[0], atol=1e-5), "not the model"
    TOKENS[:] = [(clean_logits - corrupted_logits)[-1].argmax().item(), (clean_logits - corrupted_logits)[-1].argmin().item()]
    low, high = measure(corrupted_logits), measure(clean_logits)
    start, end = model.embed(CORRUPTED), model.embed(CLEAN)
    plain = edge_scores(model, clean, corrupted, [end])
    integrated = edge_scores(model, clean, corrupted, [start + k / STEPS * (end - start) for k in range(STEPS)])
    ranked = sorted(integrated, key=lambda edge: -abs(integrated[edge]))
    faithfulness = []
    for share in SHARES:
        edges = connected(model, set(ranked[: int(share * len(ranked))]))
        faithfulness.append((of_circuit(model, edges, clean, corrupted) - low) / (high - low))
    area = lambda values: sum(
        (SHARES[i + 1] - SHARES[i]) * (values[i] + values[i + 1]) / 2 for i in range(len(SHARES) - 1)
    )
    without = {
        edge: high - of_circuit(model, set(ranked) - {edge}, clean, corrupted) for edge in ranked[:: len(ranked) // 12]
    }
    return {
        "answer": TOKENS[0],
        "against": TOKENS[1],
        "clean": high,
        "corrupted": low,
        "eap": plain,
        "eap_ig": integrated,
        "faithfulness": faithfulness,
        "cpr": area(faithfulness),
        "cmd": area([abs(1 - each) for each in faithfulness]),
        "without": without,
        "half": of_circuit(model, connected(model, set(ranked[: len(ranked) // 2])), clean, corrupted),
    }


PATHS = {
    "logits": ["logits"],
    "mlp": ["m1"],
    "queries and values": ["a1.h0<q>", "a1.h1<q>", "v"],
    "keys": ["k"],
}


def paths(model) -> dict:
    """The measure with each sender's paths from the clean run to some receivers of the corrupted run."""
    clean, _ = model.run(model.embed(CLEAN))
    clean_z = {layer: model.parts[layer, "z"] for layer in range(model.layers)}
    corrupted, _ = model.run(model.embed(CORRUPTED))
    corrupted_z = {layer: model.parts[layer, "z"] for layer in range(model.layers)}
    found: dict = {}
    for title, names in PATHS.items():
        receivers = [model.reader(1, name, 0) if name in "kv" else name for name in names]
        for frozen in ("heads", "all"):
            for sender in list(clean)[: 1 + 2 * (model.heads + 1)]:
                if title != "logits" and sender.startswith(("a1", "m1")) and not (title == "mlp" and sender.startswith("a1")):
                    continue

                def z_hook(layer, z):
                    own = z.clone()
                    for head in range(model.heads):
                        name = f"a{layer}.h{head}"
                        own[head] = clean_z[layer][head] if name == sender else corrupted_z[layer][head]
                    return own

                def mlp_hook(layer, added):
                    if sender == f"m{layer}":
                        return clean[sender]
                    return corrupted[f"m{layer}"] if frozen == "all" else added

                start = model.embed(CLEAN if sender == "input" else CORRUPTED)
                sent, _ = model.run(start, None, z_hook, mlp_hook=mlp_hook)
                # A sender's own write is what it was; frozen MLPs before it are as they were anyway.

                def read(name, writes):
                    if name in receivers:
                        return sum(sent[source] for source in writes)
                    return sum(writes.values())

                changed = measure(model.run(model.embed(CORRUPTED), read)[1])
                if frozen == "all" and model.model.config.model_type != "gemma2":
                    def direct(name, writes):
                        extra = clean[sender] - corrupted[sender] if name in receivers else 0
                        return sum(writes.values()) + extra

                    assert torch.allclose(changed, measure(model.run(model.embed(CORRUPTED), direct)[1]))
                found[f"{title}, {frozen} frozen: {sender}"] = changed
    return found


def stars(model) -> dict:
    """AtP* in the corrupted run: one gradient for each dropped layer, softmax with each query and key by itself."""
    model.run(model.embed(CLEAN))
    clean_parts = dict(model.parts)
    model.run(model.embed(CORRUPTED))
    parts, patterns = dict(model.parts), dict(model.patterns)
    length = len(CLEAN)
    found: dict = {}
    gradients = []
    for dropped in [None, *range(model.layers)]:
        probes: dict = {}

        def probe(key, value):
            probes[key] = torch.zeros_like(value).requires_grad_()
            return value + probes[key]

        def read(name, writes):
            return sum(
                value.detach() if dropped is not None and (source == f"m{dropped}" or source.startswith(f"a{dropped}.")) else value
                for source, value in writes.items()
            )

        def run():
            return model.run(
                probe("input", model.embed(CORRUPTED)),
                read,
                z_hook=lambda layer, z: probe((layer, "z"), z),
                part_hook=lambda layer, kind, part: probe((layer, kind), part),
                pattern_hook=lambda layer, pattern: probe((layer, "pattern"), pattern),
                mlp_hook=lambda layer, added: probe((layer, "mlp"), added),
            )

        keys = lambda: list(probes)
        value = measure(run()[1])
        names = keys()
        each = torch.autograd.grad(value, [probes[name] for name in names], allow_unused=True)
        gradients.append(
            {name: torch.zeros_like(probes[name]) if one is None else one for name, one in zip(names, each)}
        )
    effects: dict = {}
    for layer in range(model.layers):
        base = patterns[layer]
        for which, gradient in enumerate(gradients):
            along = gradient[layer, "pattern"]
            for kind in ("q", "k"):
                count = model.heads if kind == "q" else model.kv
                values = torch.zeros(count, length, dtype=torch.float64)
                for head in range(count):
                    for p in range(length):
                        own = {"q": parts[layer, "q"].clone(), "k": parts[layer, "k"].clone()}
                        own[kind][head, p] = clean_parts[layer, kind][head, p]
                        pattern = model.scores(layer, own["q"], own["k"]).softmax(-1)
                        values[head, p] = ((pattern - base) * along).sum()
                effects.setdefault((layer, kind), []).append(values)
            for kind in ("v", "z"):
                change = (clean_parts[layer, kind] - parts[layer, kind]) * gradient[layer, kind]
                effects.setdefault((layer, kind), []).append(change.sum(-1))
    for (layer, kind), values in effects.items():
        found.setdefault(kind, []).append(sum(each.abs() for each in values[1:]) / (model.layers - 1))
        found.setdefault(f"{kind} without", []).append(values[0])
    return found


def weights(model) -> dict:
    """TransformerLens' factored matrices and composition scores, of weights as they are and folded."""
    found: dict = {}
    for title in ("raw", "folded"):
        q, k, v, o = [], [], [], []
        for layer in range(model.layers):
            block = model.blocks[layer]
            size = model.model.config.hidden_size
            if model.gpt2:
                each = block.attn.c_attn.weight.split(size, 1)
                out = block.attn.c_proj.weight
                gain = block.ln_1.weight
            else:
                each = [getattr(block.self_attn, f"{kind}_proj").weight.T for kind in "qkv"]
                out = block.self_attn.o_proj.weight.T
                gain = block.input_layernorm.weight
                gain = 1 + gain if model.model.config.model_type == "gemma2" else gain
            split = [part.reshape(size, -1, model.width).permute(1, 0, 2) for part in each]
            split = [part.repeat_interleave(model.heads // part.shape[0], 0) for part in split]
            out = out.reshape(model.heads, model.width, size)
            if title == "folded":
                split = [part * gain[:, None] for part in split]
                if model.gpt2:
                    split = [part - part.mean(1, keepdim=True) for part in split]
                    out = out - out.mean(-1, keepdim=True)
            for kept, part in zip((q, k, v, o), (*split, out)):
                kept.append(part)
        q, k, v, o = (torch.stack(part).detach() for part in (q, k, v, o))
        ov, qk = FactoredMatrix(v, o), FactoredMatrix(q, k.transpose(-1, -2))
        scores = {
            mode: composition_scores(ov, right, broadcast_dims=True)
            for mode, right in (("Q", qk), ("K", qk.T), ("V", ov))
        }
        inner = model.inner
        embedding = (inner.wte if model.gpt2 else inner.embed_tokens).weight
        whole = embedding @ ov.AB @ model.model.lm_head.weight.T
        values = torch.linalg.eigvals(whole)
        found[title] = {
            "composition": {mode: each[0, :, 1] for mode, each in scores.items()},
            "copying": values.real.sum(-1) / values.abs().sum(-1),
            "ov singular": ov.svd()[1][1],
            "qk norm": qk.norm(),
            "ov eigenvalues": ov.eigenvalues.abs().sort(-1, descending=True).values[0],
        }
    return found


SHOWN = [[3, 17, 9, 24, 5], [8, 2, 11, 9], [1, 1, 20, 6, 14, 3]]
SHUFFLED = [[3, 17, 9, 24, 7], [8, 2, 10, 9]]
ZERO = [[12, 9], [4, 25, 19]]
SAID = [6, 15]
SUMMED = 3


def function_vectors(model) -> dict:
    """Todd et al.: mean outputs of heads at the last token, their effects, and the sum of the largest."""

    def run(ids, z_hook=None, stream=None):
        def read(name, writes):
            total = sum(writes.values())
            if stream is None:
                return total
            # After this layer: all readers of later layers, and the logits.
            later = name == "logits" or int(name[1 : name.index(".") if "." in name else None]) > stream[0]
            added = torch.zeros_like(total)
            added[-1] = stream[1]
            return total + added if later else total

        return model.run(model.embed(ids), read, z_hook)[1][-1].softmax(-1)

    means, outputs = {}, {}
    for ids in SHOWN:
        run(ids)
        for layer in range(model.layers):
            z = model.parts[layer, "z"]
            block = model.blocks[layer]
            linear = block.attn.c_proj if model.gpt2 else block.self_attn.o_proj
            weight = linear.weight if model.gpt2 else linear.weight.T
            written = torch.einsum("hd,hdm->hm", z[:, -1], weight.view(model.heads, model.width, -1))
            if model.model.config.model_type == "gemma2":
                norm = block.post_attention_layernorm
                whole = written.sum(0) + (0 if linear.bias is None else linear.bias)
                written = written * (whole.pow(2).mean() + norm.eps).rsqrt() * (1 + norm.weight)
            means[layer] = means.get(layer, 0) + z[:, -1] / len(SHOWN)
            outputs[layer] = outputs.get(layer, 0) + written / len(SHOWN)
    effects = torch.zeros(model.layers, model.heads, dtype=torch.float64)
    for ids, answer in zip(SHUFFLED, SAID):
        plain = run(ids)[answer]
        for layer in range(model.layers):
            for head in range(model.heads):

                def z_hook(at, z):
                    own = z.clone()
                    if at == layer:
                        own[head, -1] = means[layer][head]
                    return own

                effects[layer, head] += (run(ids, z_hook)[answer] - plain) / len(SHUFFLED)
    order = effects.flatten().argsort(descending=True)[:SUMMED].tolist()
    vector = sum(outputs[at // model.heads][at % model.heads] for at in order)
    added = [
        sum(run(ids, None, (layer, vector))[answer] for ids, answer in zip(ZERO, SAID)) / len(ZERO)
        for layer in range(model.layers)
    ]
    plain = sum(run(ids)[answer] for ids, answer in zip(ZERO, SAID)) / len(ZERO)
    return {"effects": effects, "vector": vector, "added": added, "plain": plain}


def eigenvalues() -> list:
    """Matrices that are not symmetric: random, rotations, a Jordan block, a companion matrix, zeros."""
    torch.manual_seed(3)
    turn = torch.tensor([[0.0, -2.0], [2.0, 0.0]], dtype=torch.float64)
    matrices = [
        torch.randn(7, 7, dtype=torch.float64),
        torch.randn(12, 12, dtype=torch.float64),
        torch.block_diag(turn, turn * 3, torch.eye(2, dtype=torch.float64)),
        torch.tensor([[2.0, 1, 0], [0, 2, 1], [0, 0, 2]], dtype=torch.float64),
        torch.tensor([[0.0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], dtype=torch.float64),
        torch.zeros(3, 3, dtype=torch.float64),
        torch.tensor([[-4.0]], dtype=torch.float64),
    ]
    found = []
    for matrix in matrices:
        values = torch.linalg.eigvals(matrix)
        found.append({"matrix": matrix.tolist(), "real": rounded(values.real), "imaginary": rounded(values.imag)})
    return found


def main() -> None:
    found: dict = {
        "clean": CLEAN,
        "corrupted": CORRUPTED,
        "steps": STEPS,
        "shown": SHOWN,
        "shuffled": SHUFFLED,
        "zero": ZERO,
        "said": SAID,
        "summed": SUMMED,
        "models": {},
    }
    for name in MODELS:
        model = Rewired(name)
        found["models"][name] = {
            "circuits": rounded(circuits(model)),
            "paths": rounded(paths(model)),
            "stars": rounded(stars(model)),
            "weights": rounded(weights(model)),
            "function_vectors": rounded(function_vectors(model)),
        }
    found["eigenvalues"] = eigenvalues()
    TARGET.write_text(json.dumps(found, separators=(",", ":")).replace('"models"', '\n"models"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
