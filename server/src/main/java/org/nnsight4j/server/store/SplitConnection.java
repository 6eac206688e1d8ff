package org.nnsight4j.server.store;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The scheduler's view of SQLite outside our transactions: it reads through a connection for
 * reading, and each writing statement is a transaction of the group. Those need not be on disk:
 * after a crash all tasks are free again, and a task whose job has ended finds nothing to do.
 */
final class SplitConnection {
  /** A call that is made now or later. */
  private record Call(Method method, @Nullable Object @Nullable [] arguments) {
    String name() {
      return method.getName();
    }

    @Nullable Object on(Object target) throws SQLException {
      try {
        return method.invoke(target, arguments);
      } catch (InvocationTargetException e) {
        if (e.getCause() instanceof SQLException sql) {
          throw sql;
        }
        throw new SQLException(e.getCause());
      } catch (IllegalAccessException e) {
        throw new IllegalStateException("an interface of the JDK is public", e);
      }
    }
  }

  private interface Answer {
    @Nullable Object to(Call call) throws SQLException;
  }

  private SplitConnection() {}

  static Connection of(Connection reader, Writer writer) {
    return proxy(
        Connection.class,
        call ->
            call.name().equals("prepareStatement") && writes(call)
                ? proxy(PreparedStatement.class, new Later(call, writer))
                : call.on(reader));
  }

  private static boolean writes(Call preparing) {
    return preparing.arguments != null
        && preparing.arguments[0] instanceof String sql
        && !sql.stripLeading().toLowerCase(Locale.ROOT).startsWith("select");
  }

  private static <T> T proxy(Class<T> type, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            SplitConnection.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> answer.to(new Call(method, arguments))));
  }

  /** A statement that keeps its parameters until it is executed. */
  private static final class Later implements Answer {
    private final Call preparing;
    private final Writer writer;
    private final List<Call> parameters = new ArrayList<>();
    private int updated = -1;

    Later(Call preparing, Writer writer) {
      this.preparing = preparing;
      this.writer = writer;
    }

    @Override
    public @Nullable Object to(Call call) throws SQLException {
      String name = call.name();
      if (name.startsWith("execute")) {
        return execute(call);
      } else if (name.startsWith("set") || name.equals("addBatch")) {
        parameters.add(call);
        return null;
      } else if (name.equals("getUpdateCount")) {
        return updated;
      } else if (name.equals("close")) {
        return null;
      }
      throw new SQLException("expected parameters and an execution, found a call of " + name);
    }

    private @Nullable Object execute(Call execution) throws SQLException {
      record Executed(@Nullable Object answer, int updated) {}
      try {
        Executed executed =
            writer
                .write(
                    tx -> {
                      Object prepared = Objects.requireNonNull(preparing.on(tx.connection()));
                      try (PreparedStatement statement = (PreparedStatement) prepared) {
                        for (Call parameter : parameters) {
                          parameter.on(statement);
                        }
                        Object answer = execution.on(statement);
                        return new Executed(answer, statement.getUpdateCount());
                      }
                    },
                    false)
                .result();
        updated = executed.updated;
        return executed.answer;
      } catch (StoreException e) {
        throw new SQLException(e.getMessage(), e);
      }
    }
  }
}
