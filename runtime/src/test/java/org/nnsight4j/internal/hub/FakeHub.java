package org.nnsight4j.internal.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Behaves as Hugging Face's hub does, and misbehaves when told: small files come from itself with
 * Git's hash, large ones by a redirect to a second server with their SHA-256.
 */
public final class FakeHub implements AutoCloseable {
  /** A request as it arrived; {@code where} is hub or cdn. */
  public record Seen(String where, String method, String path, String token, String range) {}

  /** What happens instead of an answer. */
  public interface Fault {
    /**
     * @return whether the request is over
     */
    boolean at(HttpExchange exchange, byte[] content) throws IOException;
  }

  private final HttpServer hub;
  private final HttpServer cdn;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, byte[]> files = new HashMap<>();
  private final Map<String, String> revisions = new HashMap<>();
  private final List<String> large = new ArrayList<>();
  private final Map<String, Deque<Fault>> faults = new HashMap<>();
  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private String gate = "";
  private String token = "";

  public FakeHub() throws IOException {
    hub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    cdn = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    hub.setExecutor(threads);
    cdn.setExecutor(threads);
    hub.createContext("/", exchange -> serve(exchange, this::atHub));
    cdn.createContext("/", exchange -> serve(exchange, this::atCdn));
    hub.start();
    cdn.start();
  }

  private interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  private static void serve(HttpExchange exchange, Answer answer) throws IOException {
    try {
      answer.to(exchange);
    } finally {
      exchange.close();
    }
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
  }

  /** A commit of a repository, to which a branch or tag leads. */
  public FakeHub revision(String id, String name, String commit) {
    revisions.put(id + "@" + name, commit);
    revisions.put(id + "@" + commit, commit);
    return this;
  }

  public FakeHub file(String id, String commit, String file, byte[] content) {
    files.put(id + "/" + commit + "/" + file, content);
    return this;
  }

  public FakeHub file(String id, String commit, String file, String content) {
    return file(id, commit, file, content.getBytes(StandardCharsets.UTF_8));
  }

  /** Files of this name are kept elsewhere. */
  public FakeHub large(String file) {
    large.add(file);
    return this;
  }

  /** Requests without this token are refused with a code. */
  public FakeHub gate(String code, String secret) {
    gate = code;
    token = secret;
    return this;
  }

  /** What happens at the next GETs of a file, in order; then all is well. */
  public FakeHub faults(String file, Fault... next) {
    faults.put(file, new ArrayDeque<>(Arrays.asList(next)));
    return this;
  }

  /** Some of the bytes that were asked for, and then the connection is closed. */
  public static Fault cut(int bytes) {
    return (exchange, content) -> {
      int from = from(exchange);
      exchange.getResponseHeaders().set("Content-Range", range(from, content.length));
      exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
      OutputStream out = exchange.getResponseBody();
      out.write(content, from, Math.min(bytes, content.length - from));
      out.flush();
      return true;
    };
  }

  /** Some bytes, and then nothing at all. */
  public static Fault stall(int bytes) {
    return (exchange, content) -> {
      exchange.sendResponseHeaders(200, content.length);
      OutputStream out = exchange.getResponseBody();
      out.write(content, 0, bytes);
      out.flush();
      try {
        Thread.sleep(4000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return true;
    };
  }

  /** The whole file although a part was asked for. */
  public static Fault whole() {
    return (exchange, content) -> {
      exchange.sendResponseHeaders(200, content.length);
      exchange.getResponseBody().write(content);
      return true;
    };
  }

  /** Other bytes. */
  public static Fault damaged() {
    return (exchange, content) -> {
      byte[] other = content.clone();
      other[other.length / 2] ^= 1;
      exchange.sendResponseHeaders(200, other.length);
      exchange.getResponseBody().write(other);
      return true;
    };
  }

  /** Another hash than that of the content. */
  public static Fault answer(String etag) {
    return (exchange, content) -> {
      exchange.getResponseHeaders().set("ETag", "\"" + etag + "\"");
      exchange.sendResponseHeaders(200, -1);
      return true;
    };
  }

  public static Fault status(int status, String... headers) {
    return (exchange, content) -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
      }
      exchange.sendResponseHeaders(status, -1);
      return true;
    };
  }

  public List<Seen> seen() {
    return List.copyOf(seen);
  }

  public List<Seen> gets(String file) {
    return seen.stream()
        .filter(each -> each.method().equals("GET") && each.path().endsWith("/" + file))
        .toList();
  }

  public void forget() {
    seen.clear();
  }

  private void note(String where, HttpExchange exchange) {
    seen.add(
        new Seen(
            where,
            exchange.getRequestMethod(),
            exchange.getRequestURI().getRawPath(),
            String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
            String.valueOf(exchange.getRequestHeaders().getFirst("Range"))));
  }

  private void atHub(HttpExchange exchange) throws IOException {
    note("hub", exchange);
    String[] parts = exchange.getRequestURI().getRawPath().split("/resolve/", 2);
    String id = parts[0].substring(1);
    String revision = parts[1].substring(0, parts[1].indexOf('/')).replace("%2F", "/");
    String file = parts[1].substring(parts[1].indexOf('/') + 1);
    String found = exchange.getRequestHeaders().getFirst("Authorization");
    if (!gate.isEmpty() && !("Bearer " + token).equals(found)) {
      refuse(exchange, gate.equals("GatedRepo") ? 403 : 401, gate);
      return;
    }
    if (revisions.keySet().stream().noneMatch(each -> each.startsWith(id + "@"))) {
      refuse(exchange, 401, "RepoNotFound");
      return;
    }
    String commit = revisions.get(id + "@" + revision);
    if (commit == null) {
      refuse(exchange, 404, "RevisionNotFound");
      return;
    }
    exchange.getResponseHeaders().set("X-Repo-Commit", commit);
    byte[] content = files.get(id + "/" + commit + "/" + file);
    if (content == null) {
      refuse(exchange, 404, "EntryNotFound");
      return;
    }
    boolean get = exchange.getRequestMethod().equals("GET");
    String key = get ? file : "HEAD " + file;
    if (large.contains(file)) {
      exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + sha256(content) + "\"");
      exchange.getResponseHeaders().set("X-Linked-Size", "" + content.length);
      exchange.getResponseHeaders().set("ETag", "\"of-the-pointer\"");
      if (!get && failed(key, exchange, content)) {
        return;
      }
      exchange
          .getResponseHeaders()
          .set(
              "Location",
              "http://127.0.0.1:%s/%s/%s/%s"
                  .formatted(cdn.getAddress().getPort(), id, commit, file));
      exchange.sendResponseHeaders(302, -1);
      return;
    }
    exchange.getResponseHeaders().set("ETag", "\"" + git(content) + "\"");
    if (!failed(key, exchange, content)) {
      give(exchange, content);
    }
  }

  private void atCdn(HttpExchange exchange) throws IOException {
    note("cdn", exchange);
    if (exchange.getRequestHeaders().containsKey("Authorization")) {
      // As object stores do that have a signature of their own.
      exchange.sendResponseHeaders(400, -1);
      return;
    }
    String path = exchange.getRequestURI().getRawPath().substring(1);
    byte[] content = files.get(path);
    if (!failed(path.substring(path.lastIndexOf('/') + 1), exchange, content)) {
      give(exchange, content);
    }
  }

  private boolean failed(String key, HttpExchange exchange, byte[] content) throws IOException {
    Deque<Fault> next = faults.get(key);
    Fault fault;
    synchronized (faults) {
      fault = next == null ? null : next.poll();
    }
    return fault != null && fault.at(exchange, content);
  }

  private static void give(HttpExchange exchange, byte[] content) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", "" + content.length);
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    int from = from(exchange);
    if (from > 0) {
      exchange.getResponseHeaders().set("Content-Range", range(from, content.length));
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
    exchange.getResponseBody().write(content, from, content.length - from);
  }

  private static int from(HttpExchange exchange) {
    String range = exchange.getRequestHeaders().getFirst("Range");
    return range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
  }

  private static String range(int from, int length) {
    return "bytes %s-%s/%s".formatted(from, length - 1, length);
  }

  private static void refuse(HttpExchange exchange, int status, String code) throws IOException {
    exchange.getResponseHeaders().set("X-Error-Code", code);
    exchange.getResponseHeaders().set("X-Error-Message", "words of the hub");
    exchange.sendResponseHeaders(status, -1);
  }

  public static String sha256(byte[] content) {
    return hash("SHA-256", content);
  }

  public static String git(byte[] content) {
    byte[] head = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
    byte[] all = Arrays.copyOf(head, head.length + content.length);
    System.arraycopy(content, 0, all, head.length, content.length);
    return hash("SHA-1", all);
  }

  private static String hash(String algorithm, byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    hub.stop(0);
    cdn.stop(0);
    threads.shutdownNow();
  }
}
