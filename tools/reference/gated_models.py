"""Configurations of the families that took over Llama's names of modules."""

from __future__ import annotations


def family(model_type: str, name: str, **keys) -> dict:
    return dict(model_type=model_type, architectures=[f"{name}ForCausalLM"], vocab_size=31, hidden_size=16,
                intermediate_size=12, num_hidden_layers=2, num_attention_heads=4, bos_token_id=None,
                eos_token_id=None) | keys


QWEN2 = family("qwen2", "Qwen2", num_key_value_heads=2)
QWEN3 = family("qwen3", "Qwen3", num_key_value_heads=2)
MISTRAL = family("mistral", "Mistral", num_key_value_heads=2)
GEMMA = family("gemma", "Gemma", pad_token_id=None)
GEMMA2 = family("gemma2", "Gemma2", pad_token_id=None, num_key_value_heads=2)
GEMMA3 = family("gemma3_text", "Gemma3", pad_token_id=None, num_key_value_heads=2)
SMOLLM3 = family("smollm3", "SmolLM3", pad_token_id=None, num_key_value_heads=2)
OLMO2 = family("olmo2", "Olmo2", pad_token_id=None)
OLMO3 = family("olmo3", "Olmo3", pad_token_id=None)
MIXTRAL = family("mixtral", "Mixtral", num_key_value_heads=2, num_local_experts=4)
QWEN3_MOE = family("qwen3_moe", "Qwen3Moe", num_key_value_heads=2, num_experts=4, num_experts_per_tok=2,
                   moe_intermediate_size=6)
GPT_OSS = family("gpt_oss", "GptOss", num_key_value_heads=2, num_local_experts=4, num_experts_per_tok=2,
                 max_position_embeddings=64)

# Prompts have up to 14 tokens, so a window of 3 and an original length of 8 are crossed.
CONFIGS = {
    "qwen3/windows": (QWEN3 | dict(
        num_hidden_layers=3, head_dim=10, rms_norm_eps=1e-3, use_sliding_window=True, sliding_window=3,
        max_window_layers=1, rope_theta=50.0, tie_word_embeddings=True), "as is"),
    "qwen3/biases-yarn": (QWEN3 | dict(
        head_dim=6, attention_bias=True, hidden_act="gelu", sliding_window=3, max_window_layers=0,
        num_key_value_heads=None, max_position_embeddings=32,
        rope_parameters=dict(rope_type="yarn", rope_theta=40.0, factor=4.0, original_max_position_embeddings=8)),
        "saved"),
    # The width of a head is 128 where nothing is said.
    "qwen3/usual": (QWEN3 | dict(
        hidden_size=8, intermediate_size=8, num_attention_heads=1, num_key_value_heads=1, use_sliding_window=True,
        sliding_window=4, layer_types=["sliding_attention", "full_attention"]), "as is"),
    "qwen2/windows": (QWEN2 | dict(
        num_hidden_layers=3, use_sliding_window=True, sliding_window=3, max_window_layers=1, rope_theta=30.0,
        rms_norm_eps=1e-3, tie_word_embeddings=True), "as is"),
    "qwen2/none-yarn": (QWEN2 | dict(
        use_sliding_window=False, sliding_window=3, max_window_layers=0, num_key_value_heads=None, head_dim=6,
        max_position_embeddings=32, rope_theta=100.0,
        rope_scaling=dict(type="yarn", factor=4.0, original_max_position_embeddings=8)), "saved"),
    "qwen2/types": (QWEN2 | dict(
        hidden_act="relu", use_sliding_window=True, sliding_window=3,
        layer_types=["sliding_attention", "full_attention"]), "as is"),
    "mistral/window": (MISTRAL | dict(head_dim=6, sliding_window=3, rope_theta=50.0, rms_norm_eps=1e-3), "as is"),
    "mistral/none-tied": (MISTRAL | dict(
        head_dim=None, sliding_window=None, num_key_value_heads=1, tie_word_embeddings=True, hidden_act="relu",
        rope_parameters=dict(rope_type="default", rope_theta=30.0)), "saved"),
    "mistral/usual": (MISTRAL | dict(num_attention_heads=8, num_key_value_heads=8), "as is"),
    "gemma2/caps": (GEMMA2 | dict(
        num_hidden_layers=3, head_dim=6, sliding_window=3, query_pre_attn_scalar=7, attn_logit_softcapping=2.0,
        final_logit_softcapping=3.0, rope_theta=50.0, rms_norm_eps=1e-3), "as is"),
    "gemma2/without-caps": (GEMMA2 | dict(
        hidden_size=12, head_dim=8, sliding_window=4, query_pre_attn_scalar=3, attn_logit_softcapping=None,
        final_logit_softcapping=None, layer_types=["full_attention", "sliding_attention"], attention_bias=True,
        hidden_activation="silu", tie_word_embeddings=False), "saved"),
    "gemma/old": (GEMMA | dict(
        hidden_size=12, head_dim=10, num_key_value_heads=1, hidden_act="gelu", hidden_activation="relu",
        rms_norm_eps=1e-3), "as is"),
    "gemma/biases-untied": (GEMMA | dict(
        head_dim=6, num_key_value_heads=4, attention_bias=True, tie_word_embeddings=False, hidden_act="silu",
        rope_parameters=dict(rope_type="linear", rope_theta=30.0, factor=2.0)), "saved"),
    "gemma3/pattern": (GEMMA3 | dict(
        num_hidden_layers=3, head_dim=6, sliding_window=3, sliding_window_pattern=2, query_pre_attn_scalar=5,
        rope_theta=100.0, rope_local_base_freq=10.0, rope_scaling=dict(rope_type="linear", factor=8.0),
        rms_norm_eps=1e-3, attn_logit_softcapping=2.0), "as is"),
    "gemma3/types-cap": (GEMMA3 | dict(
        hidden_size=12, head_dim=8, sliding_window=4, query_pre_attn_scalar=3, final_logit_softcapping=3.0,
        layer_types=["full_attention", "sliding_attention"], attention_bias=True, hidden_activation="gelu",
        tie_word_embeddings=False,
        rope_parameters=dict(full_attention=dict(rope_type="default", rope_theta=40.0),
                             sliding_attention=dict(rope_type="linear", rope_theta=20.0, factor=2.0))), "saved"),
    # The text part of a multimodal file; what its text_config leaves out is the class's default.
    "gemma3/pictures": (dict(
        model_type="gemma3", architectures=["Gemma3ForConditionalGeneration"], eos_token_id=None, bos_token_id=None,
        pad_token_id=None, mm_tokens_per_image=4, image_token_index=30, boi_token_index=29, eoi_token_index=28,
        text_config={key: value for key, value in GEMMA3.items() if key != "architectures"} | dict(
            hidden_size=8, intermediate_size=8, num_key_value_heads=1, head_dim=6, num_attention_heads=2,
            sliding_window=3, sliding_window_pattern=2, query_pre_attn_scalar=6,
            rope_scaling=dict(rope_type="linear", factor=8.0)),
        vision_config=dict(model_type="siglip_vision_model", hidden_size=4, intermediate_size=4, num_hidden_layers=1,
                           num_attention_heads=1, image_size=8, patch_size=4)), "as is"),
    "smollm3/usual": (SMOLLM3 | dict(num_hidden_layers=4, rope_theta=50.0, rms_norm_eps=1e-3), "as is"),
    "smollm3/interval": (SMOLLM3 | dict(no_rope_layer_interval=2), "as is"),
    "smollm3/windows-biases": (SMOLLM3 | dict(
        num_hidden_layers=3, no_rope_layers=[1, 0, 1], use_sliding_window=True, sliding_window=3, attention_bias=True,
        mlp_bias=True, tie_word_embeddings=False, hidden_act="gelu", num_key_value_heads=None, head_dim=6,
        rope_parameters=dict(rope_type="linear", rope_theta=30.0, factor=2.0)), "saved"),
    "olmo2/shared-keys": (OLMO2 | dict(num_key_value_heads=2, rope_theta=50.0, rms_norm_eps=1e-3), "as is"),
    "olmo2/biases-tied": (OLMO2 | dict(
        attention_bias=True, tie_word_embeddings=True, hidden_act="gelu", head_dim=6, max_position_embeddings=32,
        rope_parameters=dict(rope_type="yarn", rope_theta=40.0, factor=4.0, original_max_position_embeddings=8)),
        "saved"),
    "olmo3/yarn": (OLMO3 | dict(
        num_hidden_layers=4, num_key_value_heads=2, sliding_window=3, rope_theta=30.0, max_position_embeddings=32,
        rms_norm_eps=1e-3, rope_scaling=dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=8)),
        "as is"),
    "olmo3/types-biases": (OLMO3 | dict(
        sliding_window=4, layer_types=["full_attention", "sliding_attention"], attention_bias=True, head_dim=6,
        tie_word_embeddings=True, hidden_act="relu",
        rope_parameters=dict(full_attention=dict(rope_type="linear", rope_theta=40.0, factor=3.0),
                             sliding_attention=dict(rope_type="default", rope_theta=20.0))), "saved"),
    "mixtral/usual": (MIXTRAL | dict(rope_theta=50.0, intermediate_size=6), "as is"),
    "mixtral/window-one-of-three": (MIXTRAL | dict(
        num_local_experts=3, num_experts_per_tok=1, sliding_window=3, head_dim=6, hidden_act="gelu",
        rms_norm_eps=1e-3, tie_word_embeddings=True, intermediate_size=5,
        rope_parameters=dict(rope_type="linear", rope_theta=30.0, factor=2.0)), "saved"),
    "qwen3_moe/some-layers": (QWEN3_MOE | dict(
        num_hidden_layers=4, mlp_only_layers=[1], decoder_sparse_step=2, norm_topk_prob=True, head_dim=6,
        rope_theta=50.0, intermediate_size=8, rms_norm_eps=1e-3), "as is"),
    "qwen3_moe/window-biases": (QWEN3_MOE | dict(
        use_sliding_window=True, sliding_window=3, attention_bias=True, norm_topk_prob=False, hidden_act="gelu",
        tie_word_embeddings=True, num_experts_per_tok=3,
        rope_parameters=dict(rope_type="linear", rope_theta=30.0, factor=2.0)), "saved"),
    "gpt_oss/yarn": (GPT_OSS | dict(
        num_hidden_layers=3, head_dim=6, sliding_window=3, swiglu_limit=1.0, rope_theta=50.0, intermediate_size=6,
        rope_scaling=dict(rope_type="yarn", factor=4.0, beta_fast=32.0, beta_slow=1.0, truncate=False,
                          original_max_position_embeddings=8)), "as is"),
    "gpt_oss/usual-types": (GPT_OSS | dict(
        head_dim=8, sliding_window=4, layer_types=["full_attention", "sliding_attention"], attention_bias=False,
        tie_word_embeddings=True, swiglu_alpha=1.3, rms_norm_eps=1e-3, num_experts_per_tok=3, intermediate_size=6),
        "saved"),
}

# As transformers 5 names modules itself: experts in one array, the text part of a model with pictures inside `model.`.
CONFIGS |= {f"{name}-anew": (CONFIGS[name][0], "named anew")
            for name in ("mixtral/usual", "qwen3_moe/some-layers", "gemma3/pictures")}
