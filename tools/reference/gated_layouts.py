"""What happens between the modules of families that took over Llama's names: heads, patterns, products.

Everything is computed once more by its formula and compared with what transformers gave, so that the fixture's
numbers are transformers' own wherever a module gives them.
"""

from __future__ import annotations

import importlib

import torch

from fixture_forward import heads


def layer_type(config, layer: int) -> str:
    return config.layer_types[layer] if getattr(config, "layer_types", None) else "full_attention"


def by_type(config) -> bool:
    """Whether the tables of rotary positions depend on the type of a layer."""
    return config.model_type in ("gemma3_text", "olmo3")


def window(config, layer: int) -> int | None:
    """How many keys a query sees, itself included."""
    if getattr(config, "layer_types", None):
        return config.sliding_window if layer_type(config, layer) == "sliding_attention" else None
    return getattr(config, "sliding_window", None)


def mask(config, layer: int, length: int) -> torch.Tensor:
    """What is added to scores, [1, 1, query, key]."""
    hidden = torch.ones(length, length, dtype=torch.bool).triu(1)
    width = window(config, layer)
    if width is not None:
        hidden |= torch.ones(length, length, dtype=torch.bool).tril(-width)
    return (hidden * torch.finfo(torch.float32).min)[None, None]


def tables(model, embedded: torch.Tensor, layer: int):
    positions = torch.arange(embedded.shape[1])[None]
    if by_type(model.config):
        return model.model.rotary_emb(embedded, positions, layer_type(model.config, layer))
    return model.model.rotary_emb(embedded, position_ids=positions)


def pattern(module, scores: torch.Tensor) -> torch.Tensor:
    if hasattr(module, "sinks"):
        each = module.sinks.reshape(1, -1, 1, 1).expand(1, -1, scores.shape[2], 1)
        return torch.cat([scores, each], -1).softmax(-1)[..., :-1]
    return scores.softmax(-1)


def queries_and_keys(seen: dict, attention: str, count: int, shared: int):
    """Of each head, normalised where the family does that."""
    found = []
    for name, number in (("q", count), ("k", shared)):
        normed = seen.get(f"{attention}.{name}_norm.output")
        if normed is None:
            found.append(heads(seen[f"{attention}.{name}_proj.output"], number))
        elif normed.dim() == 3:
            found.append(heads(normed, number))
        else:
            found.append(normed if normed.shape[1] == number else normed.transpose(1, 2))
    return found


def add_inner_values(model, seen: dict, entered: dict, scored: list[torch.Tensor], length: int) -> None:
    config = model.config
    family = importlib.import_module(type(model).__module__)
    for layer in range(config.num_hidden_layers):
        path = f"model.layers.{layer}"
        attention = f"{path}.self_attn"
        module = model.get_submodule(attention)
        count = config.num_attention_heads
        shared = count // module.num_key_value_groups
        q, k = queries_and_keys(seen, attention, count, shared)
        v = heads(seen[f"{attention}.v_proj.output"], shared)
        inner = {"q": q, "k": k, "v": v}
        if getattr(module, "use_rope", True):
            turns = f"model.rotary_emb.{layer_type(config, layer)}" if by_type(config) else "model.rotary_emb"
            q, k = family.apply_rotary_pos_emb(q, k, seen[f"{turns}.output.0"], seen[f"{turns}.output.1"])
            inner |= {"rotQ": q, "rotK": k}
        scores = q @ family.repeat_kv(k, count // shared).transpose(-1, -2) * module.scaling
        cap = config.attn_logit_softcapping if config.model_type == "gemma2" else None
        if cap is not None:
            scores = (scores / cap).tanh() * cap
        found = seen.pop(f"{attention}.output.1")
        expected = pattern(module, scores + mask(config, layer, length))
        assert torch.allclose(expected, found, atol=1e-5), f"{attention}: {(expected - found).abs().max()}"
        if scored:
            masked = (scores + mask(config, layer, length)).clamp(-1e30)
            assert torch.allclose(masked, scored[layer].clamp(-1e30), atol=1e-5)
            inner |= {"scores": scored[layer]}
        z = heads(entered[f"{attention}.o_proj"], count)
        assert torch.allclose(found @ family.repeat_kv(v, count // shared), z, atol=1e-5)
        seen |= {f"{attention}.{name}": value for name, value in (inner | {"pattern": found, "z": z}).items()}
        tidy_experts(seen, f"{path}.mlp", config)
        if f"{path}.mlp.down_proj" in entered:
            seen[f"{path}.mlp.product"] = entered[f"{path}.mlp.down_proj"]


def tidy_experts(seen: dict, path: str, config) -> None:
    """Leaves out what has no site, and makes sure that no choice of experts hangs by a hair."""
    # Called for each expert with as many rows as it has tokens.
    seen.pop(f"{path}.experts.act_fn.output", None)
    # The scores of the router once more.
    seen.pop(f"{path}.output.1", None)
    for router in ("gate", "router"):
        logits = seen.get(f"{path}.{router}.output.0")
        if logits is not None and config.num_experts_per_tok < logits.shape[-1]:
            best = logits.sort(-1, descending=True).values
            margins = best[:, config.num_experts_per_tok - 1] - best[:, config.num_experts_per_tok]
            assert margins.min() > 1e-3, f"{path}: a margin of {margins.min()}"


def applied(model, ids: list[int]):
    """Modules with attention on the embeddings, whose rows begin at position 0."""
    embedded = model.model.embed_tokens(torch.tensor([ids]))
    block = model.model.layers[1]
    both = {"attention_mask": mask(model.config, 1, len(ids)), "position_embeddings": tables(model, embedded, 1)}
    return {"model.layers.1": block(embedded, **both),
            "model.layers.1.self_attn": block.self_attn(embedded, **both)[0]}, "model.embed_tokens"
