package org.nnsight4j.remote;

import static com.google.common.truth.Truth.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Text from a server is shown safely: it moves no cursor and starts no line. */
final class StatusLineTest {
  private static final String HOSTILE = "a\r\n[0] COMPLETED forged\u001b[2J\u009b1A";
  private static final String SHOWN = "a\\r\\n[0] COMPLETED forged\\u001b[2J\\u009b1A";

  @Test
  void wordsOfAServerAreShown() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    StatusLine line = new StatusLine(new PrintStream(bytes, true, StandardCharsets.UTF_8), false);
    line.status(HOSTILE, JobStatus.RUNNING, HOSTILE);
    line.waiting(HOSTILE, Duration.ofSeconds(2));
    assertThat(bytes.toString(StandardCharsets.UTF_8).lines().toList())
        .containsExactly("[" + SHOWN + "] RUNNING   " + SHOWN, SHOWN + "; trying again in 2.0 s")
        .inOrder();
  }

  @Test
  void soIsTheBarOfATerminal() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    StatusLine line = new StatusLine(new PrintStream(bytes, true, StandardCharsets.UTF_8), true);
    line.progress("job", 1, 2, HOSTILE);
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .isEqualTo("\r[" + "#".repeat(15) + " ".repeat(15) + "] 1 of 2 " + SHOWN);
  }
}
