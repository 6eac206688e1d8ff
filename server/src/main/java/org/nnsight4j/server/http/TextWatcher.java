package org.nnsight4j.server.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.glassfish.jersey.media.sse.EventOutput;
import org.glassfish.jersey.media.sse.OutboundEvent;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.dispatch.EventHub;
import org.nnsight4j.server.execute.TextCall;
import org.nnsight4j.server.job.JobEvent;
import org.nnsight4j.server.job.JobProgress;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the pieces of an answer as a stream of events, whose last one is {@code [DONE]}. */
final class TextWatcher implements EventHub.Watcher {
  private static final Logger LOG = LoggerFactory.getLogger(TextWatcher.class);

  private final EventOutput output;
  private final TextCall call;
  private final String id;
  private final long created;
  private final Function<String, byte[]> result;
  private final Consumer<String> cancel;
  private boolean begun;

  /**
   * @param result gives the result of a job that has ended
   * @param cancel ends the job of a reader that is gone
   */
  TextWatcher(
      EventOutput output,
      TextCall call,
      String id,
      long created,
      Function<String, byte[]> result,
      Consumer<String> cancel) {
    this.output = output;
    this.call = call;
    this.id = id;
    this.created = created;
    this.result = result;
    this.cancel = cancel;
  }

  @Override
  public boolean event(JobEvent event) {
    if (!begin()) {
      return false;
    }
    if (!event.state().terminal()) {
      return true;
    }
    try {
      return sendAll(call.end(id, created, result.apply(id))) && data("[DONE]");
    } catch (ProblemException e) {
      return data(TextErrors.json(e.problem()).toString()) && data("[DONE]");
    } catch (RuntimeException e) {
      LOG.error("the answer of job {} cannot be told: {}", id, Shown.trace(e));
      return data(
          TextErrors.json(
                  ProblemKind.INTERNAL.with("the server failed; tell its operator the job " + id))
              .toString());
    }
  }

  @Override
  public boolean progress(JobProgress progress) {
    return begin()
        && (progress.tokens() == null
            || sendAll(call.pieces(id, created, progress.tokens().newIds())));
  }

  @Override
  public boolean alive() {
    return send(new OutboundEvent.Builder().comment("alive").build());
  }

  private boolean begin() {
    boolean first = !begun;
    begun = true;
    return !first || sendAll(call.begin(id, created));
  }

  private boolean sendAll(List<ObjectNode> pieces) {
    return pieces.stream().allMatch(piece -> data(piece.toString()));
  }

  private boolean data(String text) {
    return send(new OutboundEvent.Builder().data(text).build());
  }

  /** Nobody reads the answer of a job whose reader is gone, so it need not go on. */
  private boolean send(OutboundEvent event) {
    try {
      output.write(event);
      return true;
    } catch (IOException | RuntimeException e) {
      LOG.debug("the stream is gone: {}", Shown.line(String.valueOf(e.getMessage())));
      try {
        cancel.accept(id);
      } catch (RuntimeException late) {
        LOG.debug("the job has ended: {}", Shown.line(String.valueOf(late.getMessage())));
      }
      return false;
    }
  }

  /** Ends the stream. */
  void end() {
    try {
      output.close();
    } catch (IOException e) {
      LOG.debug("the stream was gone already: {}", Shown.line(String.valueOf(e.getMessage())));
    }
  }
}
