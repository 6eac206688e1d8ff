package org.nnsight4j.server.graph;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;
import org.nnsight4j.checkpoint.SafetensorsHeader;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.execute.RequestCheck;

/**
 * Bytes of anybody. With {@code JAZZER_FUZZ=1} in the environment these look for new inputs;
 * otherwise they run the ones that are kept beside them.
 */
final class RequestFuzzTest {
  private static final RequestCheck CHECK = check();

  private static RequestCheck check() {
    GraphKind kind = new GraphKind();
    return kind.check(
        kind.describe(new ModelSpec("m", "graph", EmbeddedGpt2.directory().toString(), 1)));
  }

  @FuzzTest(maxDuration = "5m")
  void requests(byte[] bytes) {
    if (CHECK.check(bytes) == null) {
      throw new AssertionError("a check says something");
    }
  }

  @FuzzTest(maxDuration = "5m")
  void safetensors(byte[] bytes) {
    try {
      SafetensorsHeader.parse(Path.of("x"), bytes);
    } catch (Nnsight4jException e) {
      // Refused, as it may be.
    }
  }
}
