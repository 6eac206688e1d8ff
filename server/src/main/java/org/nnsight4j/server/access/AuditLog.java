package org.nnsight4j.server.access;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.log.RareLog;
import org.nnsight4j.server.store.OwnerOnly;

/**
 * Records who did what, one line of JSON each, append-only. It contains neither prompts nor
 * secrets.
 */
public final class AuditLog implements AutoCloseable {
  private static final RareLog LOG = RareLog.of(AuditLog.class);

  /** ASCII only, so that nothing in it moves the cursor of a terminal. */
  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private static final long LARGEST = 64L << 20;

  private final Path file;
  private final Clock clock;
  private Writer out;
  private long size;

  public AuditLog(Path file, Clock clock) throws IOException {
    this.file = file;
    this.clock = clock;
    this.out = open(file);
    this.size = Files.size(file);
  }

  private static Writer open(Path file) throws IOException {
    return Files.newBufferedWriter(
        OwnerOnly.file(file), StandardCharsets.UTF_8, StandardOpenOption.APPEND);
  }

  /**
   * Writes one line.
   *
   * @param details names and values, alternately
   */
  public void write(String what, Caller who, Object... details) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("owner", who.owner());
    line.put("key", who.keyId());
    for (int i = 0; i < details.length; i += 2) {
      line.put((String) details[i], details[i + 1]);
    }
    write(what, line);
  }

  /** Writes one line about an unknown caller. */
  void write(String what, Map<String, Object> details) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("at", clock.instant().toString());
    line.put("what", what);
    line.putAll(details);
    try {
      append(MAPPER.writeValueAsString(line) + "\n");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a line that is not JSON", e);
    }
  }

  private synchronized void append(String line) {
    try {
      if (size > LARGEST) {
        out.close();
        Path old = file.resolveSibling("%s.%s".formatted(file.getFileName(), clock.millis()));
        Files.move(file, old, StandardCopyOption.ATOMIC_MOVE);
        out = open(file);
        size = 0;
      }
      out.write(line);
      out.flush();
      size += line.length();
    } catch (IOException e) {
      LOG.error(
          "the audit log cannot be written: {}; the line was {}",
          Shown.line(e.toString()),
          line.strip());
    }
  }

  @Override
  public synchronized void close() throws IOException {
    out.close();
  }
}
