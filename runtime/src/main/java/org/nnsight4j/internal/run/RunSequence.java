package org.nnsight4j.internal.run;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.decode.TokenListener;
import org.nnsight4j.internal.request.Backend;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunCondition;
import org.nnsight4j.tensor.Tensor;

/** Executes the runs of a session in order; later runs use what earlier ones kept. */
public final class RunSequence {
  /** Executes one run. */
  public interface One {
    Result run(int run, RunContext around);
  }

  /** Is told how far each run is. */
  public interface Progress {
    /** Ignores progress. */
    Progress NONE = (run, pass, most) -> {};

    /** Who hears of the new tokens of a run. */
    default TokenListener tokens(int run) {
      return TokenListener.NONE;
    }

    /**
     * Called before each forward pass; an exception from here ends the runs.
     *
     * @param run which run, from 0
     * @param pass how many passes of this run happened before
     * @param most how many there can be
     */
    void passing(int run, int pass, int most);
  }

  private final Map<Integer, Result> results = new HashMap<>();

  private RunSequence() {}

  /** {@link #run(List, One, Backend.Completion, Progress)} without reporting progress. */
  public static List<Optional<Result>> run(
      List<RequestedRun> runs, One one, Backend.Completion completion) {
    return run(runs, one, completion, Progress.NONE);
  }

  /**
   * Executes the runs whose conditions hold.
   *
   * @return the result of each run; empty if it did not happen
   * @throws RunException if a condition is not one truth value, or a value does not exist
   */
  public static List<Optional<Result>> run(
      List<RequestedRun> runs, One one, Backend.Completion completion, Progress progress) {
    RunSequence sequence = new RunSequence();
    List<Optional<Result>> results = new ArrayList<>();
    for (int run = 0; run < runs.size(); run++) {
      Optional<Result> result =
          sequence.happens(runs.get(run).when())
              ? Optional.of(one.run(run, sequence.around(run, progress, completion.tokens(run))))
              : Optional.empty();
      if (result.isPresent()) {
        sequence.results.put(run, result.get());
      }
      results.add(result);
      completion.over(run, result);
    }
    return results;
  }

  private RunContext around(int run, Progress progress, TokenListener tokens) {
    return new RunContext() {
      @Override
      public Tensor earlier(int of, int save) {
        return kept(of, save);
      }

      @Override
      public void passing(int pass, int most) {
        progress.passing(run, pass, most);
      }

      @Override
      public TokenListener tokens() {
        return tokens;
      }
    };
  }

  private boolean happens(@Nullable RunCondition condition) {
    if (condition == null) {
      return true;
    }
    Tensor truth = kept(condition.run(), condition.save());
    if (truth.size() != 1) {
      throw new RunException(
          Location.at(condition.line()),
          "when(...) needs one truth value, found %s".formatted(truth));
    }
    return truth.at(0) != 0;
  }

  private Tensor kept(int run, int save) {
    Result result = results.get(run);
    Tensor tensor = result == null ? null : result.saved().getOrDefault(save, Map.of()).get(0);
    if (tensor == null) {
      throw new RunException(
          "a value of run %s of the session is needed, but it does not exist: %s"
              .formatted(run, result == null ? "that run did not happen" : result.reason(save)));
    }
    return tensor;
  }
}
