package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.attach.LoraAdapter;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Tensor;

/**
 * Files of PEFT and SAELens: every key and every tensor is used, changes nothing, or is refused by
 * its name.
 */
final class ToolFilesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path FIXTURES = Path.of("src/test/resources/fixtures");
  private static final String BLOCK = "base_model.model.transformer.h.0.";

  @TempDir Path directory;

  @BeforeEach
  void copy() throws IOException {
    copy("adapters/plain", "adapter_config.json", "adapter_model.safetensors");
    copy("autoencoders/old-relu", "cfg.json", "sae_weights.safetensors");
  }

  private void copy(String folder, String... files) throws IOException {
    for (String file : files) {
      Path target = directory.resolve(file);
      Files.deleteIfExists(target);
      Files.copy(FIXTURES.resolve(folder).resolve(file), target);
    }
  }

  private void set(String file, String key, String value) throws IOException {
    Path path = directory.resolve(file);
    ObjectNode json = (ObjectNode) JSON.readTree(path.toFile());
    json.set(key, JSON.readTree(value));
    Files.writeString(path, json.toString());
  }

  private void addTensor(String file, String name, Tensor tensor) {
    Path path = directory.resolve(file);
    Map<String, Tensor> tensors = new TreeMap<>(Safetensors.read(path));
    tensors.put(name, tensor);
    Safetensors.write(path, tensors, Map.of());
  }

  private void adapterRefused(String... words) {
    refused(assertThrows(CheckpointException.class, () -> LoraAdapter.load(directory)), words);
  }

  private void autoencoderRefused(String... words) {
    refused(
        assertThrows(CheckpointException.class, () -> SparseAutoencoder.open(directory)), words);
  }

  private void refused(CheckpointException error, String... words) {
    assertThat(error).hasMessageThat().contains(directory.toString());
    for (String word : words) {
      assertThat(error).hasMessageThat().contains(word);
    }
  }

  // LoRA.

  /** Each field of PEFT's LoraConfig that changes numbers, with a value that does. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "peft_type | \"IA3\" | is another method",
        "peft_type | \"ADALORA\" | is another method",
        "peft_type | null | expected \"peft_type\"",
        "init_lora_weights | \"pissa\" | path_initial_model_for_weight_conversion",
        "init_lora_weights | \"pissa_niter_16\" | path_initial_model_for_weight_conversion",
        "init_lora_weights | \"olora\" | path_initial_model_for_weight_conversion",
        "init_lora_weights | \"corda\" | path_initial_model_for_weight_conversion",
        "init_lora_weights | \"loftq\" | path_initial_model_for_weight_conversion",
        "init_lora_weights | \"lora_ga\" | path_initial_model_for_weight_conversion",
        "init_lora_weights | \"of tomorrow\" | of tomorrow",
        "bias | \"all\" | merge_and_unload",
        "bias | \"lora_only\" | merge_and_unload",
        "megatron_config | {\"a\": 1} | merge_and_unload",
        "trainable_token_indices | [1] | merge_and_unload",
        "target_parameters | [\"mlp.weight\"] | merge_and_unload",
        "layer_replication | [[0, 2], [1, 4]] | merge_and_unload",
        "ensure_weight_tying | true | merge_and_unload",
        "enable_lora | [true, false, true] | merge_and_unload",
        "alora_invocation_tokens | [5, 6] | acts only from these tokens on",
        "use_qalora | true | merge_and_unload",
        "use_bdlora | {} | merge_and_unload",
        "arrow_config | {\"top_k\": 2} | merge_and_unload",
        "kasa_config | {} | path_initial_model_for_weight_conversion",
        "monteclora_config | {} | merge_and_unload",
        "use_dora | true | use_dora = true, but the tensor for it is not there",
        "lora_bias | true | lora_bias = true, but the tensor for it is not there",
        "use_dora | \"yes\" | expected true or false under \"use_dora\"",
        "use_rslora | 1 | expected true or false under \"use_rslora\"",
        "r | 3 | pairs of the rank 2 and 2, adapter_config.json says r = 3",
        "r | 0 | must be 1 or more",
        "r | null | expected an integer under \"r\"",
        "lora_alpha | null | expected a number under \"lora_alpha\"",
        "lora_alpha | \"8\" | expected a finite number under \"lora_alpha\"",
        "rank_pattern | {\"c_attn\": 3} | says r = 3",
        "rank_pattern | {\"c_attn\": 2.5} | expected integers in \"rank_pattern\"",
        "rank_pattern | [2] | expected an object under \"rank_pattern\"",
        "rank_pattern | {\"(?P<x>h)\": 3} | may mean something else in Java",
        "alpha_pattern | {\"h.[0-9&&[1]]\": 3} | may mean something else in Java",
        "alpha_pattern | {\"h.*+c\": 3} | may mean something else in Java",
        "alpha_pattern | {\"(h\": 3} | expected a regular expression",
        "alpha_pattern | {\"c_attn\": \"8\"} | expected numbers in \"alpha_pattern\"",
        "target_modules | null | expected the names of modules under \"target_modules\"",
        "target_modules | 3 | target_modules",
        "layers_pattern | \"h\" | says how layers_to_transform are called, which is not there",
        "a_key_of_tomorrow | false | is no key of PEFT 0.21.2 that nnsight4j knows"
      })
  void adapterThatAsksForMore(String key, String value, String words) throws IOException {
    set("adapter_config.json", key, value);
    adapterRefused(words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "init_lora_weights | false",
        "init_lora_weights | \"gaussian\"",
        "init_lora_weights | \"eva\"",
        "init_lora_weights | \"mica\"",
        "eva_config | {\"rho\": 1.0}",
        "velora_config | {\"num_groups\": 32}",
        "lora_dropout | 0.9",
        "fan_in_fan_out | false",
        "inference_mode | false",
        "task_type | null",
        "revision | \"main\"",
        "runtime_config | {\"ephemeral_gpu_offload\": true}",
        "merge_weights | false",
        "modules_to_save | []",
        "a_key_of_tomorrow | null"
      })
  void adapterThatAsksForNothingMore(String key, String value) throws IOException {
    set("adapter_config.json", key, value);
    assertThat(LoraAdapter.load(directory).pairs()).hasSize(4);
  }

  @Test
  void everyTensorOfAnAdapterIsUsed() throws IOException {
    for (String name :
        new String[] {
          "base_model.model.transformer.wte.lora_embedding_A",
          "base_model.model.transformer.wte.base_layer.weight",
          "base_model.model.lm_head.weight",
          BLOCK + "attn.c_attn.lora_A.bias",
          BLOCK + "attn.c_attn.lora_diag",
          BLOCK + "attn.c_attn.base_layer.bias"
        }) {
      copy("adapters/plain", "adapter_model.safetensors");
      addTensor("adapter_model.safetensors", name, Probe.floats(1, 2));
      adapterRefused("'" + name + "' is no weight of LoRA that can be attached");
    }
    copy("adapters/plain", "adapter_model.safetensors");
    Tensor vector = Probe.floats(new double[384]);
    addTensor("adapter_model.safetensors", BLOCK + "attn.c_attn.lora_B.bias", vector);
    adapterRefused("lora_bias = false, but the tensor for it is there");
    copy("adapters/plain", "adapter_model.safetensors");
    addTensor("adapter_model.safetensors", BLOCK + "attn.c_attn.lora_magnitude_vector", vector);
    adapterRefused("use_dora = false, but the tensor for it is there");
    copy("adapters/plain", "adapter_model.safetensors");
    addTensor(
        "adapter_model.safetensors",
        BLOCK + "mlp.c_fc.lora_A.weight",
        Probe.floats(new long[] {2, 128}, new double[256]));
    adapterRefused("transformer.h.0.mlp.c_fc has [lora_A], expected lora_A and lora_B");
  }

  private void addRefused(String... words) {
    LoraAdapter adapter = LoraAdapter.load(directory);
    Probe.refused(
        RecordingException.class,
        () -> {
          try (Generator<Gpt2> generator = Probe.GPT2.trace();
              Invoker<Gpt2> invoker = generator.invoke(Probe.IDS)) {
            invoker.add(adapter);
          }
        },
        words);
  }

  /** What PEFT would make of the configuration is what the weights are for. */
  @Test
  void targetsAreThoseOfTheWeights() throws IOException {
    set("adapter_config.json", "target_modules", "[\"c_attn\", \"c_fc\"]");
    addRefused("its target_modules mean 'transformer.h.0.mlp.c_fc', which it has no weights for");
    set("adapter_config.json", "target_modules", "\"all-linear\"");
    addRefused("its target_modules mean 'transformer.h.0.attn.c_proj'");
    set("adapter_config.json", "target_modules", "[\"c_attn\"]");
    set("adapter_config.json", "exclude_modules", "\".*h\\\\.2.*\"");
    addRefused("weights for 'transformer.h.2.attn.c_attn', which its target_modules do not mean");
    set("adapter_config.json", "exclude_modules", "null");
    set("adapter_config.json", "modules_to_save", "[\"head\"]");
    addRefused("its modules_to_save mean 'lm_head', which it has no weights for");
    set("adapter_config.json", "modules_to_save", "null");
    set("adapter_config.json", "layers_to_transform", "[0, 1, 2]");
    addRefused("weights for 'transformer.h.3.attn.c_attn', which its target_modules do not mean");
    // A list that has a module's whole name means it whatever its layer is, as in PEFT.
    set("adapter_config.json", "target_modules", "[\"c_attn\", \"transformer.h.3.attn.c_attn\"]");
    try (Generator<Gpt2> generator = Probe.GPT2.trace();
        Invoker<Gpt2> invoker = generator.invoke(Probe.IDS)) {
      invoker.add(LoraAdapter.load(directory));
    }
  }

  /** What stands in a module's place is one that is computed here, and of its width. */
  @Test
  void modulesToSaveFitTheModel() throws IOException {
    String model = "base_model.model.";
    Tensor square = Probe.floats(new long[] {128, 128}, new double[128 * 128]);
    set("adapter_config.json", "modules_to_save", "[\"lm_head\", \"ln_1\", \"c_attn\", \"gone\"]");
    addTensor("adapter_model.safetensors", model + "lm_head.weight", square);
    addRefused("modules_to_save has 'lm_head' of the width 128, the model's is");
    copy("adapters/plain", "adapter_model.safetensors");
    addTensor("adapter_model.safetensors", model + "gone.weight", square);
    addRefused("its modules_to_save have 'gone', which this model ('gpt2') has not");
    copy("adapters/plain", "adapter_model.safetensors");
    addTensor("adapter_model.safetensors", BLOCK + "attn.c_attn.weight", square);
    addRefused("'transformer.h.0.attn.c_attn' has a pair and is one of modules_to_save");
    copy("adapters/plain", "adapter_model.safetensors");
    addTensor("adapter_model.safetensors", model + "transformer.h.0.ln_1.weight", square);
    addRefused("modules_to_save has 'transformer.h.0.ln_1' (LayerNorm), of which");
    copy("adapters/plain", "adapter_model.safetensors");
    addTensor("adapter_model.safetensors", model + "lm_head.bias", Probe.floats(1));
    adapterRefused("lm_head has a bias and no weight");
  }

  @Test
  void adapterOfAnotherModel() throws IOException {
    Map<String, Tensor> tensors = new TreeMap<>();
    Safetensors.read(directory.resolve("adapter_model.safetensors"))
        .forEach((name, tensor) -> tensors.put(name.replace("c_attn", "q_proj"), tensor));
    Safetensors.write(directory.resolve("adapter_model.safetensors"), tensors, Map.of());
    set("adapter_config.json", "target_modules", "[\"q_proj\"]");
    set("adapter_config.json", "base_model_name_or_path", "\"meta-llama/Llama-3.2-1B\"");
    addRefused(
        "add(adapter '"
            + directory.getFileName()
            + "'): it has weights for 'transformer.h.0.attn.q_proj', which this model ('gpt2') has"
            + " not (it has 'transformer.h.0.attn.c_proj'); the adapter is of another model"
            + " 'meta-llama/Llama-3.2-1B'");
  }

  // Sparse autoencoders.

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "architecture | \"matching_pursuit\" | architecture must be one of [standard, gated",
        "architecture | \"temporal\" | found 'temporal'",
        "architecture | \"gated\" | the architecture is 'gated', but the weights have no b_gate",
        "architecture | \"jumprelu\" | the architecture is 'jumprelu', but the weights have no threshold",
        "architecture | \"batchtopk\" | the architecture is 'batchtopk', but the weights have no threshold",
        "architecture | \"topk\" | needs an integer k",
        "architecture | \"transcoder\" | apply_b_dec_to_input must be false",
        "architecture | 1 | expected a string under \"architecture\"",
        "activation_fn_str | \"leaky\" | activation_fn_str must be one of [relu, topk, tanh-relu]",
        "activation_fn_str | \"topk\" | needs an integer k",
        "activation_fn | \"topk\" | activation_fn_str is \"relu\" and activation_fn is \"topk\"",
        "activation_fn_kwargs | {\"slope\": 0.1} | activation_fn_kwargs has \"slope\"",
        "activation_fn_kwargs | {\"k\": 5} | activation_fn_kwargs has \"k\" for the function \"relu\"",
        "normalize_activations | true | by numbers that are not in the file",
        "normalize_activations | \"expected_average_only_in\" | fold_activation_norm_scaling_factor",
        "normalize_activations | \"covariance_whitening\" | fold_activation_whitening",
        "normalize_activations | \"constant_scalar_rescale\" | normalize_activations",
        "reshape_activations | \"hook_q\" | reshape_activations=\"hook_q\" changes the numbers",
        "rescale_acts_by_decoder_norm | true | not computed for the architecture 'standard'",
        "finetuning_scaling_factor | true | but the weights have no factors",
        "finetuning_scaling_factor | \"true\" | expected true or false",
        "apply_b_dec_to_input | 0 | expected true or false under \"apply_b_dec_to_input\"",
        "is_transcoder | true | is_transcoder=true changes the numbers",
        "sae_lens_version | \"newest\" | expected a version such as 6.54.12",
        "d_in | 17 | cfg.json says d_in = 17 and d_sae = 24, W_enc is [16, 24]",
        "a_key_of_tomorrow | 1 | is no key of SAELens"
      })
  void autoencoderThatAsksForMore(String key, String value, String words) throws IOException {
    set("cfg.json", key, value);
    autoencoderRefused(words);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gated", "jumprelu"})
  void otherFunctionsAreOfStandardAlone(String architecture) throws IOException {
    copy("autoencoders/old-" + architecture, "cfg.json", "sae_weights.safetensors");
    set("cfg.json", "activation_fn_str", "\"tanh-relu\"");
    autoencoderRefused("architecture=\"" + architecture + "\" with the function \"tanh-relu\"");
  }

  /** Version 6 has no such key, and SAELens does not read it. */
  @Test
  void keysOfOlderVersionsInAFileOfToday() throws IOException {
    copy("autoencoders/new-standard", "cfg.json", "sae_weights.safetensors");
    set("cfg.json", "activation_fn", "\"topk\"");
    autoencoderRefused("activation_fn=\"topk\" is of SAELens before version 6");
  }

  @Test
  void everyTensorOfAnAutoencoderIsUsed() throws IOException {
    Tensor vector = Probe.floats(new double[24]);
    for (String name : new String[] {"W_enc_2", "b_dec_out", "running_mean"}) {
      copy("autoencoders/old-relu", "sae_weights.safetensors");
      addTensor("sae_weights.safetensors", name, vector);
      autoencoderRefused("found also [" + name + "]");
    }
    copy("autoencoders/old-relu", "sae_weights.safetensors");
    addTensor("sae_weights.safetensors", "scaling_factor", vector);
    autoencoderRefused("finetuning_scaling_factor = false, but the weights have factors");
    copy("autoencoders/old-relu", "sae_weights.safetensors");
    addTensor("sae_weights.safetensors", "threshold", vector);
    autoencoderRefused("the architecture is 'standard', but the weights have a threshold");
    addTensor("sae_weights.safetensors", "log_threshold", vector);
    autoencoderRefused("expected one threshold");
    copy("autoencoders/old-relu", "sae_weights.safetensors");
    addTensor(
        "sae_weights.safetensors", "W_skip", Probe.floats(new long[] {16, 16}, new double[256]));
    autoencoderRefused("the architecture is 'standard', but the weights have a W_skip");
    copy("autoencoders/old-gated", "sae_weights.safetensors", "cfg.json");
    addTensor("sae_weights.safetensors", "b_enc", vector);
    autoencoderRefused("has b_gate and b_enc");
    copy("autoencoders/new-jumprelu", "sae_weights.safetensors", "cfg.json");
    SparseAutoencoder jumping = SparseAutoencoder.open(directory);
    refused(
        assertThrows(CheckpointException.class, () -> jumping.topK(3)),
        "topK(3) is for autoencoders with ReLU, this one is 'jumprelu'");
    copy("autoencoders/transcoder", "sae_weights.safetensors");
    refused(
        assertThrows(
            CheckpointException.class,
            () -> SparseAutoencoder.load(directory.resolve("sae_weights.safetensors"))),
        "this is a transcoder");
  }

  @Test
  void transcodersStateTheWidthOfTheirOutput() throws IOException {
    copy("autoencoders/transcoder", "cfg.json", "sae_weights.safetensors");
    set("cfg.json", "d_out", "13");
    autoencoderRefused("W_dec gives values of the width 12, expected d_out = 13");
    set("cfg.json", "architecture", "\"standard\"");
    autoencoderRefused("W_dec gives values of the width 12, expected d_in");
  }

  @Test
  void everyTensorOfAProbeIsUsed() {
    Path file = directory.resolve("probe.safetensors");
    Tensor weight = Probe.floats(new long[] {1, 2}, 1, 2);
    Safetensors.write(file, Map.of("weight", weight, "scale", Probe.floats(3)), Map.of());
    refused(
        assertThrows(CheckpointException.class, () -> LinearProbe.load(file)),
        "expected the tensors of a linear probe, [bias, weight], found also [scale]");
  }

  /** transformers opens a model with the adapter that lies beside it. */
  @Test
  void adapterBesideAModel() throws IOException {
    Files.copy(EmbeddedGpt2.directory().resolve("config.json"), directory.resolve("config.json"));
    refused(
        assertThrows(
            CheckpointException.class, () -> LanguageModel.open(new Gpt2Model(), directory)),
        "holds an adapter beside the model (adapter_config.json)",
        "a directory of their own");
  }

  /** config.json: what transformers would compute otherwise. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "is_causal | false",
        "sliding_window | 4",
        "attention_chunk_size | 3",
        "layer_types | [\"sliding_attention\"]",
        "per_layer_config | {\"1\": {\"n_inner\": 64}}",
        "fusion_config | {\"rms\": true}",
        "is_encoder_decoder | true",
        "add_cross_attention | true",
        "quantization_config | {\"quant_method\": \"gptq\"}",
        "transformers_weights | \"other.safetensors\""
      })
  void modelThatAsksForMore(String key, String value) throws IOException {
    Files.delete(directory.resolve("adapter_config.json"));
    Files.copy(EmbeddedGpt2.directory().resolve("config.json"), directory.resolve("config.json"));
    set("config.json", key, value);
    CheckpointException error =
        assertThrows(
            CheckpointException.class, () -> LanguageModel.open(new Gpt2Model(), directory));
    // Quantized weights are refused for every family, the others by the rules of GPT-2.
    String named = key.equals("quantization_config") ? key + " is there" : key + "=";
    assertWithMessage(key).that(error).hasMessageThat().contains(named);
  }
}
