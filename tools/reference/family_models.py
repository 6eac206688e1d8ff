"""Random tiny models of other families than GPT-2, one for each thing that their configurations can say."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM, Gemma3ForCausalLM

import encoder_layouts
import gated_models

LLAMA = dict(model_type="llama", architectures=["LlamaForCausalLM"], vocab_size=31, hidden_size=16,
             intermediate_size=12, num_hidden_layers=2, num_attention_heads=4, bos_token_id=None, eos_token_id=None)

NEOX = dict(model_type="gpt_neox", architectures=["GPTNeoXForCausalLM"], vocab_size=31, num_hidden_layers=2,
            num_attention_heads=4, intermediate_size=12, bos_token_id=None, eos_token_id=None)

GPTJ = dict(model_type="gptj", architectures=["GPTJForCausalLM"], vocab_size=31, n_layer=2, n_positions=32,
            bos_token_id=None, eos_token_id=None)
GPT_NEO = dict(model_type="gpt_neo", architectures=["GPTNeoForCausalLM"], vocab_size=31, hidden_size=16, num_heads=4,
               max_position_embeddings=32, bos_token_id=None, eos_token_id=None)
PHI = dict(model_type="phi", architectures=["PhiForCausalLM"], vocab_size=31, intermediate_size=12,
           num_hidden_layers=2, num_attention_heads=4, bos_token_id=None, eos_token_id=None)
OLMO = dict(model_type="olmo", architectures=["OlmoForCausalLM"], vocab_size=31, intermediate_size=12,
            num_hidden_layers=2, num_attention_heads=4, pad_token_id=None, bos_token_id=None, eos_token_id=None)

OPT = dict(model_type="opt", architectures=["OPTForCausalLM"], vocab_size=31, hidden_size=16, ffn_dim=12,
           num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=32, pad_token_id=None,
           bos_token_id=None, eos_token_id=None)
BLOOM = dict(model_type="bloom", architectures=["BloomForCausalLM"], vocab_size=31, n_layer=2, bos_token_id=None,
             eos_token_id=None)
FALCON = dict(model_type="falcon", architectures=["FalconForCausalLM"], vocab_size=31, hidden_size=16,
              num_hidden_layers=2, num_attention_heads=4, ffn_hidden_size=12, bos_token_id=None, eos_token_id=None)

PHI3 = dict(model_type="phi3", architectures=["Phi3ForCausalLM"], vocab_size=31, hidden_size=16,
            intermediate_size=12, num_hidden_layers=2, num_attention_heads=4, pad_token_id=None, bos_token_id=None,
            eos_token_id=None)

GPT2 = dict(model_type="gpt2", architectures=["GPT2LMHeadModel"], vocab_size=31, n_embd=16, n_head=4, n_layer=2,
            n_positions=32, bos_token_id=None, eos_token_id=None)

# What config.json says, in the words of older and newer versions; `"saved"`: as transformers 5 writes it itself.
CONFIGS = {
    "llama/llama3": (LLAMA | dict(
        num_key_value_heads=2, head_dim=6, max_position_embeddings=64, rms_norm_eps=1e-5, eos_token_id=[3, 7, 11],
        rope_parameters=dict(rope_type="llama3", rope_theta=30.0, factor=32.0, low_freq_factor=1.0,
                             high_freq_factor=4.0, original_max_position_embeddings=8)), "saved"),
    "llama/linear-biases-tied": (LLAMA | dict(
        num_key_value_heads=2, attention_bias=True, mlp_bias=True, tie_word_embeddings=True, rope_theta=500,
        rope_scaling=dict(type="linear", factor=2.5)), "as is"),
    "llama/yarn": (LLAMA | dict(
        num_key_value_heads=1, head_dim=10, max_position_embeddings=32, rope_theta=100.0,
        rope_scaling=dict(type="yarn", factor=4.0, original_max_position_embeddings=8)), "as is"),
    "llama/yarn-untruncated": (LLAMA | dict(
        num_key_value_heads=2, head_dim=8, max_position_embeddings=24, original_max_position_embeddings=6,
        rope_parameters=dict(rope_type="yarn", rope_theta=50.0, factor=None, beta_fast=3, beta_slow=0.4,
                             mscale=1.3, mscale_all_dim=0.7, truncate=False)), "as is"),
    "llama/dynamic": (LLAMA | dict(
        num_key_value_heads=None, head_dim=None, max_position_embeddings=6, rope_theta=20.0,
        rope_scaling=dict(rope_type="dynamic", factor=3.0)), "as is"),
    "llama/usual": (LLAMA | dict(
        num_hidden_layers=3, num_attention_heads=2, hidden_act="gelu_pytorch_tanh", rms_norm_eps=1e-3,
        rope_scaling=None), "as is"),
    "llama/longrope": (LLAMA | dict(
        num_key_value_heads=4, head_dim=6, max_position_embeddings=24, original_max_position_embeddings=6,
        rope_scaling=dict(type="longrope", short_factor=[1.0, 1.1, 1.3], long_factor=[1.5, 2.5, 6.0])), "as is"),
    "llama/proportional": (LLAMA | dict(
        num_key_value_heads=2, head_dim=12, hidden_act="relu", tie_word_embeddings=True,
        rope_parameters=dict(rope_type="proportional", rope_theta=40.0, factor=1.5, partial_rotary_factor=0.4)),
        "saved"),
    "gpt2/usual": (GPT2 | dict(n_inner=12), "as is"),
    "gpt2/unscaled-untied": (GPT2 | dict(
        n_embd=12, n_head=3, n_inner=None, activation_function="relu", layer_norm_epsilon=1e-3,
        scale_attn_weights=False, tie_word_embeddings=False), "saved"),
    "gpt2/by-layer": (GPT2 | dict(n_head=2, scale_attn_by_inverse_layer_idx=True), "as is"),
    "gptj/partial": (GPTJ | dict(
        n_embd=18, n_head=3, rotary_dim=4, n_inner=None, layer_norm_epsilon=1e-3), "as is"),
    "gptj/whole-tied": (GPTJ | dict(
        hidden_size=16, num_attention_heads=4, rotary_dim=4, n_inner=12, activation_function="gelu",
        tie_word_embeddings=True), "saved"),
    "gpt_neo/window": (GPT_NEO | dict(
        num_layers=4, attention_types=[[["global", "local"], 2]], window_size=3, intermediate_size=12,
        layer_norm_epsilon=1e-3), "as is", "buffers of attention"),
    "gpt_neo/local-untied": (GPT_NEO | dict(
        num_layers=2, attention_types=[[["global"], 2]], attention_layers=["local", "local"], window_size=1,
        intermediate_size=None, activation_function="relu", tie_word_embeddings=False), "as is", "no prefix"),
    "phi/normed": (PHI | dict(
        hidden_size=20, num_attention_heads=2, num_key_value_heads=1, partial_rotary_factor=0.4, qk_layernorm=True, rope_theta=30.0,
        layer_norm_eps=1e-3), "as is"),
    "phi/yarn-tied": (PHI | dict(
        hidden_size=24, head_dim=12, num_key_value_heads=1, hidden_act="gelu", tie_word_embeddings=True,
        max_position_embeddings=32, rope_scaling=dict(type="yarn", factor=4.0, rope_theta=60.0,
                                                      original_max_position_embeddings=8)), "saved"),
    "olmo/clipped": (OLMO | dict(
        hidden_size=16, clip_qkv=0.5, rope_theta=30.0), "as is"),
    "olmo/shared-biased": (OLMO | dict(
        hidden_size=24, num_key_value_heads=2, head_dim=4, attention_bias=True, clip_qkv=None, hidden_act="gelu",
        tie_word_embeddings=True, rope_parameters=dict(rope_type="linear", factor=2.0, rope_theta=50.0)), "saved"),
    "opt/before": (OPT | dict(do_layer_norm_before=True), "as is", "decoder"),
    "opt/after-narrow": (OPT | dict(
        do_layer_norm_before=False, word_embed_proj_dim=10, activation_function="gelu", enable_bias=False), "saved"),
    "opt/no-parameters-untied": (OPT | dict(
        hidden_size=12, num_attention_heads=2, layer_norm_elementwise_affine=False, _remove_final_layer_norm=True,
        tie_word_embeddings=False), "as is"),
    "bloom/three-heads-to-normed": (BLOOM | dict(
        hidden_size=12, n_head=3, apply_residual_connection_post_layernorm=True, layer_norm_epsilon=1e-3),
        "as is", "no prefix"),
    "bloom/untied": (BLOOM | dict(
        n_embed=16, num_attention_heads=4, num_hidden_layers=2, n_layer=2, tie_word_embeddings=False), "as is"),
    "falcon/new": (FALCON | dict(
        new_decoder_architecture=True, num_kv_heads=2, rope_theta=30.0, alibi=None), "as is"),
    "falcon/new-one-norm": (FALCON | dict(
        new_decoder_architecture=True, num_kv_heads=2, num_ln_in_parallel_attn=1, bias=True,
        tie_word_embeddings=False, activation="gelu_new", layer_norm_epsilon=1e-3), "saved"),
    "falcon/multi-query": (FALCON | dict(
        rope_scaling=dict(type="linear", factor=2.0, rope_theta=40.0)), "as is"),
    # So many heads that slopes are no powers of 2, and are rounded.
    "falcon/alibi-sequential": (FALCON | dict(
        hidden_size=24, num_attention_heads=12, alibi=True, multi_query=False, parallel_attn=False, bias=True), "as is"),
    "falcon/alibi-multi-query": (FALCON | dict(alibi=True, ffn_hidden_size=None), "saved"),
    "phi3/window": (PHI3 | dict(
        num_key_value_heads=2, head_dim=6, sliding_window=5, rope_theta=30.0, rms_norm_eps=1e-3), "as is"),
    "phi3/longrope": (PHI3 | dict(
        hidden_size=32, num_attention_heads=4, num_key_value_heads=1, max_position_embeddings=24,
        original_max_position_embeddings=8, partial_rotary_factor=0.75, tie_word_embeddings=True,
        rope_scaling=dict(type="longrope", short_factor=[1.0, 1.1, 1.3], long_factor=[1.5, 2.5, 6.0])), "as is"),
    "phi3/called-yarn": (PHI3 | dict(
        max_position_embeddings=12, original_max_position_embeddings=6, hidden_act="gelu",
        rope_scaling=dict(type="yarn", short_factor=[1.0, 1.2], long_factor=[2.0, 4.0], rope_theta=50.0)), "as is"),
    "gpt_neox/parallel": (NEOX | dict(
        hidden_size=24, num_attention_heads=3, rotary_pct=0.25, rotary_emb_base=30, hidden_act="gelu", layer_norm_eps=1e-3,
        use_parallel_residual=True, tie_word_embeddings=False), "as is", "old buffers"),
    # 3 features of 6 turn, so that half a pair is new.
    "gpt_neox/sequential-linear-tied": (NEOX | dict(
        hidden_size=24, use_parallel_residual=False, attention_bias=False, tie_word_embeddings=True,
        hidden_act="gelu_new",
        rope_parameters=dict(rope_type="linear", rope_theta=20.0, factor=2.5, partial_rotary_factor=0.5)), "saved"),
    "gpt_neox/whole-dynamic": (NEOX | dict(
        hidden_size=16, num_hidden_layers=3, num_attention_heads=2, rotary_pct=1.0, rotary_emb_base=40,
        max_position_embeddings=6, rope_scaling=dict(type="dynamic", factor=2.0)), "as is", "lm_head"),
} | gated_models.CONFIGS | encoder_layouts.CONFIGS


def by_length(name: str) -> bool:
    """Whether longer rows have other rotations, so that rows of a batch differ from rows alone."""
    return name in ("llama/dynamic", "llama/longrope", "gpt_neox/whole-dynamic", "phi3/longrope",
                    "phi3/called-yarn")


def random_weight(name: str, like: torch.Tensor, generator: torch.Generator, around: float = 1.0) -> torch.Tensor:
    noise = torch.randn(like.shape, generator=generator)
    if "norm" in name:
        return around + 0.3 * noise
    if name.endswith("bias"):
        return 0.3 * noise
    if name.endswith("sinks"):
        return noise
    if like.ndim == 1:
        return around + 0.3 * noise
    if "embed" in name or "lm_head" in name or ".wte." in name or ".wpe." in name:
        return 0.8 * noise
    return noise * (1.8 / like.shape[1] ** 0.5)


def auto(config):
    return AutoModelForMaskedLM if encoder_layouts.is_encoder(f"{config.model_type}/") else AutoModelForCausalLM


def same_weights(name: str) -> str:
    """The configuration whose weights, and whose tokens, one that is only stored otherwise has."""
    return name.removesuffix("-anew")


def write_model(name: str, folder: Path) -> None:
    """Weights large enough that attention is far from uniform, with the config.json of the table."""
    json_config, how, *storage = CONFIGS[name]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(json_config, indent=2) + "\n")
    config = AutoConfig.from_pretrained(folder)
    model = auto(config).from_config(config, dtype=torch.float32, **step_by_step(config)).eval()
    generator = torch.Generator().manual_seed(zlib.crc32(same_weights(name).encode()))
    around = 0.0 if "gemma" in config.model_type else 1.0
    with torch.no_grad():
        for weight_name, weight in model.named_parameters():
            weight.copy_(random_weight(weight_name, weight, generator, around))
    # Under the names of the modules of transformers 5, with experts stacked, or as files were always named.
    model.save_pretrained(folder, save_original_format=how != "named anew")
    if how in ("as is", "named anew"):
        (folder / "config.json").write_text(json.dumps(json_config, indent=2) + "\n")
    for way in storage:
        store_otherwise(folder / "model.safetensors", way)
    (folder / "generation_config.json").unlink(missing_ok=True)
    for file in folder.iterdir():
        file.chmod(0o644)


def store_otherwise(file: Path, way: str) -> None:
    """As other versions stored it."""
    weights = load_file(file)
    if way == "old buffers":
        for layer in {name.split(".")[2] for name in weights if ".layers." in name}:
            attention = f"gpt_neox.layers.{layer}.attention"
            weights[f"{attention}.bias"] = torch.ones(1, 1, 8, 8).tril()
            weights[f"{attention}.masked_bias"] = torch.tensor(-1e9)
            weights[f"{attention}.rotary_emb.inv_freq"] = torch.ones(1)
    elif way == "buffers of attention":
        for layer in {name.split(".")[2] for name in weights if ".h." in name}:
            attention = f"transformer.h.{layer}.attn.attention"
            weights[f"{attention}.bias"] = torch.ones(1, 1, 8, 8).tril()
            weights[f"{attention}.masked_bias"] = torch.tensor(-1e9)
    elif way == "oldest":
        weights = encoder_layouts.oldest(weights)
    elif way == "decoder":
        weights = {name.removeprefix("model."): weight for name, weight in weights.items()}
    elif way == "no prefix":
        weights = {name.removeprefix("transformer."): weight for name, weight in weights.items()}
    elif way == "lm_head":
        assert "embed_out.weight" in weights
        weights["lm_head.weight"] = weights.pop("embed_out.weight")
    else:
        raise AssertionError(way)
    save_file(weights, file, metadata={"format": "pt"})


def load_model(folder: Path):
    """Loads in fp32 with step-by-step attention, with no memory of longer rows."""
    config = AutoConfig.from_pretrained(folder)
    model = auto(config).from_pretrained(folder, dtype=torch.float32, **step_by_step(config)).eval()
    return text_part(model) if config.model_type == "gemma3" else model


def step_by_step(config) -> dict[str, str]:
    """
    Attention in steps, and experts one after the other. Falcon's attention in steps adds its biases twice; the other
    one, which is the usual one, does not.
    """
    experts = {"experts_implementation": "eager"} if hasattr(config, "num_experts_per_tok") else {}
    twice = config.model_type == "falcon" and config.alibi
    return {"attn_implementation": "sdpa" if twice else "eager"} | experts


@torch.no_grad()
def text_part(model):
    """The text part of a multimodal model, which gives the same logits for text."""
    text = Gemma3ForCausalLM._from_config(model.config.text_config, dtype=torch.float32, attn_implementation="eager")
    text.model.load_state_dict(model.model.language_model.state_dict())
    text.lm_head.weight = model.lm_head.weight
    ids = torch.arange(12)[None]
    torch.testing.assert_close(text.eval()(ids).logits, model(ids).logits, atol=0, rtol=0)
    return text
