"""Where families other than Llama's relatives have their modules, and what happens between queries and keys there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from transformers.models.bloom import modeling_bloom as bloom
from transformers.models.falcon import modeling_falcon as falcon
from transformers.models.gpt_neox import modeling_gpt_neox as neox
from transformers.models.gptj import modeling_gptj as gptj
from transformers.models.llama import modeling_llama as llama
from transformers.models.phi3 import modeling_phi3 as phi3

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
    positions: Callable[[object], bool] = lambda config: True
    biases: Callable[[object, int], torch.Tensor | float] = lambda config, length: 0.0
    callable_attention: bool = True
    window: Callable[[object, int], int | None] = lambda config, layer: None


# Modules that have no site: a dropout after the pattern is the pattern itself, and Phi's dropout runs twice.
WITHOUT_SITE = (".attn_dropout", ".attention_dropout", "layers.0.resid_dropout", "layers.1.resid_dropout")

# Where the descriptor has a tuple, as versions before 5 gave, and this one gives its first element alone.
TUPLES_BEFORE = {"gpt2": "transformer.h"}


def grouped(config, qkv: torch.Tensor, groups: int) -> Parts:
    """Each group: its queries, one key, one value."""
    count = config.num_attention_heads
    apart = qkv.view(*qkv.shape[:2], groups, count // groups + 2, -1)
    parts = apart[..., :-2, :].flatten(2, 3), apart[..., -2, :], apart[..., -1, :]
    return tuple(part.transpose(1, 2) for part in parts)


def tables(model, seen: dict) -> tuple[torch.Tensor, torch.Tensor]:
    path = f"{LAYOUTS[model.config.model_type].stack}.rotary_emb.output"
    return seen[f"{path}.0"], seen[f"{path}.1"]


def projected(config, seen: dict, path: str) -> Parts:
    """A projection for each, and perhaps a normalisation of each head of queries and keys."""
    count = config.num_attention_heads
    shared = getattr(config, "num_key_value_heads", count)
    q, k, v = (heads(seen[f"{path}.{name}_proj.output"], number)
               for name, number in (("q", count), ("k", shared), ("v", shared)))
    return seen.get(f"{path}.q_layernorm.output", q), seen.get(f"{path}.k_layernorm.output", k), v


def clipped(config, seen: dict, path: str) -> Parts:
    parts = projected(config, seen, path)
    return parts if config.clip_qkv is None else tuple(part.clamp(-config.clip_qkv, config.clip_qkv) for part in parts)


def turned_neighbours(model, seen: dict, q: torch.Tensor, k: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    width, length = model.config.rotary_dim, q.shape[2]
    sin, cos = gptj.create_sinusoidal_positions(length, width).chunk(2, dim=-1)

    def turned(x):
        part = gptj.apply_rotary_pos_emb(x[..., :width].transpose(1, 2), sin[None], cos[None]).transpose(1, 2)
        return torch.cat([part, x[..., width:]], dim=-1)
    return turned(q), turned(k)


def turned_whole(model, seen: dict, q: torch.Tensor, k: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return llama.apply_rotary_pos_emb(q, k, *tables(model, seen))


def turned_in_part(model, seen: dict, q: torch.Tensor, k: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return phi3.apply_rotary_pos_emb(q, k, *tables(model, seen))


def local_window(config, layer: int) -> int | None:
    return config.window_size if config.attention_layers[layer] == "local" else None


def whole_groups(config, seen: dict, path: str) -> Parts:
    count = config.num_attention_heads
    groups = count if config.model_type == "bloom" else (
        config.num_kv_heads if config.new_decoder_architecture or not config.multi_query else 1)
    return grouped(config, seen[f"{path}.query_key_value.output"], groups)


def biases_of_bloom(config, length: int) -> torch.Tensor:
    return bloom.build_alibi_tensor(torch.ones(1, length), config.n_head, torch.float32)[None]


def biases_of_falcon(config, length: int) -> torch.Tensor | float:
    if not config.alibi:
        return 0.0
    mask = torch.ones(1, length, dtype=torch.long)
    return falcon.build_alibi_tensor(mask, config.num_attention_heads, torch.float32)[None] / config.head_dim ** 0.5


def turned_unless_biased(model, seen: dict, q: torch.Tensor, k: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return (q, k) if model.config.alibi else turned_whole(model, seen, q, k)


def beside(config, seen: dict, path: str) -> Parts:
    """All queries, all keys, all values."""
    count, shared = config.num_attention_heads, config.num_key_value_heads
    qkv = heads(seen[f"{path}.qkv_proj.output"], count + 2 * shared)
    return qkv[:, :count], qkv[:, count:count + shared], qkv[:, count + shared:]


def thirds(config, seen: dict, path: str) -> Parts:
    """All queries, all keys, all values, with as many heads each."""
    count = config.num_attention_heads
    qkv = heads(seen[f"{path}.c_attn.output"], 3 * count)
    return qkv[:, :count], qkv[:, count:2 * count], qkv[:, 2 * count:]


LAYOUTS = {
    "gpt2": Layout("transformer", "h", "wte", "attn", "c_proj", split=thirds),
    "phi3": Layout("model", "layers", "embed_tokens", "self_attn", "o_proj", split=beside, turned=turned_in_part,
                   window=lambda config, layer: config.sliding_window),
    "opt": Layout("model.decoder", "layers", "embed_tokens", "self_attn", "out_proj", split=projected),
    "bloom": Layout("transformer", "h", "word_embeddings", "self_attention", "dense", split=whole_groups,
                    scale=lambda module: module.inv_norm_factor, biases=biases_of_bloom,
                    positions=lambda config: False, callable_attention=False),
    "falcon": Layout("transformer", "h", "word_embeddings", "self_attention", "dense", split=whole_groups,
                     turned=turned_unless_biased, scale=lambda module: module.inv_norm_factor,
                     biases=biases_of_falcon, positions=lambda config: not config.alibi),
    "gptj": Layout("transformer", "h", "wte", "attn", "out_proj", split=projected, turned=turned_neighbours,
                   scale=lambda module: 1 / module.scale_attn),
    "gpt_neo": Layout("transformer", "h", "wte", "attn.attention", "out_proj", split=projected,
                      scale=lambda module: 1.0, window=local_window),
    "phi": Layout("model", "layers", "embed_tokens", "self_attn", "dense", split=projected, turned=turned_in_part),
    "olmo": Layout("model", "layers", "embed_tokens", "self_attn", "o_proj", split=clipped, turned=turned_whole),
    "gpt_neox": Layout(
        "gpt_neox", "layers", "embed_in", "attention", "dense",
        split=lambda config, seen, path: grouped(
            config, seen[f"{path}.query_key_value.output"], config.num_attention_heads),
        turned=lambda model, seen, q, k: neox.apply_rotary_pos_emb(q, k, *tables(model, seen))),
}


def repeated(shared: torch.Tensor, count: int) -> torch.Tensor:
    return shared.repeat_interleave(count // shared.shape[1], dim=1)


def add_inner_values(model, seen: dict, entered: dict, scored: list[torch.Tensor], length: int) -> None:
    """What has no module: heads, scores, patterns and mixed values of each layer."""
    layout, config = LAYOUTS[model.config.model_type], model.config
    for layer in range(config.num_hidden_layers if config.model_type in TUPLES_BEFORE else 0):
        block = f"{TUPLES_BEFORE[config.model_type]}.{layer}.output"
        seen[f"{block}.0"] = seen.pop(block)
    for name in [name for name in seen if name.removesuffix(".output").endswith(WITHOUT_SITE)]:
        del seen[name]
    if not layout.positions(config):
        for name in [name for name in seen if ".rotary_emb." in name]:
            del seen[name]
    if config.model_type == "opt":
        # Modules of the MLP see all positions of all rows as one axis there.
        seen |= {name: value[None] for name, value in seen.items() if value.dim() == 2}
    for layer in range(config.num_hidden_layers):
        path = f"{layout.stack}.{layout.layers}.{layer}.{layout.attention}"
        module = model.get_submodule(path)
        q, k, v = layout.split(config, seen, path)
        inner = {"q": q, "k": k, "v": v}
        if layout.turned is not None:
            q, k = layout.turned(model, seen, q, k)
            inner |= {"rotQ": q, "rotK": k} if layout.positions(config) else {}
        scores = q @ repeated(k, q.shape[1]).transpose(-1, -2) * layout.scale(module) + layout.biases(config, length)
        future = torch.ones(length, length, dtype=torch.bool).triu(1)
        window = layout.window(config, layer)
        if window is not None:
            future |= torch.ones(length, length, dtype=torch.bool).tril(-window)
        masked = scores + future * torch.finfo(torch.float32).min
        pattern = seen.pop(f"{path}.output.1", masked.softmax(-1))
        assert torch.allclose(masked.softmax(-1), pattern, atol=1e-5)
        z = heads(entered[f"{path}.{layout.output}"], q.shape[1])
        assert torch.allclose(pattern @ repeated(v, q.shape[1]), z, atol=1e-5)
        if scored:
            assert torch.allclose(masked.clamp(-1e30), scored[layer].clamp(-1e30), atol=1e-5)
            inner |= {"scores": scored[layer]}
        inner |= {"pattern": pattern, "z": z}
        # Modules around attention give its pattern, too.
        block = f"{layout.stack}.{layout.layers}.{layer}"
        for around in (block, f"{block}.attn"):
            seen.pop(f"{around}.output.1", None)
        if config.model_type in ("olmo", "phi3"):
            seen[f"{block}.mlp.product"] = entered[f"{block}.mlp.down_proj"]
        seen |= {f"{path}.{name}": value for name, value in inner.items()}


@torch.no_grad()
def applied(model, ids: list[int]) -> tuple[dict[str, torch.Tensor], str]:
    """The second block and its attention with the embeddings as their input, at positions from 0."""
    layout = LAYOUTS[model.config.model_type]
    tokens = f"{layout.stack}.{layout.tokens}"
    embedded = model.get_submodule(tokens)(torch.tensor([ids]))
    if embedded.shape[-1] != model.config.hidden_size:
        tokens = f"{layout.stack}.project_in"
        embedded = model.get_submodule(tokens)(embedded)
    block = f"{layout.stack}.{layout.layers}.1"
    results = {}
    for path in (block, f"{block}.{layout.attention}") if layout.callable_attention else (block,):
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
