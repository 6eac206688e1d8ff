package org.nnsight4j.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.op.Arg;
import org.nnsight4j.op.Fit;
import org.nnsight4j.op.Op;
import org.nnsight4j.op.OpInputs;
import org.nnsight4j.op.OpTable;
import org.nnsight4j.shape.Dims;
import org.nnsight4j.shape.Meta;
import org.nnsight4j.shape.ShapeException;
import org.nnsight4j.tensor.Tensor;

/**
 * A graph in the making: numbers the nodes, keeps the user's lines, and checks every step when it
 * is recorded. One thread at a time.
 */
@NotUserCode
public final class Recording {
  private final String architecture;
  private final Map<String, Integer> widths;
  private final List<Prompt> prompts = new ArrayList<>();
  private final List<SourceLine> promptLines = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final List<Value<?>> values = new ArrayList<>();
  private final List<Saved<?>> saved = new ArrayList<>();
  private final Arguments arguments = new Arguments(this);
  private @Nullable String closed;
  private @Nullable Nnsight4jException failure;

  /**
   * Starts a recording.
   *
   * @param widths the lengths of the descriptor's axes by their names in lower case
   */
  public Recording(String architecture, Map<String, Integer> widths) {
    this.architecture = architecture;
    this.widths = Map.copyOf(widths);
  }

  /** The length of a descriptor's axis, or null if the architecture does not state it. */
  @Nullable Integer width(Class<?> axis) {
    return widths.get(axis.getSimpleName().toLowerCase(Locale.ROOT));
  }

  /** Adds an invoker; gives its number. */
  public int invoker(Prompt prompt) {
    promptLines.add(begin("invoke"));
    prompts.add(prompt);
    return prompts.size() - 1;
  }

  /** No more steps after this. */
  public void close(String reason) {
    if (closed == null) {
      closed = reason;
    }
  }

  /** The first thing that went wrong; a recording with a failure is not run. */
  public @Nullable Nnsight4jException failure() {
    return failure;
  }

  public Graph graph() {
    return new Graph(architecture, prompts, nodes);
  }

  public List<Prompt> prompts() {
    return List.copyOf(prompts);
  }

  /** Where an invoker was opened. */
  public SourceLine promptLine(int invoker) {
    return promptLines.get(invoker);
  }

  /** Records the read of a site. */
  public <A> Value<A> read(SiteKey site, int step, int invoker, int order, Meta meta) {
    SourceLine line = begin("read of " + site);
    Node.Read node = new Node.Read(nodes.size(), invoker, site, step, line);
    Place place = new Place(site, step, invoker, order, meta, null);
    return add(node, meta, new Moment(step, order), place);
  }

  /** Records a call of an operation. */
  public <A> Value<A> call(String name, Object... args) {
    return callAt(null, name, args);
  }

  <A> Value<A> callAt(@Nullable Place place, String name, Object... args) {
    SourceLine line = begin(name);
    List<Arg> graphArgs = Arrays.stream(args).map(arg -> arguments.of(arg, name, line)).toList();
    List<Integer> operands = Op.references(graphArgs);
    String what =
        operands.isEmpty() ? name : name + " of " + values.get(operands.get(0)).describe();
    Meta meta =
        checked(
            what,
            line,
            () -> {
              Op op = OpTable.get(name);
              op.checkArgs(graphArgs);
              return op.infer(new OpInputs(graphArgs, node -> values.get(node).meta()));
            });
    return add(new Node.Call(nodes.size(), name, graphArgs, line), meta, latest(operands), place);
  }

  /** Records the call of a module. */
  public <A> Value<A> apply(String module, int invoker, Value<?> argument, Meta meta) {
    SourceLine line = begin(module);
    int node = arguments.node(argument, module, line);
    // Padding is that of the rows which the value was computed from, whoever applies the module.
    Rows rows = argument.rows();
    int owner = rows == null ? invoker : rows.invoker();
    return add(
        new Node.Apply(nodes.size(), owner, module, node, line), meta, argument.moment(), null);
  }

  /** Numbers from outside as a value. */
  public <A> Value<A> constant(Tensor tensor) {
    SourceLine line = begin("constant");
    arguments.given(tensor, "constant", line);
    return add(
        new Node.Constant(nodes.size(), tensor, line),
        new Meta(Dims.of(tensor.shape()), tensor.dtype()),
        Moment.START,
        null);
  }

  /** The row positions of a token, for {@link Value#at}. */
  <A> Value<A> positions(Rows rows, int position, Meta meta) {
    SourceLine line = begin("at");
    return add(
        new Node.Positions(nodes.size(), rows.invoker(), rows.step(), position, line),
        meta,
        Moment.startOf(rows.step()),
        null);
  }

  <A> Value<A> gradient(Value<?> scalar, Value<A> target) {
    Place place = target.place();
    if (place != null && place.part() != null) {
      // Nothing is computed from the part that was taken aside, so its own gradient would be 0.
      return this.<A>partOf(gradient(scalar, whole(target)), place.part());
    }
    SourceLine line = begin("gradient");
    int scalarNode = arguments.node(scalar, "gradient", line);
    GradientRules.check(this, scalar, target, line);
    return add(
        new Node.Gradient(nodes.size(), scalarNode, target.node(), line),
        target.meta(),
        scalar.moment(),
        null);
  }

  @SuppressWarnings("unchecked")
  private <A> Value<A> partOf(Value<?> whole, Place.Part part) {
    return (Value<A>) part.take().apply(whole);
  }

  Node node(Value<?> value) {
    return nodes.get(value.node());
  }

  Value<?> value(int node) {
    return values.get(node);
  }

  /** The read that a part of a site was taken from. */
  private Value<?> whole(Value<?> part) {
    Value<?> whole = part;
    while (nodes.get(whole.node()) instanceof Node.Call call) {
      whole = values.get(Op.references(call.args()).get(0));
    }
    return whole;
  }

  void gradientWrite(Value<?> scalar, Value<?> target, Value<?> value) {
    SourceLine line = begin("setGradient");
    int scalarNode = arguments.node(scalar, "setGradient", line);
    int valueNode = arguments.node(value, "setGradient", line);
    GradientRules.check(this, scalar, target, line);
    if (!(target.place() != null && target.place().part() == null)) {
      throw fail(
          "setGradient() replaces the gradient at a module's input or output, from where it flows on; this value is the result of %s. Call setGradient() on the site itself"
              .formatted(target.describe()),
          line);
    }
    if (value.moment().compareTo(scalar.moment()) > 0) {
      throw fail(
          "the gradient written depends on a site after the scalar; gradients are taken when the scalar exists, so it would come too late",
          line);
    }
    checkWritable("the gradient of " + target.describe(), target.meta(), value.meta(), line);
    add(
        new Node.GradientWrite(nodes.size(), scalarNode, target.node(), valueNode, line),
        target.meta(),
        scalar.moment().later(value.moment()),
        null);
  }

  /** Records that the site behind {@code target} gets another value. */
  void write(Value<?> target, Value<?> value) {
    SourceLine line = begin("set");
    arguments.node(value, "set", line);
    Place place = target.place();
    if (place == null) {
      throw fail(
          "set() replaces a module's input or output or a part of it; this value is the result of "
              + target.describe()
              + ". Call set() on the site itself",
          line);
    }
    checkWritable(place.toString(), target.meta(), value.meta(), line);
    Moment moment = new Moment(place.step(), place.order());
    if (value.moment().compareTo(moment) > 0) {
      throw fail(
          "the value written to %s at step %d depends on a later site (%s); it does not exist yet at that point of the forward pass"
              .formatted(place.site(), place.step(), latestSite(value)),
          line);
    }
    Value<?> whole = value;
    Place.Part part = place.part();
    if (part != null) {
      Value<?> now =
          read(place.site(), place.step(), place.invoker(), place.order(), place.siteMeta());
      whole = part.merge().apply(now, value);
    }
    add(
        new Node.Write(
            nodes.size(), place.invoker(), place.site(), place.step(), whole.node(), line),
        whole.meta(),
        moment,
        null);
  }

  private void checkWritable(String where, Meta place, Meta value, SourceLine line) {
    checked(
        "set",
        line,
        () -> {
          try {
            Fit.check(place, value);
          } catch (ShapeException e) {
            throw new ShapeException(where + ": " + e.getMessage());
          }
          return place;
        });
  }

  private String latestSite(Value<?> value) {
    for (Node node : nodes) {
      if (node instanceof Node.Read read && values.get(node.id()).moment().equals(value.moment())) {
        return read.site().toString();
      }
    }
    return "step " + value.moment().step();
  }

  <A> Saved<A> save(Value<A> value) {
    SourceLine line = begin("save");
    int source = arguments.node(value, "save", line);
    Value<A> kept =
        add(new Node.Save(nodes.size(), source, line), value.meta(), value.moment(), null);
    Saved<A> handle = new Saved<>(kept);
    saved.add(handle);
    return handle;
  }

  /**
   * Hands the results to the saved values; {@code result} gives null for a node that never fired.
   */
  public void complete(IntFunction<@Nullable Tensor> result) {
    for (Saved<?> handle : saved) {
      Tensor tensor = result.apply(handle.node());
      if (tensor == null) {
        handle.absent("its step of generation never happened: the run ended before");
      } else {
        handle.complete(tensor);
      }
    }
  }

  /** Tells the saved values why there is nothing to read. */
  public void absent(String reason) {
    saved.forEach(handle -> handle.absent(reason));
  }

  private <A> Value<A> add(Node node, Meta meta, Moment moment, @Nullable Place place) {
    Rows rows = place == null ? rowsOf(node) : new Rows(place.invoker(), place.step());
    Value<A> value = new Value<>(this, node, meta, moment, place, rows);
    nodes.add(node);
    values.add(value);
    return value;
  }

  /** What is computed from one invoker's rows has that invoker's tokens; of several, nobody's. */
  private @Nullable Rows rowsOf(Node node) {
    Rows found = null;
    for (int need : node.needs()) {
      Rows rows = values.get(need).rows();
      if (found != null && rows != null && !rows.equals(found)) {
        return null;
      }
      found = rows == null ? found : rows;
    }
    return found;
  }

  private SourceLine begin(String what) {
    SourceLine line = UserFrames.here();
    if (closed != null) {
      throw new RecordingException(
          "%s at %s: nothing can be recorded here any more, %s".formatted(what, line, closed));
    }
    return line;
  }

  private Moment latest(List<Integer> arguments) {
    Moment latest = Moment.START;
    for (int argument : arguments) {
      latest = latest.later(values.get(argument).moment());
    }
    return latest;
  }

  private Meta checked(String what, SourceLine line, Supplier<Meta> rule) {
    try {
      return rule.get();
    } catch (ShapeException e) {
      throw fail(what + ": " + e.getMessage(), line);
    }
  }

  /** An error on the user's line; the recording is not run after it. */
  public RecordingException fail(String message, SourceLine line) {
    RecordingException error = new RecordingException(message + " (at " + line + ")");
    if (failure == null) {
      failure = error;
    }
    return error;
  }
}
