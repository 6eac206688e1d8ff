package org.nnsight4j.toolkit.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;

/**
 * One row to train on: a prompt, and numbers that belong to it, such as a label.
 *
 * @param text null if the prompt is given as ids
 * @param ids empty if the prompt is given as text
 * @param data numbers by name; all examples have the same names and shapes
 */
public record Example(@Nullable String text, long[] ids, Map<String, Tensor> data) {
  public Example {
    if (text == null ? ids.length == 0 : text.isEmpty()) {
      throw new RunException("expected an example with a token or more, found an empty one");
    }
    ids = ids.clone();
    data = Map.copyOf(data);
  }

  /** A text. Special tokens are added as the tokenizer does. */
  public static Example of(String text) {
    return new Example(Objects.requireNonNull(text, "the text is null"), new long[0], Map.of());
  }

  /** Token ids, which are taken as they are. */
  public static Example of(long... ids) {
    return new Example(null, ids, Map.of());
  }

  /** This example with one more tensor. */
  public Example with(String name, Tensor tensor) {
    Map<String, Tensor> more = new LinkedHashMap<>(data);
    more.put(name, tensor);
    return new Example(text, ids, more);
  }

  /** This example with one more number, in fp32. */
  public Example with(String name, double number) {
    return with(name, Tensor.scalar((float) number));
  }

  /** This example with one more integer, such as the id of a token. */
  public Example with(String name, long number) {
    return with(name, Tensor.of(new long[] {number}));
  }

  @Override
  public long[] ids() {
    return ids.clone();
  }
}
