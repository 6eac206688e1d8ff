package org.nnsight4j.internal.toolfile;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which place of a model an autoencoder is for, as its file says.
 *
 * @param inputs names of one place, the most exact first: a module of Hugging Face, a hook of
 *     TransformerLens; empty if nothing says it
 * @param outputs the same, of the place that a transcoder gives; empty for others
 * @param head the one head that it is for; null for all
 */
public record AutoencoderHooks(List<String> inputs, List<String> outputs, @Nullable Integer head) {
  /** Nothing says where it belongs. */
  public static final AutoencoderHooks NONE = new AutoencoderHooks(List.of(), List.of(), null);

  public AutoencoderHooks {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /** One name for each place. */
  public static AutoencoderHooks of(String input, @Nullable String output) {
    return new AutoencoderHooks(List.of(input), output == null ? List.of() : List.of(output), null);
  }

  /** Those of some names that are there. */
  @SafeVarargs
  static List<String> present(Optional<String>... names) {
    return Stream.of(names).map(name -> name.orElse(null)).filter(Objects::nonNull).toList();
  }
}
