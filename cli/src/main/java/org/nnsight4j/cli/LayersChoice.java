package org.nnsight4j.cli;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which layers an analysis looks at. */
final class LayersChoice {
  @Option(
      names = "--layers",
      paramLabel = "LAYER[,LAYER...]",
      split = ",",
      hideParamSyntax = true,
      description = "Only these layers: from 0, or from -1 backwards. Without it, all.")
  private @Nullable List<Integer> layers;

  /** The analysis of these layers; the same one if none are named. */
  <T> T of(T analysis, Function<int[], T> withLayers) {
    return layers == null
        ? analysis
        : withLayers.apply(layers.stream().mapToInt(layer -> layer).toArray());
  }
}
