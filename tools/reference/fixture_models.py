"""Random tiny GPT-2 models, one for each thing a GPT-2 configuration can say, and the ways to store one."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from safetensors.torch import save_model as save_whole
from transformers import GPT2Config, GPT2LMHeadModel

CONFIGS = {
    "plain": dict(n_layer=2, n_head=2, n_embd=16, n_positions=24, vocab_size=61),
    "relu-one-head-unscaled": dict(
        n_layer=1, n_head=1, n_embd=12, n_positions=20, vocab_size=50,
        activation_function="relu", scale_attn_weights=False),
    "gelu-three-heads-inverse-layer": dict(
        n_layer=3, n_head=3, n_embd=24, n_positions=24, vocab_size=57,
        activation_function="gelu", scale_attn_by_inverse_layer_idx=True),
    "silu-five-heads-untied": dict(
        n_layer=4, n_head=5, n_embd=30, n_positions=20, vocab_size=71, n_inner=37,
        activation_function="silu", tie_word_embeddings=False),
    "tanh-large-epsilon": dict(
        n_layer=2, n_head=4, n_embd=16, n_positions=24, vocab_size=64,
        activation_function="tanh", layer_norm_epsilon=1e-3),
    "tanh-gelu-upcast": dict(
        n_layer=3, n_head=2, n_embd=20, n_positions=20, vocab_size=80,
        activation_function="gelu_pytorch_tanh", reorder_and_upcast_attn=True, scale_attn_by_inverse_layer_idx=True),
    "quick-gelu-narrow": dict(
        n_layer=2, n_head=3, n_embd=15, n_positions=20, vocab_size=53, n_inner=8,
        activation_function="quick_gelu", scale_attn_weights=False, scale_attn_by_inverse_layer_idx=True),
    "fast-gelu": dict(
        n_layer=2, n_head=2, n_embd=18, n_positions=32, vocab_size=100, activation_function="gelu_fast"),
}
STORED_FROM = "plain"


def tiny_model(name: str) -> GPT2LMHeadModel:
    """The named model with weights large enough that attention is far from uniform."""
    torch.manual_seed(1000 + list(CONFIGS).index(name))
    config = GPT2Config(**CONFIGS[name], bos_token_id=None, eos_token_id=None,
                        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)
    config._attn_implementation = "eager"
    model = GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for weight_name, weight in model.named_parameters():
            weight.copy_(random_weight(weight_name, weight))
    return model


def random_weight(name: str, like: torch.Tensor) -> torch.Tensor:
    noise = torch.randn(like.shape)
    if ".ln_" in name:
        return 1.0 + 0.3 * noise if name.endswith("weight") else 0.1 * noise
    if name.endswith("bias"):
        return 0.3 * noise
    if "wte" in name or "lm_head" in name:
        return 0.5 * noise
    if "wpe" in name:
        return 0.8 * noise
    return noise * (1.8 / like.shape[0] ** 0.5)


def save_model(model: GPT2LMHeadModel, folder: Path, **options) -> None:
    model.save_pretrained(folder, **options)
    for file in folder.iterdir():
        file.chmod(0o644)


def save_original_upload(model: GPT2LMHeadModel, folder: Path) -> None:
    """Saves as the first GPT-2 upload is stored: no `transformer.` prefix, causal masks as buffers, no `lm_head`."""
    save_model(model, folder)
    prefix = "transformer."
    tensors = {name.removeprefix(prefix): tensor
               for name, tensor in load_file(folder / "model.safetensors").items() if name.startswith(prefix)}
    size = model.config.n_positions
    for layer in range(model.config.n_layer):
        tensors[f"h.{layer}.attn.bias"] = torch.tril(torch.ones(1, 1, size, size))
        tensors[f"h.{layer}.attn.masked_bias"] = torch.tensor(-10000.0)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def save_two_heads(model: GPT2LMHeadModel, folder: Path) -> None:
    """The configuration says by its silence that the head is the embedding; the file has another head."""
    save_model(model, folder)
    rewrite(folder, lambda tensors: tensors | {"lm_head.weight": tensors["transformer.wte.weight"].flip(0) * 1.5})
    rename_keys(folder, {"tie_word_embeddings": None})


def save_by_safetensors(model: GPT2LMHeadModel, folder: Path) -> None:
    """As `safetensors.torch.save_model` writes tied weights: once, and under the head's name."""
    save_model(model, folder)
    save_whole(model, str(folder / "model.safetensors"))
    assert "transformer.wte.weight" not in load_file(folder / "model.safetensors")


def save_head_twice(model: GPT2LMHeadModel, folder: Path) -> None:
    save_model(model, folder)
    rewrite(folder, lambda tensors: tensors | {"lm_head.weight": tensors["transformer.wte.weight"].clone()})


def save_with_score(model: GPT2LMHeadModel, folder: Path) -> None:
    """With a head of another task, which no module of a language model takes."""
    save_model(model, folder)
    rewrite(folder, lambda tensors: tensors | {"score.weight": torch.ones(2, model.config.n_embd)})


def save_with_aliases(model: GPT2LMHeadModel, folder: Path) -> None:
    """With the names of `GPT2Config.attribute_map` in config.json."""
    save_model(model, folder)
    rename_keys(folder, {own: alias for alias, own in GPT2Config.attribute_map.items()})


def rewrite(folder: Path, change) -> None:
    file = folder / "model.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in change(load_file(file)).items()}, file,
              metadata={"format": "pt"})


def rename_keys(folder: Path, names: dict) -> None:
    file = folder / "config.json"
    config = {names.get(key, key): value for key, value in json.loads(file.read_text()).items()}
    file.write_text(json.dumps({key: value for key, value in config.items() if key}, indent=2) + "\n")


def load_model(folder: Path) -> GPT2LMHeadModel:
    """Loads in fp32 with step-by-step attention, whatever type the file stores."""
    return GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def is_sharded(folder: Path) -> bool:
    index = folder / "model.safetensors.index.json"
    return index.exists() and len(set(json.loads(index.read_text())["weight_map"].values())) > 1
