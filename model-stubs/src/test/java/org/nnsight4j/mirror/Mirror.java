package org.nnsight4j.mirror;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.internal.decode.Generated;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.local.RunObserver;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.wire.ModelIdentity;
import org.nnsight4j.internal.wire.ResultFile;
import org.nnsight4j.internal.wire.RunRequest;

/**
 * With {@code -Dnnsight4j.mirror=NAME} every run of the tests happens again at the {@link
 * Elsewhere} of this class name, and must give the same bits.
 */
public final class Mirror implements RunObserver {
  private static final Optional<Elsewhere> ELSEWHERE =
      elsewhere(System.getProperty("nnsight4j.mirror", ""));

  private static final AtomicInteger PAUSED = new AtomicInteger();

  /** Runs are not mirrored until this is closed: for tests that count what a run leaves behind. */
  public interface Pause extends AutoCloseable {
    @Override
    void close();
  }

  public static Pause pause() {
    PAUSED.incrementAndGet();
    return PAUSED::decrementAndGet;
  }

  /** A pause by day: for tests whose graphs are those of many others, for other models. */
  public static Pause untilNight() {
    return Boolean.getBoolean("nnsight4j.mirror.all") ? () -> {} : pause();
  }

  private static Optional<Elsewhere> elsewhere(String name) {
    return name.isEmpty()
        ? Optional.empty()
        : Optional.of(
            ServiceLoader.load(Elsewhere.class).stream()
                .filter(each -> each.type().getSimpleName().equals(name))
                .findFirst()
                .orElseThrow()
                .get());
  }

  @Override
  public void ran(Where where, List<RequestedRun> requested, List<Optional<Result>> here) {
    List<RequestedRun> runs = seeded(requested, here);
    if (isPaused() || runs.isEmpty() || !runs.stream().allMatch(RequestedRun::isData)) {
      return;
    }
    List<Optional<Result>> there = again(ELSEWHERE.get(), where, runs);
    for (int i = 0; i < runs.size(); i++) {
      if (here.get(i).isPresent() != there.get(i).isPresent()) {
        throw new IllegalStateException("run %s happened in one place only".formatted(i));
      }
      if (here.get(i).isPresent()) {
        compare(runs, i, here.get(i).get(), there.get(i).get());
      }
    }
  }

  @Override
  public void failed(Where where, RequestedRun run, Nnsight4jException here) {
    // A thread that was interrupted cannot wait for an answer.
    if (isPaused()
        || !ELSEWHERE.get().comparesFailures()
        || Thread.currentThread().isInterrupted()
        || !run.isData()) {
      return;
    }
    try {
      var unused = again(ELSEWHERE.get(), where, List.of(run));
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

  private static boolean isPaused() {
    return ELSEWHERE.isEmpty() || PAUSED.get() > 0;
  }

  private static List<Optional<Result>> again(
      Elsewhere elsewhere, Where where, List<RequestedRun> runs) {
    RunRequest request = new RunRequest(runs, ModelIdentity.of(where.blueprint()));
    return elsewhere.run(request, where.checkpoint(), where.settings());
  }

  /** What is drawn here without a seed is drawn there with the one that was used. */
  private static List<RequestedRun> seeded(
      List<RequestedRun> runs, List<Optional<Result>> results) {
    List<RequestedRun> seeded = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      Generated generated = results.get(i).map(Result::generated).orElse(null);
      seeded.add(
          generated != null
                  && generated.seed().isPresent()
                  && runs.get(i).kind() instanceof RunKind.Generate kind
              ? seeded(runs.get(i), kind, generated.seed().getAsLong())
              : runs.get(i));
    }
    return seeded;
  }

  private static RequestedRun seeded(RequestedRun run, RunKind.Generate kind, long seed) {
    RunKind drawn = new RunKind.Generate(kind.options().seed(seed));
    return new RequestedRun(run.graph(), run.lines(), drawn, run.when());
  }

  private static void compare(List<RequestedRun> runs, int run, Result here, Result there) {
    Set<Integer> kept = ResultFile.kept(runs).getOrDefault(run, Set.of());
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

  private static void same(String what, Object here, Object there) {
    if (here == null ? there != null : !here.equals(there)) {
      throw new IllegalStateException(
          "%s differs: here %s, elsewhere %s".formatted(what, here, there));
    }
  }
}
