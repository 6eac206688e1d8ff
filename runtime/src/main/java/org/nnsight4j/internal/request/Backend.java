package org.nnsight4j.internal.request;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.decode.TokenListener;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.tensor.Tensor;

/** Where runs happen. */
public interface Backend {
  /** Is told of each run of a request, in order, as soon as it is over. */
  interface Completion {
    /**
     * Called when a run is over.
     *
     * @param result empty if its condition was false
     */
    void over(int run, Optional<Result> result);

    /** Who hears of the new tokens of a run. */
    default TokenListener tokens(int run) {
      return TokenListener.NONE;
    }

    /**
     * Called before each part of a run that happens in this process; an exception from here ends
     * the runs.
     *
     * @param pass how many parts happened before
     * @param most how many there can be
     */
    default void passing(int run, int pass, int most) {}
  }

  /** Runs one recording, each time on new inputs. */
  interface Rerun {
    /**
     * Runs.
     *
     * @param tokens hears of new tokens
     */
    Result on(Inputs inputs, TokenListener tokens);
  }

  /**
   * What one run of a prepared recording gets.
   *
   * @param prompts one for each invoker
   * @param lines where each prompt was given
   * @param tensors numbers for constants, by the ids of their nodes
   */
  record Inputs(List<Prompt> prompts, List<SourceLine> lines, Map<Integer, Tensor> tensors) {
    public Inputs {
      prompts = List.copyOf(prompts);
      lines = List.copyOf(lines);
      tensors = Map.copyOf(tensors);
    }

    /** The run that was prepared, with these inputs. */
    public RequestedRun of(RequestedRun prepared) {
      return new RequestedRun(
          prepared.graph().with(prompts).withConstants(tensors),
          lines,
          prepared.kind(),
          prepared.when());
    }
  }

  /**
   * The kind of run as it will happen here.
   *
   * @throws org.nnsight4j.error.OptionsException if the options contradict each other
   */
  RunKind checked(RunKind kind);

  /**
   * Executes runs in order, each with the values that earlier ones hand on; returns when all are
   * over.
   */
  void run(List<RequestedRun> runs, Completion completion);

  /**
   * Prepares a run whose prompts are given later.
   *
   * @throws org.nnsight4j.error.PlanningException if it cannot run on this model
   */
  Rerun prepare(RequestedRun run);
}
