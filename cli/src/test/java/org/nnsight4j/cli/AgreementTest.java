package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.nnsight4j.tensor.Tensor;

/** What rounded weights change, and how the command says it. */
final class AgreementTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void agreementIsCountedOverPositions() {
    float ln3 = (float) Math.log(3);
    // 1/4 and 3/4 against 1/2 and 1/2, then 3/4 and 1/4 against the same.
    Tensor found = Tensor.of(new float[] {0, ln3, ln3, 0}, 1, 2, 2);
    Tensor expected = Tensor.of(new float[] {1, 1, ln3, 0}, 1, 2, 2);
    Agreement agreement = Agreement.of(found, expected);
    assertThat(agreement.positions()).isEqualTo(2);
    assertThat(agreement.same()).isEqualTo(1);
    assertThat(agreement.mean()).isWithin(1e-7).of(0.125);
    assertThat(agreement.largest()).isWithin(1e-7).of(0.25);
  }

  @Test
  void theCommandComparesWithTheExactModel() {
    for (String weights : new String[] {"float16", "bf16", "int8"}) {
      out.getBuffer().setLength(0);
      assertWithMessage("%s", err)
          .that(execute("agreement", "--weights", weights, "--ids=5,6,7,8"))
          .isEqualTo(0);
      assertThat(out.toString()).contains("linear layers rounded to ");
      assertThat(out.toString()).contains("of 4 tokens");
      assertThat(out.toString()).containsMatch("mean 0\\.[0-9]{5}, largest 0\\.[0-9]{5}");
    }
    assertThat(out.toString()).contains("INT8");
  }

  @Test
  void withoutAnythingToCompareItSaysSo() {
    assertThat(execute("agreement", "--ids=5,6")).isEqualTo(2);
    assertThat(err.toString()).contains("expected --weights or --dtype");
  }

  private int execute(String... arguments) {
    return Main.command(arguments)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
