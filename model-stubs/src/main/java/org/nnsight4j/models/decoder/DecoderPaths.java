package org.nnsight4j.models.decoder;

import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Families;

/**
 * Where the modules are that each decoder has, by their paths in Hugging Face's state dict.
 *
 * @param blocks the blocks in their order
 * @param norm the last normalisation
 * @param head the unembedding
 */
public record DecoderPaths(List<String> blocks, String norm, String head) {
  public DecoderPaths {
    blocks = List.copyOf(blocks);
  }

  /**
   * Those of a configuration.
   *
   * @throws CheckpointException if its family is no decoder of this package
   */
  public static DecoderPaths of(ModelConfig config) {
    return Families.find(config.modelType(), DecoderPaths.class.getClassLoader())
        .filter(DecoderFamily.class::isInstance)
        .map(family -> of(((DecoderFamily) family).spec(config.withAliases(family.aliases()))))
        .orElseThrow(
            () ->
                new CheckpointException(
                    "%s: '%s' is no family of org.nnsight4j.models, so nobody says which of its modules are blocks, last normalisation and unembedding"
                        .formatted(config.file(), config.modelType())));
  }

  private static DecoderPaths of(DecoderSpec spec) {
    DecoderSpec.Stack stack = spec.stack();
    String layers = stack.name() + "." + stack.layers() + ".";
    return new DecoderPaths(
        IntStream.range(0, spec.blocks().size()).mapToObj(layer -> layers + layer).toList(),
        stack.name() + "." + stack.norm().name(),
        spec.head().name());
  }
}
