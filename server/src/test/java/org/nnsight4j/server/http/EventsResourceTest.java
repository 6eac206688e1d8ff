package org.nnsight4j.server.http;

import static com.google.common.truth.Truth.assertThat;

import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.UriInfo;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.access.Caller;
import org.nnsight4j.server.access.StreamLimit;
import org.nnsight4j.server.dispatch.EventHub;
import org.nnsight4j.server.job.NewJob;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.options.DatabaseOptions;
import org.nnsight4j.server.store.ApiKeys;
import org.nnsight4j.server.store.Database;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobReads;

/**
 * The thread that opens a stream sends its headers before any other thread may write. With Jersey,
 * a second thread that closed the stream meanwhile broke the connection in one of about 6,000
 * answers.
 */
final class EventsResourceTest {
  @TempDir Path data;

  @Test
  void noThreadWritesWhileTheHeadersAreSent() {
    try (Database database = Database.open(new DatabaseOptions.Sqlite(), data);
        EventHub events = new EventHub(new JobReads(database))) {
      AtomicInteger watchers = new AtomicInteger(-1);
      AsyncResponse response =
          of(
              AsyncResponse.class,
              (proxy, method, arguments) -> {
                watchers.set(events.count());
                return true;
              });
      EventsResource resource =
          new EventsResource(new JobReads(database), events, new StreamLimit(1));
      resource.events(alice(), accept(database), null, response);
      assertThat(watchers.get()).isEqualTo(0);
      assertThat(events.count()).isEqualTo(1);
    }
  }

  @Test
  void aStreamThatCouldNotBeOpenedIsNotCounted() {
    try (Database database = Database.open(new DatabaseOptions.Sqlite(), data);
        EventHub events = new EventHub(new JobReads(database))) {
      StreamLimit one = new StreamLimit(1);
      AsyncResponse broken =
          of(
              AsyncResponse.class,
              (proxy, method, arguments) -> {
                throw new IllegalStateException("gone");
              });
      EventsResource resource = new EventsResource(new JobReads(database), events, one);
      String id = accept(database);
      Assertions.assertThrows(
          IllegalStateException.class, () -> resource.events(alice(), id, null, broken));
      assertThat(events.count()).isEqualTo(0);
      assertThat(one.begin("alice")).isTrue();
    }
  }

  private static String accept(Database database) {
    return new JobQueue(database, new JobQueue.Rules(1, 1, Duration.ofHours(1)), Clock.systemUTC())
        .accept(
            new NewJob(
                "alice", "m", Priority.NORMAL, Duration.ofSeconds(9), null, new byte[1], "00"))
        .job()
        .id();
  }

  private static ContainerRequestContext alice() {
    Caller caller = new Caller("k", "alice", ApiKeys.Role.USER, Priority.NORMAL);
    UriInfo uri =
        of(UriInfo.class, (proxy, method, arguments) -> new MultivaluedHashMap<String, String>());
    return of(
        ContainerRequestContext.class,
        (proxy, method, arguments) -> method.getName().equals("getUriInfo") ? uri : caller);
  }

  private static <T> T of(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
