package org.nnsight4j.models.files;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.attach.LoraAdapter;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** PEFT's adapters of every family ({@code family_adapter_fixtures.py}). */
final class FamilyAdaptersTest {
  private static final FieldFixture FIXTURE = new FieldFixture("family-adapters");

  /** PEFT's "all-linear" means their experts, too. */
  private static final Set<String> WITH_EXPERTS =
      Set.of("mixtral/usual/all-linear", "qwen3_moe/some-layers/all-linear");

  private static Stream<FieldFixture.Case> computed() {
    return FIXTURE.cases().filter(each -> !WITH_EXPERTS.contains(each.toString()));
  }

  static Stream<String> models() {
    return computed().map(each -> each.text("model")).distinct();
  }

  @Test
  void everyFamilyHasAdapters() {
    Set<String> families = new TreeSet<>();
    FIXTURE.cases().forEach(each -> families.add(each.text("model").replaceFirst("/.*", "")));
    assertThat(families)
        .containsExactly(
            "bloom",
            "falcon",
            "gemma",
            "gemma2",
            "gemma3",
            "gpt_neo",
            "gpt_neox",
            "gpt_oss",
            "gptj",
            "llama",
            "mistral",
            "mixtral",
            "olmo",
            "olmo2",
            "olmo3",
            "opt",
            "phi",
            "phi3",
            "plain",
            "qwen2",
            "qwen3",
            "qwen3_moe",
            "smollm3");
    assertThat(computed().count()).isEqualTo(46);
  }

  /** All adapters of a model in one run, a row for each. */
  @ParameterizedTest
  @MethodSource("models")
  void tokensAndLogitsArePefts(String name) {
    List<FieldFixture.Case> cases =
        computed().filter(each -> each.text("model").equals(name)).toList();
    List<Saved<Decoder.Vocab>> logits = new ArrayList<>();
    long[][] found;
    try (LanguageModel<AnyModel> model = LanguageModel.open(FieldFixture.FIXTURES.resolve(name))) {
      Generator<AnyModel> generator =
          model.generate(GenerateOptions.defaults().doSample(false).maxNewTokens(5).padTokenId(0));
      try (generator) {
        for (FieldFixture.Case each : cases) {
          try (Invoker<AnyModel> invoker = generator.invoke(each.rows("inputs"))) {
            invoker.add("adapter" + logits.size(), LoraAdapter.load(each.path()));
            logits.add(Decoder.of(invoker.model()).logits().at(-1).save());
          }
        }
      }
      found = generator.output().newIds();
    }
    for (int i = 0; i < cases.size(); i++) {
      FieldFixture.Case each = cases.get(i);
      assertWithMessage("%s", each).that(found[i]).isEqualTo(each.rows("generated")[0]);
      checkLast(each, logits.get(i).value());
    }
  }

  /** Adapters change products whose matrices stay in the file, and gradients flow through both. */
  @Test
  void weightsThatAreConvertedAtEachUseTakeAdapters(@TempDir Path folder) throws Exception {
    FieldFixture.Case each =
        computed().filter(adapter -> adapter.text("model").startsWith("llama/")).findFirst().get();
    Path model = FieldFixture.FIXTURES.resolve(each.text("model"));
    Files.copy(model.resolve("config.json"), folder.resolve("config.json"));
    Map<String, Tensor> weights = new TreeMap<>();
    Safetensors.read(model.resolve("model.safetensors"))
        .forEach(
            (name, tensor) ->
                weights.put(name, Tensor.ofBfloat16(tensor.toFloatArray(), tensor.shape())));
    Safetensors.write(folder.resolve("model.safetensors"), weights, Map.of());
    OpenOptions before = OpenOptions.defaults().convertUpTo(Long.MAX_VALUE);
    OpenOptions atUse = OpenOptions.defaults().convertUpTo(0);
    List<Tensor> with = adapted(folder, each, before, true);
    assertThat(adapted(folder, each, atUse, true)).isEqualTo(with);
    assertThat(adapted(folder, each, atUse, false)).isNotEqualTo(with);
  }

  /** Logits, and the gradient of one with respect to the first layer's output. */
  private static List<Tensor> adapted(
      Path folder, FieldFixture.Case each, OpenOptions options, boolean withAdapter) {
    List<Saved<?>> saved = new ArrayList<>();
    try (LanguageModel<AnyModel> model = LanguageModel.open(folder, options)) {
      Generator<AnyModel> trace = model.trace();
      try (Invoker<AnyModel> invoker = trace.invoke(each.rows("inputs"))) {
        if (withAdapter) {
          invoker.add(LoraAdapter.load(each.path()));
        }
        AnyModel any = invoker.model();
        Value<?> first = any.layer(0).output();
        saved.add(any.logits().save());
        saved.add(first.gradient(any.logits().get("0, -1, 3").sum()).save());
      }
      trace.run();
      boolean converted = trace.receipt().precision().atUse();
      assertThat(converted).isEqualTo(options.convertUpTo() == 0);
    }
    return saved.stream().<Tensor>map(Saved::value).toList();
  }

  /** PEFT's logits are of the whole prompt; those of its last token decide. */
  private static void checkLast(FieldFixture.Case each, Tensor found) {
    Tensor wanted = FIXTURE.tensor(each.get("tensors").get("logits").asText());
    int vocabulary = (int) wanted.shape(-1);
    int last = wanted.size() - vocabulary;
    double scale = 0;
    for (int i = 0; i < vocabulary; i++) {
      scale = Math.max(scale, Math.abs(wanted.at(last + i)));
    }
    for (int i = 0; i < vocabulary; i++) {
      assertWithMessage("%s: logit %s", each, i)
          .that(found.at(i))
          .isWithin(1e-5 * scale)
          .of(wanted.at(last + i));
    }
  }

  @Test
  void expertsAreRefusedByName() {
    for (String each : WITH_EXPERTS) {
      CheckpointException error =
          assertThrows(
              CheckpointException.class, () -> LoraAdapter.load(FIXTURE.folder().resolve(each)));
      assertThat(error)
          .hasMessageThat()
          .contains("target_parameters=[\"gate.weight\",\"down_proj\",\"gate_up_proj\"]");
      assertThat(error).hasMessageThat().contains("merge_and_unload");
    }
  }
}
