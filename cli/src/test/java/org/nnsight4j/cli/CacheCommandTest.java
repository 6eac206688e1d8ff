package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Tensor;

final class CacheCommandTest {
  private static final long[] IDS = {5, 6, 7};

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  private Map<String, Tensor> cache(String... more) {
    Path file = folder.resolve("cache.safetensors");
    String[] arguments = new String[more.length + 5];
    System.arraycopy(
        new String[] {"cache", "--ids", "5,6,7", "--out", file.toString()}, 0, arguments, 0, 5);
    System.arraycopy(more, 0, arguments, 5, more.length);
    int code =
        Main.command(arguments)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    assertWithMessage(err.toString()).that(code).isEqualTo(0);
    Map<String, Tensor> values = Safetensors.read(file);
    assertThat(out.toString()).contains(file + " written: " + values.size() + " tensors");
    return values;
  }

  @Test
  void writesTheOutputsOfAllModules() {
    Map<String, Tensor> values = cache();
    try (LanguageModel<Gpt2> model = EmbeddedGpt2.open().as(Gpt2.class)) {
      Set<String> expected =
          model.blueprint().modules().values().stream()
              .filter(module -> !module.isInnerValue())
              .map(module -> module.path())
              .map(
                  path ->
                      path.isEmpty()
                          ? "output"
                          : path + ".output" + (path.matches(".*h\\.\\d+(\\.attn)?") ? ".0" : ""))
              .collect(Collectors.toSet());
      assertThat(values.keySet()).isEqualTo(expected);
      Tensor logits =
          model
              .trace()
              .run(generator -> generator.invoke(IDS, invoker -> invoker.model().output().save()))
              .result()
              .value();
      assertThat(values.get("output")).isEqualTo(logits);
      assertThat(values.get("lm_head.output")).isEqualTo(logits);
      Tensor block =
          model
              .trace()
              .run(
                  generator ->
                      generator.invoke(
                          IDS, invoker -> invoker.model().transformer().h(1).output(0).save()))
              .result()
              .value();
      assertThat(values.get("transformer.h.1.output.0")).isEqualTo(block);
    }
    assertThat(values.get("transformer.wte.output").shape()).isEqualTo(new long[] {1, 3, 128});
  }

  @ParameterizedTest
  @CsvSource({
    "output, output",
    "input, input",
    "lm_head, lm_head.output",
    "lm_head.input, lm_head.input",
    "transformer.h.1, transformer.h.1.output.0",
    "transformer.h.1.output.0, transformer.h.1.output.0",
    "transformer.h.1.attn.pattern, transformer.h.1.attn.pattern",
    "transformer.position_ids, transformer.position_ids",
    "'transformer.h.1,lm_head', 'lm_head.output,transformer.h.1.output.0'",
    "'transformer.h.[0]', ''",
    "transformer.w*e, 'transformer.wpe.output,transformer.wte.output'",
    "transformer.h.*.ln_2, 'transformer.h.0.ln_2.output,transformer.h.1.ln_2.output,transformer.h.2.ln_2.output,transformer.h.3.ln_2.output'",
    "'transformer.h.0.mlp.**', 'transformer.h.0.mlp.act.input,transformer.h.0.mlp.act.output,transformer.h.0.mlp.c_fc.input,transformer.h.0.mlp.c_fc.output,transformer.h.0.mlp.c_proj.input,transformer.h.0.mlp.c_proj.output,transformer.h.0.mlp.dropout.input,transformer.h.0.mlp.dropout.output,transformer.h.0.mlp.input,transformer.h.0.mlp.output'"
  })
  void writesWhatThePatternsName(String globs, String names) {
    if (names.isEmpty()) {
      assertThat(
              Main.command()
                  .setErr(new PrintWriter(err, true))
                  .execute("cache", "--ids", "1", "--out", folder + "/a", "--sites", globs))
          .isEqualTo(2);
      return;
    }
    assertThat(String.join(",", cache("--sites", globs).keySet())).isEqualTo(names);
  }

  /** No descriptor is asked: a checkpoint of this architecture in other names is enough. */
  @Test
  void readsCheckpointsInOtherNamesAndWarns() throws Exception {
    for (String file : new String[] {"config.json", "model.safetensors"}) {
      Files.copy(EmbeddedGpt2.directory().resolve(file), folder.resolve(file));
    }
    Path config = folder.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config)
            .replace("\"n_layer\"", "\"num_hidden_layers\"")
            .replace("\"n_embd\"", "\"hidden_size\""));
    Path weights = folder.resolve("model.safetensors");
    Map<String, Tensor> tensors = new java.util.TreeMap<>(Safetensors.read(weights));
    tensors.put("score.weight", Tensor.of(new float[] {1, 2}, 2));
    Safetensors.write(weights, tensors, Map.of());
    String model = folder.toString();

    Map<String, Tensor> values = cache("--model", model);
    assertThat(err.toString().strip())
        .isEqualTo(
            "nnsight4j: warning: " + model + ": no module takes score.weight, so it is not used");
    err.getBuffer().setLength(0);
    assertThat(values).isEqualTo(cache());
    for (String command : new String[] {"run", "lens"}) {
      Files.copy(
          EmbeddedGpt2.directory().resolve("tokenizer.json"),
          folder.resolve("tokenizer.json"),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      err.getBuffer().setLength(0);
      assertThat(execute(command, "--model", model, "a")).isEqualTo(0);
      assertThat(err.toString()).contains("warning: ");
      assertThat(execute(command, "--strict", "--model", model, "a")).isEqualTo(1);
      assertThat(err.toString()).contains("1 unexpected: score.weight");
    }
  }

  private int execute(String... arguments) {
    return Main.command(arguments)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
