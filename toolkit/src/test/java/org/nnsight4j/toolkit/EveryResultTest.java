package org.nnsight4j.toolkit;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.activations.MaxActivations;
import org.nnsight4j.toolkit.attention.AttentionPatterns;
import org.nnsight4j.toolkit.attention.HeadScores;
import org.nnsight4j.toolkit.attribution.DirectLogitAttribution;
import org.nnsight4j.toolkit.attribution.InputAttribution;
import org.nnsight4j.toolkit.circuit.Circuit;
import org.nnsight4j.toolkit.circuit.EdgeAttribution;
import org.nnsight4j.toolkit.circuit.EdgeAttributionResult;
import org.nnsight4j.toolkit.circuit.Faithfulness;
import org.nnsight4j.toolkit.circuit.PathPatching;
import org.nnsight4j.toolkit.circuit.Receiver;
import org.nnsight4j.toolkit.functionvector.FunctionVectors;
import org.nnsight4j.toolkit.lens.LogitLens;
import org.nnsight4j.toolkit.patching.ActivationPatching;
import org.nnsight4j.toolkit.patching.AtpStar;
import org.nnsight4j.toolkit.patching.AttentionKnockout;
import org.nnsight4j.toolkit.patching.AttributionPatching;
import org.nnsight4j.toolkit.patching.CausalTracing;
import org.nnsight4j.toolkit.patching.Patchscope;
import org.nnsight4j.toolkit.probe.LinearProbes;
import org.nnsight4j.toolkit.reference.Reference;
import org.nnsight4j.toolkit.weights.WeightCircuits;

/** What all analyses and all results have in common, whichever they are. */
final class EveryResultTest {
  private static final long[] CLEAN = {3, 17, 9, 5};
  private static final long[] CORRUPTED = {3, 17, 11, 5};

  /** Those that need more than a pair of prompts; their own tests read them with wrong indices. */
  private static final Set<String> ELSEWHERE =
      Set.of(
          "DistributedAlignmentResult",
          "DoseResponseResult",
          "FunctionVectorEffect",
          "GeneratedAttributionResult",
          "LensDivergenceResult",
          "PatchscopeResult",
          "SaeAblationResult",
          "SaeFeaturesResult",
          "SteeringVector",
          "Trained",
          "TunedLensTrained");

  /** A training's cost is its number of steps, which the user names. */
  private static final Set<String> WITHOUT_COST = Set.of("Trainer");

  /** Directions are of texts, which the same tokenizer reads. */
  private static final Set<String> OF_TEXTS_ALONE = Set.of("SteeringVectors");

  /** Numbers that no small model has layers, heads, positions or pairs for. */
  private static final int[] WRONG = {-1_000_000, -99, 99, 1_000_000};

  private static List<AnalysisResult> results(LanguageModel<AnyModel> model) {
    EdgeAttributionResult edges =
        EdgeAttribution.of(model).answer(4).against(7).plain().run(CLEAN, CORRUPTED);
    List<long[]> positive = new ArrayList<>();
    List<long[]> negative = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      positive.add(new long[] {3, 5, i});
      negative.add(new long[] {4, 5, i});
    }
    return List.of(
        ActivationPatching.of(model).answer(4).run(CLEAN, CORRUPTED),
        AttributionPatching.of(model).answer(4).run(CLEAN, CORRUPTED),
        AtpStar.of(model).answer(4).run(CLEAN, CORRUPTED),
        AttentionKnockout.of(model).answer(4).keys(1).run(CLEAN),
        CausalTracing.of(model).answer(4).subject(1).samples(1).run(CLEAN),
        AttentionPatterns.of(model).run(CLEAN),
        HeadScores.of(model).run(),
        DirectLogitAttribution.of(model).answer(4).run(CLEAN),
        InputAttribution.of(model).answer(4).steps(2).run(CLEAN),
        edges,
        Faithfulness.of(model)
            .answer(4)
            .against(7)
            .shares(0, 1)
            .run(edges.circuit(), CLEAN, CORRUPTED),
        PathPatching.of(model).answer(4).into(Receiver.logits()).run(CLEAN, CORRUPTED),
        FunctionVectors.of(model)
            .heads(1)
            .runIds(List.of(CLEAN), List.of(CORRUPTED), new long[] {4}),
        LogitLens.of(model).target(4).run(CLEAN),
        LinearProbes.of(model).folds(2).runIds(positive, negative),
        WeightCircuits.of(model).run(),
        MaxActivations.of(model)
            .hook("blocks.0.hook_resid_post")
            .units(1)
            .runIds(List.of(CLEAN, CORRUPTED)));
  }

  /** A number that does not exist is refused in our words, never by an array of Java's. */
  @Test
  void wrongNumbersAreRefusedInWords() throws Exception {
    List<String> bare = new ArrayList<>();
    Set<String> seen = new TreeSet<>(ELSEWHERE);
    int refused = 0;
    try (LanguageModel<AnyModel> model = Reference.open("two-heads")) {
      for (AnalysisResult result : results(model)) {
        seen.add(result.getClass().getSimpleName());
        assertThat(result.toString()).isNotEmpty();
        assertThat(result.figure().svg()).startsWith("<svg ");
        assertThat(new ObjectMapper().readTree(result.toJson()).get("analysis").asText())
            .isNotEmpty();
        for (Method method : result.getClass().getMethods()) {
          Class<?>[] types = method.getParameterTypes();
          boolean asked =
              method.getDeclaringClass() == result.getClass()
                  && types.length > 0
                  && Arrays.stream(types).allMatch(type -> type == int.class);
          for (int i = 0; asked && i < types.length; i++) {
            for (int wrong : WRONG) {
              Object[] arguments = new Object[types.length];
              Arrays.fill(arguments, 0);
              arguments[i] = wrong;
              try {
                method.invoke(result, arguments);
              } catch (InvocationTargetException e) {
                refused++;
                if (!(e.getCause() instanceof Nnsight4jException)) {
                  bare.add("%s%s: %s".formatted(method, Arrays.toString(arguments), e.getCause()));
                }
              }
            }
          }
        }
      }
    }
    assertThat(bare).isEmpty();
    assertThat(refused).isGreaterThan(100);
    assertThat(seen).containsExactlyElementsIn(resultNames());
  }

  /** Each says what it costs, and takes ids where it takes texts. */
  @Test
  void analysesHaveOneShape() throws Exception {
    List<String> lacking = new ArrayList<>();
    int analyses = 0;
    for (Class<?> type : types()) {
      List<Method> runs =
          Arrays.stream(type.getDeclaredMethods())
              .filter(method -> Modifier.isPublic(method.getModifiers()))
              .filter(method -> AnalysisResult.class.isAssignableFrom(method.getReturnType()))
              .toList();
      boolean begins =
          Arrays.stream(type.getDeclaredMethods())
              .anyMatch(
                  method ->
                      Modifier.isStatic(method.getModifiers())
                          && method.getReturnType() == type
                          && method.getParameterCount() > 0
                          && method.getParameterTypes()[0] == LanguageModel.class);
      if (runs.isEmpty() || !begins) {
        continue;
      }
      analyses++;
      if (!WITHOUT_COST.contains(type.getSimpleName())
          && Arrays.stream(type.getMethods())
              .noneMatch(each -> each.getReturnType() == Cost.class)) {
        lacking.add(type.getSimpleName() + " has no cost");
      }
      boolean texts = runs.stream().anyMatch(each -> takes(each, "String"));
      if (texts
          && !OF_TEXTS_ALONE.contains(type.getSimpleName())
          && runs.stream().noneMatch(each -> takes(each, "long[]"))) {
        lacking.add(type.getSimpleName() + " takes no token ids");
      }
    }
    assertThat(lacking).isEmpty();
    assertThat(analyses).isAtLeast(18);
  }

  /** Positions of a pair are compared, so both prompts have as many tokens, whoever compares. */
  @Test
  void pairsThatDoNotAlignAreRefused() throws Exception {
    long[] shorter = {3, 17, 11};
    try (LanguageModel<AnyModel> model = Reference.open("two-heads")) {
      Circuit circuit =
          EdgeAttribution.of(model).answer(4).against(7).plain().run(CLEAN, CORRUPTED).circuit();
      Map<Class<?>, Executable> pairs =
          Map.of(
              ActivationPatching.class,
              () -> ActivationPatching.of(model).answer(4).run(CLEAN, shorter),
              AttributionPatching.class,
              () -> AttributionPatching.of(model).answer(4).run(CLEAN, shorter),
              AtpStar.class,
              () -> AtpStar.of(model).answer(4).run(CLEAN, shorter),
              EdgeAttribution.class,
              () -> EdgeAttribution.of(model).answer(4).against(7).plain().run(CLEAN, shorter),
              PathPatching.class,
              () -> PathPatching.of(model).answer(4).into(Receiver.logits()).run(CLEAN, shorter),
              Faithfulness.class,
              () ->
                  Faithfulness.of(model)
                      .answer(4)
                      .against(7)
                      .shares(0, 1)
                      .run(circuit, CLEAN, shorter));
      pairs.forEach(
          (type, run) ->
              assertWithMessage(type.getSimpleName())
                  .that(assertThrows(RunException.class, run))
                  .hasMessageThat()
                  .contains("as many tokens, so that positions are the same, found 4 and 3"));
      assertThat(pairs.keySet()).containsExactlyElementsIn(typesOfPairs());
    }
  }

  /** A patchscope's target is a prompt of its own. */
  private static List<Class<?>> typesOfPairs() throws Exception {
    return types().stream()
        .filter(type -> type != Patchscope.class)
        .filter(
            type ->
                Arrays.stream(type.getDeclaredMethods())
                    .filter(method -> method.getName().equals("run"))
                    .anyMatch(
                        method ->
                            Stream.of(method.getParameterTypes())
                                    .filter(each -> each == long[].class)
                                    .count()
                                == 2))
        .toList();
  }

  private static boolean takes(Method method, String type) {
    return Arrays.stream(method.getGenericParameterTypes())
        .anyMatch(
            each -> each.getTypeName().matches(".*\\b" + type.replace("[", "\\[") + "(?!\\w).*"));
  }

  private static Set<String> resultNames() throws Exception {
    Set<String> names = new TreeSet<>();
    for (Class<?> type : types()) {
      if (!type.isInterface() && AnalysisResult.class.isAssignableFrom(type)) {
        names.add(type.getSimpleName());
      }
    }
    assertWithMessage("results").that(names).isNotEmpty();
    return names;
  }

  private static List<Class<?>> types() throws IOException, ClassNotFoundException {
    Path root = Path.of("target/classes");
    List<Class<?>> types = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.sorted().toList()) {
        String name =
            root.relativize(file).toString().replace(file.getFileSystem().getSeparator(), ".");
        if (name.endsWith(".class") && !name.endsWith("-info.class")) {
          Class<?> type =
              Class.forName(
                  name.substring(0, name.length() - ".class".length()),
                  false,
                  EveryResultTest.class.getClassLoader());
          if (Modifier.isPublic(type.getModifiers())) {
            types.add(type);
          }
        }
      }
    }
    return types;
  }
}
