package org.nnsight4j.internal.checkpoint;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;

/**
 * The class that Hugging Face's {@code AutoTokenizer} uses for a directory. Some classes use {@code
 * tokenizer.json} as it is, others only its vocabulary, and build the rest themselves.
 */
enum TokenizerClass {
  /** {@code tokenizer.json} as it is. */
  BACKEND,
  GPT2,
  LLAMA,
  QWEN2,
  GPT_NEOX,
  GEMMA,
  BERT;

  private static final String LLAMA_NAME = "LlamaTokenizer";
  private static final String BACKEND_NAME = "TokenizersBackend";

  private static final Set<String> BACKENDS =
      Set.of(BACKEND_NAME, "PreTrainedTokenizerFast", "PreTrainedTokenizer", "PythonBackend");

  /** Published files of these model types name a class that is not the right one. */
  private static final Set<String> WRONG_IN_FILES =
      Set.of("nemotron phi3 phi3_v phimoe qwen2 qwen3_5 qwen3_5_moe qwen3_5_moe_text".split(" "));

  /** The classes of model types that have one. */
  private static final Map<String, String> OF_MODEL_TYPE = new HashMap<>();

  static {
    register(
        BACKEND_NAME,
        "flex_olmo glm glm4 glm4_moe gpt_bigcode granite granitemoe granitemoehybrid jamba ministral ministral3 mistral mistral3 mixtral modernbert nemotron olmo2 olmo3 persimmon phi3 phi3_v phimoe pixtral smolvlm stablelm");
    register(
        "GPT2Tokenizer",
        "blip-2 codegen dbrx emu3 gpt2 gpt_neo gptj instructblip jais2 opt phi starcoder2");
    register("GPTNeoXTokenizer", "falcon_mamba gpt_neox mamba mamba2 mpt olmo olmoe rwkv xlstm");
    register(
        "GemmaTokenizer",
        "gemma gemma2 gemma3 gemma3_text gemma3n gemma3n_text recurrent_gemma shieldgemma2");
    register("Qwen2Tokenizer", "qwen2 qwen2_moe qwen2_vl qwen2_5_vl qwen3 qwen3_moe qwen3_next");
    register("Qwen3_5Tokenizer", "qwen3_5 qwen3_5_text qwen3_5_moe qwen3_5_moe_text");
    register("CohereTokenizer", "cohere cohere2");
    register("CodeLlamaTokenizer", "code_llama");
    register("BertTokenizer", "bert convbert distilbert electra ernie megatron-bert nezha");
    register("MobileBertTokenizer", "mobilebert");
    register("RobertaTokenizer", "bart data2vec-text roberta roberta-prelayernorm longformer");
    register("T5Tokenizer", "mt5 switch_transformers t5");
    register("XLMRobertaTokenizer", "xlm-roberta xmod");
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
    boolean wrong = modelType != null && WRONG_IN_FILES.contains(modelType);
    boolean mistral =
        modelType != null && modelType.matches("ministral3?|mistral3?|mixtral|pixtral");
    if (LLAMA_NAME.equals(said) && byteLevel && !mistral && !wrong) {
      return BACKEND;
    }
    if (said == null) {
      return registered == null ? BACKEND : named(where, registered);
    }
    if (registered == null || said.equals(registered)) {
      return named(where, said);
    }
    return registered.equals(BACKEND_NAME) ? BACKEND : named(where, wrong ? registered : said);
  }

  /** Tokens that the class has if the files do not specify them, by the files' keys. */
  Map<String, String> usualTokens() {
    return switch (this) {
      case BACKEND -> Map.of();
      case GPT2 -> same("<|endoftext|>", "bos_token", "eos_token", "unk_token");
      case LLAMA -> Map.of("unk_token", "<unk>", "bos_token", "<s>", "eos_token", "</s>");
      case QWEN2 -> same("<|endoftext|>", "eos_token", "unk_token", "pad_token");
      case GPT_NEOX ->
          Map.of(
              "unk_token", "<|endoftext|>",
              "bos_token", "<|endoftext|>",
              "eos_token", "<|endoftext|>",
              "pad_token", "<|padding|>");
      case GEMMA ->
          Map.of(
              "unk_token", "<unk>",
              "bos_token", "<bos>",
              "eos_token", "<eos>",
              "pad_token", "<pad>",
              "mask_token", "<mask>");
      case BERT ->
          Map.of(
              "unk_token", "[UNK]",
              "sep_token", "[SEP]",
              "pad_token", "[PAD]",
              "cls_token", "[CLS]",
              "mask_token", "[MASK]");
    };
  }

  private static Map<String, String> same(String token, String... keys) {
    Map<String, String> tokens = new HashMap<>();
    for (String key : keys) {
      tokens.put(key, token);
    }
    return tokens;
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
      case "GPT2Tokenizer", "CodeGenTokenizer" -> GPT2;
      case "Qwen2Tokenizer" -> QWEN2;
      case "GPTNeoXTokenizer" -> GPT_NEOX;
      case "GemmaTokenizer" -> GEMMA;
      case "BertTokenizer" -> BERT;
      case "BloomTokenizer" -> BACKEND;
      case LLAMA_NAME -> LLAMA;
      default ->
          throw new CheckpointException(
              "%s: the tokenizer_class is %s, which nnsight4j does not have, and which may read text in its own way; give token ids, or, if tokenizer.json alone says how text is read, write \"tokenizer_class\": \"TokenizersBackend\" into tokenizer_config.json"
                  .formatted(where, name));
    };
  }
}
