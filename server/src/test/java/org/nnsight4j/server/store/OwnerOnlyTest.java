package org.nnsight4j.server.store;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.access.AuditLog;
import org.nnsight4j.server.dispatch.ResultFiles;
import org.nnsight4j.server.options.DatabaseOptions;

/** In a directory that the operator has made, and that others can read. */
class OwnerOnlyTest {
  @TempDir Path data;

  @BeforeEach
  void readableForAll() throws Exception {
    assumeTrue(data.getFileSystem().supportedFileAttributeViews().contains("posix"));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private String mode(String file) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve(file)));
  }

  @Test
  void keysRequestsAndResultsAreForTheOperatorAlone() throws Exception {
    for (int start = 0; start < 2; start++) {
      try (Database database = Database.open(new DatabaseOptions.Sqlite(), data);
          AuditLog audit = new AuditLog(data.resolve("audit.jsonl"), Clock.systemUTC())) {
        assertThat(new ApiKeys(database).none()).isTrue();
        assertThat(new ResultFiles(data).freeBytes()).isAtLeast(0);
        assertThat(mode("results")).isEqualTo("rwx------");
        assertThat(mode("audit.jsonl")).isEqualTo("rw-------");
        assertThat(mode("jobs.sqlite")).isEqualTo("rw-------");
        assertThat(mode("jobs.sqlite-wal")).isEqualTo("rw-------");
      }
      assertThat(mode(".")).isEqualTo("rwxr-xr-x");
    }
  }

  @Test
  void aMissingDatabaseIsReportedWithoutItsPassword() {
    DatabaseOptions nobody =
        new DatabaseOptions.Postgres(
            "jdbc:postgresql://127.0.0.1:1/x?password=secret", "me", "secret", 1);
    StoreException refused = assertThrows(StoreException.class, () -> Database.open(nobody, data));
    assertThat(refused)
        .hasMessageThat()
        .contains("expected a PostgreSQL at jdbc:postgresql://127.0.0.1:1/x that lets 'me' in");
    assertThat(refused).hasMessageThat().doesNotContain("secret");
  }

  @Test
  void openFilesAreClosedToOthers() throws Exception {
    Files.createDirectory(data.resolve("results"));
    Files.createFile(data.resolve("audit.jsonl"));
    Files.setPosixFilePermissions(
        data.resolve("audit.jsonl"), PosixFilePermissions.fromString("rw-rw-rw-"));
    assertThat(new ResultFiles(data).freeBytes()).isAtLeast(0);
    new AuditLog(data.resolve("audit.jsonl"), Clock.systemUTC()).close();
    assertThat(mode("results")).isEqualTo("rwx------");
    assertThat(mode("audit.jsonl")).isEqualTo("rw-------");
  }
}
