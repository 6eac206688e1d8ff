package org.nnsight4j.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.stream.IdleTimeout;

/** Follows the events of one job to its end, over connections that may break. */
final class EventStream {
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 5000;
  private static final int LONGEST_LINE = 1 << 20;

  private final Api api;
  private final String id;
  private String last = "0";
  private boolean ended;
  private @Nullable JobInfo end;

  EventStream(Api api, String id) {
    this.api = api;
    this.id = id;
  }

  /** Follows until the job has ended; returns its final state, if the server sent it. */
  Optional<JobInfo> follow() {
    long pause = FIRST_PAUSE_MILLIS;
    long patience = Api.patienceEnds();
    while (!ended) {
      String before = last;
      String why = "the events of job %s broke off".formatted(id);
      try {
        connect();
      } catch (IOException e) {
        why = Api.said(e);
        if (System.nanoTime() > patience) {
          throw api.unreachable(e);
        }
      }
      if (!last.equals(before)) {
        pause = FIRST_PAUSE_MILLIS;
        patience = Api.patienceEnds();
      }
      if (!ended) {
        api.pause(why, pause);
        pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
      }
    }
    return Optional.ofNullable(end);
  }

  /** Reads one connection to its end. */
  private void connect() throws IOException {
    HttpRequest request =
        api.request("/v1/jobs/" + id + "/events")
            .header("Accept", "text/event-stream")
            .header("Last-Event-ID", last)
            .build();
    HttpResponse<InputStream> response = api.once(request, BodyHandlers.ofInputStream());
    try (InputStream in = response.body()) {
      switch (response.statusCode()) {
        case 200 -> read(in);
        case 204 -> ended = true;
        case 429, 503 -> throw new IOException(Api.busyWith(response));
        default -> api.read(response);
      }
    }
  }

  private void read(InputStream in) throws IOException {
    try (IdleTimeout silence = new IdleTimeout(in, Api.SILENCE);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      String event = "";
      String number = "";
      StringBuilder data = new StringBuilder();
      for (String line = lines.readLine(); line != null && !ended; line = lines.readLine()) {
        silence.broken();
        if (line.startsWith("event:")) {
          event = line.substring("event:".length()).strip();
        } else if (line.startsWith("id:")) {
          number = line.substring("id:".length()).strip();
        } else if (line.startsWith("data:") && data.length() < LONGEST_LINE) {
          data.append(line.substring("data:".length()).strip());
        } else if (line.isEmpty()) {
          if (data.length() > 0) {
            tell(event, number, Api.parse(data.toString()));
          }
          event = "";
          number = "";
          data.setLength(0);
        }
      }
    }
  }

  private void tell(String event, String number, JsonNode data) {
    if (event.equals("status")) {
      JobStatus status = JobStatus.parse(data.path("status").asText());
      last = number;
      ended = status.ended();
      end = data.path("job").isObject() ? JobInfo.of(data.path("job")) : null;
      api.watcher().status(id, status, data.path("text").asText());
    } else if (event.equals("progress")) {
      api.watcher()
          .progress(
              id,
              data.path("done").asLong(),
              data.path("total").asLong(),
              data.path("text").asText());
      if (data.path("tokens").isObject()) {
        tokens(data.path("tokens"));
      }
    }
  }

  private void tokens(JsonNode tokens) {
    List<long[]> newIds = new ArrayList<>();
    for (JsonNode sequence : tokens.path("newIds")) {
      long[] ids = new long[sequence.size()];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = sequence.path(i).asLong();
      }
      newIds.add(ids);
    }
    api.watcher().tokens(id, tokens.path("run").asInt(), newIds);
  }
}
