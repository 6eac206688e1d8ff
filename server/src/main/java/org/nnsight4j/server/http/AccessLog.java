package org.nnsight4j.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.RequestLog;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.NanoTime;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.access.Caller;
import org.nnsight4j.server.access.ClientAddress;
import org.nnsight4j.server.access.LogFile;
import org.nnsight4j.server.log.RareLog;
import org.nnsight4j.server.options.AccessLogOptions;
import org.nnsight4j.server.options.AccessLogOptions.Format;

/**
 * One line for each answered request, except for probes. It contains neither keys nor bodies: a key
 * is named by its id.
 */
public final class AccessLog implements RequestLog, AutoCloseable {
  private static final RareLog LOG = RareLog.of(AccessLog.class);

  /** ASCII only, so that nothing in it moves the cursor of a terminal. */
  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private static final DateTimeFormatter COMBINED_TIME =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT).withZone(ZoneOffset.UTC);
  private final @Nullable LogFile file;
  private final Format format;
  private final ClientAddress addresses;

  /**
   * Opens the log.
   *
   * @param addresses finds the client's address behind proxies
   * @throws IOException if the file cannot be written
   */
  public AccessLog(AccessLogOptions options, ClientAddress addresses, Clock clock)
      throws IOException {
    Path path = options.file();
    this.file = path == null ? null : new LogFile(path, clock, Duration.ofDays(options.days()));
    this.format = options.format();
    this.addresses = addresses;
  }

  @Override
  public void log(Request request, Response response) {
    String path = request.getHttpURI().getPath();
    if (HttpServer.PROBES.contains(path)) {
      return;
    }
    try {
      String line = format == Format.JSON ? json(request, response) : combined(request, response);
      write(line);
    } catch (IOException | RuntimeException e) {
      LOG.error("the access log cannot be written: {}", Shown.line(e.toString()));
    }
  }

  private void write(String line) throws IOException {
    if (file == null) {
      System.out.println(line);
    } else {
      file.append(line);
    }
  }

  private String json(Request request, Response response) {
    Exchange exchange = Exchange.of(request);
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("at", Instant.ofEpochMilli(Request.getTimeStamp(request)).toString());
    line.put("requestId", exchange.id());
    line.put("address", address(request));
    line.put("method", request.getMethod());
    line.put("path", request.getHttpURI().getPathQuery());
    line.put("status", response.getStatus());
    line.put("bytes", Response.getContentBytesWritten(response));
    line.put("ms", millis(request));
    exchange
        .caller()
        .ifPresent(
            caller -> {
              line.put("owner", caller.owner());
              line.put("key", caller.keyId());
            });
    exchange.job().ifPresent(job -> line.put("job", job));
    String agent = request.getHeaders().get("User-Agent");
    if (agent != null) {
      line.put("agent", agent);
    }
    try {
      return MAPPER.writeValueAsString(line);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String combined(Request request, Response response) {
    return "%s - %s [%s] \"%s %s %s\" %s %s \"%s\" \"%s\" %s %s"
        .formatted(
            address(request),
            Exchange.of(request).caller().map(Caller::owner).orElse("-"),
            COMBINED_TIME.format(Instant.ofEpochMilli(Request.getTimeStamp(request))),
            quoted(request.getMethod()),
            quoted(request.getHttpURI().getPathQuery()),
            request.getConnectionMetaData().getProtocol(),
            response.getStatus(),
            Response.getContentBytesWritten(response),
            quoted(request.getHeaders().get("Referer")),
            quoted(request.getHeaders().get("User-Agent")),
            Exchange.of(request).id(),
            millis(request));
  }

  private static String quoted(@Nullable String text) {
    return text == null
        ? "-"
        : text.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("[^\\x20-\\x7e]", "?");
  }

  private static double millis(Request request) {
    long nanos = NanoTime.since(request.getBeginNanoTime());
    return TimeUnit.NANOSECONDS.toMicros(nanos) / 1000.0;
  }

  private String address(Request request) {
    List<String> forwarded = request.getHeaders().getValuesList("X-Forwarded-For");
    return addresses.of(Request.getRemoteAddr(request), forwarded);
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
