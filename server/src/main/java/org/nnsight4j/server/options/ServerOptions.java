package org.nnsight4j.server.options;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.server.execute.ModelSpec;

/**
 * Everything that an operator chooses.
 *
 * @param data the directory for the database, results and the audit log; several servers on one
 *     PostgreSQL share {@code results} in it
 * @param models the models that this process runs; with none it serves only the HTTP interface
 * @param inProcess whether jobs run in the process of the server
 * @param workerJvm options for the JVM of each worker
 * @param heartbeat how often a server says that it is alive; after four missed heartbeats other
 *     servers take its jobs
 * @param share how many requests that are alike may run at once, where that gives the same results
 *     sooner; 1 for no sharing
 * @param batchRows how many unlike runs of generation a worker batches: they come and go between
 *     two tokens, and their numbers are those of the run alone but for rounding; 1 for one run at a
 *     time, with the same bits as always
 * @param operator what an operator sees and may change while it runs
 */
public record ServerOptions(
    Path data,
    Listen listen,
    DatabaseOptions database,
    List<ModelSpec> models,
    Limits limits,
    boolean inProcess,
    List<String> workerJvm,
    Duration heartbeat,
    int share,
    int batchRows,
    OperatorOptions operator) {
  /** The default for how many requests may share a run. */
  public static final int USUAL_SHARE = 8;

  public ServerOptions {
    if (share < 1 || share > 64) {
      throw new IllegalArgumentException(
          "expected 1 to 64 requests that share a run (1: none does), found " + share);
    }
    if (batchRows < 1 || batchRows > 64) {
      throw new IllegalArgumentException(
          "expected 1 to 64 runs that a worker batches (1: none), found " + batchRows);
    }
    models = List.copyOf(models);
    workerJvm = List.copyOf(workerJvm);
    List<String> names = models.stream().map(ModelSpec::name).toList();
    if (names.stream().distinct().count() != names.size()) {
      throw new IllegalArgumentException("expected each name of a model once, found " + names);
    }
  }

  /** One process on this machine. */
  public static ServerOptions local(Path data, List<ModelSpec> models) {
    return new ServerOptions(
        data,
        Listen.LOOPBACK,
        new DatabaseOptions.Sqlite(),
        models,
        Limits.USUAL,
        false,
        List.of("-Xmx1g", "-Dai.djl.offline=true", "--enable-native-access=ALL-UNNAMED"),
        Duration.ofSeconds(5),
        USUAL_SHARE,
        1,
        OperatorOptions.NONE);
  }

  public ServerOptions withListen(Listen value) {
    return new ServerOptions(
        data, value, database, models, limits, inProcess, workerJvm, heartbeat, share, batchRows,
        operator);
  }

  public ServerOptions withDatabase(DatabaseOptions value) {
    return new ServerOptions(
        data, listen, value, models, limits, inProcess, workerJvm, heartbeat, share, batchRows,
        operator);
  }

  public ServerOptions withLimits(Limits value) {
    return new ServerOptions(
        data, listen, database, models, value, inProcess, workerJvm, heartbeat, share, batchRows,
        operator);
  }

  public ServerOptions withInProcess(boolean value) {
    return new ServerOptions(
        data, listen, database, models, limits, value, workerJvm, heartbeat, share, batchRows,
        operator);
  }

  public ServerOptions withWorkerJvm(List<String> value) {
    return new ServerOptions(
        data, listen, database, models, limits, inProcess, value, heartbeat, share, batchRows,
        operator);
  }

  /** Sets the Java heap of each worker, in the form of {@code -Xmx}. */
  public ServerOptions withWorkerHeap(String size) {
    if (!size.matches("[1-9][0-9]*[kmgKMG]?")) {
      throw new IllegalArgumentException(
          "expected the heap of a worker like 512m or 4g, found '%s'".formatted(size));
    }
    List<String> options = new ArrayList<>(workerJvm);
    options.removeIf(option -> option.startsWith("-Xmx"));
    options.add("-Xmx" + size);
    return withWorkerJvm(options);
  }

  public ServerOptions withHeartbeat(Duration value) {
    return new ServerOptions(
        data, listen, database, models, limits, inProcess, workerJvm, value, share, batchRows,
        operator);
  }

  public ServerOptions withShare(int value) {
    return new ServerOptions(
        data, listen, database, models, limits, inProcess, workerJvm, heartbeat, value, batchRows,
        operator);
  }

  public ServerOptions withBatchRows(int value) {
    return new ServerOptions(
        data, listen, database, models, limits, inProcess, workerJvm, heartbeat, share, value,
        operator);
  }

  public ServerOptions withOperator(OperatorOptions value) {
    return new ServerOptions(
        data, listen, database, models, limits, inProcess, workerJvm, heartbeat, share, batchRows,
        value);
  }
}
