package org.nnsight4j.server.access;

import static com.google.common.truth.Truth.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.store.ApiKeys.Role;

final class AuditLogTest {
  private static final String HOSTILE =
      "al\n{\"what\":\"forged\"}\u001b[2J\u0085\u009b1A\u2028\u202e\ud83d\ude00\"\\";

  /** One line for each entry, in visible ASCII, and the values can be read back unchanged. */
  @Test
  void textFromUsersCannotStartALine(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("audit.jsonl");
    try (AuditLog log = new AuditLog(file, Clock.systemUTC())) {
      Caller caller = new Caller("id", HOSTILE, Role.USER, Priority.NORMAL);
      log.write("submit", caller, "job", HOSTILE);
    }
    String text = Files.readString(file, StandardCharsets.US_ASCII);
    assertThat(text.strip().chars().allMatch(c -> c >= 0x20 && c < 0x7F)).isTrue();
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(1);
    JsonNode read = new ObjectMapper().readTree(lines.get(0));
    assertThat(read.get("owner").asText()).isEqualTo(HOSTILE);
    assertThat(read.get("job").asText()).isEqualTo(HOSTILE);
    assertThat(read.get("what").asText()).isEqualTo("submit");
  }
}
