package org.nnsight4j.server.store;

import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A data source for the scheduler: inside one of our transactions it returns the connection of that
 * transaction, so that a job and its task are committed together.
 */
final class CurrentConnection implements DataSource {
  /** Opens a connection. */
  interface Opening {
    Connection open() throws SQLException;
  }

  private final Opening outside;
  private final ThreadLocal<@Nullable Connection> current = new ThreadLocal<>();

  /**
   * @param outside the data source outside our transactions
   */
  CurrentConnection(Opening outside) {
    this.outside = outside;
  }

  void enter(Connection connection) {
    current.set(unclosable(connection));
  }

  void leave() {
    current.remove();
  }

  boolean inside() {
    return current.get() != null;
  }

  @Override
  public Connection getConnection() throws SQLException {
    Connection connection = current.get();
    return connection == null ? outside.open() : connection;
  }

  /** The transaction ends its own connection; others only borrow it. */
  private static Connection unclosable(Connection connection) {
    return (Connection)
        Proxy.newProxyInstance(
            CurrentConnection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("close")) {
                return null;
              }
              try {
                return method.invoke(connection, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Override
  public Connection getConnection(String username, String password) throws SQLException {
    throw new SQLException("the pool has its own user");
  }

  @Override
  public @Nullable PrintWriter getLogWriter() {
    return null;
  }

  @Override
  public void setLogWriter(@Nullable PrintWriter out) throws SQLException {
    throw new SQLException("it logs nothing");
  }

  @Override
  public void setLoginTimeout(int seconds) throws SQLException {
    throw new SQLException("the pool has its own timeout");
  }

  @Override
  public int getLoginTimeout() {
    return 0;
  }

  @Override
  public @Nullable Logger getParentLogger() {
    return null;
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    throw new SQLException("it wraps nothing");
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return false;
  }
}
