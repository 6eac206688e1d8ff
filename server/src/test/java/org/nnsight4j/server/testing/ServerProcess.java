package org.nnsight4j.server.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A started {@link ServerMain}. */
public final class ServerProcess implements AutoCloseable {
  public final Process process;
  public final int port;
  public final int adminPort;
  public final String key;

  private ServerProcess(Process process, int port, int adminPort, String key) {
    this.process = process;
    this.port = port;
    this.adminPort = adminPort;
    this.key = key;
  }

  /** Starts one and waits until it listens. */
  public static ServerProcess start(Path data, int workers, boolean inside, String... properties)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    for (String property : properties) {
      command.add("-D" + property);
    }
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            ServerMain.class.getName(),
            data.toString(),
            Integer.toString(workers),
            inside ? "inside" : "process"));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = out.readLine();
    if (line == null || !line.startsWith("READY ")) {
      process.destroyForcibly();
      throw new IOException("the server did not start: " + line);
    }
    String[] words = line.split(" ");
    return new ServerProcess(
        process, Integer.parseInt(words[1]), Integer.parseInt(words[2]), words[3]);
  }

  /** As {@code kill -9}. */
  public void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor(10, TimeUnit.SECONDS);
  }

  /** As SIGTERM from an orchestrator; returns false if it did not end within its time. */
  public boolean terminate() throws InterruptedException {
    process.destroy();
    return process.waitFor(30, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
