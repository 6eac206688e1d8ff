package org.nnsight4j.server.testing;

import static org.nnsight4j.server.testing.LatencyBlocks.BLOCK;
import static org.nnsight4j.server.testing.LatencyBlocks.at;
import static org.nnsight4j.server.testing.LatencyBlocks.block;
import static org.nnsight4j.server.testing.LatencyBlocks.print;
import static org.nnsight4j.server.testing.LatencyBlocks.printEach;
import static org.nnsight4j.server.testing.LatencyBlocks.times;
import static org.nnsight4j.server.testing.LatencyBlocks.trace;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;

/**
 * Measures the least that {@link LatencyMain}'s run could take with this server's libraries: the
 * JDK's client posts a body, Jetty hands it to a worker's process through a pipe, the worker runs
 * the same trace, and one synchronised commit of SQLite keeps request and result before the answer.
 * Nothing else happens: no key, no check, no plan from the request, no audit, no event.
 */
public final class LatencyFloorMain {
  private static final int REQUEST_BYTES = 1200;

  private LatencyFloorMain() {}

  /**
   * Prints the numbers.
   *
   * @param arguments how many pairs of blocks; or {@code serve} and a folder, or {@code work}
   */
  public static void main(String[] arguments) throws Exception {
    String first = arguments.length == 0 ? "8" : arguments[0];
    switch (first) {
      case "serve" -> serve(Path.of(arguments[1]));
      case "work" -> work();
      default -> measure(Integer.parseInt(first));
    }
  }

  private static void measure(int pairs) throws Exception {
    Path data = Files.createTempDirectory("nnsight4j-floor");
    Process process = start("serve", data.toString());
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class);
        BufferedReader said =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      HttpClient client = HttpClient.newHttpClient();
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + said.readLine() + "/"))
              .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[REQUEST_BYTES]))
              .build();
      for (int pair = 0; pair < pairs; pair++) {
        double[] here = block(() -> trace(gpt2));
        List<ThreadTimes> before = times(process);
        double[] there = block(() -> ask(client, request));
        List<ThreadTimes> after = times(process);
        print(
            "pair %s: here p50 %.2f ms; floor p5 %.2f p50 %.2f p99 %.2f ms; over p5 %.2f p50 %.2f ms",
            Integer.toString(pair),
            at(here, 50),
            at(there, 5),
            at(there, 50),
            at(there, 99),
            at(there, 5) - at(here, 5),
            at(there, 50) - at(here, 50));
        printEach(before, after, BLOCK);
      }
    } finally {
      List<ProcessHandle> workers = process.children().toList();
      process.destroyForcibly().waitFor();
      for (ProcessHandle worker : workers) {
        worker.destroyForcibly();
        worker.onExit().get(20, TimeUnit.SECONDS);
      }
      MoreFiles.deleteRecursively(data, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  private static Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx1g", "-cp", System.getProperty("java.class.path")));
    command.add(LatencyFloorMain.class.getName());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static void serve(Path data) throws Exception {
    Process worker = start("work");
    DataOutputStream to = new DataOutputStream(worker.getOutputStream());
    DataInputStream from = new DataInputStream(worker.getInputStream());
    Connection database = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("floor.db"));
    try (Statement statement = database.createStatement()) {
      statement.execute("pragma journal_mode = wal");
      statement.execute("pragma synchronous = full");
      statement.execute("create table jobs (id integer primary key, request blob, result blob)");
    }
    PreparedStatement insert =
        database.prepareStatement("insert into jobs (request, result) values (?, ?)");
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server, 1, 1);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback)
              throws IOException, SQLException {
            byte[] body = Content.Source.asByteArrayAsync(request, REQUEST_BYTES).join();
            byte[] result = exchange(to, from, body);
            insert.setBytes(1, body);
            insert.setBytes(2, result);
            insert.executeUpdate();
            response.write(true, ByteBuffer.wrap(result), callback);
            return true;
          }
        });
    server.start();
    System.out.println(connector.getLocalPort());
    server.join();
  }

  private static synchronized byte[] exchange(
      DataOutputStream to, DataInputStream from, byte[] body) throws IOException {
    to.writeInt(body.length);
    to.write(body);
    to.flush();
    return from.readNBytes(from.readInt());
  }

  private static void work() throws IOException {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      DataInputStream in = new DataInputStream(System.in);
      DataOutputStream out = new DataOutputStream(System.out);
      while (true) {
        in.readNBytes(in.readInt());
        float[] values = trace(gpt2).toFloatArray();
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
        bytes.asFloatBuffer().put(values);
        out.writeInt(bytes.capacity());
        out.write(bytes.array());
        out.flush();
      }
    }
  }

  private static void ask(HttpClient client, HttpRequest request) {
    try {
      if (client.send(request, HttpResponse.BodyHandlers.ofByteArray()).body().length == 0) {
        throw new IllegalStateException("expected a value");
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
