package org.nnsight4j.server.store;

import static com.google.common.truth.Truth.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.options.DatabaseOptions;

/** The log of SQLite is moved into its file while the database is open, by no commit. */
@Timeout(60)
final class CheckpointsTest {
  @TempDir Path directory;

  private long log() throws Exception {
    return Files.size(directory.resolve("jobs.sqlite-wal"));
  }

  @Test
  void theLogStaysShort() throws Exception {
    try (Database database = Database.open(new DatabaseOptions.Sqlite(), directory)) {
      Servers servers = new Servers(database);
      String name = "x".repeat(20_000);
      for (int i = 0; i < 300; i++) {
        servers.alive(name + i, Instant.EPOCH);
      }
      long whole = 300L * name.length();
      // Nothing is moved before the log is long enough, whatever was written meanwhile.
      while (Files.size(directory.resolve("jobs.sqlite")) < whole) {
        Thread.sleep(10);
      }
      long longest = log();
      for (int i = 0; i < 50; i++) {
        servers.alive(name + i, Instant.EPOCH);
      }
      // It begins again instead of growing.
      assertThat(log()).isEqualTo(longest);
    }
  }

  @Test
  void aStatementThatIsKeptGivesWhatIsThere() throws Exception {
    try (Database database = Database.open(new DatabaseOptions.Sqlite(), directory)) {
      Servers servers = new Servers(database);
      for (int i = 0; i < 3; i++) {
        servers.alive("a", Instant.EPOCH.plusSeconds(i));
        assertThat(servers.last()).hasValue(Instant.EPOCH.plusSeconds(i));
      }
      // One that is in use is not given to another.
      long rows =
          database.read(
              connection -> {
                String sql = "select name from servers where name = ?";
                try (var one = connection.prepareStatement(sql);
                    var other = connection.prepareStatement(sql)) {
                  one.setString(1, "a");
                  other.setString(1, "b");
                  try (var ones = one.executeQuery();
                      var others = other.executeQuery()) {
                    return (ones.next() ? 1L : 0L) + (others.next() ? 10L : 0L);
                  }
                }
              });
      assertThat(rows).isEqualTo(1);
      // What was set before is not there any more.
      assertThat(
              database.<Boolean>read(
                  connection -> {
                    try (var again =
                        connection.prepareStatement("select name from servers where name = ?")) {
                      try (var none = again.executeQuery()) {
                        return none.next();
                      }
                    }
                  }))
          .isFalse();
    }
  }
}
