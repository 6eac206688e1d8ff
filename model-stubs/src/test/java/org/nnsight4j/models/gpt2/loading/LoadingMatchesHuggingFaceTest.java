package org.nnsight4j.models.gpt2.loading;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.Probe.liveArrays;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.Pinning;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.pin.LayerSnapshot;
import org.nnsight4j.internal.pin.Snapshots;
import org.nnsight4j.models.gpt2.Fixtures;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2Family;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.models.gpt2.Gpt2SmallModel;
import org.nnsight4j.tensor.Tensor;

/**
 * What is tied, what is warned about and which names keys have, as in transformers 5.23. The
 * numbers of the same folders are in {@link ForwardMatchesHuggingFaceTest}.
 */
final class LoadingMatchesHuggingFaceTest {
  private static final String WTE = "transformer.wte.weight";
  private static final String HEAD = "lm_head.weight";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "two-heads",
        "head-without-embedding",
        "head-twice",
        "head-of-another-task",
        "aliases",
        "plain",
        "plain-original"
      })
  void tiesWhatTransformersTies(String name) throws Exception {
    boolean tied =
        !Files.readString(Fixtures.folder(name).resolve("cases.json")).contains("\"tied\": false");
    Checkpoint checkpoint = Checkpoint.open(Fixtures.folder(name));
    int before = liveArrays();
    try (Weights weights = Weights.load(blueprint(name), checkpoint, false)) {
      assertThat(weights.get(HEAD) == weights.get(WTE)).isEqualTo(tied);
      // One matrix that is not there a second time.
      assertThat(liveArrays() - before)
          .isEqualTo(blueprint(name).parameters().size() + (tied ? 0 : 1));
      assertThat(weights.warnings().isEmpty())
          .isEqualTo(tied && !name.equals("head-of-another-task"));
    }
    assertThat(liveArrays()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({
    "two-heads, lm_head.weight is transformer.wte.weight",
    "head-of-another-task, 'no module takes score.weight, so it is not used'"
  })
  void warnsAndRefusesIfStrict(String name, String words) {
    Path directory = Fixtures.folder(name);
    try (LanguageModel<Gpt2> model = LanguageModel.open(new Gpt2Model(), directory)) {
      assertThat(model.warnings()).isEmpty();
      run(model);
      assertThat(model.warnings()).hasSize(1);
      assertThat(model.warnings().get(0)).contains(words);
    }
    try (LanguageModel<Gpt2> model =
        LanguageModel.open(new Gpt2Model(), directory, OpenOptions.defaults().strictly())) {
      CheckpointException refused = assertThrows(CheckpointException.class, () -> run(model));
      assertThat(refused).hasMessageThat().contains(directory.toString());
      assertThat(refused)
          .hasMessageThat()
          .contains(name.equals("two-heads") ? words : "1 unexpected:\n    score.weight");
    }
    // A refusal leaves nothing mapped.
    int before = liveArrays();
    assertThrows(
        CheckpointException.class,
        () -> Weights.load(blueprint(name), Checkpoint.open(directory), true));
    assertThat(liveArrays()).isEqualTo(before);
  }

  @Test
  void missingTensorsAreRefusedEvenBesideExtraOnes() throws Exception {
    Map<String, Tensor> tensors = copied("plain");
    tensors.put("score.weight", Tensor.of(new float[] {1}, 1));
    tensors.remove(WTE);
    save(tensors);
    CheckpointException refused =
        assertThrows(
            CheckpointException.class, () -> run(LanguageModel.open(new Gpt2Model(), folder)));
    assertThat(refused).hasMessageThat().contains("1 missing:\n    " + WTE);
  }

  /** Numbers, not bits: transformers asks torch.equal after loading both as one data type. */
  @ParameterizedTest
  @CsvSource({"-0.0, 0.0, true", "0.0, -0.0, true", "NaN, NaN, false", "1.0, 1.0000001, false"})
  void equalTensorsAreTied(float embedding, float head, boolean tied) throws Exception {
    Map<String, Tensor> tensors = copied("plain");
    tensors.put(WTE, startingWith(tensors.get(WTE), embedding));
    tensors.put(HEAD, startingWith(tensors.get(WTE), head));
    save(tensors);
    assertTied(tied);
  }

  @Test
  void tiedAcrossDataTypes() throws Exception {
    Map<String, Tensor> tensors = copied("plain");
    Tensor narrow = Tensor.ofBfloat16(tensors.get(WTE).toFloatArray(), tensors.get(WTE).shape());
    tensors.put(HEAD, narrow);
    save(tensors);
    assertTied(false);
    float[] rounded = new float[(int) narrow.size()];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) narrow.at(i);
    }
    tensors.put(WTE, Tensor.of(rounded, narrow.shape()));
    save(tensors);
    assertTied(true);
  }

  private void assertTied(boolean tied) {
    Checkpoint checkpoint = Checkpoint.open(folder);
    Blueprint blueprint = new Gpt2Family().blueprint(checkpoint.config());
    try (Weights weights = Weights.load(blueprint, checkpoint, false)) {
      assertThat(weights.get(HEAD) == weights.get(WTE)).isEqualTo(tied);
    }
  }

  @Test
  void aliasesAreKnownEverywhere() {
    Path aliased = Fixtures.folder("aliases");
    LayerSnapshot snapshot = Snapshots.of(aliased);
    assertThat(snapshot).isEqualTo(Snapshots.of(Fixtures.folder("plain")));
    assertThat(snapshot.counts()).containsExactly("n_layer", 2, "num_hidden_layers", 2);
    try (LanguageModel<Gpt2> model = LanguageModel.open(new Gpt2Model(), aliased)) {
      for (String key : new String[] {"n_layer", "num_hidden_layers", "n_head"}) {
        assertThat(model.config().integer(key)).isEqualTo(2);
      }
      assertThat(model.blueprint().counts()).containsExactly("n_layer", 2);
      assertThat(model.blueprint().countsByEachName()).containsEntry("num_hidden_layers", 2);
    }
    assertThrows(CheckpointException.class, () -> Pinning.check(new Gpt2SmallModel(), aliased));
  }

  @ParameterizedTest
  @ValueSource(strings = {"aliases", "plain"})
  void descriptorsMayCountByAnAlias(String name) {
    try (LanguageModel<ByAlias> model =
        LanguageModel.open(new ByAliasModel(), Fixtures.folder(name))) {
      Tensor last =
          model
              .trace()
              .run(
                  generator ->
                      generator.invoke(
                          new long[] {1, 2}, invoker -> invoker.model().block(-1).output(0).save()))
              .result()
              .value();
      assertThat(last.shape()).isEqualTo(new long[] {1, 2, 16});
    }
  }

  /** transformers silently uses the alias, in whatever order they come. */
  @ParameterizedTest
  @CsvSource({
    "n_layer, 2, num_hidden_layers, 3",
    "n_embd, 16, hidden_size, 32",
    "n_head, 2, num_attention_heads, 4",
    "n_positions, 24, max_position_embeddings, 25",
    "n_layer, 2, num_hidden_layers, null"
  })
  void twoNamesWithTwoValuesAreRefused(String own, String value, String alias, String other)
      throws Exception {
    copied("plain");
    Path config = folder.resolve("config.json");
    String text = Files.readString(config);
    Files.writeString(config, text.replaceFirst("\\{", "{\"%s\": %s,".formatted(alias, value)));
    LanguageModel.open(new Gpt2Model(), folder).close();
    Files.writeString(config, text.replaceFirst("\\{", "{\"%s\": %s,".formatted(alias, other)));
    CheckpointException refused =
        assertThrows(CheckpointException.class, () -> LanguageModel.open(new Gpt2Model(), folder));
    assertThat(refused)
        .hasMessageThat()
        .isEqualTo(
            "%s: \"%s\" is %s and \"%s\" is %s, but both are names of one value; leave the wrong one out"
                .formatted(config, own, value, alias, other));
  }

  @Test
  void mistakesAreReportedByTheNameInTheFile() throws Exception {
    copied("aliases");
    Path config = folder.resolve("config.json");
    String text = Files.readString(config);
    refused(
        config,
        text.replace("\"hidden_size\": 16", "\"hidden_size\": 17"),
        "hidden_size = 17 is no multiple of num_attention_heads = 2");
    refused(
        config,
        text.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 0"),
        "num_hidden_layers must be 1 or more, found 0");
    refused(
        config,
        text.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": \"2\""),
        "an integer of at most 32 bits under \"num_hidden_layers\", found \"2\"");
  }

  /** Its tensors may look like weights of this architecture, and some be left over. */
  @Test
  void quantisedCheckpointsAreRefusedByName() throws Exception {
    copied("plain");
    Path config = folder.resolve("config.json");
    refused(
        config,
        Files.readString(config)
            .replaceFirst("\\{", "{\"quantization_config\": {\"quant_method\": \"bitsandbytes\"},"),
        "quantization_config");
  }

  private void refused(Path config, String text, String words) throws IOException {
    Files.writeString(config, text);
    CheckpointException refused =
        assertThrows(CheckpointException.class, () -> LanguageModel.open(new Gpt2Model(), folder));
    assertThat(refused).hasMessageThat().contains(words);
  }

  private static Blueprint blueprint(String name) {
    try (LanguageModel<Gpt2> model = Fixtures.of(name).open()) {
      return model.blueprint();
    }
  }

  private static void run(LanguageModel<Gpt2> model) {
    var unused =
        model
            .trace()
            .run(
                generator ->
                    generator.invoke(new long[] {1, 2}, invoker -> invoker.model().output().save()))
            .result();
  }

  private static Tensor startingWith(Tensor tensor, float first) {
    float[] numbers = tensor.toFloatArray();
    numbers[0] = first;
    return Tensor.of(numbers, tensor.shape());
  }

  private Map<String, Tensor> copied(String name) throws IOException {
    Files.copy(Fixtures.folder(name).resolve("config.json"), folder.resolve("config.json"));
    Path weights = Fixtures.folder(name).resolve("model.safetensors");
    Files.copy(weights, folder.resolve("model.safetensors"));
    return new TreeMap<>(Safetensors.read(weights));
  }

  private void save(Map<String, Tensor> tensors) {
    Safetensors.write(folder.resolve("model.safetensors"), tensors, Map.of());
  }
}
