package org.nnsight4j.processor.model;

import java.util.Set;

/**
 * What the processor knows about the runtime: names, and nothing else. A dependency would put the
 * engine on every user's processor path.
 */
public final class RuntimeNames {
  public static final String PACKAGE = "org.nnsight4j.arch";
  public static final String ARCHITECTURE = PACKAGE + ".Architecture";
  public static final String AT = PACKAGE + ".At";
  public static final String INDEX = PACKAGE + ".Index";
  public static final String PINNED = PACKAGE + ".Pinned";
  public static final String HUGGING_FACE = PACKAGE + ".HuggingFace";
  public static final String SHAPE = PACKAGE + ".Shape";
  public static final String MAY_BE_ABSENT = PACKAGE + ".MayBeAbsent";
  public static final String TUPLE_ELEMENT = PACKAGE + ".TupleElement";
  public static final String LANGUAGE_MODEL = "org.nnsight4j.LanguageModel";
  public static final String VALUE = "org.nnsight4j.values.Value";
  public static final String VALUES_PACKAGE = "org.nnsight4j.values";
  public static final String REDUCED = VALUES_PACKAGE + ".Reduced";
  public static final String REDUCED_BY_NAME = VALUES_PACKAGE + ".ReducedByName";
  public static final String TENSOR = "org.nnsight4j.tensor.Tensor";
  public static final String AXIS = "org.nnsight4j.tensor.Axis";
  public static final String MODEL = PACKAGE + ".Model";
  public static final String SCOPE = PACKAGE + ".Scope";
  public static final String NODE = PACKAGE + ".ProxyNode";

  /** The methods of every layer, whatever their parameters. */
  public static final Set<String> LAYER_METHODS =
      Set.of("input", "output", "apply", "skip", "weight", "bias");

  /** The method of the generated root. */
  public static final String BIND = "bind";

  /** The signature of the generated root's {@link #BIND}. */
  public static final String BIND_SIGNATURE = BIND + "(" + SCOPE + ")";

  /** The final methods of {@link #NODE}, as erased signatures. */
  public static final Set<String> NODE_METHODS =
      Set.of("child(java.lang.String)", "item(java.lang.String,int,java.lang.String)");

  // What generated code uses of the platform.
  public static final String GENERATED = "javax.annotation.processing.Generated";
  public static final String OVERRIDE = "java.lang.Override";
  public static final String STRING = "java.lang.String";
  public static final String SUPPRESS_WARNINGS = "java.lang.SuppressWarnings";
  public static final String ILLEGAL_STATE = "java.lang.IllegalStateException";

  private RuntimeNames() {}
}
