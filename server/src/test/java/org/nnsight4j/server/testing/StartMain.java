package org.nnsight4j.server.testing;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Measures how long a server takes from the start of its process to its first 200 of /livez. */
public final class StartMain {
  private static final int PORT = 18_080;
  private static final Duration LONGEST = Duration.ofMinutes(1);

  private StartMain() {}

  /**
   * Prints the numbers.
   *
   * @param arguments how often, and the command {@code nnsight4j}
   */
  public static void main(String[] arguments) throws Exception {
    int times = Integer.parseInt(arguments[0]);
    Path existing = Files.createTempDirectory("nnsight4j-start");
    start(arguments[1], existing);
    measure("a new data directory", times, arguments[1], null);
    measure("an existing one", times, arguments[1], existing);
  }

  private static void measure(String what, int times, String command, Path data) throws Exception {
    double[] wall = new double[times];
    double[] cpu = new double[times];
    for (int i = 0; i < times; i++) {
      double[] both =
          start(command, data == null ? Files.createTempDirectory("nnsight4j-start") : data);
      wall[i] = both[0];
      cpu[i] = both[1];
    }
    Arrays.sort(wall);
    Arrays.sort(cpu);
    System.out.println(
        String.format(
            Locale.ROOT,
            "%s: listening after %.2f s (median of %d; %.2f to %.2f), %.2f s of CPU",
            what,
            wall[times / 2],
            times,
            wall[0],
            wall[times - 1],
            cpu[times / 2]));
  }

  /** Returns the seconds until it listens, and the seconds of CPU time. */
  private static double[] start(String command, Path data) throws Exception {
    List<String> line = new ArrayList<>(List.of(command, "serve", "--data", data.toString()));
    line.addAll(
        List.of("--port", Integer.toString(PORT), "--admin-port", Integer.toString(PORT + 1)));
    long begin = System.nanoTime();
    Process process =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(data.resolve("log").toFile())
            .start();
    try {
      while (!listens()) {
        if (!process.isAlive() || System.nanoTime() - begin > LONGEST.toNanos()) {
          throw new IllegalStateException(
              "it does not listen: " + Files.readString(data.resolve("log")));
        }
        Thread.sleep(5);
      }
      double wall = (System.nanoTime() - begin) / 1e9;
      return new double[] {
        wall, process.info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1e3
      };
    } finally {
      process.destroy();
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  private static boolean listens() throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://127.0.0.1:%s/livez".formatted(PORT)).toURL().openConnection();
    try {
      return connection.getResponseCode() == 200;
    } catch (IOException e) {
      return false;
    } finally {
      connection.disconnect();
    }
  }
}
