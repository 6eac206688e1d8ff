package org.nnsight4j.server.graph;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.internal.host.HostedModel;
import org.nnsight4j.internal.run.DisturbedException;
import org.nnsight4j.internal.wire.ResultFile;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.server.execute.DisturbedRunException;
import org.nnsight4j.server.execute.JobExecutor;
import org.nnsight4j.server.execute.Run;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;

/** A checkpoint with its weights, in a worker. */
final class GraphExecutor implements JobExecutor {
  private final HostedModel model;

  GraphExecutor(Path directory, LoadSettings settings) {
    model = HostedModel.open(directory, settings);
    model.load();
  }

  @Override
  public void execute(byte[] bytes, Path result, Run run) throws IOException {
    execute(bytes, result, run, false);
  }

  @Override
  public void executeRow(byte[] bytes, Path result, Run run) throws IOException {
    execute(bytes, result, run, true);
  }

  private void execute(byte[] bytes, Path result, Run run, boolean joined) throws IOException {
    RunRequest request = RunRequest.read(bytes);
    run.check();
    PassReports reports = new PassReports(run, request.runs().size());
    Consumer<ResultFile.Content> sink =
        content ->
            content
                .ifSmall(run.inlineBytes())
                .ifPresentOrElse(run::result, () -> content.write(result));
    try {
      if (joined) {
        model.runJoined(request, result, reports, run.memory(), run.memory(), sink);
      } else {
        model.run(request, result, reports, run.memory(), sink);
      }
    } catch (DisturbedException e) {
      throw new DisturbedRunException(e);
    } catch (Nnsight4jException e) {
      // The only file that a run touches is its result: a failure is not the user's fault, and its
      // message contains a path of the server.
      if (e.getCause() instanceof IOException cause) {
        throw new IOException("the result of a run cannot be written", cause);
      }
      throw new ProblemException(GraphProblems.of(ProblemKind.RUN_FAILED, e, request.graphs()));
    }
  }

  @Override
  public Set<Integer> executeTogether(
      List<byte[]> requests, List<Path> results, long memory, Small small) {
    return model.runTogether(
        requests.stream().map(RunRequest::read).toList(),
        results.get(0),
        memory,
        (place, content) ->
            content
                .ifSmall(small.most())
                .ifPresentOrElse(
                    bytes -> small.result(place, bytes), () -> content.write(results.get(place))));
  }

  @Override
  public void close() {
    model.close();
  }
}
