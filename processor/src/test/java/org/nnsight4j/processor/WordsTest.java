package org.nnsight4j.processor;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.testing.compile.Compilation;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.Pinning;
import org.nnsight4j.arch.Model;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/**
 * A disagreement with a snapshot is one sentence, whoever finds it: javac, the test of a
 * descriptor, or the opening of a checkpoint. Only advice follows at compile time, where it has a
 * place.
 */
class WordsTest {
  private static final String DESCRIPTOR =
      """
      package bad;
      import org.nnsight4j.arch.*;
      import org.nnsight4j.tensor.Axis;
      @Architecture("toy")
      @Pinned("toy.layers.json")
      public interface Toy extends Layer<Toy.Hidden> {
        Layer<Hidden> embed();
        Block h(@Index(value = "n_layer", count = 12) int layer);
        interface Block extends TupleLayer<Hidden> {
          @At("ln_1") Transform<Hidden, Hidden> ln1();
          Transform<Hidden, Inner> fc();
        }
        interface Hidden extends Axis {}
        interface Inner extends Axis {}
      }
      """;

  /** A checkpoint of the toy architecture, and what may be wrong with it. */
  private record Toy(
      String architecture,
      int layers,
      boolean repeats,
      boolean isTuple,
      String norm,
      boolean normIsTuple,
      String extra,
      boolean fc,
      String fcInput,
      boolean flat,
      String normType) {
    static final Toy RIGHT =
        new Toy("toy", 12, true, true, "ln_1", false, "", true, "hidden", false, "LayerNorm");

    Blueprint blueprint() {
      Dim batch = Dim.unknown(Dim.BATCH);
      Dim position = Dim.unknown(Dim.POSITION);
      Dims hidden = Dims.of(batch, position, Dim.named("hidden", 8));
      Dims inner = Dims.of(batch, position, Dim.named("inner", 32));
      Blueprint.Builder tree =
          Blueprint.of(architecture)
              .count("n_layer", layers)
              .width("hidden", 8)
              .width("inner", 32)
              .module("", "ToyModel", false)
              .output("", hidden)
              .module("embed", "Embedding", true)
              .output("embed", hidden)
              .parameter("embed.weight", 100, 8);
      for (int i = 0; i < (repeats ? layers : 1); i++) {
        String block = repeats ? "h." + i : "h";
        tree.module(block, "ToyBlock", true).input(block, hidden, DType.FLOAT32);
        output(tree, block, isTuple, hidden);
        String ln = block + "." + norm;
        tree.module(ln, normType, true).input(ln, hidden, DType.FLOAT32);
        output(tree, ln, normIsTuple, hidden);
        if (!extra.isEmpty()) {
          tree.module(block + "." + extra, "Dropout", true).output(block + "." + extra, hidden);
        }
        if (fc) {
          Dims input = fcInput.equals("inner") ? inner : hidden;
          tree.module(block + ".fc", "Linear", true)
              .input(block + ".fc", input, DType.FLOAT32)
              .output(block + ".fc", flat ? Dims.of(batch, Dim.named("inner", 32)) : inner);
        }
      }
      return tree.build();
    }

    private static void output(Blueprint.Builder tree, String path, boolean tuple, Dims dims) {
      if (tuple) {
        tree.tuple(path, dims);
      } else {
        tree.output(path, dims);
      }
    }
  }

  private static Arguments each(
      String what, String from, String to, UnaryOperator<Toy> wrong, String sentence) {
    return Arguments.of(what, DESCRIPTOR.replace(from, to), wrong.apply(Toy.RIGHT), sentence);
  }

  static Stream<Arguments> disagreements() {
    return Stream.of(
        each(
            "missing",
            "    Transform<Hidden, Inner> fc();\n",
            "",
            toy ->
                new Toy(
                    "toy", 12, true, true, "ln_1", false, "", false, "hidden", false, "LayerNorm"),
            "[MissingLayer] h.* has fc (Linear) in toy.layers.json, but not here"),
        each(
            "extra",
            "    Transform<Hidden, Inner> fc();",
            "    Transform<Hidden, Inner> fc(); Layer<Hidden> dropout();",
            toy ->
                new Toy(
                    "toy",
                    12,
                    true,
                    true,
                    "ln_1",
                    false,
                    "dropout",
                    true,
                    "hidden",
                    false,
                    "LayerNorm"),
            "[UnknownLayer] h.* has 'dropout' here, but not in toy.layers.json"),
        each(
            "renamed",
            "@At(\"ln_1\")",
            "@At(\"Ln_11\")",
            toy ->
                new Toy(
                    "toy", 12, true, true, "Ln_11", false, "", true, "hidden", false, "LayerNorm"),
            "[UnknownLayer] h.* has 'Ln_11' here, but not in toy.layers.json; did you mean 'ln_1'?"),
        each(
            "count",
            "count = 12",
            "count = 24",
            toy ->
                new Toy(
                    "toy", 24, true, true, "ln_1", false, "", true, "hidden", false, "LayerNorm"),
            "[LayerCount] h.* is there 12 times in toy.layers.json, 24 times here"),
        each(
            "once",
            "h(@Index(value = \"n_layer\", count = 12) int layer)",
            "h()",
            toy ->
                new Toy(
                    "toy", 12, false, true, "ln_1", false, "", true, "hidden", false, "LayerNorm"),
            "[LayerCount] h.* is there 12 times in toy.layers.json, once here"),
        each(
            "width",
            "Transform<Hidden, Inner> fc()",
            "Transform<Inner, Inner> fc()",
            toy ->
                new Toy(
                    "toy", 12, true, true, "ln_1", false, "", true, "inner", false, "LayerNorm"),
            "[LayerWidth] h.*.fc takes hidden (8) in toy.layers.json, inner (32) here"),
        each(
            "axis",
            "Transform<Hidden, Inner> fc()",
            "@Shape(\"[batch, inner]\") Transform<Hidden, Inner> fc()",
            toy ->
                new Toy(
                    "toy", 12, true, true, "ln_1", false, "", true, "hidden", true, "LayerNorm"),
            "[LayerShape] h.*.fc gives [batch, position, inner] in toy.layers.json, [batch, inner]"
                + " here"),
        each(
            "class",
            "Transform<Hidden, Hidden> ln1()",
            "@HuggingFace(\"RMSNorm\") Transform<Hidden, Hidden> ln1()",
            toy ->
                new Toy("toy", 12, true, true, "ln_1", false, "", true, "hidden", false, "RMSNorm"),
            "[LayerClass] h.*.ln_1 is LayerNorm in toy.layers.json, RMSNorm here"),
        each(
            "no tuple",
            "Block extends TupleLayer<Hidden>",
            "Block extends Transform<Hidden, Hidden>",
            toy ->
                new Toy(
                    "toy", 12, true, false, "ln_1", false, "", true, "hidden", false, "LayerNorm"),
            "[LayerTuple] h.* gives a tuple of 1 in toy.layers.json, a tensor here"),
        each(
            "a tuple",
            "Transform<Hidden, Hidden> ln1()",
            "TupleLayer<Hidden> ln1()",
            toy ->
                new Toy(
                    "toy", 12, true, true, "ln_1", true, "", true, "hidden", false, "LayerNorm"),
            "[LayerTuple] h.*.ln_1 gives a tensor in toy.layers.json, a tuple of 1 here"),
        each(
            "another tuple",
            "toy.layers.json",
            "two.layers.json",
            toy -> toy,
            "[LayerTuple] h.* gives a tuple of 2 in two.layers.json, a tuple of 1 here"),
        each(
            "architecture",
            "@Architecture(\"toy\")",
            "@Architecture(\"other\")",
            toy ->
                new Toy(
                    "other", 12, true, true, "ln_1", false, "", true, "hidden", false, "LayerNorm"),
            "[WrongSnapshot] the architecture is 'toy' in toy.layers.json, 'other' here"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("disagreements")
  void areOneSentenceForAll(String what, String descriptor, Toy checkpoint, String sentence)
      throws Exception {
    List<String> compiled =
        Javac.compile(source(descriptor)).errors().stream()
            .map(error -> Objects.requireNonNull(error.getMessage(Locale.ENGLISH)))
            .toList();
    assertThat(compiled).hasSize(1);
    String first = compiled.get(0);
    assertWithMessage(first)
        .that(first.equals(sentence) || first.startsWith(sentence + "; "))
        .isTrue();

    Model<?> wrong = model(descriptor);
    assertThat(lines(assertThrows(CheckpointException.class, () -> Pinning.check(wrong))))
        .containsExactly(sentence);

    // The checkpoint is wrong in the same way, and the descriptor right.
    String pinned = what.equals("another tuple") ? "two.layers.json" : "toy.layers.json";
    Model<?> right = model(DESCRIPTOR.replace("toy.layers.json", pinned));
    assertThat(
            lines(
                assertThrows(
                    CheckpointException.class,
                    () -> Pinning.checkOpened(right, Path.of("model"), checkpoint.blueprint()))))
        .containsExactly(sentence);
  }

  @Test
  void nothingIsSaidWhereAllAgree() throws Exception {
    assertThat(Javac.compile(source(DESCRIPTOR)).errors()).isEmpty();
    Model<?> model = model(DESCRIPTOR);
    Pinning.check(model);
    Pinning.checkOpened(model, Path.of("model"), Toy.RIGHT.blueprint());
  }

  @Test
  void aLayerThatMayBeAbsentIsNotADisagreement() throws Exception {
    String more =
        DESCRIPTOR.replace(
            "  Transform<Hidden, Inner> fc();",
            "  Transform<Hidden, Inner> fc(); @MayBeAbsent Layer<Hidden> dropout();\n"
                + "    @MayBeAbsent Layer<Hidden> experts(@Index(\"n_experts\") int expert);");
    Compilation compiled = Javac.compile(source(more));
    assertThat(compiled.errors()).isEmpty();
    assertThat(
            compiled
                .generatedSourceFile("bad.ToyModel")
                .orElseThrow()
                .getCharContent(false)
                .toString())
        .contains(
            "{@code h.*.dropout}: {@code [batch, position, hidden]}; only some configurations have"
                + " it");
    Model<?> model = model(more);
    Pinning.check(model);
    Pinning.checkOpened(model, Path.of("model"), Toy.RIGHT.blueprint());
  }

  /** What is there is compared, whether it had to be there or not. */
  @Test
  void aLayerThatMayBeAbsentAndIsThereIsCompared() throws Exception {
    String wrong =
        DESCRIPTOR.replace(
            "  Transform<Hidden, Inner> fc();", "  @MayBeAbsent Transform<Inner, Inner> fc();");
    assertThat(Javac.compile(source(wrong)).errors()).hasSize(1);
    Model<?> other = model(wrong);
    assertThat(assertThrows(CheckpointException.class, () -> Pinning.check(other)))
        .hasMessageThat()
        .contains("[LayerWidth] h.*.fc takes hidden (8) in toy.layers.json, inner (32) here");
    String once =
        DESCRIPTOR.replace(
            "  Block h(@Index(value = \"n_layer\", count = 12) int layer);",
            "  @MayBeAbsent Block h();");
    String counted = "[LayerCount] h.* is there 12 times in toy.layers.json, once here";
    assertThat(Javac.compile(source(once)).errors().get(0).getMessage(Locale.ENGLISH))
        .startsWith(counted);
    Model<?> single = model(once);
    assertThat(lines(assertThrows(CheckpointException.class, () -> Pinning.check(single))))
        .containsExactly(counted);
  }

  /** An override says for itself whether its layer may be absent. */
  @Test
  void aDescriptorOnTopCanRequireALayerThatMayBeAbsent() throws Exception {
    String below =
        DESCRIPTOR
            .replace(
                "  Layer<Hidden> embed();",
                "  Layer<Hidden> embed(); @MayBeAbsent Layer<Hidden> proj();")
            .replace("@Architecture(\"toy\")\n@Pinned(\"toy.layers.json\")\n", "");
    String top =
        """
        package bad;
        import org.nnsight4j.arch.*;
        @Architecture("toy")
        @Pinned("toy.layers.json")
        public interface Top extends Toy { %s }
        """;
    JavaFileObject base = source(below);
    assertThat(Javac.compile(base, Javac.source("bad.Top", top.replace("%s", ""))).errors())
        .isEmpty();
    String required = top.replace("%s", "Layer<Toy.Hidden> proj();");
    assertThat(
            Javac.compile(base, Javac.source("bad.Top", required)).errors().stream()
                .map(error -> error.getMessage(Locale.ENGLISH))
                .toList())
        .containsExactly(
            "[UnknownLayer] toy has 'proj' here, but not in toy.layers.json; remove it");
  }

  /** A descriptor that is not pinned may be a part, but what it says is true. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("disagreements")
  void aDescriptorWithoutSnapshotIsComparedWhenOpened(
      String what, String descriptor, Toy checkpoint, String sentence) throws Exception {
    Model<?> model =
        model(
            descriptor
                .replaceFirst("@Pinned\\(.*\\)\\n", "")
                .replaceFirst("@Index\\(.*?count = \\d+\\)", "@Index(\"n_layer\")"));
    Path folder = Path.of("model");
    boolean isKind = sentence.matches("\\[Layer(Class|Tuple|Width|Shape)].*");
    if (what.equals("another tuple") || !isKind) {
      Pinning.checkOpened(model, folder, Toy.RIGHT.blueprint());
      return;
    }
    CheckpointException refused =
        assertThrows(
            CheckpointException.class,
            () -> Pinning.checkOpened(model, folder, Toy.RIGHT.blueprint()));
    assertThat(refused)
        .hasMessageThat()
        .isEqualTo(
            "Toy does not agree with model; change the descriptor:\n  "
                + sentence.replace("toy.layers.json", "the checkpoint"));
  }

  private static List<String> lines(CheckpointException refused) {
    String message = Objects.requireNonNull(refused.getMessage());
    return List.of(message.substring(message.indexOf("\n  ") + 3).split("\n  "));
  }

  private static JavaFileObject source(String text) {
    return Javac.source("bad.Toy", text);
  }

  /** The model of a descriptor that javac was told not to compare. */
  private static Model<?> model(String descriptor) throws Exception {
    Compilation compilation = Javac.with("-Annsight4j.pinning=off").compile(source(descriptor));
    assertThat(compilation.errors()).isEmpty();
    return (Model<?>)
        new Compiled(compilation).loadClass("bad.ToyModel").getConstructor().newInstance();
  }
}
