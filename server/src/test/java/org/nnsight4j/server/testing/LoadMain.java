package org.nnsight4j.server.testing;

import static org.nnsight4j.server.testing.LatencyBlocks.print;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ResourceHandler;
import org.eclipse.jetty.util.resource.ResourceFactory;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.store.ApiKeys.Role;

/** Measures what docs/performance.md reports: accepting, starting, running and streaming. */
public final class LoadMain {
  private static final int CLIENTS = 16;
  private static final int USERS = 50;
  private static final int ACCEPTED = 10_000;
  private static final int BIG = 256 << 20;
  private static final int REPEATS = 7;
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private LoadMain() {}

  /**
   * Prints the numbers.
   *
   * @param arguments the parts that are wanted: latency, accept, stream; all if there are none
   */
  public static void main(String[] arguments) throws Exception {
    Set<String> parts =
        arguments.length == 0 ? Set.of("latency", "accept", "stream") : Set.of(arguments);
    Path data = Files.createTempDirectory("nnsight4j-load");
    long start = System.nanoTime();
    try (TestServer server =
        TestServer.start(
            data,
            options ->
                options.withLimits(
                    Limits.USUAL
                        .with(Limit.REQUESTS_PER_SECOND, 1_000_000)
                        .with(Limit.JOBS_PER_USER, 1_000_000)
                        .with(Limit.JOBS, 1_000_000)))) {
      print("start of the server in a warm JVM: %.2f s", (System.nanoTime() - start) / 1e9);
      accept(server, "echo warm", 3000);
      drain(server);
      if (parts.contains("latency")) {
        latency(server);
      }
      if (parts.contains("accept")) {
        throughput(server);
      }
      if (parts.contains("stream")) {
        stream(server);
      }
      System.gc();
      print(
          "heap after all this: %d MiB",
          (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20);
    }
  }

  private static void throughput(TestServer server) throws Exception {
    pause(server, "pause");
    long cpu = SYSTEM.getProcessCpuTime();
    double rate = accept(server, "echo x", ACCEPTED);
    print(
        "accepted of %d users, %d connections: %.0f jobs/s, %.0f us of CPU each",
        USERS, CLIENTS, rate, (SYSTEM.getProcessCpuTime() - cpu) / 1e3 / ACCEPTED);
    cpu = SYSTEM.getProcessCpuTime();
    long begin = System.nanoTime();
    pause(server, "resume");
    drain(server);
    print(
        "run, 2 workers: %.0f empty jobs/s, %.0f us of CPU each",
        ACCEPTED / ((System.nanoTime() - begin) / 1e9),
        (SYSTEM.getProcessCpuTime() - cpu) / 1e3 / ACCEPTED);
  }

  private static void pause(TestServer server, String action) throws IOException {
    server.send(
        HttpRequest.newBuilder(server.adminUri("/admin/models/m/" + action))
            .header("Authorization", "Bearer " + server.admin)
            .POST(HttpRequest.BodyPublishers.noBody()));
  }

  private static double accept(TestServer server, String body, int jobs) throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    String[] keys = new String[USERS];
    for (int i = 0; i < USERS; i++) {
      keys[i] = server.key("user" + i, Role.USER);
    }
    AtomicInteger left = new AtomicInteger(jobs);
    long start = System.nanoTime();
    for (int i = 0; i < CLIENTS; i++) {
      clients.execute(
          () -> {
            try (Connection connection = new Connection(server.server.port())) {
              for (int n = left.getAndDecrement(); n > 0; n = left.getAndDecrement()) {
                connection.submit(keys[n % USERS], body);
              }
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
    }
    clients.shutdown();
    if (!clients.awaitTermination(5, TimeUnit.MINUTES)) {
      throw new IllegalStateException("the clients did not end");
    }
    return jobs / ((System.nanoTime() - start) / 1e9);
  }

  private static void drain(TestServer server) throws Exception {
    while (TestServer.json(
                server.send(
                    HttpRequest.newBuilder(server.adminUri("/admin/queue"))
                        .header("Authorization", "Bearer " + server.admin)))
            .get("unfinished")
            .size()
        > 0) {
      Thread.sleep(20);
    }
  }

  private static void latency(TestServer server) throws Exception {
    int count = 1000;
    double[] accepted = new double[count];
    double[] started = new double[count];
    try (Connection connection = new Connection(server.server.port())) {
      for (int i = 0; i < count; i++) {
        String body = "echo timed" + i;
        long begin = System.nanoTime();
        connection.submit(server.alice, body);
        accepted[i] = (System.nanoTime() - begin) / 1e6;
        Long at = TestKind.STARTED.get(body);
        while (at == null) {
          Thread.onSpinWait();
          at = TestKind.STARTED.get(body);
        }
        started[i] = (at - begin) / 1e6;
        Thread.sleep(3);
      }
    }
    Arrays.sort(accepted);
    Arrays.sort(started);
    print(
        "submit to accepted: p50 %.2f ms, p99 %.2f ms",
        accepted[count / 2], accepted[count * 99 / 100]);
    print(
        "submit to started: p50 %.2f ms, p99 %.2f ms",
        started[count / 2], started[count * 99 / 100]);
  }

  private static void stream(TestServer server) throws Exception {
    String id = server.submit(server.alice, "big " + BIG);
    server.ended(server.alice, id);
    Path file;
    try (var files = Files.list(Path.of(server.dataDirectory()).resolve("results"))) {
      file = files.filter(each -> each.toString().contains(id)).findFirst().orElseThrow();
    }
    Server plain = new Server();
    ServerConnector connector = new ServerConnector(plain);
    connector.setHost("127.0.0.1");
    plain.addConnector(connector);
    ResourceHandler handler = new ResourceHandler();
    handler.setBaseResource(ResourceFactory.of(plain).newResource(file.getParent()));
    plain.setHandler(handler);
    plain.start();
    double[] ours = new double[REPEATS];
    double[] theirs = new double[REPEATS];
    for (int i = 0; i < REPEATS; i++) {
      ours[i] = read(server.server.port(), "/v1/jobs/" + id + "/result", server.alice);
      theirs[i] = read(connector.getLocalPort(), "/" + file.getFileName(), "none");
    }
    plain.stop();
    Arrays.sort(ours);
    Arrays.sort(theirs);
    double own = ours[REPEATS / 2];
    double other = theirs[REPEATS / 2];
    print(
        "streaming 256 MiB: %.2f GB/s, Jetty's file server %.2f GB/s, ratio %.2f",
        own, other, own / other);
  }

  private static double read(int port, String path, String key) throws IOException {
    try (Connection connection = new Connection(port)) {
      long start = System.nanoTime();
      long bytes = connection.get(path, key);
      return bytes / (double) (System.nanoTime() - start);
    }
  }

  /** As little client as possible: it runs on the cores of the server. */
  private static final class Connection implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    Connection(int port) throws IOException {
      socket = new Socket("127.0.0.1", port);
      socket.setTcpNoDelay(true);
      in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
      out = socket.getOutputStream();
    }

    void submit(String key, String body) throws IOException {
      write(
          "POST /v1/jobs?model=m HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
              + key
              + "\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n"
              + body);
      String head = head();
      if (!head.startsWith("HTTP/1.1 202")) {
        throw new IOException(head);
      }
      in.skipNBytes(length(head));
    }

    long get(String path, String key) throws IOException {
      write("GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + key + "\r\n\r\n");
      String head = head();
      if (!head.startsWith("HTTP/1.1 200")) {
        throw new IOException(head);
      }
      long length = length(head);
      byte[] buffer = new byte[1 << 20];
      long left = length;
      while (left > 0) {
        int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (read < 0) {
          throw new IOException("the answer ended early");
        }
        left -= read;
      }
      return length;
    }

    private void write(String request) throws IOException {
      out.write(request.getBytes(StandardCharsets.US_ASCII));
    }

    private String head() throws IOException {
      StringBuilder head = new StringBuilder();
      while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
        int next = in.read();
        if (next < 0) {
          throw new IOException("the connection ended: " + head);
        }
        head.append((char) next);
      }
      return head.toString();
    }

    private static long length(String head) {
      for (String line : head.split("\r\n")) {
        if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
          return Long.parseLong(line.substring(15).strip());
        }
      }
      throw new IllegalStateException("no length in " + head);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
