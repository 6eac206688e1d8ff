package org.nnsight4j.internal.checkpoint;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;

/**
 * The class that Hugging Face's {@code AutoTokenizer} makes of a directory. Some take {@code
 * tokenizer.json} as it is, others only its vocabulary, and the rest is their own.
 */
enum TokenizerClass {
  /** {@code tokenizer.json} as it is. */
  BACKEND,
  GPT2,
  LLAMA;

  private static final String LLAMA_NAME = "LlamaTokenizer";
  private static final String MISTRAL_NAME = "MistralCommonBackend";

  private static final Set<String> BACKENDS =
      Set.of(
          "TokenizersBackend", "PreTrainedTokenizerFast", "PreTrainedTokenizer", "PythonBackend");

  /** The classes of model types that have one of their own. */
  private static final Map<String, String> OF_MODEL_TYPE = new HashMap<>();

  static {
    register(
        "GPT2Tokenizer",
        "blip-2 codegen dbrx emu3 gpt2 gpt_neo gptj instructblip jais2 opt phi starcoder2");
    register("GPTNeoXTokenizer", "falcon_mamba gpt_neox mamba mamba2 mpt olmo olmoe rwkv xlstm");
    register(
        "GemmaTokenizer", "gemma gemma2 gemma3 gemma3_text gemma3n gemma3n_text recurrent_gemma");
    register("Qwen2Tokenizer", "qwen2 qwen2_moe qwen2_vl qwen2_5_vl qwen3 qwen3_moe qwen3_next");
    register("Qwen3_5Tokenizer", "qwen3_5 qwen3_5_text qwen3_5_moe qwen3_5_moe_text");
    register("CohereTokenizer", "cohere cohere2");
    register("CodeLlamaTokenizer", "code_llama");
    register(
        "BertTokenizer", "bert convbert distilbert electra ernie megatron-bert mobilebert nezha");
    register("RobertaTokenizer", "bart data2vec-text roberta roberta-prelayernorm longformer");
    register("T5Tokenizer", "mt5 switch_transformers t5");
    register("XLMRobertaTokenizer", "xlm-roberta xmod");
    register(MISTRAL_NAME, "ministral ministral3 mistral mistral3 mixtral pixtral");
  }

  private static void register(String name, String modelTypes) {
    for (String type : List.of(modelTypes.split(" "))) {
      OF_MODEL_TYPE.put(type, name);
    }
  }

  /**
   * The class of a directory.
   *
   * @param ofTokenizer {@code tokenizer_class} of tokenizer_config.json
   * @param ofModel {@code tokenizer_class} of config.json
   * @param byteLevel whether tokenizer.json has a part of the type ByteLevel
   */
  static TokenizerClass of(
      String where,
      @Nullable String ofTokenizer,
      @Nullable String ofModel,
      @Nullable String modelType,
      boolean byteLevel) {
    String said = withoutFast(ofTokenizer == null ? ofModel : ofTokenizer);
    String registered = modelType == null ? null : OF_MODEL_TYPE.get(modelType);
    boolean mistral = MISTRAL_NAME.equals(registered);
    if (LLAMA_NAME.equals(said) && byteLevel && !mistral) {
      return BACKEND;
    }
    if (said == null) {
      return registered == null || mistral ? BACKEND : named(where, registered);
    }
    return mistral && !said.equals(registered) ? BACKEND : named(where, said);
  }

  private static @Nullable String withoutFast(@Nullable String name) {
    return name == null || BACKENDS.contains(name) || !name.endsWith("Fast")
        ? name
        : name.substring(0, name.length() - "Fast".length());
  }

  private static TokenizerClass named(String where, String name) {
    if (BACKENDS.contains(name)) {
      return BACKEND;
    }
    return switch (name) {
      case "GPT2Tokenizer" -> GPT2;
      case LLAMA_NAME -> LLAMA;
      default ->
          throw new CheckpointException(
              "%s: the tokenizer_class is %s, which nnsight4j does not have, and which may read text in its own way; give token ids, or, if tokenizer.json alone says how text is read, write \"tokenizer_class\": \"TokenizersBackend\" into tokenizer_config.json"
                  .formatted(where, name));
    };
  }
}
