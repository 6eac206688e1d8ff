package org.nnsight4j.server.graph;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.internal.host.HostedModel;
import org.nnsight4j.internal.wire.RunRequest;
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
    RunRequest request = RunRequest.read(bytes);
    run.check();
    try {
      model.run(
          request,
          result,
          new PassReports(run, request.runs().size()),
          run.memory(),
          content ->
              content
                  .ifSmall(run.inlineBytes())
                  .ifPresentOrElse(run::result, () -> content.write(result)));
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
