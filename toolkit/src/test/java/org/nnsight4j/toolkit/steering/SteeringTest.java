package org.nnsight4j.toolkit.steering;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.maxNewTokens;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.Options;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.attach.ControlVector;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.llama.EmbeddedLlama;
import org.nnsight4j.sweep.Metrics;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.internal.Numbers;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.lens.JacobianLens;
import org.nnsight4j.toolkit.lens.TunedLens;
import org.nnsight4j.toolkit.reference.Reference;
import org.nnsight4j.values.Saved;

final class SteeringTest {
  private static final List<String> PARIS =
      List.of("The Eiffel Tower is in the city of", "The capital of France is");
  private static final List<String> ROME =
      List.of("The Colosseum is in the city of", "The capital of Italy is");

  @TempDir private Path folder;

  static Stream<String> families() {
    return Reference.FAMILIES.stream();
  }

  @Test
  void principalComponentsAreRepengs() {
    JsonNode wanted = Reference.json().get("principal");
    double[] found =
        SteeringVectors.component(
            List.of(Reference.matrix(wanted.get("positive"))),
            List.of(Reference.matrix(wanted.get("negative"))));
    double[] first = Reference.numbers(wanted.get("first"));
    for (int i = 0; i < first.length; i++) {
      assertThat(found[i]).isWithin(1e-8).of(first[i]);
    }
  }

  @Test
  void aDirectionFromTextsSeparatesThemAndSteers() throws Exception {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      SteeringVectors vectors = SteeringVectors.of(gpt2);
      assertThat(vectors.cost(PARIS, ROME).passes()).isEqualTo(4);
      SteeringVector rome = vectors.differenceOfMeans(ROME, PARIS);
      assertThat(rome.layers()).containsExactly(0, 1, 2, 3).inOrder();
      assertThat(rome.separation(3)).isEqualTo(1);
      assertThat(rome.figure().svg()).contains("pairs in order");
      DoseResponse dose =
          DoseResponse.of(gpt2, Steer.by(rome).layers(2))
              .answer(" Rome")
              .against(" Paris")
              .strengths(-1, 0, 1, 2);
      DoseResponseResult response = dose.run(PARIS.subList(0, 1));
      for (int i = 1; i < 4; i++) {
        assertThat(response.mean(i)).isGreaterThan(response.mean(i - 1));
      }
      assertThat(response.mean(1)).isLessThan(0);
      assertThat(response.mean(3)).isGreaterThan(0);
      assertThat(dose.cost(PARIS).passes()).isEqualTo(8);
      assertThat(dose.run(PARIS).figure().html()).contains("Dose and response");
      assertThat(new ObjectMapper().readTree(response.toJson()).get("strengths")).hasSize(4);
      Path file = folder.resolve("rome.gguf");
      rome.controlVector().write(file);
      SteeringVector read = SteeringVector.of(ControlVector.read(file));
      assertThat((float) read.direction(2)[5]).isEqualTo((float) rome.direction(2)[5]);
      SteeringVector pairs = vectors.layers(-1).principalComponent(ROME, PARIS);
      assertThat(pairs.norm(3)).isWithin(1e-9).of(1);
      assertThat(pairs.separation(3)).isEqualTo(1);
    }
  }

  /** On every family, and as {@code h' - h} at the place itself. */
  @ParameterizedTest
  @MethodSource("families")
  void everyModeChangesTheStreamAsItsFormulaSays(String name) {
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      int width = Passes.width(model);
      float[] direction = new float[width];
      for (int i = 0; i < width; i++) {
        direction[i] = (float) Math.sin(i + 1.0);
      }
      double[] v = Numbers.of(Tensor.of(direction, width));
      SteeringVector vector = SteeringVector.of(1, Tensor.of(direction, width));
      double[] before = stream(model, Steer.by(vector).strength(0));
      double[] added = Numbers.minus(stream(model, Steer.by(vector).strength(2.5)), before);
      assertClose(added, Numbers.times(v, 2.5));
      double[] matched =
          Numbers.minus(
              stream(model, Steer.by(vector).strength(0.5).mode(Steer.Mode.NORM_MATCH)), before);
      assertClose(matched, Numbers.times(v, 0.5 * Numbers.norm(before) / Numbers.norm(v)));
      double[] clamped = stream(model, Steer.by(vector).strength(3).mode(Steer.Mode.CLAMP));
      assertWithMessage(name).that(Numbers.dot(clamped, v) / Numbers.norm(v)).isWithin(1e-4).of(3);
      double[] none = stream(model, null);
      assertThat(before).isEqualTo(none);
    }
  }

  private static double[] stream(LanguageModel<AnyModel> model, Steer steer) {
    Saved<Axis> saved =
        Passes.invoking(
                model,
                List.of(new long[] {3, 17, 9}),
                (invoker, row) -> {
                  if (steer != null) {
                    steer.on(invoker);
                  }
                  return Passes.any(((AnyModel) invoker.model()).layer(1).output().at(-1)).save();
                })
            .get(0);
    return Numbers.of(saved.value());
  }

  private static void assertClose(double[] found, double[] wanted) {
    for (int i = 0; i < wanted.length; i++) {
      assertThat(found[i]).isWithin(1e-4).of(wanted[i]);
    }
  }

  @Test
  void aPhaseIsStepsOfGenerationAndRowsAreTheirOwn() {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      float[] ones = new float[128];
      Arrays.fill(ones, 1);
      Steer steer = Steer.by(SteeringVector.of(1, Tensor.of(ones, 128)));
      Map<String, List<Double>> sums = new HashMap<>();
      for (Steer.Phase phase : Steer.Phase.values()) {
        sums.put(phase.name(), sums(gpt2, steer.phase(phase)));
      }
      List<Double> plain = sums(gpt2, steer.strength(0));
      // Without a change before it, a step's stream is larger by the direction alone.
      assertThat(sums.get("GENERATION").get(0)).isEqualTo(plain.get(0));
      assertThat(sums.get("GENERATION").get(1)).isWithin(1e-2).of(plain.get(1) + 128);
      assertThat(sums.get("PROMPT").get(0)).isWithin(1e-2).of(plain.get(0) + 128);
      assertThat(sums.get("ALWAYS").get(0)).isWithin(1e-2).of(plain.get(0) + 128);
      assertThat(sums.get("PROMPT").get(1)).isLessThan(sums.get("ALWAYS").get(1) - 60);
      assertThat(assertThrows(RunException.class, () -> steer.phase(Steer.Phase.PROMPT).edit(gpt2)))
          .hasMessageThat()
          .contains("an edit acts at every step");
      Saved<?> edited =
          gpt2.with(steer.edit(gpt2))
              .trace(PARIS.get(0), model -> model.transformer().h(1).output(0).at(-1).sum().save());
      assertThat(edited.value().item()).isWithin(1e-4).of(sums.get("ALWAYS").get(0));
    }
  }

  /**
   * The sum of layer 1's stream at the newest token, at each of two steps; another row is there.
   */
  private static List<Double> sums(LanguageModel<Gpt2> gpt2, Steer steer) {
    List<Double> sums = new ArrayList<>();
    Saved<Axis> saved;
    try (Generator<Gpt2> generator = gpt2.generate(maxNewTokens(2))) {
      generator.invoke(ROME.get(0)).close();
      try (Invoker<Gpt2> invoker = generator.invoke(PARIS.get(0))) {
        steer.on(invoker);
        saved =
            invoker
                .allSteps()
                .each(model -> Passes.any(model.transformer().h(1).output(0).at(-1).sum()).save());
      }
      generator.run();
    }
    saved.values().forEach(tensor -> sums.add(tensor.item()));
    return sums;
  }

  /** The two must agree on every logit: one changes activations, the other weights. */
  @ParameterizedTest
  @ValueSource(strings = {"two-heads", "llama/usual", "gpt_neox/parallel"})
  void ablatingADirectionIsTakingItOutOfTheWeights(String name) throws Exception {
    long[] prompt = {3, 17, 9, 24, 5};
    double[] direction;
    Tensor ablated;
    Tensor plain;
    // In FP64, because what FP32 loses on the two ways differs between processors. The edit keeps
    // its direction in FP32, which is what is left of the difference.
    OpenOptions exactly = Options.dtype(DType.FLOAT64);
    try (LanguageModel<AnyModel> model = LanguageModel.open(Reference.folder(name), exactly)) {
      direction = new double[Passes.width(model)];
      for (int i = 0; i < direction.length; i++) {
        direction[i] = Math.cos(3.0 * i);
      }
      plain = logits(model, prompt);
      ablated = logits(model.with(DirectionAblation.of(direction).edit(model)), prompt);
    }
    Files.copy(Reference.folder(name).resolve("config.json"), folder.resolve("config.json"));
    Map<String, Tensor> weights = new HashMap<>();
    Safetensors.read(Reference.folder(name).resolve("model.safetensors"))
        .forEach((key, tensor) -> weights.put(key, orthogonal(key, tensor, direction)));
    Safetensors.write(folder.resolve("model.safetensors"), weights, Map.of());
    try (LanguageModel<AnyModel> baked = LanguageModel.open(folder, exactly)) {
      Tensor wanted = logits(baked, prompt);
      double change = 0;
      for (int i = 0; i < wanted.size(); i++) {
        assertThat(ablated.at(i)).isWithin(1e-6).of(wanted.at(i));
        change = Math.max(change, Math.abs(ablated.at(i) - plain.at(i)));
      }
      assertThat(change).isGreaterThan(0.01);
    }
  }

  private static Tensor logits(LanguageModel<AnyModel> model, long[] prompt) {
    return Passes.trace(model, prompt, view -> view.logits().save()).value();
  }

  /** Takes the direction out of what a weight writes: its rows, or its columns. */
  private static Tensor orthogonal(String name, Tensor tensor, double[] direction) {
    double norm = Numbers.norm(direction);
    boolean rows =
        name.matches(".*(wte|wpe|embed_tokens|embed_in|h\\.\\d+\\.(attn|mlp)\\.c_proj)\\.weight");
    boolean columns = name.matches(".*(o_proj|down_proj|attention\\.dense|dense_4h_to_h)\\.weight");
    boolean vector = name.matches(".*(c_proj|attention\\.dense|dense_4h_to_h)\\.bias");
    if (!rows && !columns && !vector) {
      return tensor;
    }
    double[] all = tensor.toDoubleArray();
    int width = direction.length;
    int others = all.length / width;
    for (int other = 0; other < others; other++) {
      double along = 0;
      for (int i = 0; i < width; i++) {
        along += all[columns ? i * others + other : other * width + i] * direction[i] / norm;
      }
      for (int i = 0; i < width; i++) {
        all[columns ? i * others + other : other * width + i] -= along * direction[i] / norm;
      }
    }
    return Tensor.of(all, tensor.shape());
  }

  /** Both models have four layers of width 128. */
  @Test
  void vectorsAndLensesOfAnotherModelAreRefused() throws Exception {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class);
        LanguageModel<?> llama = EmbeddedLlama.open()) {
      SteeringVector found = SteeringVectors.of(llama).layers(1).differenceOfMeans(ROME, PARIS);
      String refused =
          "is for 'llama', this model is 'gpt2'; the numbers of one model mean nothing in another";
      assertThat(assertThrows(RunException.class, () -> Steer.by(found).edit(gpt2)))
          .hasMessageThat()
          .isEqualTo("the steering vector " + refused);
      SteeringVector file = SteeringVector.of(found.controlVector());
      assertThat(assertThrows(RunException.class, () -> Steer.by(file).edit(gpt2)))
          .hasMessageThat()
          .contains(refused);
      assertThat(llama.with(Steer.by(file).edit(llama)).edits()).hasSize(1);
      SteeringVector own = SteeringVector.of(1, Tensor.of(new float[128], 128));
      assertThat(gpt2.with(Steer.by(own).edit(gpt2)).edits()).hasSize(1);
      TunedLens.of(llama).save(folder);
      assertThat(assertThrows(RunException.class, () -> TunedLens.open(gpt2, folder)))
          .hasMessageThat()
          .isEqualTo("the lens in " + folder + " " + refused);
      assertThat(TunedLens.open(llama, folder).bias(0).size()).isEqualTo(128);
      Map<Integer, Tensor> matrices = Map.of(0, Tensor.of(new float[128 * 128], 128, 128));
      JacobianLens lens = JacobianLens.of(gpt2, matrices, 1);
      JacobianLens other = JacobianLens.of(llama, matrices, 1);
      assertThat(assertThrows(RunException.class, () -> lens.merge(other)))
          .hasMessageThat()
          .isEqualTo("the other lens " + refused);
    }
  }

  /** A pass that begins otherwise would be warned of, though the user gave a text. */
  @Test
  void passesThatOnlyApplyModulesBeginAsTextsDo() {
    try (LanguageModel<?> llama = EmbeddedLlama.open();
        LanguageModel<AnyModel> without = Reference.open("two-heads")) {
      long begin = llama.tokenizer().singleToken("<|begin_of_text|>");
      assertThat(Passes.shortest(llama)).isEqualTo(new long[] {begin});
      assertThat(Passes.shortest(without)).isEqualTo(new long[] {0});
    }
  }

  @Test
  void errorsNameTheLineOfTheUserAndNotOfTheToolkit() {
    try (LanguageModel<AnyModel> small = Reference.open("two-heads")) {
      SteeringVector wide = SteeringVector.of(1, Tensor.of(new float[128], 128));
      assertThat(assertThrows(RuntimeException.class, () -> Steer.by(wide).edit(small)))
          .hasMessageThat()
          .contains("(at SteeringTest.java:");
      assertThat(
              assertThrows(
                  RuntimeException.class,
                  () ->
                      small
                          .sweep(new long[][] {{3, 17}})
                          .at(SweepSite.RESID_PRE)
                          .add(Tensor.of(new float[128], 128))
                          .metric("p", Metrics.probability(4))
                          .plan()))
          .hasMessageThat()
          .startsWith(
              "the vector of a sweep at resid_pre is as wide as the residual stream, expected [16], found");
      double[] direction = new double[128];
      direction[0] = 1;
      assertThat(
              assertThrows(
                  RuntimeException.class, () -> DirectionAblation.of(direction).edit(small)))
          .hasMessageThat()
          .contains("(at SteeringTest.java:");
    }
  }

  @Test
  void refusesWhatWouldNotSteer() {
    SteeringVector one = SteeringVector.of(1, Tensor.of(new float[128], 128));
    assertThat(assertThrows(RunException.class, () -> Steer.by(one).layers(2)))
        .hasMessageThat()
        .isEqualTo("there is no direction for layer 2; there are directions for [1]");
    assertThat(assertThrows(RunException.class, () -> Steer.by(one).strength(Double.NaN)))
        .hasMessageThat()
        .contains("expected a finite strength");
    assertThat(assertThrows(RunException.class, () -> DirectionAblation.of(new double[4])))
        .hasMessageThat()
        .contains("found the length 0.0");
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      assertThat(
              assertThrows(
                  RunException.class,
                  () -> SteeringVectors.of(gpt2).principalComponent(PARIS, List.of("a"))))
          .hasMessageThat()
          .contains("expected pairs, as many positive texts as negative ones, found 2 and 1");
      assertThat(
              assertThrows(RunException.class, () -> DoseResponse.of(gpt2, Steer.by(one)).run("a")))
          .hasMessageThat()
          .contains("no answer was given");
    }
  }
}
