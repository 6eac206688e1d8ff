package org.nnsight4j;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.generate.GeneratedPiece;
import org.nnsight4j.internal.source.NotUserCode;

/**
 * A run that generates on a thread of its own while the caller reads its pieces of text. After the
 * last piece, the run has ended and its result is available. Closing the stream earlier ends the
 * run, which then has no result. Only one thread may read it, once.
 *
 * @param <R> the result of the run
 */
@NotUserCode
public final class GenerationStream<R> implements Iterable<GeneratedPiece>, AutoCloseable {
  /** The run itself, and its result. */
  interface Work<R> {
    /** Runs; called on the stream's thread. */
    Supplier<R> run(Consumer<GeneratedPiece> listener);

    /** Called if there is no result, with the reason. */
    default void failed(String reason) {}
  }

  /** Ends a run whose stream was closed. */
  private static final class Unread extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unread() {
      super("the stream was closed before its end", null, false, false);
    }
  }

  private final BlockingQueue<Optional<GeneratedPiece>> pieces = new LinkedBlockingQueue<>();
  private final Work<R> work;
  private final Thread thread;
  private volatile boolean closed;
  private volatile @Nullable Supplier<R> done;
  private volatile @Nullable Throwable failure;
  private boolean iterated;
  private boolean ended;
  private @Nullable R result;

  private GenerationStream(Work<R> work) {
    this.work = work;
    this.thread = new Thread(this::run, "nnsight4j-generation");
    thread.setDaemon(true);
  }

  /** Starts a run. */
  static <R> GenerationStream<R> begin(Work<R> work) {
    GenerationStream<R> stream = new GenerationStream<>(work);
    stream.thread.start();
    return stream;
  }

  private void run() {
    try {
      done = work.run(this::add);
    } catch (Throwable e) {
      failure = e;
    } finally {
      pieces.add(Optional.empty());
    }
  }

  private void add(GeneratedPiece piece) {
    if (closed) {
      throw new Unread();
    }
    pieces.add(Optional.of(piece));
  }

  /**
   * The pieces, as they are generated.
   *
   * @throws RunException if the pieces were requested before
   */
  @Override
  public Iterator<GeneratedPiece> iterator() {
    if (iterated) {
      throw new RunException("the pieces of a run can be read once; keep them in a list");
    }
    iterated = true;
    return new Iterator<>() {
      private @Nullable GeneratedPiece next;

      @Override
      public boolean hasNext() {
        next = next == null ? take() : next;
        return next != null;
      }

      @Override
      public GeneratedPiece next() {
        if (!hasNext()) {
          throw new NoSuchElementException("the run is over");
        }
        GeneratedPiece piece = Objects.requireNonNull(next);
        next = null;
        return piece;
      }
    };
  }

  /** The pieces as a Java stream; closing that stream closes this one. */
  public Stream<GeneratedPiece> pieces() {
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(
                iterator(), Spliterator.ORDERED | Spliterator.NONNULL),
            false)
        .onClose(this::close);
  }

  /**
   * Waits for the end of the run; unread pieces are lost.
   *
   * @throws RunException if the stream was closed before the run was over
   */
  public R result() {
    while (take() != null) {
      // Discard the pieces.
    }
    Throwable why = failure;
    if (why != null && !(why instanceof Unread)) {
      throw thrown(why);
    }
    if (result == null) {
      throw new RunException("there is no result: the stream was closed before the run was over");
    }
    return result;
  }

  /** The next piece; null at the end. */
  private @Nullable GeneratedPiece take() {
    if (ended) {
      return null;
    }
    Optional<GeneratedPiece> piece = taken();
    if (piece.isPresent()) {
      return piece.get();
    }
    ended = true;
    Throwable why = failure;
    if (why != null) {
      work.failed("the run failed: " + why.getMessage());
      throw thrown(why);
    }
    result = Objects.requireNonNull(done).get();
    return null;
  }

  private Optional<GeneratedPiece> taken() {
    try {
      return pieces.take();
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      throw new RunException("the thread was interrupted while it waited for new text", e);
    }
  }

  private static RuntimeException thrown(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    return failure instanceof RuntimeException unchecked
        ? unchecked
        : new RunException("the run failed: " + failure.getMessage(), failure);
  }

  /** Ends the run if it is still in progress, and waits until it has ended. */
  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (!ended) {
      ended = true;
      work.failed("the stream was closed before the run was over");
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
