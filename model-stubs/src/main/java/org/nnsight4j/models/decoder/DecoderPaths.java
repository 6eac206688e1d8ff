package org.nnsight4j.models.decoder;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Families;

/**
 * Where the modules are that each decoder has, by their paths in Hugging Face's state dict.
 *
 * @param blocks the blocks in their order
 * @param last what lies between the last block and the unembedding: most often one normalisation
 * @param head the unembedding
 */
public record DecoderPaths(List<String> blocks, List<String> last, String head) {
  public DecoderPaths {
    blocks = List.copyOf(blocks);
    last = List.copyOf(last);
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
        last(stack).map(name -> stack.name() + "." + name).toList(),
        spec.head().name());
  }

  private static Stream<String> last(DecoderSpec.Stack stack) {
    Edges.Narrow narrow = stack.edges().narrow();
    return Stream.concat(
        Stream.ofNullable(stack.norm()).map(DecoderSpec.Norm::name),
        Stream.ofNullable(narrow == null ? null : narrow.out()));
  }
}
