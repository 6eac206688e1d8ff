package org.nnsight4j.internal.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.op.Arg;
import org.nnsight4j.internal.op.Op;
import org.nnsight4j.internal.op.OpInputs;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/**
 * A graph under construction: numbers the nodes, keeps the user's lines, and checks every node when
 * it is recorded. For one thread at a time.
 */
@NotUserCode
public final class Recording {
  private final String architecture;
  private final Map<String, Integer> widths;
  private final Moments moments;
  private final OpenBlocks blocks = new OpenBlocks();
  private final List<Prompt> prompts = new ArrayList<>();
  private final List<SourceLine> promptLines = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final List<RecordedValue<?>> values = new ArrayList<>();
  private final Arguments arguments = new Arguments(this);
  private final Writes writes = new Writes(this);
  private final RecordedGradients gradients = new RecordedGradients(this);
  private final Sites sites = new Sites(this);
  private final PointNames names = new PointNames(this);
  private final Map<String, Integer> tensors = new LinkedHashMap<>();
  private final Saves saves = new Saves(this);
  private final RecordedParameters parameters = new RecordedParameters(this);
  private final Bridges bridges;
  private int openInvokers;
  private @Nullable String closed;
  private @Nullable Nnsight4jException failure;
  private @Nullable SourceLine suspended;
  private int edits;

  /**
   * Starts a recording.
   *
   * @param widths the lengths of the descriptor's axes by their names in lower case
   * @param order the index of a site in the forward pass, or -1
   */
  public Recording(String architecture, Map<String, Integer> widths, ToIntFunction<SiteKey> order) {
    this(architecture, widths, order, Runs.NONE);
  }

  /**
   * Starts a recording that can use values of earlier runs.
   *
   * @param session the runs of the session that it belongs to
   */
  public Recording(
      String architecture,
      Map<String, Integer> widths,
      ToIntFunction<SiteKey> order,
      Runs session) {
    this.architecture = architecture;
    this.widths = Map.copyOf(widths);
    this.moments = new Moments(order);
    this.bridges = new Bridges(this, session);
  }

  /** The length of a descriptor's axis, or null if the architecture does not state it. */
  public @Nullable Integer width(Class<?> axis) {
    return widths.get(axis.getSimpleName().toLowerCase(Locale.ROOT));
  }

  // Invokers and the finished graph.

  /** Adds an invoker; returns its number. */
  public int invoker(Prompt prompt) {
    SourceLine line = begin("invoke");
    ControlBlock.Steps loop = blocks.loop();
    if (loop != null) {
      throw fail("invoke(...) cannot be recorded inside the loop opened at " + loop.line(), line);
    }
    promptLines.add(line);
    prompts.add(prompt);
    openInvokers++;
    return prompts.size() - 1;
  }

  /** Called when the recording on one of its invokers has ended. */
  public void invokerClosed() {
    openInvokers--;
  }

  /** Whether it is being recorded, that is, one of its invokers is open. */
  public boolean isUnderWay() {
    return openInvokers > 0;
  }

  /** Accepts no more nodes after this. */
  public void close(String reason) {
    if (closed == null) {
      closed = reason;
    }
  }

  /**
   * Until this is called with null, nothing can be recorded, because another part of the session is
   * being recorded.
   */
  public void suspend(@Nullable SourceLine because) {
    suspended = because;
  }

  /** The first failure; a recording with a failure does not run. */
  public @Nullable Nnsight4jException failure() {
    return failure;
  }

  public Graph graph() {
    return new Graph(architecture, prompts, nodes, blocks.finished(), edits);
  }

  public List<Prompt> prompts() {
    return List.copyOf(prompts);
  }

  /** How many inputs are given when the recording runs. */
  public int openPrompts() {
    return (int) prompts.stream().filter(Prompt.Open.class::isInstance).count();
  }

  /** Where each invoker was opened. */
  public List<SourceLine> promptLines() {
    return List.copyOf(promptLines);
  }

  /** The step of a read or write: the loop's, if one is open. */
  public AtStep stepHere(int step) {
    return blocks.loop() == null ? AtStep.of(step) : AtStep.EACH;
  }

  /** Whether a loop over steps is open. */
  public boolean inLoop() {
    return blocks.loop() != null;
  }

  /**
   * Records a call of an operation: here, or in a later run of the session, if an operand belongs
   * to that run or that run is the one being recorded.
   */
  public <A> RecordedValue<A> call(String name, Object... args) {
    return callAt(null, name, args);
  }

  <A> RecordedValue<A> callAt(@Nullable SitePlace place, String name, Object... args) {
    Recording home = bridges.home(args);
    return home == this ? callHere(place, name, args) : home.callHere(null, name, args);
  }

  /** Records a call of an operation as part of this run. */
  <A> RecordedValue<A> callHere(@Nullable SitePlace place, String name, Object... args) {
    String written = OpTable.written(name);
    SourceLine line = begin(written);
    List<Arg> graphArgs = Arrays.stream(args).map(arg -> arguments.of(arg, written, line)).toList();
    List<Integer> operands = Op.references(graphArgs);
    String what =
        operands.isEmpty() ? written : written + " of " + value(operands.get(0)).describe();
    Meta meta =
        checked(
            what,
            line,
            () -> {
              Op op = OpTable.get(name);
              op.checkArgs(graphArgs);
              return op.infer(new OpInputs(graphArgs, node -> values.get(node).meta()));
            });
    return add(new Node.Call(nodes.size(), name, graphArgs, line), meta, place);
  }

  /** Numbers from outside as a value. */
  public <A> RecordedValue<A> constant(Tensor tensor) {
    SourceLine line = begin("constant");
    arguments.given(tensor, "constant", line);
    Meta meta = new Meta(Dims.of(tensor.shape()), tensor.dtype());
    return add(new Node.Constant(nodes.size(), tensor, line), meta, null);
  }

  /**
   * Numbers from outside that can be others each time a prepared recording runs.
   *
   * @param name none other in this recording has it
   */
  public <A> RecordedValue<A> tensor(String name, Tensor initial) {
    SourceLine line = begin("tensor");
    arguments.given(name, "tensor", line);
    if (tensors.containsKey(name)) {
      throw fail("tensor: '%s' is given twice; each tensor needs a name".formatted(name), line);
    }
    RecordedValue<A> value = constant(initial);
    tensors.put(name, value.id());
    return value;
  }

  /** The nodes of named tensors. */
  public Map<String, Integer> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  /** The index of a token in each row, for {@link Value#at}. */
  public <A> RecordedValue<A> positions(Rows rows, int position, Meta meta) {
    SourceLine line = begin("at");
    return add(
        new Node.Positions(nodes.size(), rows.invoker(), rows.step(), position, line), meta, null);
  }

  /** The number of the step that the open loop is at, INT64 without axes. */
  public <A> RecordedValue<A> stepIndex() {
    SourceLine line = begin("step");
    return add(new Node.StepIndex(nodes.size(), line), new Meta(Dims.SCALAR, DType.INT64), null);
  }

  /** Records a Java function on the numbers. */
  public <A> RecordedValue<A> hostCall(
      Meta result, Function<List<Tensor>, Tensor> function, List<Value<?>> operands) {
    Recording home = bridges.home(operands.toArray());
    if (home != this) {
      return home.hostCall(result, function, operands);
    }
    SourceLine line = begin("hostCall");
    List<Integer> ids =
        operands.stream().map(operand -> arguments.node(operand, "hostCall", line)).toList();
    return add(new Node.HostCall(nodes.size(), ids, result, function, line), result, null);
  }

  /** A value of an earlier run, which keeps that run's tokens. */
  RecordedValue<?> bridge(int run, int save, RecordedValue<?> foreign, SourceLine line) {
    Node.Bridge node = new Node.Bridge(nodes.size(), run, save, foreign.meta(), line);
    return add(node, foreign.meta(), null, foreign.rows());
  }

  // What is recorded about the model and about names, and what is kept.

  /** Reads, calls and skips of the model's modules. */
  public Sites sites() {
    return sites;
  }

  /** Values with names, and the nodes of edits. */
  public PointNames names() {
    return names;
  }

  /** The model's parameters. */
  public RecordedParameters parameters() {
    return parameters;
  }

  /** What is kept after the run. */
  public Saves saves() {
    return saves;
  }

  // What other classes of this package record.

  Arguments arguments() {
    return arguments;
  }

  public Writes writes() {
    return writes;
  }

  public RecordedGradients gradients() {
    return gradients;
  }

  Bridges bridges() {
    return bridges;
  }

  public OpenBlocks blocks() {
    return blocks;
  }

  public Moments moments() {
    return moments;
  }

  int size() {
    return nodes.size();
  }

  /** How many nodes at the front come from edits. */
  int edits() {
    return edits;
  }

  Node node(int id) {
    return nodes.get(id);
  }

  RecordedValue<?> value(int node) {
    return values.get(node);
  }

  <A> RecordedValue<A> add(Node node, Meta meta, @Nullable SitePlace place) {
    return add(
        node,
        meta,
        place,
        place == null ? rowsOf(node) : new Rows(this, place.invoker(), place.step()));
  }

  private <A> RecordedValue<A> add(
      Node node, Meta meta, @Nullable SitePlace place, @Nullable Rows rows) {
    Moment moment = moments.add(node, blocks.around());
    ControlBlock.Steps loop = blocks.loop();
    if (loop != null && moment.step() > loop.from() && !moment.equals(Moment.END)) {
      throw fail(
          "the loop opened at %s begins at step %s, and a value of step %s does not exist there yet"
              .formatted(loop.line(), loop.from(), moment.step()),
          node.line());
    }
    blocks.added(node.id());
    RecordedValue<A> value = new RecordedValue<>(this, node, meta, place, rows);
    nodes.add(node);
    values.add(value);
    return value;
  }

  /** Adds a node of an edit, which was not recorded here. */
  void addForeign(Node node, Meta meta, List<ControlBlock> around) {
    moments.add(node, around);
    nodes.add(node);
    values.add(new RecordedValue<>(this, node, meta, null, rowsOf(node)));
  }

  /** Adds an invoker of an edit. */
  void addForeign(Prompt prompt) {
    prompts.add(prompt);
    promptLines.add(SourceLine.UNKNOWN);
  }

  /** Marks all nodes so far as coming from edits. */
  void endOfEdits() {
    edits = nodes.size();
  }

  /**
   * A value computed from one invoker's rows has that invoker's tokens; from several invokers'
   * rows, no invoker's.
   */
  private @Nullable Rows rowsOf(Node node) {
    Rows found =
        node instanceof Node.Read read ? new Rows(this, read.invoker(), read.step()) : null;
    for (int need : node.needs()) {
      Rows rows = values.get(need).rows();
      if (found != null && rows != null && !rows.equals(found)) {
        return null;
      }
      found = rows == null ? found : rows;
    }
    return found;
  }

  // Errors.

  SourceLine begin(String what) {
    SourceLine line = UserFrames.here();
    if (closed != null) {
      throw UserFrames.trimmed(
          new RecordingException(
              "%s at %s: nothing can be recorded here any more, %s".formatted(what, line, closed)));
    }
    if (suspended != null) {
      throw fail(
          "%s: this run was opened before when(...) at %s, which decides only about runs that are opened inside it"
              .formatted(what, suspended),
          line);
    }
    ControlBlock foreign = blocks.foreign();
    if (foreign != null) {
      throw fail(
          "%s: this is of another run than the loop or branch opened at %s, which would not hold for it; record it outside the block, or decide between the runs of a session by when(...)"
              .formatted(what, foreign.line()),
          line);
    }
    return line;
  }

  Meta checked(String what, SourceLine line, Supplier<Meta> rule) {
    try {
      return rule.get();
    } catch (ShapeException e) {
      throw fail(what + ": " + e.getMessage(), line);
    }
  }

  /** An error on the user's line; the recording does not run after it. */
  public RecordingException fail(String message, SourceLine line) {
    RecordingException error = new RecordingException(Location.at(line), message);
    if (failure == null) {
      failure = error;
    }
    return UserFrames.trimmed(error);
  }
}
