package org.nnsight4j.models.gpt2.loading;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.models.gpt2.Probe.liveArrays;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.Options;
import org.nnsight4j.Output;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.engine.TorchDevice;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.WeightBytes;
import org.nnsight4j.internal.host.HostedModel;
import org.nnsight4j.internal.plan.ForwardCost;
import org.nnsight4j.internal.wire.ModelIdentity;
import org.nnsight4j.mirror.Mirror;
import org.nnsight4j.models.gpt2.Fixtures;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Precision;
import org.nnsight4j.values.WeightFormat;

/** Weights stay in their files, in the files' type, and are converted when they are used. */
final class WeightsInFilesTest {
  private static final long[][] IDS = {{5, 9, 3, 7, 2}};
  private static final OpenOptions AT_USE = OpenOptions.defaults().convertUpTo(0);

  @TempDir private Path folder;

  private record Seen(List<Long> ids, Tensor logits, Tensor gradient, Precision precision) {}

  private static Seen seen(LanguageModel<Gpt2> model) {
    Output output = generated(model, 4);
    var run =
        model
            .trace(TraceOptions.defaults())
            .run(
                generator ->
                    generator.invoke(
                        IDS,
                        invoker -> {
                          var hidden = invoker.model().transformer().h(0).output(0);
                          var logits = invoker.model().lmHead().output();
                          return List.of(logits.save(), hidden.gradient(logits.sum()).save());
                        }));
    return new Seen(
        IntStream.range(0, output.ids(0).length).mapToObj(i -> output.ids(0)[i]).toList(),
        run.result().get(0).value(),
        run.result().get(1).value(),
        run.receipt().precision());
  }

  private static Output generated(LanguageModel<Gpt2> model, int tokens) {
    Generator<Gpt2> generator = model.generate(maxNewTokens(tokens));
    generator.invoke(IDS).close();
    generator.run();
    return generator.output();
  }

  private static LanguageModel<Gpt2> open(String name, OpenOptions options) {
    return LanguageModel.open(new Gpt2Model(), Fixtures.folder(name), options);
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain-bf16", "plain-fp16", "two-heads", "plain-sharded"})
  void tokensLogitsAndGradientsAreThoseOfWeightsConvertedBefore(String name) {
    try (LanguageModel<Gpt2> before = open(name, OpenOptions.defaults());
        LanguageModel<Gpt2> atUse = open(name, AT_USE)) {
      Seen expected = seen(before);
      Seen found = seen(atUse);
      assertThat(found.ids()).isEqualTo(expected.ids());
      assertThat(found.logits()).isEqualTo(expected.logits());
      assertThat(found.gradient()).isEqualTo(expected.gradient());
    }
  }

  @Test
  void theReceiptSaysTheTypes() {
    try (LanguageModel<Gpt2> before = open("plain-bf16", OpenOptions.defaults());
        LanguageModel<Gpt2> atUse = open("plain-bf16", AT_USE);
        LanguageModel<Gpt2> plain = open("plain", AT_USE);
        LanguageModel<Gpt2> low = open("plain-bf16", Options.dtype(DType.BFLOAT16))) {
      assertThat(seen(before).precision().toString())
          .isEqualTo("FLOAT32 on cpu, weights BFLOAT16, converted when loaded");
      assertThat(seen(atUse).precision().toString())
          .isEqualTo("FLOAT32 on cpu, weights BFLOAT16, converted at each use");
      assertThat(seen(plain).precision().toString()).isEqualTo("FLOAT32 on cpu, weights FLOAT32");
      Seen bf16 = seen(low);
      assertThat(bf16.precision().toString()).isEqualTo("BFLOAT16 on cpu, weights BFLOAT16");
      assertThat(bf16.logits().dtype()).isEqualTo(DType.BFLOAT16);
      assertThat(bf16.gradient().dtype()).isEqualTo(DType.BFLOAT16);
    }
  }

  @Test
  void nothingOfMatricesIsCopied() {
    assertThat(ownBytes("plain", 0)).isEqualTo(0);
    long vectors = ownBytes("plain-bf16", 0);
    long all = ownBytes("plain-bf16", Long.MAX_VALUE);
    assertThat(vectors).isLessThan(all / 5);
    // Usual is to convert what is small.
    assertThat(ownBytes("plain-bf16", LoadSettings.USUAL_CONVERSIONS)).isEqualTo(all);
  }

  private static long ownBytes(String name, long convertUpTo) {
    int before = liveArrays();
    Checkpoint checkpoint = Checkpoint.open(Fixtures.folder(name));
    LoadSettings settings = new LoadSettings(true, DType.FLOAT32, TorchDevice.CPU, convertUpTo);
    long bytes;
    try (LanguageModel<AnyModel> model = LanguageModel.open(Fixtures.folder(name));
        Weights weights = Weights.load(model.blueprint(), checkpoint, settings)) {
      bytes = weights.ownBytes();
    }
    assertThat(liveArrays()).isEqualTo(before);
    return bytes;
  }

  @Test
  void whatConversionsNeedIsPartOfThePriceOfARun() {
    Path model = Fixtures.folder("plain-bf16");
    LoadSettings settings = new LoadSettings(false, DType.FLOAT32, TorchDevice.CPU, 0);
    WeightBytes bytes = HostedModel.convertedAtUse(model, settings);
    long file = model.resolve("model.safetensors").toFile().length();
    assertThat(bytes.all()).isGreaterThan((long) (1.5 * file));
    assertThat(bytes.all()).isLessThan(2 * file);
    assertThat(bytes.largest()).isLessThan(bytes.all());
    assertThat(HostedModel.convertedAtUse(model, LoadSettings.usual(false)))
        .isEqualTo(WeightBytes.NONE);
    try (HostedModel hosted = HostedModel.open(model, settings)) {
      ForwardCost.Size size = new ForwardCost.Size(1, 5, 1);
      ForwardCost plain = new ForwardCost(hosted.blueprint());
      ForwardCost priced = new ForwardCost(hosted.blueprint(), bytes);
      assertThat(priced.bytes(size, false) - plain.bytes(size, false)).isEqualTo(bytes.largest());
      assertThat(priced.bytes(size, true) - plain.bytes(size, true)).isEqualTo(bytes.all());
    }
  }

  @Test
  void whatIsNoWeightHasNoPrice() throws Exception {
    Path model = copied("masks");
    Path file = model.resolve("model.safetensors");
    LoadSettings settings = new LoadSettings(false, DType.FLOAT32, TorchDevice.CPU, 0);
    WeightBytes bytes = HostedModel.convertedAtUse(model, settings);
    Map<String, Tensor> all = new TreeMap<>(Safetensors.read(file));
    all.put("transformer.h.0.attn.bias", Tensor.of(new boolean[] {true, false}, 1, 2));
    Safetensors.write(file, all, Map.of());
    assertThat(HostedModel.convertedAtUse(model, settings)).isEqualTo(bytes);
    Files.write(file, new byte[] {1, 2, 3});
    assertThat(HostedModel.convertedAtUse(model, settings)).isEqualTo(WeightBytes.NONE);
  }

  @Test
  void severalThreadsHaveTheSameNumbers() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (LanguageModel<Gpt2> model = open("plain-bf16", AT_USE)) {
      Seen first = seen(model);
      List<Future<Seen>> found =
          IntStream.range(0, 8).mapToObj(i -> threads.submit(() -> seen(model))).toList();
      for (Future<Seen> each : found) {
        assertThat(each.get()).isEqualTo(first);
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void closingWaitsForRunsThatReadTheFile() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(3);
    LanguageModel<Gpt2> model = open("plain-bf16", AT_USE);
    CountDownLatch begun = new CountDownLatch(3);
    try (Mirror.Pause pause = Mirror.pause()) {
      List<Future<Integer>> runs =
          IntStream.range(0, 3)
              .mapToObj(i -> threads.submit(() -> untilClosed(model, begun)))
              .toList();
      begun.await();
      model.close();
      for (Future<Integer> each : runs) {
        assertThat(each.get()).isGreaterThan(0);
      }
    } finally {
      threads.shutdown();
    }
  }

  private static int untilClosed(LanguageModel<Gpt2> model, CountDownLatch begun) {
    int runs = 0;
    while (true) {
      try {
        var unused = generated(model, 3);
      } catch (RunException e) {
        assertThat(e).hasMessageThat().contains("was closed");
        return runs;
      }
      runs++;
      if (runs == 1) {
        begun.countDown();
      }
    }
  }

  @Test
  void aFileThatIsWrittenToIsNotReadOn() throws Exception {
    for (Damage damage : Damage.values()) {
      Path model = copied(damage.name());
      Path file = model.resolve("model.safetensors");
      try (LanguageModel<Gpt2> language = LanguageModel.open(new Gpt2Model(), model, AT_USE)) {
        var unused = seen(language);
        damage.to(file);
        CheckpointException refused = assertThrows(CheckpointException.class, () -> seen(language));
        assertThat(refused)
            .hasMessageThat()
            .startsWith(file + ": was written to while weights are mapped from it: expected ");
        assertThat(refused).hasMessageThat().contains("open the model again");
      }
    }
  }

  private enum Damage {
    SHORTER {
      @Override
      void to(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.truncate(100);
        }
      }
    },
    REWRITTEN {
      @Override
      void to(Path file) throws IOException {
        Files.write(file, Files.readAllBytes(file), StandardOpenOption.WRITE);
        Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
      }
    };

    abstract void to(Path file) throws IOException;
  }

  @Test
  void aFileThatIsReplacedOrDeletedIsStillThere() throws Exception {
    Path model = copied("replaced");
    Path file = model.resolve("model.safetensors");
    try (LanguageModel<Gpt2> language = LanguageModel.open(new Gpt2Model(), model, AT_USE);
        Mirror.Pause pause = Mirror.pause()) {
      Seen before = seen(language);
      Path other = Files.write(folder.resolve("other"), new byte[] {1, 2, 3});
      Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
      assertThat(seen(language)).isEqualTo(before);
      Files.delete(file);
      assertThat(seen(language)).isEqualTo(before);
    }
  }

  private Path copied(String name) throws IOException {
    Path model = Files.createDirectory(folder.resolve(name));
    try (Stream<Path> files = Files.list(Fixtures.folder("plain-bf16"))) {
      for (Path file : files.toList()) {
        Files.copy(file, model.resolve(file.getFileName()));
      }
    }
    return model;
  }

  @Test
  void optionsThatCannotBeAreRefused() {
    assertThat(assertThrows(IllegalArgumentException.class, () -> Options.dtype(DType.FLOAT16)))
        .hasMessageThat()
        .isEqualTo(
            "expected a data type to compute in, FLOAT32, BFLOAT16 or FLOAT64, found FLOAT16; FLOAT32 computes with a FLOAT16 file exactly, and needs no more memory for it");
    assertThat(assertThrows(IllegalArgumentException.class, () -> Options.dtype(DType.INT64)))
        .hasMessageThat()
        .isEqualTo("expected a data type to compute in, FLOAT32, BFLOAT16 or FLOAT64, found INT64");
    assertThat(assertThrows(IllegalArgumentException.class, () -> Options.device("gpu")))
        .hasMessageThat()
        .isEqualTo("expected a device as cpu, cuda, cuda:1, mps or xpu, found 'gpu'");
    assertThrows(IllegalArgumentException.class, () -> OpenOptions.defaults().convertUpTo(-1));
    OpenOptions packed = OpenOptions.defaults().weights(WeightFormat.INT8);
    assertThat(assertThrows(IllegalArgumentException.class, () -> packed.dtype(DType.BFLOAT16)))
        .hasMessageThat()
        .isEqualTo(
            "weights kept as INT8 are for a run in FLOAT32 on cpu, found BFLOAT16 on cpu: leave dtype and device out, or weights");
    assertThrows(IllegalArgumentException.class, () -> packed.device("cuda"));
    RunException absent =
        assertThrows(RunException.class, () -> open("plain", Options.device("cuda:3")));
    assertThat(absent).hasMessageThat().startsWith("there is no device 'cuda:3' here");
  }

  @Test
  void aServerThatComputesInAnotherTypeIsAnotherModel() {
    try (LanguageModel<Gpt2> here = open("plain", Options.dtype(DType.BFLOAT16));
        LanguageModel<Gpt2> there = open("plain", OpenOptions.defaults())) {
      ModelIdentity own = ModelIdentity.of(here.blueprint());
      ModelIdentity server = ModelIdentity.of(there.blueprint());
      assertThat(own.differences(server))
          .containsExactly("dtype to compute in: here BFLOAT16, server FLOAT32");
      String description = "{\"identity\": %s}".formatted(own.toJson());
      assertThat(ModelIdentity.ofDescription(description)).isEqualTo(own);
      assertThat(server.toJson()).doesNotContain("dtype");
    }
  }

  @Test
  void theReceiptSaysThatLinearLayersWereRounded() {
    for (WeightFormat format : WeightFormat.values()) {
      try (LanguageModel<AnyModel> model =
          LanguageModel.open(Fixtures.folder("plain"), OpenOptions.defaults().weights(format))) {
        Generator<AnyModel> trace = model.trace();
        trace.invoke(new long[][] {{1, 2, 3}}, it -> it.model().module("lm_head").output().save());
        trace.run();
        assertThat(trace.receipt().precision().format()).isEqualTo(format);
        String rounded = ", linear layers rounded to " + format;
        boolean exact = format == WeightFormat.AS_STORED;
        assertThat(trace.receipt().toString().contains(rounded)).isEqualTo(!exact);
      }
    }
  }

  @Test
  void settingsGoToAnotherProcessAsText() {
    LoadSettings settings = new LoadSettings(true, DType.BFLOAT16, TorchDevice.of("cuda:1"), 7);
    assertThat(LoadSettings.of(settings.text())).isEqualTo(settings);
    LoadSettings packed =
        new LoadSettings(false, DType.FLOAT32, TorchDevice.CPU, 7, WeightFormat.INT8);
    assertThat(LoadSettings.of(packed.text())).isEqualTo(packed);
    assertThat(LoadSettings.of("")).isEqualTo(LoadSettings.usual(false));
    assertThat(LoadSettings.of("dtype=BFLOAT16,device=cpu"))
        .isEqualTo(
            new LoadSettings(
                false, DType.BFLOAT16, TorchDevice.CPU, LoadSettings.USUAL_CONVERSIONS));
    assertThrows(IllegalArgumentException.class, () -> LoadSettings.of("speed=11"));
  }
}
