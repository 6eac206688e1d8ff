package org.nnsight4j.server.execute;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.nnsight4j.server.problem.ProblemException;

/** A loaded model that runs requests, one at a time; or several, each by {@link #executeRow}. */
public interface JobExecutor extends AutoCloseable {
  /**
   * Runs a request that was accepted, and writes its result as a safetensors file.
   *
   * @param result where to write; the file need not be synced to disk
   * @throws ProblemException if the request fails for a reason of its own
   * @throws StoppedException when {@link Run#check} said so
   * @throws IOException if the result cannot be written, so that the request has to run again later
   */
  void execute(byte[] request, Path result, Run run) throws IOException;

  /**
   * {@link #execute} for a request that runs beside others, on a thread of its own.
   *
   * @throws DisturbedRunException if it has to run again, alone
   */
  default void executeRow(byte[] request, Path result, Run run) throws IOException {
    execute(request, result, run);
  }

  /** Takes the small results of requests that run at once. */
  interface Small {
    /** How many bytes such a result may have. */
    int most();

    /** Takes the result of one request; nothing is written to its file then. */
    void result(int place, byte[] bytes);
  }

  /**
   * Runs requests that are alike at once, if that gives the same results as running each alone, and
   * sooner. A request that does not run here is left as if it had not been passed.
   *
   * @param results where to write the result of each
   * @param memory how many bytes the values of all may take at the same time
   * @return the indices of those that ran
   */
  default Set<Integer> executeTogether(List<byte[]> requests, List<Path> results, long memory)
      throws IOException {
    return Set.of();
  }

  /** {@link #executeTogether(List, List, long)} with a way to return small results. */
  default Set<Integer> executeTogether(
      List<byte[]> requests, List<Path> results, long memory, Small small) throws IOException {
    return executeTogether(requests, results, memory);
  }

  @Override
  void close();
}
