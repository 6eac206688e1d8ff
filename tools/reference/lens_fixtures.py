"""Writes what torch computes for the lenses, for distributed alignment search and for attribution to inputs.

    python lens_fixtures.py         # to toolkit/src/test/resources/lenses.json, and files of lenses beside it
    python lens_fixtures.py check   # that torch reads what Java wrote (toolkit/src/test/resources/lens-of-java)

The formulas are written out by hand: the tuned lens is that of Belrose et al. 2023 (and of the package tuned-lens 0.2,
whose file layout params.pt has), the Jacobian lens that of Gurnee et al. 2026, with whole Jacobians of
torch.autograd.functional, masked afterwards; the rotation of Geiger et al. 2023 is torch.linalg.qr of a free matrix.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
import transformers

from toolkit_fixtures import FIXTURES, PROMPT, Parts, rounded

RESOURCES = Path(__file__).resolve().parents[2] / "toolkit/src/test/resources"
TEXTS = [[3, 17, 9, 24, 5, 11], [4, 8, 15, 16, 23, 1], [7, 7, 2, 29, 10, 30]]
SKIP = 1
START = [3, 17, 9, 24, 5]


def load(name: str, dtype=torch.float64):
    model = transformers.AutoModelForCausalLM.from_pretrained(FIXTURES / name, attn_implementation="eager", dtype=dtype)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    return model.eval()


def first(out):
    return out[0] if isinstance(out, tuple) else out


def streams(model, ids) -> tuple[list, torch.Tensor]:
    """The input of block 0, the outputs of all blocks, and the logits of one text."""
    parts, found, hooks = Parts(model), [], []
    hooks.append(parts.blocks[0].register_forward_pre_hook(lambda _, given: found.append(given[0])))
    for block in parts.blocks:
        hooks.append(block.register_forward_hook(lambda _, given, out: found.append(first(out))))
    logits = model(torch.tensor([ids]), use_cache=False).logits
    for hook in hooks:
        hook.remove()
    return found, logits


def read_off(model, stream):
    parts = Parts(model)
    logits = parts.head(parts.norm(stream))
    cap = getattr(model.config, "final_logit_softcapping", None)
    return cap * torch.tanh(logits / cap) if cap else logits


def numbers(seed: int, *shape) -> torch.Tensor:
    count = torch.Size(shape).numel()
    return (torch.arange(count, dtype=torch.float64) * 0.7 + seed).sin().reshape(shape)


def seen(logits, target: int) -> dict:
    return {
        "top": logits.argmax(-1).tolist(),
        "log_probability": rounded(logits.log_softmax(-1)[:, target]),
        "rank": (logits > logits[:, target : target + 1]).sum(-1).tolist(),
    }


@torch.no_grad()
def tuned(name: str) -> dict:
    """A lens with given translators, and its file as the package saves it."""
    model = load(name)
    width, layers = model.config.hidden_size, model.config.num_hidden_layers
    translators = torch.nn.ModuleList([torch.nn.Linear(width, width) for _ in range(layers)])
    for i, each in enumerate(translators):
        each.weight.data = (numbers(i, width, width) * 0.1).float()
        each.bias.data = (numbers(i + 50, width) * 0.1).float()
    folder = RESOURCES / "tuned-lens" / name.replace("/", "-")
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(translators.state_dict(), folder / "params.pt")
    (folder / "config.json").write_text(json.dumps({
        "base_model_name_or_path": name, "d_model": width, "num_hidden_layers": layers, "bias": True,
        "base_model_revision": None, "unembed_hash": "0" * 64, "lens_type": "linear_tuned_lens"}) + "\n")
    translators = translators.double()
    found, logits = streams(model, PROMPT)
    rows = [read_off(model, h + each(h))[0] for h, each in zip(found[:-1], translators)] + [logits[0]]
    return {"rows": [seen(row, 4) for row in rows]}


def divergence(model, stream, logits):
    last = logits.log_softmax(-1)
    return (last.exp() * (last - read_off(model, stream).log_softmax(-1))).sum(-1)


def tuned_training(name: str) -> dict:
    model = load(name, torch.float32)
    width, layers = model.config.hidden_size, model.config.num_hidden_layers
    matrices = [torch.zeros(width, width, requires_grad=True) for _ in range(layers)]
    biases = [torch.zeros(width, requires_grad=True) for _ in range(layers)]
    optimizer = torch.optim.Adam(matrices + biases, lr=1e-2)
    losses, first_layer = [], []
    for _ in range(5):
        optimizer.zero_grad()
        loss = 0
        for text in TEXTS:
            found, logits = streams(model, text)
            for h, matrix, bias in zip(found[:-1], matrices, biases):
                loss = loss + divergence(model, h + h @ matrix.T + bias, logits).mean() / len(TEXTS)
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        lens, plain, tokens = [0.0] * (layers + 1), [0.0] * (layers + 1), 0
        for text in TEXTS:
            found, logits = streams(model, text)
            tokens += len(text)
            for i, h in enumerate(found):
                moved = h if i == layers else h + h @ matrices[i].T + biases[i]
                lens[i] += divergence(model, moved, logits).sum().item()
                plain[i] += divergence(model, h, logits).sum().item()
    return {
        "losses": rounded(losses),
        "matrix": rounded(matrices[-1][0]),
        "bias": rounded(biases[0]),
        "lens": rounded([each / tokens for each in lens]),
        "plain": rounded([each / tokens for each in plain]),
    }


def jacobian(model, ids, layer: int) -> torch.Tensor:
    """(1/|V|) sum over t, t' in V, t' >= t, of d h_last[t'] / d h_layer[t], from the whole Jacobian."""
    parts = Parts(model)
    found, _ = streams(model, ids)
    kept = {}

    def last(stream):
        def put(_, given, out):
            return (stream,) + tuple(out[1:]) if isinstance(out, tuple) else stream

        hooks = [parts.blocks[layer].register_forward_hook(put)]
        hooks.append(parts.blocks[-1].register_forward_hook(lambda _, given, out: kept.__setitem__("last", first(out))))
        model(torch.tensor([ids]), use_cache=False)
        for hook in hooks:
            hook.remove()
        return kept["last"]

    whole = torch.autograd.functional.jacobian(last, found[layer + 1].detach())[0, :, :, 0]  # [t', out, t, in]
    valid = range(SKIP, len(ids) - 1)
    total = sum(whole[later, :, t, :] for t in valid for later in valid if later >= t)
    return total / len(valid)


def jacobian_lens(name: str) -> dict:
    model = load(name)
    layers = model.config.num_hidden_layers
    each = [[jacobian(model, ids, layer) for layer in range(layers - 1)] for ids in TEXTS]
    mean = [torch.stack([prompt[layer] for prompt in each]).mean(0) for layer in range(layers - 1)]
    stored = {layer: matrix.to(torch.float16) for layer, matrix in enumerate(mean)}
    torch.save(
        {"J": stored, "n_prompts": len(TEXTS), "source_layers": list(stored), "d_model": model.config.hidden_size,
         "metadata": {"model_name": name, "estimator": "jacobian_lens", "skip_first_positions": SKIP}},
        RESOURCES / f"jacobian-{name.replace('/', '-')}.pt",
    )
    found, logits = streams(model, PROMPT)
    rows = [read_off(model, h @ stored[i].double().T)[0] for i, h in enumerate(found[1:-1])] + [logits[0]]
    return {
        "fitted": [rounded(matrix.flatten()) for matrix in mean],
        "one": rounded(each[0][0].flatten()),
        "rows": [seen(row, 4) for row in rows],
        "vector": rounded(stored[0].double().T @ Parts(model).head.weight[4]),
    }


def interchange(name: str, layer: int, size: int) -> dict:
    """A rotation that is trained so that the answer is the source's."""
    model = load(name, torch.float32)
    parts = Parts(model)
    width = model.config.hidden_size
    bases = [[3, 17, 9, 24], [4, 8, 15, 16], [7, 7, 2, 29], [1, 2, 3, 4]]
    sources = [[5, 11, 6, 20], [23, 1, 9, 30], [10, 30, 12, 8], [9, 9, 1, 2]]
    with torch.no_grad():
        given = [streams(model, ids) for ids in sources]
        vectors = [found[layer + 1][0, -1] for found, _ in given]
        answers = [logits[0, -1].argmax().item() for _, logits in given]
    free = numbers(3, width, size).float().requires_grad_(True)
    optimizer = torch.optim.Adam([free], lr=0.05)

    def intervened(ids, vector):
        rotation = torch.linalg.qr(free)[0]

        def put(_, inputs, out):
            stream = first(out)
            moved = stream[0, -1] + (vector - stream[0, -1]) @ rotation @ rotation.T
            new = torch.cat([stream[:, :-1], moved[None, None]], 1)
            return (new,) + tuple(out[1:]) if isinstance(out, tuple) else new

        hook = parts.blocks[layer].register_forward_hook(put)
        logits = model(torch.tensor([ids]), use_cache=False).logits[0, -1]
        hook.remove()
        return logits

    losses = []
    for _ in range(8):
        optimizer.zero_grad()
        rows = [-intervened(b, v).log_softmax(-1)[a] for b, v, a in zip(bases, vectors, answers)]
        loss = torch.stack(rows).mean()
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        rotation = torch.linalg.qr(free)[0]
        right = [intervened(b, v).argmax().item() == a for b, v, a in zip(bases, vectors, answers)]
    return {
        "bases": bases,
        "sources": sources,
        "answers": answers,
        "losses": rounded(losses),
        "projector": rounded((rotation @ rotation.T)[:4].flatten()),
        "accuracy": sum(right) / len(right),
    }


def generated(name: str) -> dict:
    """Shares of the tokens before each generated one."""
    model = load(name)
    embed = Parts(model).tokens
    steps, ids, found = 8, list(START), []
    for _ in range(3):
        own = embed(torch.tensor([ids])).detach()
        mean = own.mean(1, keepdim=True)
        chosen = model(torch.tensor([ids]), use_cache=False).logits[0, -1].argmax().item()

        def logit(given):
            return model(inputs_embeds=given, use_cache=False).logits[0, -1, chosen]

        def gradient(given):
            given = given.detach().requires_grad_(True)
            return torch.autograd.grad(logit(given), given)[0]

        path = [gradient(mean + (k + 0.5) / steps * (own - mean)) for k in range(steps)]
        shares = ((own - mean) * torch.stack(path).mean(0)).sum(-1)[0]
        without = []
        for position in range(len(ids)):
            changed = own.clone()
            changed[0, position] = mean[0, 0]
            without.append(logit(own) - logit(changed))
        found.append({
            "token": chosen,
            "saliency": rounded(gradient(own).norm(dim=-1)[0]),
            "integrated": rounded(shares),
            "error": rounded(shares.sum() - (logit(own) - logit(mean.expand_as(own)))),
            "occlusion": rounded(without),
        })
        ids.append(chosen)
    return {"steps": found}


def check() -> None:
    lens = torch.load(RESOURCES / "lens-of-java/params.pt", weights_only=True)
    linear = torch.nn.ModuleList([torch.nn.Linear(16, 16) for _ in range(2)])
    linear.load_state_dict(lens)
    for i in range(2):
        assert torch.equal(linear[i].weight, (numbers(i, 16, 16) * 0.1).float()), i
        assert torch.equal(linear[i].bias, (numbers(i + 50, 16) * 0.1).float()), i
    jacobian = torch.load(RESOURCES / "lens-of-java/jacobian.pt", weights_only=True)
    wanted = torch.load(RESOURCES / "jacobian-llama-usual.pt", weights_only=True)
    assert {key: jacobian[key] for key in ("n_prompts", "source_layers", "d_model")} == {
        key: wanted[key] for key in ("n_prompts", "source_layers", "d_model")}
    assert all(torch.equal(jacobian["J"][layer], wanted["J"][layer].float()) for layer in wanted["J"])
    print("torch reads both")


def main() -> None:
    RESOURCES.mkdir(parents=True, exist_ok=True)
    found = {
        "transformers": transformers.__version__,
        "prompt": PROMPT,
        "texts": TEXTS,
        "skip": SKIP,
        "start": START,
        "tuned": {name: tuned(name) for name in ("two-heads", "gemma2/caps")},
        "training": tuned_training("llama/usual"),
        "jacobian": {name: jacobian_lens(name) for name in ("two-heads", "llama/usual")},
        "interchange": interchange("llama/usual", 1, 2),
        "generated": {name: generated(name) for name in ("two-heads", "llama/usual")},
    }
    (RESOURCES / "lenses.json").write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    check() if sys.argv[1:] == ["check"] else main()
