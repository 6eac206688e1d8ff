package org.nnsight4j.models.conformance;

import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** All shipped families keep their promises. */
final class FamiliesConformTest {
  /** Configurations that together have every part which gradients go through. */
  private static final Set<String> WITH_GRADIENTS =
      Set.of("bert", "gpt2", "llama", "gemma2", "gpt_neox", "bloom", "mixtral", "gpt_oss");

  record Configured(String name, String json) {}

  @TestFactory
  Stream<DynamicNode> families() {
    return all()
        .map(
            each ->
                DynamicContainer.dynamicContainer(
                    each.name(),
                    WITH_GRADIENTS.contains(each.name())
                        ? FamilyConformance.of(each.json())
                        : FamilyConformance.forward(each.json())));
  }

  @TestFactory
  @Tag("nightly")
  Stream<DynamicNode> gradientsOfTheOthers() {
    return all()
        .filter(each -> !WITH_GRADIENTS.contains(each.name()))
        .map(
            each ->
                DynamicContainer.dynamicContainer(each.name(), FamilyConformance.of(each.json())));
  }

  static Stream<Configured> all() {
    return Stream.of(
        family(
            "bert",
            """
            {"model_type": "bert", "num_hidden_layers": 2, "num_attention_heads": 2,
             "hidden_size": 8, "intermediate_size": 5, "max_position_embeddings": 16,
             "vocab_size": 13}
            """),
        family(
            "gpt2",
            """
            {"model_type": "gpt2", "n_layer": 2, "n_head": 2, "n_embd": 8, "n_positions": 16,
             "vocab_size": 13}
            """),
        family(
            "llama",
            """
            {"model_type": "llama", "num_hidden_layers": 2, "hidden_size": 8, "vocab_size": 13,
             "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6,
             "intermediate_size": 5, "rope_theta": 50, "attention_bias": true}
            """),
        family(
            "qwen3",
            """
            {"model_type": "qwen3", "num_hidden_layers": 2, "hidden_size": 6, "vocab_size": 13,
             "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4,
             "intermediate_size": 5, "rope_theta": 50, "use_sliding_window": true,
             "sliding_window": 3, "max_window_layers": 1}
            """),
        family(
            "qwen2",
            """
            {"model_type": "qwen2", "num_hidden_layers": 2, "hidden_size": 8, "vocab_size": 13,
             "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 5,
             "rope_theta": 50, "tie_word_embeddings": true}
            """),
        family(
            "mistral",
            """
            {"model_type": "mistral", "num_hidden_layers": 2, "hidden_size": 6, "vocab_size": 13,
             "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 4,
             "intermediate_size": 5, "rope_theta": 50, "sliding_window": 3}
            """),
        family(
            "gemma2",
            """
            {"model_type": "gemma2", "rms_norm_eps": 0.1, "num_hidden_layers": 2,
             "hidden_size": 6, "vocab_size": 13,
             "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4,
             "intermediate_size": 5, "sliding_window": 3, "query_pre_attn_scalar": 3,
             "attn_logit_softcapping": 4, "final_logit_softcapping": 9}
            """),
        family(
            "gemma",
            """
            {"model_type": "gemma", "rms_norm_eps": 0.1, "num_hidden_layers": 2,
             "hidden_size": 6, "vocab_size": 13,
             "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4,
             "intermediate_size": 5}
            """),
        family(
            "gemma3",
            """
            {"model_type": "gemma3_text", "rms_norm_eps": 0.1, "num_hidden_layers": 2,
             "hidden_size": 6,
             "vocab_size": 13, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4,
             "intermediate_size": 5, "sliding_window": 3, "sliding_window_pattern": 2,
             "query_pre_attn_scalar": 40, "rope_theta": 50, "rope_local_base_freq": 10}
            """),
        family(
            "smollm3",
            """
            {"model_type": "smollm3", "num_hidden_layers": 2, "hidden_size": 8, "vocab_size": 13,
             "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 5,
             "no_rope_layer_interval": 2, "use_sliding_window": true, "sliding_window": 3,
             "mlp_bias": true}
            """),
        family(
            "olmo2",
            """
            {"model_type": "olmo2", "num_hidden_layers": 2, "hidden_size": 8, "vocab_size": 13,
             "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 5,
             "rope_theta": 50}
            """),
        family(
            "olmo3",
            """
            {"model_type": "olmo3", "num_hidden_layers": 2, "hidden_size": 8, "vocab_size": 13,
             "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 5,
             "sliding_window": 3, "layer_types": ["sliding_attention", "full_attention"]}
            """),
        family(
            "mixtral",
            """
            {"model_type": "mixtral", "num_hidden_layers": 2, "hidden_size": 6, "vocab_size": 13,
             "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4,
             "intermediate_size": 5, "num_local_experts": 3, "rope_theta": 50,
             "rms_norm_eps": 0.1}
            """),
        family(
            "qwen3_moe",
            """
            {"model_type": "qwen3_moe", "num_hidden_layers": 2, "hidden_size": 6,
             "vocab_size": 13, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4,
             "intermediate_size": 5, "moe_intermediate_size": 4, "num_experts": 4,
             "num_experts_per_tok": 2, "mlp_only_layers": [0], "rope_theta": 50,
             "rms_norm_eps": 0.01}
            """),
        family(
            "gpt_oss",
            """
            {"model_type": "gpt_oss", "num_hidden_layers": 2, "hidden_size": 6, "vocab_size": 13,
             "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4,
             "intermediate_size": 5, "num_local_experts": 3, "num_experts_per_tok": 2,
             "sliding_window": 3, "rms_norm_eps": 0.01}
            """),
        family(
            "llama with yarn, one head of keys and tied embeddings",
            """
            {"model_type": "llama", "num_hidden_layers": 2, "hidden_size": 6, "vocab_size": 13,
             "num_attention_heads": 3, "num_key_value_heads": 1, "head_dim": 4,
             "intermediate_size": 5, "mlp_bias": true, "tie_word_embeddings": true,
             "rope_parameters": {"rope_type": "yarn", "rope_theta": 20, "factor": 4,
               "original_max_position_embeddings": 4}}
            """),
        family(
            "gpt_neox",
            """
            {"model_type": "gpt_neox", "num_hidden_layers": 2, "hidden_size": 12, "vocab_size": 13,
             "num_attention_heads": 2, "intermediate_size": 5, "rotary_pct": 0.34,
             "rotary_emb_base": 20}
            """),
        family(
            "gpt_neox, one half after the other",
            """
            {"model_type": "gpt_neox", "num_hidden_layers": 2, "hidden_size": 8, "vocab_size": 13,
             "num_attention_heads": 2, "intermediate_size": 5, "rotary_pct": 1,
             "use_parallel_residual": false, "tie_word_embeddings": true}
            """),
        family(
            "gptj",
            """
            {"model_type": "gptj", "n_layer": 2, "n_head": 2, "n_embd": 12, "n_positions": 16,
             "vocab_size": 13, "rotary_dim": 4, "n_inner": 5}
            """),
        family(
            "gpt_neo",
            """
            {"model_type": "gpt_neo", "num_layers": 2, "num_heads": 2, "hidden_size": 8,
             "max_position_embeddings": 16, "vocab_size": 13, "intermediate_size": 5,
             "attention_types": [[["global", "local"], 1]], "window_size": 3}
            """),
        family(
            "phi",
            """
            {"model_type": "phi", "num_hidden_layers": 2, "hidden_size": 12, "vocab_size": 13,
             "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 5,
             "qk_layernorm": true, "rope_theta": 20, "partial_rotary_factor": 0.7}
            """),
        family(
            "olmo",
            """
            {"model_type": "olmo", "num_hidden_layers": 2, "hidden_size": 8, "vocab_size": 13,
             "num_attention_heads": 2, "intermediate_size": 5, "clip_qkv": 0.9, "rope_theta": 20}
            """),
        family(
            "opt, whose norms follow the sums",
            """
            {"model_type": "opt", "num_hidden_layers": 2, "hidden_size": 8, "vocab_size": 13,
             "num_attention_heads": 2, "ffn_dim": 5, "max_position_embeddings": 16,
             "do_layer_norm_before": false, "word_embed_proj_dim": 6}
            """),
        family(
            "bloom",
            """
            {"model_type": "bloom", "n_layer": 2, "hidden_size": 6, "vocab_size": 13, "n_head": 3}
            """),
        family(
            "falcon",
            """
            {"model_type": "falcon", "num_hidden_layers": 2, "hidden_size": 8, "vocab_size": 13,
             "num_attention_heads": 4, "num_kv_heads": 2, "ffn_hidden_size": 5,
             "new_decoder_architecture": true, "rope_theta": 20}
            """),
        family(
            "falcon with biases by position and one key",
            """
            {"model_type": "falcon", "num_hidden_layers": 2, "hidden_size": 6, "vocab_size": 13,
             "num_attention_heads": 3, "ffn_hidden_size": 5, "alibi": true, "bias": true,
             "parallel_attn": false}
            """),
        family(
            "phi3",
            """
            {"model_type": "phi3", "num_hidden_layers": 2, "hidden_size": 8, "vocab_size": 13,
             "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 5,
             "sliding_window": 3, "rope_theta": 20, "partial_rotary_factor": 0.5}
            """));
  }

  private static Configured family(String name, String config) {
    return new Configured(name, config);
  }
}
