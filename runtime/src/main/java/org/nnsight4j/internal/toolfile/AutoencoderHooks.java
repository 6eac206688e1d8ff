package org.nnsight4j.internal.toolfile;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The place in a model for which an autoencoder was made, as its file says.
 *
 * @param inputs names of one place, the most exact first: a module of Hugging Face, a hook of
 *     TransformerLens; empty if the file names none
 * @param outputs the same for the place that a transcoder predicts; empty for others
 * @param head the head for which it was made; null if for all
 */
public record AutoencoderHooks(List<String> inputs, List<String> outputs, @Nullable Integer head) {
  /** The file does not say where it belongs. */
  public static final AutoencoderHooks NONE = new AutoencoderHooks(List.of(), List.of(), null);

  public AutoencoderHooks {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /** One name for each place. */
  public static AutoencoderHooks of(String input, @Nullable String output) {
    return new AutoencoderHooks(List.of(input), output == null ? List.of() : List.of(output), null);
  }

  /** The given names without the missing ones. */
  @SafeVarargs
  static List<String> present(Optional<String>... names) {
    return Stream.of(names).map(name -> name.orElse(null)).filter(Objects::nonNull).toList();
  }
}
