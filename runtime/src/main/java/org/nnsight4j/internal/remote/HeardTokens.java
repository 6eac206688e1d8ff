package org.nnsight4j.internal.remote;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.generate.FinishReason;
import org.nnsight4j.generate.GeneratedSequence;
import org.nnsight4j.internal.decode.TokenListener;
import org.nnsight4j.internal.request.Backend;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.remote.Watcher;

/**
 * Reports the new tokens of runs at a server, each once. Events have all of a run's tokens so far,
 * so lost events do no harm, and the result has the rest. A job that starts again samples the same
 * tokens.
 */
final class HeardTokens implements Watcher {
  private record Place(int run, int sequence) {}

  private final Backend.Completion completion;
  private final Map<Place, Integer> told = new HashMap<>();
  private boolean refused;

  HeardTokens(Backend.Completion completion) {
    this.completion = completion;
  }

  @Override
  public synchronized void tokens(String jobId, int run, List<long[]> newIds) {
    for (int sequence = 0; sequence < newIds.size(); sequence++) {
      tell(run, sequence, newIds.get(sequence), null);
    }
  }

  /** Called when a run has ended. */
  synchronized void over(int run, Optional<Result> result) {
    if (result.isPresent() && result.get().generated() != null) {
      List<GeneratedSequence> sequences = result.get().generated().sequences();
      for (int i = 0; i < sequences.size(); i++) {
        tell(run, i, sequences.get(i).newIds(), sequences.get(i).finishReason());
      }
    }
    completion.over(run, result);
  }

  private void tell(int run, int sequence, long[] newIds, @Nullable FinishReason end) {
    Place place = new Place(run, sequence);
    int before = told.getOrDefault(place, 0);
    if (newIds.length <= before && end == null) {
      return;
    }
    TokenListener listener = completion.tokens(run);
    told.put(place, newIds.length);
    try {
      listener.chosen(
          sequence,
          Arrays.copyOfRange(newIds, Math.min(before, newIds.length), newIds.length),
          end);
    } catch (RuntimeException | Error e) {
      refused = true;
      throw e;
    }
  }

  /** Whether the listener threw, so that the rest is not needed. */
  synchronized boolean refused() {
    return refused;
  }
}
