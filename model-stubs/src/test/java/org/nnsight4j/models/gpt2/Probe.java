package org.nnsight4j.models.gpt2;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.function.Function;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;

/** Bad input to the embedded model, and what must hold after each: nothing left, still usable. */
public final class Probe {
  public static final LanguageModel<Gpt2> GPT2 = EmbeddedGpt2.open().as(Gpt2.class);
  public static final long[] IDS = {5, 17, 23, 99, 4, 301};
  private static final Tensor LOGITS = logits();

  private Probe() {}

  /** All arrays of the engine that have not been freed, of all models. */
  public static int liveArrays() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      return manager.getParentManager().getManagedArrays().size();
    }
  }

  /** One forward pass over {@link #IDS} in which a body records. */
  public static <R> R trace(Function<Gpt2, R> body) {
    return trace(new long[][] {IDS}, body);
  }

  public static <R> R trace(long[][] ids, Function<Gpt2, R> body) {
    return GPT2.trace()
        .run(generator -> generator.invoke(ids, invoker -> body.apply(invoker.model())))
        .result();
  }

  public static Tensor logits() {
    return Probe.<Saved<?>>trace(model -> model.output().save()).value();
  }

  /** Expects one clear error that has all of these words; the model must work afterwards. */
  public static <E extends Nnsight4jException> E refused(
      Class<E> stage, Runnable bad, String... words) {
    int before = liveArrays();
    E error = assertThrows(stage, bad::run);
    for (String word : words) {
      assertThat(error).hasMessageThat().contains(word);
    }
    assertWithMessage("arrays left alive").that(liveArrays()).isEqualTo(before);
    assertThat(logits()).isEqualTo(LOGITS);
    return error;
  }

  /** As {@link #refused}, while recording: the message must have the line that called us. */
  public static void unrecordable(Function<Gpt2, ?> bad, String... words) {
    RecordingException error = refused(RecordingException.class, () -> trace(bad), words);
    assertThat(error).hasMessageThat().contains("(at " + thrownAt(error) + ")");
  }

  /** The test's own line in a stack trace, found without the runtime's help. */
  public static String thrownAt(Throwable error) {
    return Arrays.stream(error.getStackTrace())
        .filter(frame -> frame.getFileName() != null)
        .filter(frame -> frame.getFileName().endsWith("Test.java"))
        .map(frame -> frame.getFileName() + ":" + frame.getLineNumber())
        .findFirst()
        .orElseThrow(() -> new AssertionError("no test in the stack trace", error));
  }

  /** File and line of the caller. */
  public static String here() {
    return thrownAt(new Throwable());
  }

  /** Compares with a bound relative to the largest expected number. */
  public static void assertClose(String what, Tensor found, Tensor expected, double tolerance) {
    assertWithMessage("%s: shape", what).that(found.shape()).isEqualTo(expected.shape());
    double largest = 1;
    double distance = 0;
    for (int i = 0; i < expected.size(); i++) {
      largest = Math.max(largest, Math.abs(expected.at(i)));
      double difference = Math.abs(found.at(i) - expected.at(i));
      distance = Double.isNaN(difference) ? difference : Math.max(distance, difference);
    }
    assertWithMessage("%s: largest difference", what)
        .that(distance)
        .isWithin(tolerance * largest)
        .of(0);
  }

  public static Tensor floats(double... values) {
    return floats(new long[] {values.length}, values);
  }

  public static Tensor floats(long[] shape, double... values) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) values[i];
    }
    return Tensor.of(narrow, shape);
  }
}
