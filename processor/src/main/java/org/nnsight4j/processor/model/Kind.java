package org.nnsight4j.processor.model;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * The kind of a layer, which says what it takes and returns: the runtime interface that it extends,
 * and the base class of its proxy.
 */
public enum Kind {
  SITE("Site", 1, 0, "Site<Width>"),
  LAYER("Layer", 1, 0, "Layer<Width>"),
  TRANSFORM("Transform", 2, 0, "Transform<In, Out>"),
  LINEAR("Linear", 2, 0, "Linear<In, Out>"),
  CONV1D("Conv1D", 2, 0, "Conv1D<In, Out>"),
  LAYER_NORM("LayerNorm", 1, 0, "LayerNorm<Width>"),
  RMS_NORM("RmsNorm", 1, 0, "RmsNorm<Width>"),
  EMBEDDING("Embedding", 1, 0, "Embedding<Width>"),
  TUPLE_LAYER("TupleLayer", 1, 1, "TupleLayer<Width>"),
  PAIR("Pair", 1, 2, "Pair<Width>"),
  TRIPLE("Triple", 1, 3, "Triple<Width>");

  private final String simpleName;
  private final int widths;
  private final int tupleSize;
  private final String example;

  Kind(String simpleName, int widths, int tupleSize, String example) {
    this.simpleName = simpleName;
    this.widths = widths;
    this.tupleSize = tupleSize;
    this.example = example;
  }

  public static Optional<Kind> of(String qualifiedName) {
    return Arrays.stream(values())
        .filter(kind -> kind.qualifiedName().equals(qualifiedName))
        .findFirst();
  }

  public String qualifiedName() {
    return RuntimeNames.PACKAGE + "." + simpleName;
  }

  public String simpleName() {
    return simpleName;
  }

  /** The class that implements this kind. */
  public String nodeName() {
    return simpleName + "Node";
  }

  /** The whole name of that class. */
  public TypeRef.Named node() {
    return TypeRef.Named.of(RuntimeNames.PACKAGE + "." + nodeName());
  }

  public int widths() {
    return widths;
  }

  /** The kinds that come with it, because its interface extends theirs. */
  public Set<Kind> included() {
    return switch (this) {
      case LINEAR, CONV1D, LAYER_NORM, RMS_NORM -> Set.of(SITE, TRANSFORM);
      case EMBEDDING -> Set.of(SITE, LAYER);
      case LAYER, TRANSFORM -> Set.of(SITE);
      default -> Set.of();
    };
  }

  /** Whether the first of its widths is that of the input. */
  public boolean statesInput() {
    return this == TRANSFORM || this == TUPLE_LAYER || included().contains(TRANSFORM);
  }

  /** How many elements its output has if that is a tuple; 0 if it is a tensor. */
  public int tupleSize() {
    return tupleSize;
  }

  /** How it is written, for messages. */
  public String example() {
    return example;
  }
}
