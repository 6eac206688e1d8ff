package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.tensor.Tensor;

/** The commands do with BERT what it can do, and say what it cannot. */
final class EncoderTest {
  private static final String BERT = "../model-stubs/src/test/resources/fixtures/bert/usual";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  @Test
  void runAndLensAreRefusedWithAdvice() {
    for (String command : new String[] {"run", "lens"}) {
      assertWithMessage(command).that(execute(command, "--model", BERT, "--ids=5,6")).isEqualTo(2);
      assertThat(err.toString())
          .contains("'bert' sees all of a text at once and continues none, so there is");
      assertThat(err.toString()).contains("nnsight4j cache writes the logits");
      err.getBuffer().setLength(0);
    }
  }

  @Test
  void describeTellsModulesByTheirPaths() {
    assertThat(execute("describe", BERT)).isEqualTo(0);
    assertThat(out.toString()).contains("bert.encoder.layer.* x2");
    assertThat(out.toString()).contains("bert.token_type_ids");
  }

  /** A layer, and the module in it that is called output, are two. */
  @Test
  void cacheTellsALayerFromItsModuleOutput() {
    Path file = folder.resolve("cache.safetensors");
    assertThat(execute("cache", "--model", BERT, "--ids=5,6,7", "--out", file.toString()))
        .isEqualTo(0);
    Map<String, Tensor> cached = Safetensors.read(file);
    Tensor layer = cached.get("bert.encoder.layer.1.output");
    assertThat(layer.shape()).isEqualTo(new long[] {1, 3, 16});
    assertThat(cached.get("bert.encoder.layer.1.output.output").toFloatArray())
        .isEqualTo(layer.toFloatArray());
    assertThat(cached.get("output").shape()).isEqualTo(new long[] {1, 3, 31});
  }

  private int execute(String... arguments) {
    return Main.command(arguments)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
