package org.nnsight4j.server.store;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteDataSource;
import org.sqlite.jdbc4.JDBC4Connection;
import org.sqlite.jdbc4.JDBC4PreparedStatement;

/**
 * Connections that keep the statements they have prepared: for a small job, SQLite takes longer to
 * read a statement than to run it.
 */
final class KeepingSource extends SQLiteDataSource {
  private final String file;

  /**
   * @param file the path of the database
   */
  KeepingSource(SQLiteConfig settings, String file) {
    super(settings);
    this.file = file;
    setUrl("jdbc:sqlite:" + file);
  }

  @Override
  public SQLiteConnection getConnection(@Nullable String user, @Nullable String password)
      throws SQLException {
    return new Keeping(getUrl(), file, getConfig().toProperties());
  }

  private static final class Keeping extends JDBC4Connection {
    private static final int MOST = 64;

    /** The statements that nobody uses, by their text; the longest unused comes first. */
    private final Map<String, Kept> free = new LinkedHashMap<>();

    Keeping(String url, String file, Properties settings) throws SQLException {
      super(url, file, settings);
    }

    @Override
    public PreparedStatement prepareStatement(
        String sql, int type, int concurrency, int holdability) throws SQLException {
      checkOpen();
      checkCursor(type, concurrency, holdability);
      Kept kept = free.remove(sql);
      Kept given = kept == null ? new Kept(this, sql) : kept;
      given.used = true;
      return given;
    }

    private void keep(String sql, Kept statement) throws SQLException {
      Kept other = free.put(sql, statement);
      if (other != null) {
        other.forget();
      } else if (free.size() > MOST) {
        var eldest = free.entrySet().iterator();
        Kept unused = eldest.next().getValue();
        eldest.remove();
        unused.forget();
      }
    }
  }

  /** A statement that its connection keeps when it is closed. */
  private static final class Kept extends JDBC4PreparedStatement {
    private final Keeping owner;
    private boolean used;

    Kept(Keeping connection, String sql) throws SQLException {
      super(connection, sql);
      this.owner = connection;
    }

    @Override
    public void close() throws SQLException {
      if (isClosed() || owner.isClosed()) {
        forget();
        return;
      } else if (!used) {
        return;
      }
      used = false;
      ResultSet rows = (ResultSet) rs;
      rows.close();
      // What it was last executed with may be large.
      clearParameters();
      owner.keep(sql, this);
    }

    void forget() throws SQLException {
      super.close();
    }
  }
}
