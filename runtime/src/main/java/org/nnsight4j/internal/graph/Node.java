package org.nnsight4j.internal.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.op.Arg;
import org.nnsight4j.internal.op.Op;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.tensor.Tensor;

/** One recorded step. Ids count up in the order of recording, so arguments have smaller ids. */
public sealed interface Node {
  int id();

  SourceLine line();

  /** What a visitor does with this kind of node. */
  <T> T accept(NodeVisitor<T> visitor);

  /** Whether other nodes can use its value. */
  default boolean hasValue() {
    return true;
  }

  /** Whether it happens even if no node uses its value. */
  default boolean hasEffect() {
    return false;
  }

  /** The invoker whose rows it concerns. */
  default Owner owner() {
    return Owner.NOBODY;
  }

  /** Describes its value in messages: a site or an operation. */
  default String describe() {
    return getClass().getSimpleName().toLowerCase(Locale.ROOT) + " at " + line();
  }

  /** The path of the module that it reads, writes, skips or calls; null if there is none. */
  default @Nullable String modulePath() {
    return null;
  }

  /** Describes in messages how its value is placed at a site; empty if it is not. */
  default String placed() {
    return "";
  }

  /** Whether its inputs have happened. */
  default boolean isReady(Progress progress) {
    return needs().stream().allMatch(progress::has);
  }

  /** What has happened in a run so far. */
  interface Progress {
    boolean has(int node);

    /** The truth value of a condition, or null if it is not known yet. */
    @Nullable Boolean truth(int condition);

    /** Whether an iteration has handed a value on. */
    boolean isCarried(int carry);
  }

  /** Its location, for errors. */
  default Location location() {
    return new Location(line(), id(), modulePath());
  }

  /** The nodes whose values this one needs. */
  default List<Integer> needs() {
    return List.of();
  }

  /** A node that exists for its effect. */
  sealed interface Effect extends Node {
    @Override
    default boolean hasValue() {
      return false;
    }

    @Override
    default boolean hasEffect() {
      return true;
    }
  }

  /** A node that concerns the rows of one invoker. */
  sealed interface OfRows extends Node {
    int invoker();

    @Override
    default Owner owner() {
      return Owner.of(invoker());
    }
  }

  /** A node that concerns the rows of one invoker at one step. */
  sealed interface Stepped extends OfRows {
    AtStep step();
  }

  /** A read or write at a site. */
  sealed interface SiteAccess extends Stepped {
    SiteKey site();

    SiteScope scope();

    @Override
    default String modulePath() {
      return site().module();
    }
  }

  /** A module that is called or skipped. */
  sealed interface OfModule extends OfRows {
    String module();

    @Override
    default String modulePath() {
      return module();
    }
  }

  /**
   * A site's value for the rows of one invoker, at one step.
   *
   * @param scope the pass that the site belongs to
   * @param settled whether to read after all writes at the site, including those recorded later
   */
  record Read(
      int id,
      int invoker,
      SiteKey site,
      AtStep step,
      SiteScope scope,
      boolean settled,
      SourceLine line)
      implements SiteAccess {
    @Override
    public String describe() {
      return site.toString();
    }

    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.read(this);
    }
  }

  /** A new value for a site, for the rows of one invoker, at one step. */
  record Write(
      int id, int invoker, SiteKey site, AtStep step, SiteScope scope, int value, SourceLine line)
      implements SiteAccess, Effect {
    @Override
    public String placed() {
      return "written to " + site;
    }

    @Override
    public List<Integer> needs() {
      return List.of(value);
    }

    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.write(this);
    }
  }

  /** A module that is skipped for the rows of one invoker; the value becomes its output. */
  record Skip(int id, int invoker, String module, AtStep step, int value, SourceLine line)
      implements OfModule, Stepped, Effect {
    @Override
    public String placed() {
      return "that " + module + " is skipped with";
    }

    @Override
    public List<Integer> needs() {
      return List.of(value);
    }

    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.skip(this);
    }
  }

  /** The end of the run, once another node has run. */
  record Stop(int id, int after, SourceLine line) implements Effect {
    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.stop(this);
    }
  }

  /** An operation of the closed list. */
  record Call(int id, String op, List<Arg> args, SourceLine line) implements Node {
    public Call {
      args = List.copyOf(args);
    }

    @Override
    public List<Integer> needs() {
      return Op.references(args);
    }

    @Override
    public String describe() {
      return OpTable.written(op) + " at " + line;
    }

    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.call(this);
    }
  }

  /** A module of the model, called on any value; its sites can be read and written. */
  record Apply(int id, int invoker, String module, int argument, SourceLine line)
      implements OfModule {
    @Override
    public String describe() {
      return module + " applied at " + line;
    }

    @Override
    public List<Integer> needs() {
      return List.of(argument);
    }

    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.apply(this);
    }
  }

  /**
   * A value with a name, which can be read and written like a site; attached modules have such
   * values.
   *
   * @param owner the invoker whose rows it is computed from
   */
  record Point(int id, Owner owner, String name, int value, SourceLine line) implements Node {
    @Override
    public List<Integer> needs() {
      return List.of(value);
    }

    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.point(this);
    }
  }

  /** Numbers from outside. */
  record Constant(int id, Tensor tensor, SourceLine line) implements Node {
    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.constant(this);
    }
  }

  /** A parameter of the model, by its name in Hugging Face's state dict. */
  record Parameter(int id, String name, SourceLine line) implements Node {
    @Override
    public String describe() {
      return name;
    }

    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.parameter(this);
    }
  }

  /** A new value for a parameter, in this run alone. */
  record ParameterWrite(int id, String name, int value, SourceLine line) implements Effect {
    @Override
    public String placed() {
      return "written to " + name;
    }

    @Override
    public List<Integer> needs() {
      return List.of(value);
    }

    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.parameterWrite(this);
    }
  }

  /** A value of an earlier run of the same session, and what is known about it. */
  record Bridge(int id, int run, int save, Meta meta, SourceLine line) implements Node {
    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.bridge(this);
    }
  }

  /** The index of each row's own token in an invoker's padded rows, {@code [batch]}. */
  record Positions(int id, int invoker, AtStep step, int position, SourceLine line)
      implements Stepped {
    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.positions(this);
    }
  }

  /** The number of the step that a loop is at. */
  record StepIndex(int id, SourceLine line) implements Node {
    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.stepIndex(this);
    }
  }

  /**
   * The gradient of a scalar with respect to a value; or, with directions, those of a value of any
   * shape, one for each direction.
   *
   * @param directions the value whose first axis has one gradient of the output for each result;
   *     null for the gradient of a scalar
   */
  record Gradient(int id, int scalar, int target, @Nullable Integer directions, SourceLine line)
      implements Node {
    /** The gradient of a scalar. */
    public Gradient(int id, int scalar, int target, SourceLine line) {
      this(id, scalar, target, null, line);
    }

    @Override
    public List<Integer> needs() {
      return directions == null ? List.of(scalar, target) : List.of(scalar, target, directions);
    }

    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.gradient(this);
    }
  }

  /** A new value for a gradient, which then flows on towards the input. */
  record GradientWrite(int id, int scalar, int target, int value, SourceLine line)
      implements Effect {
    @Override
    public List<Integer> needs() {
      return List.of(scalar, target, value);
    }

    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.gradientWrite(this);
    }
  }

  /** One of two values, by a truth value; only that one is computed. */
  record Merge(int id, int condition, int whenTrue, int whenFalse, SourceLine line)
      implements Node {
    @Override
    public List<Integer> needs() {
      return List.of(condition, whenTrue, whenFalse);
    }

    @Override
    public boolean isReady(Progress progress) {
      Boolean truth = progress.truth(condition);
      return truth != null && progress.has(truth ? whenTrue : whenFalse);
    }

    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.merge(this);
    }
  }

  /** What an iteration of a loop gets from the one before; the first gets the initial value. */
  record Carry(int id, int initial, SourceLine line) implements Node {
    @Override
    public List<Integer> needs() {
      return List.of(initial);
    }

    @Override
    public boolean isReady(Progress progress) {
      return progress.isCarried(id) || progress.has(initial);
    }

    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.carry(this);
    }
  }

  /** What an iteration of a loop hands to the next. */
  record Next(int id, int carry, int value, SourceLine line) implements Effect {
    /** It happens with its carry. */
    @Override
    public boolean hasEffect() {
      return false;
    }

    @Override
    public List<Integer> needs() {
      return List.of(value);
    }

    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.next(this);
    }
  }

  /** What the last iteration of a loop handed on, or the initial value if there was none. */
  record LoopResult(int id, int carry, int initial, SourceLine line) implements Node {
    @Override
    public List<Integer> needs() {
      return List.of(carry, initial);
    }

    @Override
    public boolean isReady(Progress progress) {
      return progress.isCarried(carry) || progress.has(initial);
    }

    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.loopResult(this);
    }
  }

  /**
   * A Java function of the user's on the numbers; runs only where the graph was recorded.
   *
   * @param result what is known about the result
   */
  record HostCall(
      int id,
      List<Integer> arguments,
      Meta result,
      Function<List<Tensor>, Tensor> function,
      SourceLine line)
      implements Node {
    public HostCall {
      arguments = List.copyOf(arguments);
    }

    @Override
    public boolean hasEffect() {
      return true;
    }

    @Override
    public List<Integer> needs() {
      return new ArrayList<>(arguments);
    }

    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.hostCall(this);
    }
  }

  /** A value that the user gets after the run. */
  record Save(int id, int value, SourceLine line) implements Effect {
    @Override
    public List<Integer> needs() {
      return List.of(value);
    }

    @Override
    public <T> T accept(NodeVisitor<T> visitor) {
      return visitor.save(this);
    }
  }
}
