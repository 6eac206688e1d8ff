package org.nnsight4j.internal.op;

/** One parameter of an operation, as its TorchScript signature states it. */
record Param(String name, Kind kind) {
  enum Kind {
    TENSOR("Tensor"),
    TENSORS("List[Tensor]"),
    INT("int"),
    INTS("List[int]"),
    FLOAT("float"),
    BOOL("bool"),
    TEXT("str");

    private final String script;

    Kind(String script) {
      this.script = script;
    }
  }

  /** Reads {@code "dim: int"}. */
  static Param parse(String text) {
    String[] parts = text.trim().split(":\\s*", 2);
    for (Kind kind : Kind.values()) {
      if (parts.length == 2 && kind.script.equals(parts[1])) {
        return new Param(parts[0], kind);
      }
    }
    throw new IllegalArgumentException("no parameter of an operation: '" + text + "'");
  }
}
