package org.nnsight4j.models.gpt2.errors;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.models.gpt2.Probe.GPT2;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.Cache;
import org.nnsight4j.CacheOptions;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.Scan;
import org.nnsight4j.attach.LoraAdapter;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** What a reader who knew only the documentation found. */
final class NewcomerTest {
  private static final String EIFFEL = "The Eiffel Tower is in the city of";
  private static final String JAPAN = "The capital of Japan is";

  /** The logits of each step of a run that skips block 1 at the prompt. */
  private static List<Tensor> skippedAtThePrompt(GenerateOptions options, boolean second) {
    try (Generator<Gpt2> generator = GPT2.generate(options)) {
      Saved<Vocab> logits;
      try (Invoker<Gpt2> invoker = generator.invoke(EIFFEL)) {
        Gpt2 model = invoker.model();
        model.transformer().h(1).skip(model.transformer().h(1).input());
        logits = invoker.allSteps().each(each -> each.output().at(-1).save());
      }
      if (second) {
        generator.invoke(JAPAN).close();
      }
      generator.run();
      return logits.values();
    }
  }

  @Test
  void aBlockSkippedAtThePromptLeavesAGapForLaterSteps() {
    List<Tensor> alone = skippedAtThePrompt(maxNewTokens(3), false);
    List<Tensor> besideAnother = skippedAtThePrompt(maxNewTokens(3), true);
    assertThat(alone).hasSize(3);
    for (int step = 0; step < 3; step++) {
      Probe.assertClose("step " + step, besideAnother.get(step), alone.get(step), 1e-4);
    }
    // Later steps of that layer see themselves only: as if the pattern of all else were zero.
    try (Generator<Gpt2> generator = GPT2.generate(maxNewTokens(2))) {
      Saved<?> pattern;
      try (Invoker<Gpt2> invoker = generator.invoke(EIFFEL)) {
        Gpt2 model = invoker.model();
        model.transformer().h(1).skip(model.transformer().h(1).input());
        pattern = invoker.next().transformer().h(1).attn().pattern().output().save();
      }
      generator.run();
      Tensor weights = pattern.value();
      long last = weights.shape(-1) - 1;
      assertThat(weights.get(0, 0, 0, last)).isWithin(1e-6).of(1);
      assertThat(weights.get(0, 0, 0, 0)).isEqualTo(0);
    }
  }

  @Test
  void aSkipAtThePromptAgreesWithBeamsOfItsOwn() {
    assertThat(skippedAtThePrompt(maxNewTokens(3).numBeams(2), false)).hasSize(3);
  }

  @Test
  void aCacheGivesWhatWasReadAndNothingElse() {
    Cache<Gpt2> cache =
        GPT2.generate(
            maxNewTokens(1),
            generator ->
                generator.invoke(
                    EIFFEL, invoker -> invoker.cache(CacheOptions.paths("transformer.h.*.mlp"))));
    assertThat(cache.get(model -> model.transformer().h(1).mlp().output()).value().rank())
        .isEqualTo(3);
    for (Function<Gpt2, Value<Hidden>> other :
        List.<Function<Gpt2, Value<Hidden>>>of(
            model -> model.transformer().h(1).mlp().output().mul(2),
            model -> model.transformer().h(1).mlp().output().at(-1),
            model ->
                model
                    .transformer()
                    .h(1)
                    .mlp()
                    .output()
                    .add(model.transformer().h(2).mlp().output()))) {
      RecordingException error = assertThrows(RecordingException.class, () -> cache.get(other));
      assertThat(error).hasMessageThat().contains("the read of one site and nothing else");
    }
  }

  @Test
  void whenDecidesAboutRunsOpenedInsideIt() {
    RecordingException error =
        assertThrows(
            RecordingException.class,
            () ->
                GPT2.session(
                    session -> {
                      try (Generator<Gpt2> first = session.trace();
                          Invoker<Gpt2> invoker = first.invoke(EIFFEL)) {
                        Value<Axis> never = invoker.model().output().sum().gt(1e9);
                        session.when(never, () -> invoker.model().output().set(0));
                        return true;
                      }
                    }));
    assertThat(error).hasMessageThat().contains("opened before when(...) at NewcomerTest.java:");
  }

  @Test
  void whenNeedsATruthValue() {
    RecordingException error =
        assertThrows(
            RecordingException.class,
            () ->
                GPT2.session(
                    session -> {
                      Value<Axis> number;
                      try (Generator<Gpt2> first = session.trace();
                          Invoker<Gpt2> invoker = first.invoke(EIFFEL)) {
                        number = invoker.model().output().sum();
                      }
                      session.when(number, () -> session.trace().close());
                      return true;
                    }));
    assertThat(error).hasMessageThat().contains("when(...) needs a truth value, found FLOAT32");
  }

  @Test
  void rowsDoNotMeetPositionsByChance() {
    RecordingException error =
        assertThrows(
            RecordingException.class,
            () ->
                Probe.trace(
                    new long[][] {{40, 69}, {41, 70}},
                    model -> {
                      Value<Hidden> hidden = model.transformer().h(1).output(0);
                      hidden.set(hidden.at(-1));
                      return true;
                    }));
    assertThat(error).hasMessageThat().contains("the rows of one and the positions of the other");
  }

  @Test
  void aScanKnowsOnlyItsOwnValues() {
    Scan<Value<Hidden>> scan =
        GPT2.scan(
            generator ->
                generator.invoke(EIFFEL, i -> i.model().transformer().h(2).output(0).at(-1)));
    Saved<Vocab> other = GPT2.trace(EIFFEL, model -> model.output().save());
    RecordingException error = assertThrows(RecordingException.class, () -> scan.of(other));
    assertThat(error).hasMessageThat().contains("belongs to another run than this scan");
    assertThat(scan.of(scan.result()).dims().get(0).size()).isEqualTo(1);
  }

  @Test
  void anUnusedReplacedGradientIsPointedOut() {
    try (Generator<Gpt2> generator = GPT2.trace()) {
      try (Invoker<Gpt2> invoker = generator.invoke(EIFFEL)) {
        Value<Hidden> early = invoker.model().transformer().h(0).output(0);
        Value<Hidden> middle = invoker.model().transformer().h(1).output(0);
        middle.setGradient(invoker.model().output().sum(), middle.zerosLike());
        early.gradient(invoker.model().output().sum()).save();
      }
      generator.run();
      assertThat(generator.receipt().warnings().get(0))
          .containsMatch("setGradient at NewcomerTest\\.java:\\d+ has no effect");
    }
  }

  @Test
  void linesAreTheUsersEvenThroughStreams() {
    RecordingException error =
        assertThrows(
            RecordingException.class,
            () -> Probe.trace(model -> Stream.of(9).map(model.transformer()::h).toList()));
    assertWithMessage("line").that(error).hasMessageThat().contains("NewcomerTest.java:");
  }

  @Test
  void configurationsAgreeWithTheirTensors(@TempDir Path folder) throws IOException {
    Files.writeString(
        folder.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 4, \"target_modules\": [\"c_fc\"]}");
    String module = "base_model.model.transformer.h.0.mlp.c_fc.lora_";
    Safetensors.write(
        folder.resolve("adapter_model.safetensors"),
        Map.of(
            module + "A.weight", Probe.floats(new long[] {3, 128}, new double[3 * 128]),
            module + "B.weight", Probe.floats(new long[] {512, 3}, new double[512 * 3])),
        Map.of());
    assertThat(assertThrows(CheckpointException.class, () -> LoraAdapter.load(folder)))
        .hasMessageThat()
        .contains("has pairs of the rank 3 and 3, adapter_config.json says r = 2");
    Files.writeString(folder.resolve("cfg.json"), "{\"d_in\": 64, \"d_sae\": 4}");
    Safetensors.write(
        folder.resolve("sae_weights.safetensors"),
        Map.of(
            "W_enc", Probe.floats(new long[] {128, 4}, new double[512]),
            "b_enc", Probe.floats(new double[4]),
            "W_dec", Probe.floats(new long[] {4, 128}, new double[512]),
            "b_dec", Probe.floats(new double[128])),
        Map.of());
    assertThat(assertThrows(CheckpointException.class, () -> SparseAutoencoder.open(folder)))
        .hasMessageThat()
        .contains("cfg.json says d_in = 64 and d_sae = 4, W_enc is [128, 4]");
  }
}
