package org.nnsight4j.internal.host;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.internal.local.Loaded;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.run.Batch;
import org.nnsight4j.internal.run.RunContext;
import org.nnsight4j.internal.run.Runner;
import org.nnsight4j.internal.run.TraceRun;
import org.nnsight4j.internal.share.MeasuredSharing;
import org.nnsight4j.internal.share.RunShape;
import org.nnsight4j.internal.share.Sharing;
import org.nnsight4j.internal.wire.ResultFile;
import org.nnsight4j.internal.wire.RunRequest;

/** Requests that share a forward pass, each with the result that it would have alone. */
final class SharedRuns {
  private record Member(int place, RequestedRun run, TraceRun trace) {}

  private final Loaded loaded;
  private final BiFunction<RequestedRun, RunKind.Trace, TraceRun> reader;
  private final Sharing sharing;
  private final Function<Runner, MeasuredSharing> begin;
  private @Nullable MeasuredSharing ways;

  /**
   * @param reader plans a run and reads its prompts
   * @param begin creates the object that tries shapes
   */
  SharedRuns(
      Loaded loaded,
      BiFunction<RequestedRun, RunKind.Trace, TraceRun> reader,
      Function<Runner, MeasuredSharing> begin) {
    this.loaded = loaded;
    this.reader = reader;
    this.begin = begin;
    this.sharing = new Sharing(loaded.blueprint());
  }

  /** {@link #run(List, HostedModel.Sink, RunContext)} for results that go to files. */
  Set<Integer> run(List<RunRequest> requests, List<Path> files, RunContext around) {
    return run(requests, (place, content) -> content.write(files.get(place)), around);
  }

  /**
   * Runs the largest group that can share a pass; returns the indices of those that have a result.
   */
  Set<Integer> run(List<RunRequest> requests, HostedModel.Sink sink, RunContext around) {
    List<Member> members = members(requests);
    int runs = MeasuredSharing.atMost(members.size());
    if (runs < 2) {
      return Set.of();
    }
    return loaded.running(() -> share(members.subList(0, runs), sink, around));
  }

  private Set<Integer> share(List<Member> members, HostedModel.Sink sink, RunContext around) {
    List<TraceRun> traces = members.stream().map(Member::trace).toList();
    Batch first = traces.get(0).batch();
    Runner runner = loaded.runner();
    int parts =
        ways(runner).parts(new RunShape(traces.size(), first.rows().size(), first.length()));
    if (parts == MeasuredSharing.ALONE) {
      return Set.of();
    }
    List<Optional<Result>> results = runner.together(traces, parts, around);
    Set<Integer> done = new LinkedHashSet<>();
    for (int i = 0; i < results.size(); i++) {
      if (results.get(i).isPresent()) {
        Member member = members.get(i);
        Result result = loaded.told(results.get(i).get(), member.trace().batch());
        sink.accept(
            member.place(),
            ResultFile.content(List.of(member.run()), List.of(Optional.of(result))));
        done.add(member.place());
      }
    }
    return done;
  }

  private synchronized MeasuredSharing ways(Runner runner) {
    if (ways == null) {
      ways = begin.apply(runner);
    }
    return ways;
  }

  /** The largest group of requests that are alike, the first if there are several. */
  private List<Member> members(List<RunRequest> requests) {
    Map<List<Integer>, List<Member>> alike = new LinkedHashMap<>();
    for (int place = 0; place < requests.size(); place++) {
      RequestedRun run = requests.get(place).runs().get(0);
      Optional<TraceRun> trace = trace(requests.get(place));
      if (trace.isPresent()) {
        Batch batch = trace.get().batch();
        alike
            .computeIfAbsent(
                List.of(
                    batch.rows().size(),
                    batch.length(),
                    trace.get().plan().readsLastLogits() ? 1 : 0),
                shape -> new ArrayList<>())
            .add(new Member(place, run, trace.get()));
      }
    }
    List<Member> most = List.of();
    for (List<Member> members : alike.values()) {
      most = members.size() > most.size() ? members : most;
    }
    return most;
  }

  private Optional<TraceRun> trace(RunRequest request) {
    RequestedRun run = request.runs().get(0);
    boolean plain = request.runs().size() == 1 && run.when() == null;
    if (!plain || !(run.kind() instanceof RunKind.Trace kind) || !sharing.isPossible(run.graph())) {
      return Optional.empty();
    }
    try {
      TraceRun trace = reader.apply(run, kind);
      Batch batch = trace.batch();
      boolean level = batch.rows().stream().allMatch(row -> row.length == batch.length());
      return level && !batch.rows().isEmpty() ? Optional.of(trace) : Optional.empty();
    } catch (Nnsight4jException e) {
      // Run alone, it says why.
      return Optional.empty();
    }
  }
}
