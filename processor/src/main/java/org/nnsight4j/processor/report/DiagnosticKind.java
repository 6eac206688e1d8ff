package org.nnsight4j.processor.report;

import java.util.Arrays;
import java.util.Locale;
import javax.tools.Diagnostic.Kind;

/**
 * Every diagnostic there is. The id is stable: users search for it and tests match it.
 *
 * <p>A new message needs a source in {@code src/test/resources/bad}, named after its id.
 */
public enum DiagnosticKind {
  NOT_AN_INTERFACE(
      "NotAnInterface",
      "%s is %s; a descriptor only states layers, so make it an interface that extends Layer,"
          + " Transform or TupleLayer"),
  GENERIC_DESCRIPTOR(
      "GenericDescriptor",
      "%s has the type parameter %s, but a layer's widths are fixed by its architecture; remove it"
          + " and name the axis itself"),
  BLANK_ARCHITECTURE(
      "BlankArchitecture",
      "expected the model_type of config.json, such as @Architecture(\"gpt2\"), found \"%s\""),
  NOT_A_LAYER("NotALayer", "%s extends %s; let it extend %s"),
  NOT_ACCESSIBLE(
      "NotAccessible", "%s is out of reach of the generated class in package %s; make it %s"),
  NAME_TAKEN("NameTaken", "%s cannot be written, since %s exists already; rename one of the two"),
  NAME_TOO_LONG(
      "NameTooLong",
      "%s.class would be a file name of %s bytes, and most file systems end at %s; give it a shorter"
          + " name"),
  SEALED_LAYER(
      "SealedLayer", "%s is sealed, but %s has to implement it; remove 'sealed' and 'permits'"),
  HIDDEN_TYPE(
      "HiddenType", "%s cannot name %s: %s has its simple name, and %s; rename one of them"),
  CYCLIC_LAYERS(
      "CyclicLayers",
      "%s contains itself: %s; a module tree ends, so let one of them return a layer without"
          + " children"),
  GENERIC_METHOD(
      "GenericMethod",
      "%s has the type parameter %s, but a layer has one width; remove it and name the axis"
          + " itself"),
  RESERVED_NAME(
      "ReservedName",
      "'%1$s' is %2$s; name this one otherwise and keep its place with @At(\"%3$s\")"),
  WRONG_RETURN_TYPE("WrongReturnType", "%s returns %s; expected a layer or a site, %s"),
  THROWS_CLAUSE(
      "ThrowsClause", "%s throws %s, but a layer's method only names a place; remove the clause"),
  BAD_PATH(
      "BadPath",
      "\"%s\" %s; expected one name or a dotted path, such as \"ln_1\" or \"mlp.c_fc\"%s"),
  BAD_SHAPE(
      "BadShape", "\"%s\" %s; expected the names of all axes, such as \"[batch, position, %s]\""),
  DUPLICATE_PATH(
      "DuplicatePath",
      "%s and %s are both at '%s'; every layer has one method, so give one of them its own @At"),
  TOO_MANY_PARAMETERS(
      "TooManyParameters",
      "%s has %s parameters; a layer's method has none, or one int with @Index"),
  INDEX_ON_NON_INT(
      "IndexOnNonInt",
      "'%s' is of type %s; a layer is chosen by an int, so write @Index(\"%s\") int %1$s"),
  INDEX_MISSING(
      "IndexMissing",
      "nothing says how many there are of '%s'; write @Index(\"n_layer\") int %s, with the key in"
          + " config.json that holds their number"),
  BAD_INDEX_KEY(
      "BadIndexKey", "expected a key of config.json, such as @Index(\"n_layer\"), found \"%s\""),
  /** A warning: javac itself reports the missing type as an error. */
  MISSING_TYPE(
      "MissingType",
      "%s is not there, and no annotation processor wrote it; %s is incomplete without it%s",
      Kind.WARNING),
  COUNT_NOT_PINNED(
      "CountNotPinned",
      "count = %s is a promise that only a snapshot keeps: add @Pinned to %s, or leave the count to"
          + " the checkpoint"),
  SNAPSHOT_MISSING(
      "SnapshotMissing",
      "there is no %1$s in package %2$s; 'nnsight4j describe --snapshot' writes it, for"
          + " src/main/resources/%3$s"),
  BAD_SNAPSHOT(
      "BadSnapshot", "%s is no snapshot: %s; let 'nnsight4j describe --snapshot' write it"),
  WRONG_SNAPSHOT(
      "WrongSnapshot",
      "the architecture is '%s' in %s, '%s' here; pin it to a snapshot of its own"),
  UNKNOWN_LAYER("UnknownLayer", "%s has '%s' here, but not in %s; %s"),
  MISSING_LAYER("MissingLayer", "%s has %s in %s, but not here; add a method for each"),
  LAYER_COUNT("LayerCount", "%s"),
  LAYER_CLASS("LayerClass", "%s is %s in %s, %s here; say so with @HuggingFace"),
  LAYER_TUPLE("LayerTuple", "%s gives %s in %s, %s here; a tuple is a TupleLayer"),
  LAYER_WIDTH("LayerWidth", "%s %s; name the axis likewise"),
  LAYER_SHAPE("LayerShape", "%s gives %s in %s, %s here; say so with @Shape"),
  INDEX_RANGE(
      "IndexRange",
      "%1$s(%2$s) does not exist: %3$s has %4$s (%5$s), so 0 to %6$s, or -1 to -%4$s from the end"),
  TUPLE_RANGE(
      "TupleRange", "output(%s) does not exist: the tuple of %s has %s; the first is output(0)"),
  /** A note below javac's own error. */
  UNKNOWN_MEMBER("UnknownMember", "%s", Kind.NOTE),
  /** Also a note below javac's own error. */
  WRONG_WIDTH("WrongWidth", "%s needs a value of the width %s, %s; %s", Kind.NOTE),
  /** Also a note below javac's own error. */
  OTHER_FORM("OtherForm", "%s", Kind.NOTE),
  BAD_INDEX(
      "BadIndex",
      "\"%s\" is no index: %s; as in NDArray, write numbers, ranges such as 1:3, and ..., separated"
          + " by commas"),
  UNUSED_RESULT(
      "UnusedResult",
      "the result of %s is dropped: values do not change in place; %s, or save() it",
      Kind.WARNING),
  BUG("Bug", "this is a bug in nnsight4j; please report it with %s and these lines:%n%s");

  private final String id;
  private final String text;
  private final Kind kind;

  DiagnosticKind(String id, String text) {
    this(id, text, Kind.ERROR);
  }

  DiagnosticKind(String id, String text, Kind kind) {
    this.id = id;
    this.text = text;
    this.kind = kind;
  }

  public String id() {
    return id;
  }

  public Kind kind() {
    return kind;
  }

  /**
   * Text from a snapshot or a literal stays on its line; only reports of our own bugs have several
   * lines.
   */
  public String format(Object... arguments) {
    Object[] shown =
        this == BUG ? arguments : Arrays.stream(arguments).map(DiagnosticKind::shown).toArray();
    return "[" + id + "] " + String.format(Locale.ROOT, text, shown);
  }

  private static Object shown(Object argument) {
    return argument instanceof Number ? argument : Visible.of(argument.toString());
  }
}
