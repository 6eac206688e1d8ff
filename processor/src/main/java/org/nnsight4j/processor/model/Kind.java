package org.nnsight4j.processor.model;

import java.util.Arrays;
import java.util.Optional;

/** What a layer gives and takes: the runtime interface it extends, and the base of its proxy. */
public enum Kind {
  SITE("Site", 1, "Site<Width>"),
  LAYER("Layer", 1, "Layer<Width>"),
  TRANSFORM("Transform", 2, "Transform<In, Out>"),
  TUPLE_LAYER("TupleLayer", 1, "TupleLayer<Width>");

  private final String simpleName;
  private final int widths;
  private final String example;

  Kind(String simpleName, int widths, String example) {
    this.simpleName = simpleName;
    this.widths = widths;
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

  public int widths() {
    return widths;
  }

  /** How it is written, for messages. */
  public String example() {
    return example;
  }
}
