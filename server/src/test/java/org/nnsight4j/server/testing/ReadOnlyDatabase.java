package org.nnsight4j.server.testing;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Makes an SQLite database that a server has open refuse whatever would change it. */
public final class ReadOnlyDatabase {
  private final String url;
  private final List<String> triggers = new ArrayList<>();

  public ReadOnlyDatabase(Path data) {
    this.url = "jdbc:sqlite:" + data.resolve("jobs.sqlite");
  }

  public void refuse() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute("pragma busy_timeout = 10000");
      List<String> tables = new ArrayList<>();
      try (ResultSet rows =
          statement.executeQuery("select name from sqlite_master where type = 'table'")) {
        while (rows.next()) {
          tables.add(rows.getString(1));
        }
      }
      for (String table : tables) {
        for (String change : List.of("insert", "update", "delete")) {
          String name = "refuse_" + change + "_" + table;
          statement.execute(
              "create trigger %s before %s on %s begin select raise(rollback, 'attempt to write a readonly database'); end"
                  .formatted(name, change, table));
          triggers.add(name);
        }
      }
    }
  }

  public void take() throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute("pragma busy_timeout = 10000");
      for (String trigger : triggers) {
        statement.execute("drop trigger " + trigger);
      }
      triggers.clear();
    }
  }
}
