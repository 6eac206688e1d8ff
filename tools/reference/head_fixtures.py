"""Writes what TransformerLens says that each head writes to the residual stream (hook_result).

    python head_fixtures.py         # to toolkit/src/test/resources/heads.json

The models are those of model-stubs' fixtures, converted by TransformerLens' own functions, in float64, with
normalisations as they are; its logits are compared with transformers' first.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
import transformers
from transformer_lens import HookedTransformer, HookedTransformerConfig
from transformer_lens.pretrained.weight_conversions import convert_gpt2_weights, convert_llama_weights

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "model-stubs/src/test/resources/fixtures"
TARGET = ROOT / "toolkit/src/test/resources/heads.json"
IDS = [3, 17, 9, 5]


def of(name: str) -> list:
    model = transformers.AutoModelForCausalLM.from_pretrained(
        FIXTURES / name, attn_implementation="eager", dtype=torch.float64).eval()
    own = model.config
    gpt2 = own.model_type == "gpt2"
    width = own.hidden_size // own.num_attention_heads if gpt2 else own.head_dim
    sizes = dict(
        n_layers=own.num_hidden_layers, d_model=own.hidden_size, n_ctx=own.max_position_embeddings,
        n_heads=own.num_attention_heads, d_head=width,
        d_vocab=own.vocab_size, dtype=torch.float64, use_attn_result=True)
    if gpt2:
        config = HookedTransformerConfig(
            **sizes, d_mlp=own.n_inner or 4 * own.hidden_size, act_fn="gelu_new", normalization_type="LN",
            eps=own.layer_norm_epsilon)
    else:
        rope = own.rope_parameters
        config = HookedTransformerConfig(
            **sizes, d_mlp=own.intermediate_size, act_fn="silu", normalization_type="RMS", gated_mlp=True,
            eps=own.rms_norm_eps, positional_embedding_type="rotary", rotary_dim=width,
            rotary_adjacent_pairs=False, n_key_value_heads=own.num_key_value_heads, final_rms=True,
            rotary_base=rope["rope_theta"], use_NTK_by_parts_rope=True,
            NTK_by_parts_low_freq_factor=rope["low_freq_factor"], NTK_by_parts_high_freq_factor=rope["high_freq_factor"],
            NTK_by_parts_factor=rope["factor"], NTK_original_ctx_len=rope["original_max_position_embeddings"])
    lens = HookedTransformer(config)
    lens.load_state_dict((convert_gpt2_weights if gpt2 else convert_llama_weights)(model, config), strict=False)
    lens.eval()
    ids = torch.tensor([IDS])
    with torch.no_grad():
        expected = model(ids).logits
        logits, cache = lens.run_with_cache(ids)
    off = (logits - expected).abs().max().item()
    # Its rotary positions are float32.
    assert off < 1e-5, f"{name}: TransformerLens' logits are off by {off}"
    # [layer][position][head][hidden], of some numbers.
    return [
        [[[float(f"{x:.7g}") for x in head[:8].tolist()] for head in position]
         for position in cache["result", layer][0]]
        for layer in range(own.num_hidden_layers)
    ]


if __name__ == "__main__":
    found = {name: of(name) for name in ("two-heads", "llama/llama3")}
    TARGET.write_text(json.dumps({"ids": IDS, "models": found}, separators=(",", ":")) + "\n")
    print(TARGET.stat().st_size, "bytes")
