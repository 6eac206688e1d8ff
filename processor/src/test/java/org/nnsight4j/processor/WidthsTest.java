package org.nnsight4j.processor;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.google.testing.compile.Compilation;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.JavaFileObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A value of another width is one error of javac's and one note of ours, wherever it is written.
 */
class WidthsTest {
  private static final String REFUSED = "no suitable method found for ";
  private static final String NOTE =
      "[WrongWidth] %s needs a value of the width Use.Hidden, this one has Use.Vocab;"
          + " where both have one length, as(Use.Hidden.class) says so, and is checked when"
          + " recorded";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "void statement() { h.add(v); }",
        "Object inAChain() { return h.mul(2).add(v).mul(2).save(); }",
        "void inALambda() { trace(m -> { h.add(v); return 1; }); }",
        "void asALambda() { trace(m -> h.add(v).save()); }",
        "void throwing() throws Exception { h.add(v); }",
        "void catching() { try { h.add(v); } catch (Exception e) { h.add(h); } }",
        "Object field = h.add(v);",
        "void generic() { h.add(v.cond(() -> v, () -> v)); }",
        "void nothing() { h.add((Value<Vocab>) null); }",
        "void many(List<Value<Vocab>> vs) { vs.forEach(one -> h.add(one)); }",
      })
  void isOneErrorInEveryPlace(String member) {
    Compilation compilation = compile(member);
    List<String> errors = messages(compilation, Diagnostic.Kind.ERROR);
    assertThat(errors).hasSize(1);
    assertThat(errors.get(0)).startsWith(REFUSED + "add(org.nnsight4j.values.Value<Use.Vocab>)");
    assertThat(messages(compilation, Diagnostic.Kind.NOTE)).containsExactly(NOTE.formatted("add"));
  }

  /** javac's error is of one line where there is one method of the name. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "add(v)",
        "sub(v)",
        "mul(v)",
        "div(v)",
        "pow(v)",
        "mod(v)",
        "fmod(v)",
        "floorDivide(v)",
        "eq(v)",
        "neq(v)",
        "lt(v)",
        "lte(v)",
        "gt(v)",
        "gte(v)",
        "bitwiseAnd(v)",
        "bitwiseOr(v)",
        "bitwiseXor(v)",
        "set(v)",
        "lerp(v, 0.5)",
        "lerp(v, h)",
        "lerp(h, v)",
        "stack(0, v)",
        "maximum(v)",
        "logicalAnd(v)",
        "where(h.gt(0), v)",
        "cross(v, 0)",
        "setGradient(h, v)",
        "isClose(v, 0, 0, true)",
      })
  void isOneErrorForEveryMethod(String call) {
    refuses("h." + call, call.substring(0, call.indexOf('(')));
  }

  @ParameterizedTest
  @CsvSource({
    "t.apply(v), apply",
    "t.skip(v), skip",
    "tuple.apply(v), apply",
    "tuple.skip(v), skip",
    "layer.skip(v), skip",
  })
  void isOneErrorForEveryModule(String call, String method) {
    refuses(call, method);
  }

  private static void refuses(String call, String method) {
    Compilation compilation = compile("void use() { " + call + "; }");
    List<String> errors = messages(compilation, Diagnostic.Kind.ERROR);
    assertThat(errors).hasSize(1);
    assertThat(messages(compilation, Diagnostic.Kind.NOTE)).containsExactly(NOTE.formatted(method));
  }

  @ParameterizedTest
  @CsvSource({"h.add(any)", "h.add(axis)", "h.gt(any)", "h.set(any)", "any.add(h)", "any.set(any)"})
  void anUnknownWidthIsRefusedAsWell(String call) {
    Compilation compilation = compile("void use() { " + call + "; }");
    assertThat(messages(compilation, Diagnostic.Kind.ERROR)).hasSize(1);
    List<String> notes = messages(compilation, Diagnostic.Kind.NOTE);
    assertThat(notes).hasSize(1);
    assertThat(notes.get(0)).contains("javac does not know");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Object numbers() { return h.add(1).mul(0.5).sub(2L).gt(0).bitwiseAnd(3).lerp(h, 1); }",
        "Object values() { return h.add(h).gt(h).lerp(h, h).stack(0, h, h).add(axis).add(v); }",
        "void writes(Tensor numbers) { h.set(h); h.set(0); h.set(numbers); axis.set(v); }",
        "Object nothing() { return h.add(null); }",
        "Object empty() { return h.stack(0); }",
        "Object way() { return h.add(v.as(Hidden.class)).add(any.as(Hidden.class)); }",
        "Object sum(List<Value<Hidden>> hs) { return hs.stream().reduce(Value::add); }",
        "Object sums(List<Value<Hidden>> hs) { return hs.stream().map(h::add).toList(); }",
        "Object wild(List<Value<? extends Hidden>> hs) { return hs.stream().map(h::add).toList(); }",
        "java.util.function.DoubleFunction<Value<Hidden>> number = h::add;",
        "java.util.function.Consumer<Value<Hidden>> write = h::set;",
        "Object choice(boolean b) { return h.add(b ? h : h); }",
        "Object cond() { return h.add(h.cond(() -> h, () -> h)); }",
        "<B> Value<B> any() { return null; } Object inferred() { return h.add(any()); }",
        "<B extends Axis> Value<B> generic(Value<B> b, Value<? extends B> c) { return b.add(c); }",
        "@SuppressWarnings({\"rawtypes\", \"unchecked\"})"
            + " Object raw(Value raw) { return raw.add(raw).equals(raw.add(h)) ? h.add(raw) : 1; }",
        "void inferred() { var sum = h.add(h); sum.set(h); }",
      })
  void correctCodeCompilesAsBefore(String member) {
    Compilation compilation = compile(member);
    assertWithMessage(member).that(messages(compilation, Diagnostic.Kind.ERROR)).isEmpty();
    assertThat(messages(compilation, Diagnostic.Kind.NOTE)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Value<Hidden> m = h.mean(0); | m | mean(BATCH) keeps the width",
        "Value<Hidden> m = h.max(1); | m | max(POSITION) or max(HEAD) keeps the width",
        "void set() { Value<Hidden> m; m = h.sum(1); } | m | sum(POSITION) or sum(HEAD) keeps the width",
        "Value<Hidden> m() { return h.norm(0, 1); } | return"
            + " | norm(BATCH, POSITION) or norm(BATCH, HEAD) keeps the width",
        "Object m() { return h.add(h.mean(0)); } | add | mean(BATCH) keeps the width;"
            + " mean(0, true) keeps the axis with length 1, which combines with every width",
      })
  void aReductionByNumberIsToldTheNames(String member, String target, String wayOut) {
    Compilation compilation = compile(member);
    assertThat(messages(compilation, Diagnostic.Kind.ERROR)).hasSize(1);
    assertThat(messages(compilation, Diagnostic.Kind.NOTE))
        .containsExactly(
            "[WrongWidth] %s needs a value of the width Use.Hidden, javac does not know that of this one; %s"
                .formatted(target, wayOut));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Value<Axis> m = h.mean(0);",
        "Value<Hidden> m = h.mean(0).as(Hidden.class);",
        "Value<Hidden> m = h.mean(0, true);",
        "Value<Hidden> m = h.mean(org.nnsight4j.tensor.Along.BATCH);",
        "Object m() { var n = h.mean(0); return n; }",
        "Object m = trace(u -> { return u.h.mean(1); });",
      })
  void aReductionThatFitsIsLeftAlone(String member) {
    Compilation compilation = compile(member);
    assertThat(messages(compilation, Diagnostic.Kind.ERROR)).isEmpty();
    assertThat(messages(compilation, Diagnostic.Kind.NOTE)).isEmpty();
  }

  @Test
  void anotherErrorHidesNoWidth() {
    Compilation compilation = compile("void use() { int number = \"text\"; h.add(v); }");
    assertThat(messages(compilation, Diagnostic.Kind.ERROR)).hasSize(2);
    assertThat(messages(compilation, Diagnostic.Kind.NOTE)).containsExactly(NOTE.formatted("add"));
  }

  private static Compilation compile(String member) {
    JavaFileObject source =
        Javac.source(
            "Use",
            "import java.util.List;",
            "import java.util.function.Function;",
            "import org.nnsight4j.arch.*;",
            "import org.nnsight4j.values.*;",
            "import org.nnsight4j.tensor.Axis;",
            "import org.nnsight4j.tensor.Tensor;",
            "class Use {",
            "  interface Hidden extends Axis {}",
            "  interface Vocab extends Axis {}",
            "  interface Work { void run() throws Throwable; }",
            "  Value<Hidden> h; Value<Vocab> v; Value<Axis> axis; Value<?> any;",
            "  Transform<Hidden, Vocab> t0; Transform<Hidden, Hidden> t;",
            "  TupleLayer<Hidden> tuple; Layer<Hidden> layer;",
            "  <R> R trace(Function<Use, R> body) { return body.apply(this); }",
            "  void swallow(Work work) {}",
            "  " + member,
            "}");
    return Javac.with("-Xlint:-varargs").compile(source);
  }

  private static List<String> messages(Compilation compilation, Diagnostic.Kind kind) {
    Stream<String> all =
        compilation.diagnostics().stream()
            .filter(diagnostic -> diagnostic.getKind() == kind)
            .map(diagnostic -> Objects.requireNonNull(diagnostic.getMessage(Locale.ENGLISH)));
    return kind == Diagnostic.Kind.NOTE
        ? all.filter(text -> text.startsWith("[")).toList()
        : all.toList();
  }
}
