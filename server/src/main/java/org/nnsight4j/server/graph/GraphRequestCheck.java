package org.nnsight4j.server.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.internal.decode.OptionResolver;
import org.nnsight4j.internal.decode.ResolvedOptions;
import org.nnsight4j.internal.digest.Sha256;
import org.nnsight4j.internal.plan.ForwardCost;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.plan.PromptRules;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.share.Joining;
import org.nnsight4j.internal.share.Sharing;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.internal.wire.ModelIdentity;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.server.execute.BatchKey;
import org.nnsight4j.server.execute.Budget;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.server.execute.Verdict;
import org.nnsight4j.server.problem.ProblemKind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Plans a request and computes its shapes: a request that cannot run is refused before it is
 * accepted.
 */
final class GraphRequestCheck implements RequestCheck {
  private static final Logger LOG = LoggerFactory.getLogger(GraphRequestCheck.class);

  private static final int REMEMBERED = 256;

  private final ModelDescription model;
  private final ModelIdentity identity;
  private final ForwardCost forward;
  private final Sharing sharing;
  private final Joining joining;
  private final TextLengths texts;

  /** Of the requests that were checked last, which are the ones that wait for their turn. */
  private final Map<String, Optional<BatchKey>> known =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Optional<BatchKey>> eldest) {
              return size() > REMEMBERED;
            }
          });

  /**
   * @param texts counts the tokens of texts, where that is possible
   */
  GraphRequestCheck(ModelDescription model, TextLengths texts) {
    this.model = model;
    this.texts = texts;
    this.identity = model.identity();
    this.forward = new ForwardCost(model.blueprint(), model.weights());
    this.sharing = new Sharing(model.blueprint());
    this.joining = new Joining(model.blueprint());
  }

  @Override
  public Verdict check(byte[] bytes) {
    RunRequest request;
    try {
      request = RunRequest.read(bytes);
    } catch (Nnsight4jException e) {
      return Verdict.refused(ProblemKind.NOT_A_REQUEST.with(String.valueOf(e.getMessage())));
    } catch (RuntimeException e) {
      return unforeseen(e);
    }
    List<String> differences = request.model().differences(identity);
    if (!differences.isEmpty()) {
      return Verdict.refused(
          ProblemKind.OTHER_MODEL.with(
              "expected a graph for this model, found one for another: "
                  + String.join("; ", differences)));
    }
    try {
      Budget budget = budget(request);
      known.put(Sha256.of(bytes), batchKey(request, budget));
      return Verdict.accepted(budget);
    } catch (OptionsException e) {
      return Verdict.refused(ProblemKind.BAD_OPTIONS.with(String.valueOf(e.getMessage())));
    } catch (Nnsight4jException e) {
      return Verdict.refused(GraphProblems.of(ProblemKind.BAD_GRAPH, e, request.graphs()));
    } catch (RuntimeException e) {
      return unforeseen(e);
    }
  }

  @Override
  public Optional<BatchKey> batchKey(byte[] bytes) {
    Optional<BatchKey> found = known.get(Sha256.of(bytes));
    if (found != null) {
      return found;
    }
    try {
      RunRequest request = RunRequest.read(bytes);
      return batchKey(request, budget(request));
    } catch (RuntimeException e) {
      LOG.warn("a request that was accepted is like no other: {}", Shown.trace(e));
      return Optional.empty();
    }
  }

  private Optional<BatchKey> batchKey(RunRequest request, Budget budget) {
    RequestedRun run = request.runs().get(0);
    if (run.kind() instanceof RunKind.Generate) {
      return joins(request) ? Optional.of(new BatchKey(BatchKey.JOINS, budget)) : Optional.empty();
    }
    return request.runs().size() > 1 || !(run.kind() instanceof RunKind.Trace) || run.when() != null
        ? Optional.empty()
        : sharing.batchKey(run.graph()).map(key -> new BatchKey(key, budget));
  }

  private boolean joins(RunRequest request) {
    ResolvedOptions options = options(request.runs().get(0).kind());
    return joining.whyAlone(request.runs()).isEmpty()
        && options != null
        && Joining.whyAlone(options).isEmpty();
  }

  private Budget budget(RunRequest request) {
    Budget whole = Budget.NOTHING;
    List<GraphBudget> budgets = new ArrayList<>();
    for (RequestedRun run : request.runs()) {
      @Nullable ResolvedOptions options = options(run.kind());
      int steps = options == null ? 1 : options.maxNewTokens();
      PromptRules rules = new PromptRules(model.blueprint(), steps);
      rules.check(run.graph().prompts(), run.lines());
      texts.check(run, rules, model.blueprint().maxPositions() - steps + 1);
      Plan plan = Plan.of(run.graph(), model.blueprint(), steps);
      GraphBudget budget = new GraphBudget(model.blueprint(), forward, run, options, plan, budgets);
      whole = whole.plus(budget.compute());
      budgets.add(budget);
    }
    return whole;
  }

  /** The options of generation; null for one forward pass. */
  private @Nullable ResolvedOptions options(RunKind kind) {
    return kind instanceof RunKind.Generate generate
        ? OptionResolver.resolve(
            generate.options(),
            model.generation(),
            model.config(),
            model.blueprint().vocabularySize())
        : null;
  }

  /** No request may make the server fail; a request that finds a hole in the checks is refused. */
  private static Verdict unforeseen(RuntimeException e) {
    LOG.warn("a request was refused for a reason that the checks do not know: {}", Shown.trace(e));
    return Verdict.refused(
        ProblemKind.NOT_A_REQUEST.with(
            "expected a graph as this version of nnsight4j writes it, found one that cannot be understood"));
  }
}
