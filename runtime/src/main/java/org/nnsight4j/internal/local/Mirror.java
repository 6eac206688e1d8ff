package org.nnsight4j.internal.local;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.internal.decode.Generated;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.wire.ModelIdentity;
import org.nnsight4j.internal.wire.ResultFile;
import org.nnsight4j.internal.wire.RunRequest;

/**
 * With {@code -Dnnsight4j.mirror=NAME} every run that ended here happens again at the {@link
 * Elsewhere} of this class name, and must give the same bits.
 */
final class Mirror {
  private static final @Nullable Elsewhere ELSEWHERE =
      elsewhere(System.getProperty("nnsight4j.mirror", ""));

  private Mirror() {}

  private static @Nullable Elsewhere elsewhere(String name) {
    return name.isEmpty()
        ? null
        : ServiceLoader.load(Elsewhere.class).stream()
            .filter(each -> each.type().getSimpleName().equals(name))
            .findFirst()
            .orElseThrow()
            .get();
  }

  /** Runs a request elsewhere, and compares with what it gave here. */
  static void check(
      Loaded loaded, Supplier<List<RequestedRun>> requested, List<Optional<Result>> here) {
    if (ELSEWHERE == null) {
      return;
    }
    List<RequestedRun> runs = seeded(requested.get(), here);
    if (runs.isEmpty() || !canBeSent(runs)) {
      return;
    }
    List<Optional<Result>> there = elsewhere(ELSEWHERE, loaded, runs);
    for (int i = 0; i < runs.size(); i++) {
      if (here.get(i).isPresent() != there.get(i).isPresent()) {
        throw new IllegalStateException("run %s happened in one place only".formatted(i));
      }
      if (here.get(i).isPresent()) {
        compare(runs, i, here.get(i).get(), there.get(i).get());
      }
    }
  }

  /** A run that failed here must fail elsewhere, in the same words. */
  static void checkFailure(
      Loaded loaded, Supplier<RequestedRun> requested, Nnsight4jException here) {
    // Who was interrupted cannot wait for an answer, and only this model was closed.
    if (ELSEWHERE == null || Thread.currentThread().isInterrupted() || loaded.isClosed()) {
      return;
    }
    RequestedRun run = requested.get();
    if (!canBeSent(List.of(run))) {
      return;
    }
    try {
      var unused = elsewhere(ELSEWHERE, loaded, List.of(run));
    } catch (Nnsight4jException there) {
      String words = String.valueOf(here.getMessage());
      if (!String.valueOf(there.getMessage()).contains(words)) {
        throw new IllegalStateException(
            "failed here with: %s%nand elsewhere with: %s".formatted(words, there.getMessage()));
      }
      return;
    }
    throw new IllegalStateException("failed here only: " + here.getMessage(), here);
  }

  private static boolean canBeSent(List<RequestedRun> runs) {
    return runs.stream()
        .flatMap(run -> run.graph().nodes().stream())
        .noneMatch(Node.HostCall.class::isInstance);
  }

  private static List<Optional<Result>> elsewhere(
      Elsewhere elsewhere, Loaded loaded, List<RequestedRun> runs) {
    RunRequest request = new RunRequest(runs, ModelIdentity.of(loaded.blueprint()));
    return elsewhere.run(request, loaded.checkpoint().directory());
  }

  /** What was drawn here without a seed is drawn there with the one that was used. */
  private static List<RequestedRun> seeded(List<RequestedRun> runs, List<Optional<Result>> here) {
    List<RequestedRun> seeded = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      Generated generated = here.get(i).map(Result::generated).orElse(null);
      seeded.add(
          generated == null || generated.seed().isEmpty()
              ? runs.get(i)
              : seeded(runs.get(i), generated.seed().getAsLong()));
    }
    return seeded;
  }

  private static RequestedRun seeded(RequestedRun run, long seed) {
    return new RequestedRun(
        run.graph(), run.lines(), true, run.options().seed(seed), run.wholePass(), run.when());
  }

  private static void compare(List<RequestedRun> runs, int run, Result here, Result there) {
    Set<Integer> kept = ResultFile.kept(runs, run);
    for (Node node : runs.get(run).graph().nodes()) {
      if (node instanceof Node.Save && !kept.contains(node.id())) {
        int save = node.id();
        same("node " + save, here.saved().get(save), there.saved().get(save));
        same("the reason of node " + save, here.reason(save), there.reason(save));
      }
    }
    same("the receipt", here.receipt(), there.receipt());
    same("the generated tokens", here.generated(), there.generated());
  }

  private static void same(String what, @Nullable Object here, @Nullable Object there) {
    if (here == null ? there != null : !here.equals(there)) {
      throw new IllegalStateException(
          "%s differs: here %s, elsewhere %s".formatted(what, here, there));
    }
  }
}
