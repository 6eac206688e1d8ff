package org.nnsight4j.processor;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.google.testing.compile.Compilation;
import com.google.testing.compile.JavaFileObjects;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.JavaFileObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.processor.report.DiagnosticKind;

/** Who does what a message says gets no other: each example, mended as its message advises. */
class AdviceTest {
  /** What of a message is advice, and what it changes in the example of that message. */
  private record Advice(DiagnosticKind message, String text, List<String> edits) {
    @Override
    public String toString() {
      return message.id() + ": " + text;
    }
  }

  private static Advice of(DiagnosticKind message, String text, String... edits) {
    return new Advice(message, text, Arrays.asList(edits));
  }

  static Stream<Advice> all() {
    return Stream.of(
        of(
            DiagnosticKind.NOT_AN_INTERFACE,
            "make it an interface that extends Layer, Transform or TupleLayer",
            "abstract class NotAnInterface implements",
            "interface NotAnInterface extends"),
        of(
            DiagnosticKind.GENERIC_DESCRIPTOR,
            "remove it and name the axis itself",
            "<H extends Axis> extends Layer<H>",
            " extends Layer<Axis>",
            "Layer<H> wte",
            "Layer<Axis> wte"),
        of(
            DiagnosticKind.BLANK_ARCHITECTURE,
            "such as @Architecture(\"gpt2\")",
            "\" \"",
            "\"gpt2\""),
        of(
            DiagnosticKind.NOT_A_LAYER,
            "let it extend Layer<Width>",
            "interface NotALayer {",
            "interface NotALayer extends Layer<NotALayer.Hidden> {"),
        of(
            DiagnosticKind.NOT_ACCESSIBLE,
            "make it package-private or public",
            "private interface",
            "interface"),
        of(
            DiagnosticKind.NAME_TAKEN,
            "rename one of the two",
            "class NameTakenModel",
            "class Other"),
        of(
            DiagnosticKind.NAME_TOO_LONG,
            "give it a shorter name",
            "A" + "a".repeat(245) + " extends",
            "Short extends"),
        of(
            DiagnosticKind.SEALED_LAYER,
            "remove 'sealed' and 'permits'",
            "public sealed",
            "public",
            " permits Mine",
            "",
            "  sealed",
            " ",
            " permits Special",
            "",
            "non-sealed ",
            ""),
        of(DiagnosticKind.HIDDEN_TYPE, "rename one of them", "class org", "class Org"),
        of(
            DiagnosticKind.CYCLIC_LAYERS,
            "let one of them return a layer without children",
            "    Block block();\n    //",
            "    Layer<Hidden> block();\n    //"),
        of(
            DiagnosticKind.GENERIC_METHOD,
            "remove it and name the axis itself",
            "<W extends Axis> Layer<W> any",
            "Layer<Hidden> any",
            "<V> V pick(V first, String... more)",
            "Layer<Hidden> pick()"),
        of(
            DiagnosticKind.RESERVED_NAME,
            "name this one otherwise and keep its place with @At(\"dense.out\")",
            "Layer<Hidden> bind()",
            "@At(\"bind\") Layer<Hidden> binder()",
            "Layer<Hidden> apply(",
            "@At(\"apply\") Layer<Hidden> applied(",
            "Layer<Hidden> output()",
            "Layer<Hidden> out()",
            "void input(String name)",
            "@At(\"input\") Layer<Hidden> in()"),
        of(
            DiagnosticKind.WRONG_RETURN_TYPE,
            "such as Layer<Hidden>",
            "void nothing",
            "Layer<Hidden> nothing",
            "int number",
            "Layer<Hidden> number",
            "String text",
            "Layer<Hidden> text",
            "Layer<Hidden>[] array",
            "Layer<Hidden> array",
            "Layer raw",
            "Layer<Hidden> raw",
            "Transform<Hidden, ?>",
            "Transform<Hidden, Hidden>",
            "Layer<Boxed<Hidden>> boxed",
            "Layer<Hidden> boxed",
            "Hidden width()",
            "Layer<WrongReturnType.Hidden> width()",
            "java.util.List<Layer<Hidden>> list",
            "Layer<Hidden> list",
            "Color color()",
            "Layer<Hidden> color()"),
        of(DiagnosticKind.THROWS_CLAUSE, "remove the clause", " throws java.io.IOException", ""),
        of(
            DiagnosticKind.BAD_PATH,
            "such as \"ln_1\" or \"mlp.c_fc\"",
            "@At(\"\")",
            "@At(\"ln_1\")",
            "@At(\"ln 1\")",
            "@At(\"ln.1\")",
            "@At(\".mlp\")",
            "@At(\"mlp\")",
            "\"mlp.\"",
            "\"mlps\"",
            "\"mlp..c_fc\"",
            "\"mlp.c_fc\""),
        of(
            DiagnosticKind.BAD_SHAPE,
            "such as \"[batch, position, key]\"",
            "@Shape(\"batch, head, key\")",
            "@Shape(\"[batch, position, key]\")",
            "@Shape(\"[batch, key, head]\")",
            "@Shape(\"[batch, head, key]\")"),
        of(
            DiagnosticKind.DUPLICATE_PATH,
            "give one of them its own @At",
            "@At(\"ln\")",
            "@At(\"norm\")",
            "@At(\"embed\")",
            "@At(\"again\")",
            "  Layer<Hidden> h();",
            "  @At(\"head\") Layer<Hidden> h();",
            "@At(\"mlp.act.gelu\")",
            "@At(\"mlp.act.own\")"),
        of(
            DiagnosticKind.TOO_MANY_PARAMETERS,
            "a layer's method has none, or one int with @Index",
            ", @Index(\"n_expert\") int expert)",
            ")"),
        of(
            DiagnosticKind.INDEX_ON_NON_INT,
            "write @Index(\"n_layer\") int layer",
            "@Index(\"n_layer\") long layer",
            "@Index(\"n_layer\") int layer",
            "named(String name)",
            "named(@Index(\"n_layer\") int name)"),
        of(
            DiagnosticKind.INDEX_MISSING,
            "write @Index(\"n_layer\") int layer",
            "h(int layer)",
            "h(@Index(\"n_layer\") int layer)"),
        of(DiagnosticKind.BAD_INDEX_KEY, "such as @Index(\"n_layer\")", "\"\"", "\"n_layer\""),
        of(DiagnosticKind.MISSING_TYPE, "Did you mean Hidden?", "Hiden", "Hidden"),
        of(
            DiagnosticKind.COUNT_NOT_PINNED,
            "add @Pinned to CountNotPinned",
            "@Architecture(\"toy\")",
            "@Architecture(\"toy\") @Pinned(\"toy.layers.json\")"),
        of(
            DiagnosticKind.COUNT_NOT_PINNED,
            "or leave the count to the checkpoint",
            "@Index(value = \"n_layer\", count = 12)",
            "@Index(\"n_layer\")"),
        of(
            DiagnosticKind.SNAPSHOT_MISSING,
            "'nnsight4j describe --snapshot' writes it",
            "absent.layers",
            "toy.layers"),
        of(
            DiagnosticKind.BAD_SNAPSHOT,
            "let 'nnsight4j describe --snapshot' write it",
            "broken.layers",
            "toy.layers"),
        of(
            DiagnosticKind.WRONG_SNAPSHOT,
            "pin it to a snapshot of its own",
            "@Architecture(\"other\")",
            "@Architecture(\"toy\")"),
        of(
            DiagnosticKind.UNKNOWN_LAYER,
            "did you mean 'ln_1'?",
            "ln_11",
            "ln_1",
            "Site<Hidden> pattern();",
            ""),
        of(
            DiagnosticKind.MISSING_LAYER,
            "add a method for each",
            "interface Block extends TupleLayer<Hidden> {",
            "interface Block extends TupleLayer<Hidden> {"
                + " @At(\"ln_1\") Transform<Hidden, Hidden> ln1(); Transform<Hidden, Inner> fc();"),
        of(DiagnosticKind.LAYER_COUNT, "write count = 12", "count = 24", "count = 12"),
        of(
            DiagnosticKind.LAYER_CLASS,
            "say so with @HuggingFace",
            "@HuggingFace(\"RMSNorm\")",
            "@HuggingFace(\"LayerNorm\")"),
        of(
            DiagnosticKind.LAYER_TUPLE,
            "a tuple is a TupleLayer",
            "Block extends Transform<Hidden, Hidden>",
            "Block extends TupleLayer<Hidden>",
            "@At(\"ln_1\") TupleLayer<Hidden>",
            "@At(\"ln_1\") Transform<Hidden, Hidden>"),
        of(
            DiagnosticKind.LAYER_WIDTH,
            "name the axis likewise",
            "Transform<Inner, Hidden>",
            "Transform<Hidden, Hidden>",
            "Transform<Hidden, Hiden>",
            "Transform<Hidden, Inner>"),
        of(
            DiagnosticKind.LAYER_SHAPE,
            "say so with @Shape",
            "@Shape(\"[batch, inner]\")",
            "@Shape(\"[batch, position, inner]\")"),
        of(
            DiagnosticKind.INDEX_RANGE,
            "so 0 to 11, or -1 to -12 from the end",
            "h(12)",
            "h(11)",
            "h(-COUNT - 1)",
            "h(-COUNT)"),
        of(
            DiagnosticKind.TUPLE_RANGE,
            "the first is output(0)",
            "output(1)",
            "output(0)",
            "output(-1)",
            "output(0)"),
        of(
            DiagnosticKind.UNKNOWN_MEMBER,
            "did you mean 'first'?",
            "frist",
            "first",
            "model.somethingElse()",
            "model.first()",
            "softmx",
            "softmax"),
        of(
            DiagnosticKind.WRONG_WIDTH,
            "as(WrongWidth.Hidden.class) says so",
            "hidden.add(logits);",
            "hidden.add(logits.as(WrongWidth.Hidden.class));"),
        of(
            DiagnosticKind.OTHER_FORM,
            "output(0) is its first element",
            "block.output();",
            "block.output(0);",
            "hidden.get(0, -1);",
            "hidden.get(\"0, -1\");",
            "hidden.add(direction);",
            "hidden.add(hidden.constant(direction));",
            "layer.output(0);",
            "layer.output();",
            "boolean large(Value<OtherForm.Hidden> hidden) {\n    return hidden > 3;",
            "Object large(Value<OtherForm.Hidden> hidden) {\n    return hidden.gt(3);"),
        of(
            DiagnosticKind.BAD_INDEX,
            "write numbers, ranges such as 1:3",
            "0, last",
            "0, 1:3",
            "\"..., 1, \"",
            "\"1, \""),
        of(
            DiagnosticKind.UNUSED_RESULT,
            "write it back with hidden.set(hidden.mul(0))",
            "    hidden.mul(0);",
            "    hidden.set(hidden.mul(0));",
            "hidden = hidden.add(other);",
            "hidden.set(hidden.add(other));"));
  }

  @ParameterizedTest
  @MethodSource("all")
  void canBeFollowed(Advice advice) throws Exception {
    String id = advice.message().id();
    String wrong = Files.readString(Javac.resource("bad/" + id + ".java"));
    assertWithMessage("what javac says of %s", id)
        .that(String.join("\n", said(id, wrong)))
        .contains(advice.text());
    String right = wrong;
    for (int i = 0; i < advice.edits().size(); i += 2) {
      String from = advice.edits().get(i);
      assertThat(right).contains(from);
      right = right.replace(from, advice.edits().get(i + 1));
    }
    assertWithMessage("%s", right).that(said(id, right)).isEmpty();
  }

  private static List<String> said(String id, String text) {
    JavaFileObject source = JavaFileObjects.forSourceString("bad." + id, text);
    Compilation compilation = Javac.compile(source);
    List<String> said = new ArrayList<>();
    for (Diagnostic<?> each : compilation.diagnostics()) {
      String message = Objects.requireNonNull(each.getMessage(Locale.ENGLISH));
      if (each.getKind() == Diagnostic.Kind.ERROR || message.startsWith("[")) {
        said.add(message);
      }
    }
    return said;
  }

  @Test
  void eachMessageAdvises() {
    Set<DiagnosticKind> tried = all().map(Advice::message).collect(Collectors.toSet());
    tried.add(DiagnosticKind.BUG); // asks for a report
    assertThat(tried).containsExactlyElementsIn(DiagnosticKind.values());
  }
}
