package org.nnsight4j.docs;

import java.nio.file.Path;
import java.util.List;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Family;
import org.nnsight4j.models.bert.BertFamily;
import org.nnsight4j.models.bloom.BloomFamily;
import org.nnsight4j.models.falcon.FalconFamily;
import org.nnsight4j.models.gemma.GemmaFamily;
import org.nnsight4j.models.gemma2.Gemma2Family;
import org.nnsight4j.models.gemma3.Gemma3Family;
import org.nnsight4j.models.gptj.GptJFamily;
import org.nnsight4j.models.gptneo.GptNeoFamily;
import org.nnsight4j.models.gptneox.GptNeoXFamily;
import org.nnsight4j.models.gptoss.GptOssFamily;
import org.nnsight4j.models.mistral.MistralFamily;
import org.nnsight4j.models.mixtral.MixtralFamily;
import org.nnsight4j.models.olmo.OlmoFamily;
import org.nnsight4j.models.olmo2.Olmo2Family;
import org.nnsight4j.models.olmo3.Olmo3Family;
import org.nnsight4j.models.opt.OptFamily;
import org.nnsight4j.models.phi.PhiFamily;
import org.nnsight4j.models.phi3.Phi3Family;
import org.nnsight4j.models.qwen2.Qwen2Family;
import org.nnsight4j.models.qwen3.Qwen3Family;
import org.nnsight4j.models.qwen3moe.Qwen3MoeFamily;
import org.nnsight4j.models.smollm3.SmolLM3Family;

/**
 * A family whose sites have a table of their own.
 *
 * @param title of its section
 * @param size whose lengths the table has
 * @param config what decides them
 */
record FamilySites(String title, String size, Family family, String config) {
  static final List<FamilySites> ALL =
      List.of(
          new FamilySites(
              "Mistral",
              "Mistral 7B v0.3",
              new MistralFamily(),
              """
              {"model_type": "mistral", "hidden_size": 4096, "intermediate_size": 14336,
               "num_hidden_layers": 32, "num_attention_heads": 32,
               "num_key_value_heads": 8, "vocab_size": 32768}
              """),
          new FamilySites(
              "Mixtral",
              "Mixtral 8x7B",
              new MixtralFamily(),
              """
              {"model_type": "mixtral", "hidden_size": 4096, "intermediate_size": 14336,
               "num_hidden_layers": 32, "num_attention_heads": 32,
               "num_key_value_heads": 8, "vocab_size": 32000, "num_local_experts": 8,
               "num_experts_per_tok": 2}
              """),
          new FamilySites(
              "Qwen 2 and 2.5",
              "Qwen 2.5 0.5B",
              new Qwen2Family(),
              """
              {"model_type": "qwen2", "hidden_size": 896, "intermediate_size": 4864,
               "num_hidden_layers": 24, "num_attention_heads": 14,
               "num_key_value_heads": 2, "vocab_size": 151936}
              """),
          new FamilySites(
              "Qwen 3",
              "Qwen 3 0.6B",
              new Qwen3Family(),
              """
              {"model_type": "qwen3", "hidden_size": 1024, "intermediate_size": 3072,
               "num_hidden_layers": 28, "num_attention_heads": 16,
               "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 151936}
              """),
          new FamilySites(
              "Qwen 3 with experts",
              "Qwen 3 30B A3B",
              new Qwen3MoeFamily(),
              """
              {"model_type": "qwen3_moe", "hidden_size": 2048, "intermediate_size": 6144,
               "moe_intermediate_size": 768, "num_hidden_layers": 48,
               "num_attention_heads": 32, "num_key_value_heads": 4, "head_dim": 128,
               "vocab_size": 151936, "num_experts": 128, "num_experts_per_tok": 8}
              """),
          new FamilySites(
              "Gemma 1",
              "Gemma 2B",
              new GemmaFamily(),
              """
              {"model_type": "gemma", "hidden_size": 2048, "intermediate_size": 16384,
               "num_hidden_layers": 18, "num_attention_heads": 8, "num_key_value_heads": 1,
               "head_dim": 256, "vocab_size": 256000}
              """),
          new FamilySites(
              "Gemma 2",
              "Gemma 2 2B",
              new Gemma2Family(),
              """
              {"model_type": "gemma2", "hidden_size": 2304, "intermediate_size": 9216,
               "num_hidden_layers": 26, "num_attention_heads": 8, "num_key_value_heads": 4,
               "head_dim": 256, "vocab_size": 256000}
              """),
          new FamilySites(
              "Gemma 3",
              "Gemma 3 270M",
              new Gemma3Family(),
              """
              {"model_type": "gemma3_text", "hidden_size": 640, "intermediate_size": 2048,
               "num_hidden_layers": 18, "num_attention_heads": 4, "num_key_value_heads": 1,
               "head_dim": 256, "vocab_size": 262144}
              """),
          new FamilySites(
              "SmolLM 3",
              "SmolLM 3 3B",
              new SmolLM3Family(),
              """
              {"model_type": "smollm3", "hidden_size": 2048, "intermediate_size": 11008,
               "num_hidden_layers": 36, "num_attention_heads": 16,
               "num_key_value_heads": 4, "vocab_size": 128256}
              """),
          new FamilySites(
              "OLMo 2",
              "OLMo 2 1B",
              new Olmo2Family(),
              """
              {"model_type": "olmo2", "hidden_size": 2048, "intermediate_size": 8192,
               "num_hidden_layers": 16, "num_attention_heads": 16,
               "num_key_value_heads": 16, "vocab_size": 100352}
              """),
          new FamilySites(
              "OLMo 3",
              "OLMo 3 7B",
              new Olmo3Family(),
              """
              {"model_type": "olmo3", "hidden_size": 4096, "intermediate_size": 11008,
               "num_hidden_layers": 32, "num_attention_heads": 32,
               "num_key_value_heads": 32, "vocab_size": 100278}
              """),
          new FamilySites(
              "GPT-OSS",
              "GPT-OSS 20B",
              new GptOssFamily(),
              """
              {"model_type": "gpt_oss", "hidden_size": 2880, "intermediate_size": 2880,
               "num_hidden_layers": 24, "num_attention_heads": 64,
               "num_key_value_heads": 8, "head_dim": 64, "vocab_size": 201088,
               "num_local_experts": 32, "num_experts_per_tok": 4}
              """),
          new FamilySites(
              "GPT-NeoX",
              "Pythia 70M",
              new GptNeoXFamily(),
              """
              {"model_type": "gpt_neox", "hidden_size": 512, "intermediate_size": 2048,
               "num_hidden_layers": 6, "num_attention_heads": 8, "vocab_size": 50304}
              """),
          new FamilySites(
              "GPT-Neo",
              "TinyStories 33M",
              new GptNeoFamily(),
              """
              {"model_type": "gpt_neo", "hidden_size": 768, "num_layers": 4, "num_heads": 16,
               "attention_types": [[["global", "local"], 2]], "vocab_size": 50257}
              """),
          new FamilySites(
              "GPT-J",
              "GPT-J 6B",
              new GptJFamily(),
              """
              {"model_type": "gptj", "n_embd": 4096, "n_layer": 28, "n_head": 16, "rotary_dim": 64,
               "vocab_size": 50400}
              """),
          new FamilySites(
              "Phi",
              "Phi 2",
              new PhiFamily(),
              """
              {"model_type": "phi", "hidden_size": 2560, "intermediate_size": 10240,
               "num_hidden_layers": 32, "num_attention_heads": 32,
               "partial_rotary_factor": 0.4, "vocab_size": 51200}
              """),
          new FamilySites(
              "Phi-3",
              "Phi-3 mini 4k",
              new Phi3Family(),
              """
              {"model_type": "phi3", "hidden_size": 3072, "intermediate_size": 8192,
               "num_hidden_layers": 32, "num_attention_heads": 32, "sliding_window": 2047,
               "vocab_size": 32064}
              """),
          new FamilySites(
              "OLMo 1",
              "OLMo 1B",
              new OlmoFamily(),
              """
              {"model_type": "olmo", "hidden_size": 2048, "intermediate_size": 8192,
               "num_hidden_layers": 16, "num_attention_heads": 16, "vocab_size": 50304}
              """),
          new FamilySites(
              "OPT",
              "OPT 125M",
              new OptFamily(),
              """
              {"model_type": "opt", "hidden_size": 768, "ffn_dim": 3072, "num_hidden_layers": 12,
               "num_attention_heads": 12, "vocab_size": 50272}
              """),
          new FamilySites(
              "BLOOM",
              "BLOOM 560M",
              new BloomFamily(),
              """
              {"model_type": "bloom", "hidden_size": 1024, "n_layer": 24, "n_head": 16,
               "vocab_size": 250880}
              """),
          new FamilySites(
              "Falcon",
              "Falcon 7B",
              new FalconFamily(),
              """
              {"model_type": "falcon", "hidden_size": 4544, "num_hidden_layers": 32,
               "num_attention_heads": 71, "multi_query": true, "vocab_size": 65024}
              """),
          new FamilySites("BERT", "BERT base", new BertFamily(), "{\"model_type\": \"bert\"}"));

  Blueprint blueprint() {
    return family.blueprint(
        ModelConfig.parse(Path.of("config.json"), config).withAliases(family.aliases()));
  }
}
