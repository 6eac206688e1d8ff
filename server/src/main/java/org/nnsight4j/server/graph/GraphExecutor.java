package org.nnsight4j.server.graph;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.internal.host.HostedModel;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.server.execute.JobExecutor;
import org.nnsight4j.server.execute.Run;
import org.nnsight4j.server.problem.ProblemException;

/** A checkpoint with its weights, in a worker. */
final class GraphExecutor implements JobExecutor {
  private final HostedModel model;

  GraphExecutor(Path directory) {
    model = HostedModel.open(directory);
    model.load();
  }

  @Override
  public void execute(byte[] bytes, Path result, Run run) {
    RunRequest request = RunRequest.read(bytes);
    run.check();
    try {
      model.run(request, result, new PassReports(run, request.runs().size()));
    } catch (Nnsight4jException e) {
      throw new ProblemException(
          GraphProblems.of(
              "run-failed", "The run failed", String.valueOf(e.getMessage()), request.graphs()));
    }
  }

  @Override
  public Set<Integer> executeTogether(List<byte[]> requests, List<Path> results) {
    return model.runTogether(requests.stream().map(RunRequest::read).toList(), results);
  }

  @Override
  public void close() {
    model.close();
  }
}
