package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.Edit;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.attach.LoraAdapter;
import org.nnsight4j.attach.LoraPair;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Lasting edits, and attached modules: probes, sparse autoencoders, LoRA. */
final class ModulesTest {
  private static final Topic TOPIC = new Topic("modules");
  private static final int TOP_K = 8;

  static Stream<Topic.Case> edits() {
    return TOPIC.cases("lasting_edit");
  }

  static Stream<Topic.Case> probes() {
    return TOPIC.cases("probe");
  }

  static Stream<Topic.Case> autoencoders() {
    return TOPIC.cases("sae");
  }

  static Stream<Topic.Case> adapters() {
    return TOPIC.cases("lora");
  }

  @Test
  void allKindsAreRun() {
    assertThat(TOPIC.kinds()).containsExactly("lasting_edit", "lora", "probe", "sae");
  }

  @ParameterizedTest
  @MethodSource("edits")
  void lastingEdit(Topic.Case each) {
    Edit edit = Topic.MODEL.edit(invoker -> new Edits(invoker, each).record(each.get("edits")));
    try (LanguageModel<Paths> edited = Topic.MODEL.with(edit)) {
      for (int run = 0; run < each.get("runs").size(); run++) {
        JsonNode json = each.get("runs").get(run);
        long[][] ids = Topic.rows(json.get("inputs"));
        if (json.has("options")) {
          Generator<Paths> generator = edited.generate(Topic.options(json.get("options")));
          try (generator;
              Invoker<Paths> invoker = generator.invoke(ids)) {
            assertThat(invoker.model()).isNotNull();
          }
          assertWithMessage("%s, run %s", each, run)
              .that(generator.output().newIds())
              .isEqualTo(Topic.rows(json.get("generated")));
        } else {
          each.checkLogits("run." + run + "/", logits(edited, ids), json);
        }
      }
    }
  }

  private static Tensor logits(LanguageModel<Paths> model, long[][] ids) {
    Saved<Axis> logits;
    try (Generator<Paths> generator = model.trace();
        Invoker<Paths> invoker = generator.invoke(ids)) {
      logits = invoker.model().logits().at(-1).save();
    }
    return logits.value();
  }

  @ParameterizedTest
  @MethodSource("probes")
  void probe(Topic.Case each) {
    LinearProbe probe = LinearProbe.load(TOPIC.folder().resolve(each.text("file")));
    Saved<Axis> scores;
    Saved<Axis> inner;
    try (Generator<Paths> generator = Topic.MODEL.trace();
        Invoker<Paths> invoker = generator.invoke(each.inputs())) {
      Value<Axis> hidden = invoker.model().read(each.text("site"));
      scores = invoker.call("probe", probe, hidden).save();
      inner = invoker.point("probe.logits").save();
    }
    each.check("scores", scores.value());
    assertThat(inner.value()).isEqualTo(scores.value());
  }

  private static SparseAutoencoder autoencoder(Topic.Case each) {
    Path folder = TOPIC.folder().resolve(each.text("folder"));
    SparseAutoencoder loaded = SparseAutoencoder.load(folder.resolve("sae_weights.safetensors"));
    return each.text("folder").endsWith("topk") ? loaded.topK(TOP_K) : loaded;
  }

  @ParameterizedTest
  @MethodSource("autoencoders")
  void autoencoderReads(Topic.Case each) {
    Saved<Axis> features;
    Saved<Axis> last;
    Saved<Axis> rebuilt;
    try (Generator<Paths> generator = Topic.MODEL.trace();
        Invoker<Paths> invoker = generator.invoke(each.inputs())) {
      Value<Axis> hidden = invoker.model().read(each.text("site"));
      rebuilt = invoker.call("sae", autoencoder(each), hidden).save();
      Value<Axis> point = invoker.point("sae.features");
      features = point.save();
      last = point.at(-1).save();
    }
    each.check("rebuilt", rebuilt.value());
    each.check("features_last", last.value());
    each.check("active_per_position", active(features.value()));
  }

  private static Tensor active(Tensor features) {
    int width = (int) features.shape(-1);
    double[] all = Topic.doubles(features);
    double[] counts = new double[all.length / width];
    Arrays.setAll(
        counts,
        i -> Arrays.stream(all, i * width, (i + 1) * width).filter(feature -> feature > 0).count());
    return Tensor.of(counts, 1, counts.length);
  }

  @ParameterizedTest
  @MethodSource("autoencoders")
  void autoencoderReplaces(Topic.Case each) {
    for (String what : new String[] {"replaced", "feature_7_zeroed"}) {
      Saved<Axis> logits;
      try (Generator<Paths> generator = Topic.MODEL.trace();
          Invoker<Paths> invoker = generator.invoke(each.inputs())) {
        Value<Axis> hidden = invoker.model().read(each.text("site"));
        hidden.set(invoker.call("sae", autoencoder(each), hidden));
        if (!what.equals("replaced")) {
          invoker.point("sae.features").get("..., " + each.get("feature").asInt()).set(0);
        }
        logits = invoker.model().logits().at(-1).save();
      }
      checkSae(each, what, logits.value());
    }
  }

  @ParameterizedTest
  @MethodSource("autoencoders")
  void autoencoderKeepsItsError(Topic.Case each) {
    Saved<Axis> logits;
    try (Generator<Paths> generator = Topic.MODEL.trace();
        Invoker<Paths> invoker = generator.invoke(each.inputs())) {
      Value<Axis> hidden = invoker.model().read(each.text("site"));
      Value<Axis> whole = invoker.call("whole", autoencoder(each), hidden);
      Value<Axis> without = invoker.call("without", autoencoder(each), hidden);
      invoker.point("without.features").get("..., " + each.get("feature").asInt()).set(0);
      hidden.set(hidden.sub(whole).add(without));
      logits = invoker.model().logits().at(-1).save();
    }
    checkSae(each, "feature_7_zeroed_keeping_error", logits.value());
  }

  private static void checkSae(Topic.Case each, String what, Tensor logits) {
    each.checkLogits(what + "/", logits, each.json());
    assertWithMessage("%s %s", each, what)
        .that(Topic.top(logits))
        .isEqualTo(each.get("top_ids").get(what).asInt());
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void lora(Topic.Case each) {
    Map<String, LoraPair> pairs =
        LoraAdapter.load(TOPIC.folder().resolve(each.text("folder"))).pairs();
    assertThat(pairs.keySet())
        .containsExactlyElementsIn(
            Topic.elements(each.get("target_modules")).map(JsonNode::asText).toList());
    Edit edit =
        Topic.MODEL.edit(
            invoker ->
                pairs.forEach(
                    (module, pair) -> {
                      assertThat(pair.scale()).isEqualTo(each.get("scaling").asDouble());
                      Value<Axis> input = invoker.model().module(module).input();
                      Value<Axis> output = invoker.model().module(module).output();
                      output.set(output.add(invoker.call("lora " + module, pair, input)));
                    }));
    try (LanguageModel<Paths> adapted = Topic.MODEL.with(edit)) {
      each.checkLogits("", logits(adapted, each.inputs()), each.json());
    }
  }

  /** Two adapters of one module need names of their own; the message says how to give one. */
  @Test
  void adaptersOfOneModule() {
    Topic.Case each = adapters().findFirst().orElseThrow();
    LoraAdapter adapter = LoraAdapter.load(TOPIC.folder().resolve(each.text("folder")));
    RecordingException refused =
        assertThrows(
            RecordingException.class,
            () ->
                Topic.MODEL.edit(
                    invoker -> {
                      invoker.add(adapter);
                      invoker.add(adapter);
                    }));
    assertThat(refused).hasMessageThat().contains("by add(\"name\", adapter)");
    Edit once = Topic.MODEL.edit(invoker -> invoker.add(adapter));
    Edit twice =
        Topic.MODEL.edit(
            invoker -> {
              invoker.add(adapter);
              invoker.add("second", adapter);
            });
    try (LanguageModel<Paths> one = Topic.MODEL.with(once);
        LanguageModel<Paths> two = Topic.MODEL.with(twice)) {
      each.checkLogits("", logits(one, each.inputs()), each.json());
      assertThat(logits(two, each.inputs())).isNotEqualTo(logits(one, each.inputs()));
      String module = adapter.pairs().keySet().iterator().next();
      Saved<Axis> hidden =
          two.trace()
              .run(
                  generator ->
                      generator.invoke(
                          each.inputs(),
                          invoker -> invoker.point(module + ".second.hidden").save()))
              .result();
      assertThat(hidden.value().shape(-1)).isEqualTo(adapter.pairs().get(module).a().shape(0));
    }
  }
}
