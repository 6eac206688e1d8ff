package org.nnsight4j.server.http;

import java.util.concurrent.Executor;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Handles requests on threads that may wait, so that the threads that move bytes never do. */
final class OnThreads extends Handler.Wrapper {
  private final Executor threads;

  OnThreads(Executor threads, Handler next) {
    super(next);
    this.threads = threads;
  }

  @Override
  public InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    threads.execute(() -> handleHere(request, response, callback));
    return true;
  }

  private void handleHere(Request request, Response response, Callback callback) {
    try {
      if (!super.handle(request, response, callback)) {
        Response.writeError(request, response, callback, 404);
      }
    } catch (Throwable e) {
      Response.writeError(request, response, callback, e);
    }
  }
}
