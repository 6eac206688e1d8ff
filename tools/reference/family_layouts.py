"""Where families other than Llama's relatives have their modules, and what happens between queries and keys there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from transformers.models.gpt_neox import modeling_gpt_neox as neox

from fixture_forward import heads

Parts = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


@dataclass
class Layout:
    """`split`: queries, keys and values per head; `turned`: queries and keys by their positions."""

    stack: str
    layers: str
    tokens: str
    attention: str
    output: str
    split: Callable[[object, dict, str], Parts]
    turned: Callable[[object, dict, torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]] | None = None
    scale: Callable[[object], float] = lambda module: module.scaling
    positions: bool = True


def grouped(config, qkv: torch.Tensor, groups: int) -> Parts:
    """Each group: its queries, one key, one value."""
    count = config.num_attention_heads
    apart = qkv.view(*qkv.shape[:2], groups, count // groups + 2, -1)
    parts = apart[..., :-2, :].flatten(2, 3), apart[..., -2, :], apart[..., -1, :]
    return tuple(part.transpose(1, 2) for part in parts)


def tables(model, seen: dict) -> tuple[torch.Tensor, torch.Tensor]:
    path = f"{LAYOUTS[model.config.model_type].stack}.rotary_emb.output"
    return seen[f"{path}.0"], seen[f"{path}.1"]


LAYOUTS = {
    "gpt_neox": Layout(
        "gpt_neox", "layers", "embed_in", "attention", "dense",
        split=lambda config, seen, path: grouped(
            config, seen[f"{path}.query_key_value.output"], config.num_attention_heads),
        turned=lambda model, seen, q, k: neox.apply_rotary_pos_emb(q, k, *tables(model, seen))),
}


def repeated(shared: torch.Tensor, count: int) -> torch.Tensor:
    return shared.repeat_interleave(count // shared.shape[1], dim=1)


def add_inner_values(model, seen: dict, entered: dict, length: int) -> None:
    """What has no module: heads, patterns and mixed values of each layer."""
    layout, config = LAYOUTS[model.config.model_type], model.config
    for layer in range(config.num_hidden_layers):
        path = f"{layout.stack}.{layout.layers}.{layer}.{layout.attention}"
        module = model.get_submodule(path)
        q, k, v = layout.split(config, seen, path)
        inner = {"q": q, "k": k, "v": v}
        if layout.turned is not None:
            q, k = layout.turned(model, seen, q, k)
            inner |= {"rotQ": q, "rotK": k}
        scores = q @ repeated(k, q.shape[1]).transpose(-1, -2) * layout.scale(module)
        future = torch.ones(length, length, dtype=torch.bool).triu(1)
        pattern = seen.pop(f"{path}.output.1")
        masked = scores + future * torch.finfo(torch.float32).min
        assert torch.allclose(masked.softmax(-1), pattern, atol=1e-5)
        z = heads(entered[f"{path}.{layout.output}"], q.shape[1])
        assert torch.allclose(pattern @ repeated(v, q.shape[1]), z, atol=1e-5)
        inner |= {"pattern": pattern, "z": z}
        seen |= {f"{path}.{name}": value for name, value in inner.items()}


@torch.no_grad()
def applied(model, ids: list[int]) -> tuple[dict[str, torch.Tensor], str]:
    """The second block and its attention with the embeddings as their input, at positions from 0."""
    layout = LAYOUTS[model.config.model_type]
    tokens = f"{layout.stack}.{layout.tokens}"
    embedded = model.get_submodule(tokens)(torch.tensor([ids]))
    block = f"{layout.stack}.{layout.layers}.1"
    results = {}
    for path in (block, f"{block}.{layout.attention}"):
        def instead(module, args, kwargs):
            if args:
                return (embedded, *args[1:]), kwargs
            return args, kwargs | {"hidden_states": embedded}

        def catch(module, args, output, path=path):
            results[path] = (output[0] if isinstance(output, tuple) else output).clone()
        module = model.get_submodule(path)
        handles = [module.register_forward_pre_hook(instead, with_kwargs=True), module.register_forward_hook(catch)]
        model(torch.tensor([ids]), use_cache=False)
        for handle in handles:
            handle.remove()
    return results, tokens
