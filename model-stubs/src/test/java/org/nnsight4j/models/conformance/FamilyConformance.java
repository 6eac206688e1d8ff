package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.function.Executable;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.family.ModelKind;
import org.nnsight4j.family.Port;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * What each family has to fulfil, on a tiny configuration with random weights: {@code
 * FamilyConformance.of("""{"model_type": ...}""")} gives one test for each promise. The
 * configuration needs 12 positions and 12 token ids or more.
 */
public final class FamilyConformance {
  private static final long[] PROMPT = {3, 9, 1, 4, 8, 2};
  private static final long[] SHORT = {7, 5, 10};
  private static final int STEPS = 4;
  private static final double TOLERANCE = 2e-5;

  private final Path folder;

  private FamilyConformance(String config) {
    try {
      this.folder = Files.createTempDirectory("conformance");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    folder.toFile().deleteOnExit();
    RandomCheckpoint.write(folder, config);
    folder.resolve("config.json").toFile().deleteOnExit();
    folder.resolve("model.safetensors").toFile().deleteOnExit();
  }

  /** The tests of a family on one configuration, for a {@code @TestFactory}. */
  public static Stream<DynamicTest> of(String config) {
    FamilyConformance family = new FamilyConformance(config);
    return Stream.concat(family.forward(), family.backward());
  }

  /** Those that need no gradients, which take most of the time. */
  public static Stream<DynamicTest> forward(String config) {
    return new FamilyConformance(config).forward();
  }

  private Stream<DynamicTest> forward() {
    return Stream.of(
        promise("modules fire in the declared order", this::order),
        promise("sites have their declared shapes", this::shapes),
        promise("a write at every site changes the logits", this::writes),
        promise("a padded row is what it is alone", this::padding),
        promise("the common view is true", this::view),
        // By its kind: a model that continues nothing has no cache.
        kind() == ModelKind.DECODER
            ? promise("the cache changes nothing", this::cache)
            : promise("generating is refused", this::refusesToGenerate));
  }

  private Stream<DynamicTest> backward() {
    return Stream.of(
        promise("gradients are those of central differences", this::gradients),
        promise("recorded gradients are those of FP64", this::recordedGradients),
        promise("gradients of gradients are right", this::secondOrder));
  }

  private static DynamicTest promise(String name, Executable check) {
    return DynamicTest.dynamicTest(name, check);
  }

  private LanguageModel<AnyModel> open() {
    return LanguageModel.open(folder);
  }

  private void order() {
    try (EnginePass pass = new EnginePass(folder, DType.FLOAT32, PROMPT)) {
      ForwardOrder.check(pass);
    }
  }

  private void shapes() {
    try (LanguageModel<AnyModel> model = open()) {
      Map<SiteSpec, Tensor> found = everySite(model, List.of(PROMPT)).get(0);
      found.forEach(
          (site, value) -> {
            assertWithMessage("the shape of %s", site.key())
                .that(value.shape())
                .isEqualTo(shape(site));
            assertWithMessage("the data type of %s", site.key())
                .that(value.dtype())
                .isEqualTo(site.meta().dtype());
          });
    }
  }

  /** What a site of the prompt has. */
  private static long[] shape(SiteSpec site) {
    return site.meta().dims().axes().stream()
        .mapToLong(dim -> dim.is(Dim.BATCH) ? 1 : dim.isKnown() ? dim.size() : PROMPT.length)
        .toArray();
  }

  /** All sites of one pass, for each row of it. */
  private static List<Map<SiteSpec, Tensor>> everySite(
      LanguageModel<AnyModel> model, List<long[]> rows) {
    List<Map<SiteSpec, Saved<?>>> saved = new ArrayList<>();
    try (Generator<AnyModel> generator = model.trace()) {
      for (long[] row : rows) {
        try (Invoker<AnyModel> invoker = generator.invoke(row)) {
          saved.add(saved(model, invoker.model()));
        }
      }
    }
    return saved.stream().map(FamilyConformance::values).toList();
  }

  private static Map<SiteSpec, Saved<?>> saved(LanguageModel<AnyModel> model, AnyModel now) {
    Map<SiteSpec, Saved<?>> saved = new LinkedHashMap<>();
    for (SiteSpec site : model.blueprint().sites()) {
      saved.put(site, read(now, site.key()).save());
    }
    return saved;
  }

  private static Map<SiteSpec, Tensor> values(Map<SiteSpec, Saved<?>> saved) {
    Map<SiteSpec, Tensor> values = new LinkedHashMap<>();
    saved.forEach((site, value) -> values.put(site, value.value()));
    return values;
  }

  private static Value<Axis> read(AnyModel model, SiteKey site) {
    return site.port() == Port.INPUT
        ? model.module(site.module()).input()
        : model.tuple(site.module()).output(site.element());
  }

  private void writes() {
    try (LanguageModel<AnyModel> model = open()) {
      Map<SiteSpec, Saved<?>> logits = new LinkedHashMap<>();
      Saved<?> untouched;
      try (Generator<AnyModel> generator = model.trace()) {
        try (Invoker<AnyModel> invoker = generator.invoke(PROMPT)) {
          untouched = invoker.model().output().save();
        }
        for (SiteSpec site : model.blueprint().sites()) {
          try (Invoker<AnyModel> invoker = generator.invoke(PROMPT)) {
            Value<Axis> value = read(invoker.model(), site.key());
            value.set(changed(invoker, site, value));
            logits.put(site, invoker.model().output().save());
          }
        }
      }
      Tensor before = untouched.value();
      List<SiteKey> dead =
          logits.entrySet().stream()
              .filter(write -> distance(before, write.getValue().value()) < 1e-4)
              .map(write -> write.getKey().key())
              .toList();
      assertWithMessage("the sites where a write changes no logits").that(dead).isEmpty();
    }
  }

  private static Value<Axis> changed(Invoker<AnyModel> invoker, SiteSpec site, Value<Axis> value) {
    if (site.meta().dtype().isFloating()) {
      // Not the same everywhere: a normalisation would not notice.
      long[] shape = shape(site);
      double[] noise =
          new Random(site.order()).doubles(product(shape, 0, shape.length), -1, 1).toArray();
      return value.add(invoker.constant(Tensor.of(toFloats(noise), shape)));
    }
    String module = site.key().module();
    if (module.endsWith("attention_mask")) {
      long[] seen = new long[PROMPT.length];
      Arrays.fill(seen, 1);
      seen[1] = 0;
      return value.mul(invoker.constant(Tensor.of(seen, 1, seen.length)));
    }
    boolean isPosition = module.endsWith("position_ids") || isOfPositions(module);
    return isPosition ? value.mul(2) : value.add(1);
  }

  private static boolean isOfPositions(String module) {
    return module.endsWith("wpe")
        || module.endsWith("embed_positions")
        || module.endsWith("position_embeddings");
  }

  private static double distance(Tensor left, Tensor right) {
    double most = 0;
    for (int i = 0; i < left.size(); i++) {
      most = Math.max(most, Math.abs(left.at(i) - right.at(i)));
    }
    return most;
  }

  private void padding() {
    try (LanguageModel<AnyModel> model = open()) {
      List<Map<SiteSpec, Tensor>> together = everySite(model, List.of(PROMPT, SHORT));
      for (int row = 0; row < 2; row++) {
        Map<SiteSpec, Tensor> alone = everySite(model, List.of(row == 0 ? PROMPT : SHORT)).get(0);
        String which = row == 0 ? "of the longest row" : "of a padded row";
        together
            .get(row)
            .forEach((site, value) -> same(site + " " + which, alone.get(site), value));
      }
    }
  }

  private void view() {
    try (LanguageModel<AnyModel> model = open()) {
      if (model.blueprint().decoder() != null) {
        ViewPromise.check(model, PROMPT);
      }
    }
  }

  private void cache() {
    try (LanguageModel<AnyModel> model = open()) {
      List<Map<SiteSpec, Tensor>> with = generated(model, true);
      List<Map<SiteSpec, Tensor>> without = generated(model, false);
      for (int step = 0; step < STEPS; step++) {
        String when = " at step " + step;
        Map<SiteSpec, Tensor> whole = without.get(step);
        with.get(step)
            .forEach(
                (site, value) -> same(site + when, last(site, whole.get(site)), last(site, value)));
      }
    }
  }

  private ModelKind kind() {
    try (LanguageModel<AnyModel> model = open()) {
      return model.blueprint().kind();
    }
  }

  private void refusesToGenerate() {
    try (LanguageModel<AnyModel> model = open()) {
      OptionsException refused = assertThrows(OptionsException.class, model::generate);
      assertThat(refused).hasMessageThat().contains("use trace(...)");
      assertThat(model.blueprint().decoder()).isNull();
    }
  }

  private static List<Map<SiteSpec, Tensor>> generated(
      LanguageModel<AnyModel> model, boolean useCache) {
    List<Map<SiteSpec, Saved<?>>> saved = new ArrayList<>();
    try (Generator<AnyModel> generator =
            model.generate(
                GenerateOptions.defaults().maxNewTokens(STEPS).eosTokenId().useCache(useCache));
        Invoker<AnyModel> invoker = generator.invoke(PROMPT)) {
      for (int step = 0; step < STEPS; step++) {
        saved.add(saved(model, invoker.step(step)));
      }
    }
    return saved.stream().map(FamilyConformance::values).toList();
  }

  /** The last position of a site, which a step with cache computes alone. */
  private static Tensor last(SiteSpec site, Tensor value) {
    // One row: its tokens are its positions.
    int axis = Math.max(site.meta().dims().find(Dim.POSITION), site.meta().dims().find(Dim.TOKEN));
    if (axis < 0) {
      return value;
    }
    long[] shape = value.shape();
    int outer = product(shape, 0, axis);
    int inner = product(shape, axis + 1, shape.length);
    int length = (int) shape[axis];
    double[] part = new double[outer * inner];
    for (int i = 0; i < part.length; i++) {
      part[i] = value.at((i / inner * length + length - 1) * inner + i % inner);
    }
    shape[axis] = 1;
    return Tensor.of(part, shape);
  }

  private static int product(long[] shape, int from, int to) {
    return (int) Arrays.stream(shape, from, to).reduce(1, (a, b) -> a * b);
  }

  private static void same(String what, Tensor expected, Tensor found) {
    assertWithMessage("the shape of %s", what).that(found.shape()).isEqualTo(expected.shape());
    for (int i = 0; i < expected.size(); i++) {
      double bound = TOLERANCE * Math.max(1, Math.abs(expected.at(i)));
      if (!(Math.abs(found.at(i) - expected.at(i)) <= bound)) {
        assertWithMessage("%s, element %s", what, i)
            .that(found.at(i))
            .isWithin(bound)
            .of(expected.at(i));
      }
    }
  }

  private void gradients() {
    try (EnginePass pass = new EnginePass(folder, DType.FLOAT64, PROMPT)) {
      new DoublePrecision(pass).check();
    }
  }

  private void recordedGradients() {
    Map<SiteKey, Tensor> expected;
    try (EnginePass pass = new EnginePass(folder, DType.FLOAT64, PROMPT)) {
      expected = new DoublePrecision(pass).gradients();
    }
    Map<SiteKey, Saved<?>> recorded = new LinkedHashMap<>();
    try (LanguageModel<AnyModel> model = open()) {
      try (Generator<AnyModel> generator = model.trace();
          Invoker<AnyModel> invoker = generator.invoke(PROMPT)) {
        Map<SiteKey, Value<Axis>> values = new LinkedHashMap<>();
        expected.keySet().forEach(site -> values.put(site, read(invoker.model(), site)));
        Value<Axis> loss = loss(model, invoker);
        values.forEach((site, value) -> recorded.put(site, value.gradient(loss).save()));
      }
      recorded.forEach((site, value) -> close(site, expected.get(site), value.value()));
    }
  }

  private void secondOrder() {
    SiteSpec first;
    Tensor expected;
    try (EnginePass pass = new EnginePass(folder, DType.FLOAT64, PROMPT)) {
      DoublePrecision exact = new DoublePrecision(pass);
      first = exact.first();
      int size = product(shape(first), 0, first.meta().dims().rank());
      exact.checkTwice(size);
      expected = exact.twice(new double[size]).gradient();
    }
    try (LanguageModel<AnyModel> model = open()) {
      Saved<?> recorded;
      try (Generator<AnyModel> generator = model.trace();
          Invoker<AnyModel> invoker = generator.invoke(PROMPT)) {
        Value<Axis> value = read(invoker.model(), first.key());
        Value<Axis> once = value.gradient(loss(model, invoker));
        recorded = value.gradient(once.pow(2).sum()).save();
      }
      close(first.key(), expected, recorded.value());
    }
  }

  /** The sum of which {@link DoublePrecision} takes gradients. */
  private static Value<Axis> loss(LanguageModel<AnyModel> model, Invoker<AnyModel> invoker) {
    int vocabulary = model.blueprint().vocabularySize();
    double[] weights = DoublePrecision.weights(PROMPT.length * vocabulary);
    Tensor summed = Tensor.of(toFloats(weights), 1, PROMPT.length, vocabulary);
    return invoker.model().output().mul(invoker.constant(summed)).sum();
  }

  /** FP32 against FP64: relative to the largest number. */
  private static void close(SiteKey site, Tensor expected, Tensor found) {
    double scale = 1;
    for (int i = 0; i < expected.size(); i++) {
      scale = Math.max(scale, Math.abs(expected.at(i)));
    }
    for (int i = 0; i < expected.size(); i++) {
      if (!(Math.abs(found.at(i) - expected.at(i)) <= 1e-4 * scale)) {
        assertWithMessage("the recorded gradient at %s, element %s", site, i)
            .that(found.at(i))
            .isWithin(1e-4 * scale)
            .of(expected.at(i));
      }
    }
  }

  private static float[] toFloats(double[] numbers) {
    float[] floats = new float[numbers.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) numbers[i];
    }
    return floats;
  }
}
