package org.nnsight4j.server.execute;

import java.io.IOException;
import java.nio.file.Path;
import org.nnsight4j.server.problem.ProblemException;

/** A loaded model that runs requests, one at a time. */
public interface JobExecutor extends AutoCloseable {
  /**
   * Runs a request that was accepted, and writes its result as a safetensors file.
   *
   * @param result where to write; the file need not be synchronised to disk
   * @throws ProblemException if the request fails for a reason of its own
   * @throws StoppedException when {@link Run#check} said so
   */
  void execute(byte[] request, Path result, Run run) throws IOException;

  @Override
  void close();
}
