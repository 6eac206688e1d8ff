package org.nnsight4j.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.glassfish.jersey.media.sse.EventOutput;
import org.glassfish.jersey.media.sse.OutboundEvent;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.dispatch.EventHub;
import org.nnsight4j.server.job.JobEvent;
import org.nnsight4j.server.job.JobProgress;
import org.nnsight4j.server.job.StoredJob;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a job's events into one event stream. */
final class SseWatcher implements EventHub.Watcher {
  private static final Logger LOG = LoggerFactory.getLogger(SseWatcher.class);
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final EventOutput output;
  private final Supplier<Optional<StoredJob>> job;

  /**
   * @param job returns the state of the job at the time of the call
   */
  SseWatcher(EventOutput output, Supplier<Optional<StoredJob>> job) {
    this.output = output;
    this.job = job;
  }

  /** The last event has the state of the job, which saves each waiting client a request. */
  @Override
  public boolean event(JobEvent event) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("number", event.number());
    data.put("status", event.state().name());
    data.put("at", event.at().toString());
    data.put("text", event.text());
    if (event.state().terminal()) {
      job.get().ifPresent(found -> data.put("job", JobView.of(found)));
    }
    return send(
        new OutboundEvent.Builder()
            .id(Integer.toString(event.number()))
            .name("status")
            .data(json(data))
            .build());
  }

  /** Without an id, because progress is not sent again after a reconnect. */
  @Override
  public boolean progress(JobProgress progress) {
    return send(new OutboundEvent.Builder().name("progress").data(json(progress)).build());
  }

  @Override
  public boolean alive() {
    return send(new OutboundEvent.Builder().comment("alive").build());
  }

  /** Ends the stream. */
  void end() {
    try {
      output.close();
    } catch (IOException e) {
      LOG.debug(
          "the event stream was gone already: {}", Shown.line(String.valueOf(e.getMessage())));
    }
  }

  private boolean send(OutboundEvent event) {
    try {
      output.write(event);
      return true;
    } catch (IOException | RuntimeException e) {
      LOG.debug("the event stream is gone: {}", Shown.line(String.valueOf(e.getMessage())));
      return false;
    }
  }

  private static String json(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an event that is not JSON", e);
    }
  }
}
