package org.nnsight4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.graph.GraphKind;

/**
 * Does once everything that each start of a server does. The build runs it with {@code
 * -XX:ArchiveClassesAtExit}: with the classes in that archive a server listens in half the time.
 */
final class StartArchive {
  private static final Pattern ADDRESS = Pattern.compile("(http://127.0.0.1:\\d+),");
  private static final long LONGEST_NANOS = Duration.ofMinutes(2).toNanos();

  private StartArchive() {}

  /** Starts a server, sends it a request, and exits. */
  public static void main(String[] arguments) throws Exception {
    Path data = Files.createTempDirectory("nnsight4j-start-archive");
    try {
      new GraphKind()
          .describe(new ModelSpec("gpt2", GraphKind.NAME, EmbeddedGpt2.directory().toString(), 1));
      serve(data);
    } finally {
      delete(data);
    }
    System.exit(0);
  }

  private static void serve(Path data) throws IOException, InterruptedException {
    StringWriter out = new StringWriter();
    Thread command =
        new Thread(
            () ->
                Main.command()
                    .setOut(new PrintWriter(out, true))
                    .execute(
                        "serve",
                        "--no-models",
                        "--data",
                        data.toString(),
                        "--port",
                        "0",
                        "--admin-port",
                        "0"));
    command.start();
    HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(address(command, out) + "/livez")).build(),
            HttpResponse.BodyHandlers.ofString());
    command.interrupt();
    command.join();
  }

  private static String address(Thread command, StringWriter out) throws InterruptedException {
    long end = System.nanoTime() + LONGEST_NANOS;
    Matcher address = ADDRESS.matcher("");
    while (!address.reset(out.toString()).find()) {
      if (!command.isAlive() || System.nanoTime() > end) {
        throw new IllegalStateException("expected a server that listens, found: " + out);
      }
      Thread.sleep(10);
    }
    return address.group(1);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
