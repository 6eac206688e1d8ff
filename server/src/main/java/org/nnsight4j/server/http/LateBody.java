package org.nnsight4j.server.http;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Receives and discards what a client still sends after it was refused. If the connection were
 * closed at once, the client would see a broken connection instead of the reason. No thread waits
 * for that.
 */
final class LateBody extends Handler.Wrapper {
  private static final int LONGEST_SECONDS = 2;

  LateBody(Handler handler) {
    super(handler);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    return super.handle(request, response, new Rest(request, response, callback));
  }

  private static final class Rest implements Callback {
    private final Request request;
    private final Response response;
    private final Callback callback;
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile Scheduler.@Nullable Task timer;

    Rest(Request request, Response response, Callback callback) {
      this.request = request;
      this.response = response;
      this.callback = callback;
    }

    /** The answer is sent. */
    @Override
    public void succeeded() {
      if (response.getStatus() < 400 || request.getLength() == 0) {
        end();
        return;
      }
      timer =
          request
              .getComponents()
              .getScheduler()
              .schedule(this::end, LONGEST_SECONDS, TimeUnit.SECONDS);
      read();
    }

    @Override
    public void failed(Throwable reason) {
      callback.failed(reason);
    }

    private void read() {
      while (!over.get()) {
        Content.Chunk chunk = request.read();
        if (chunk == null) {
          request.demand(this::read);
          return;
        }
        boolean last = chunk.isLast() || Content.Chunk.isFailure(chunk);
        chunk.release();
        if (last) {
          end();
        }
      }
    }

    private void end() {
      if (over.compareAndSet(false, true)) {
        Scheduler.Task running = timer;
        if (running != null) {
          running.cancel();
        }
        callback.succeeded();
      }
    }
  }
}
