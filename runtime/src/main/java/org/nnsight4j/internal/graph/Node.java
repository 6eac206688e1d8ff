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
  /** The step of a node that runs at each step of the loop around it. */
  int EACH_STEP = -1;

  /** The call of a site that belongs to the model's own forward pass. */
  int OWN_PASS = -1;

  /** The invoker of what is computed from the rows of several, or of none. */
  int NOBODY = -1;

  int id();

  SourceLine line();

  /** What its value is, for messages: a site or an operation. */
  default String describe() {
    return getClass().getSimpleName().toLowerCase(Locale.ROOT) + " at " + line();
  }

  /** The path of the module that it reads, writes, skips or calls; null if there is none. */
  default @Nullable String modulePath() {
    return null;
  }

  /** For errors about it. */
  default Location location() {
    return new Location(line(), id(), modulePath());
  }

  /** The nodes whose values this one needs. */
  default List<Integer> needs() {
    return List.of();
  }

  /**
   * A site's value for the rows of one invoker, at one step.
   *
   * @param call the {@link Apply} or {@link Point} that the site is inside, or {@link #OWN_PASS}
   * @param settled whether to look after all writes at the site, also those recorded later
   */
  record Read(
      int id, int invoker, SiteKey site, int step, int call, boolean settled, SourceLine line)
      implements Node {
    @Override
    public String describe() {
      return site.toString();
    }

    @Override
    public String modulePath() {
      return site.module();
    }
  }

  /** Another value for a site, for the rows of one invoker, at one step. */
  record Write(int id, int invoker, SiteKey site, int step, int call, int value, SourceLine line)
      implements Node {
    @Override
    public String modulePath() {
      return site.module();
    }

    @Override
    public List<Integer> needs() {
      return List.of(value);
    }
  }

  /** A module that does not run for the rows of one invoker; the value is its output. */
  record Skip(int id, int invoker, String module, int step, int value, SourceLine line)
      implements Node {
    @Override
    public String modulePath() {
      return module;
    }

    @Override
    public List<Integer> needs() {
      return List.of(value);
    }
  }

  /** The end of the run, once another node has run. */
  record Stop(int id, int after, SourceLine line) implements Node {}

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
  }

  /** A module of the model, called on any value; its sites can be read and written. */
  record Apply(int id, int invoker, String module, int argument, SourceLine line) implements Node {
    @Override
    public String describe() {
      return module + " applied at " + line;
    }

    @Override
    public String modulePath() {
      return module;
    }

    @Override
    public List<Integer> needs() {
      return List.of(argument);
    }
  }

  /**
   * A value with a name, which can be read and written as a site: what attached modules show.
   *
   * @param invoker whose rows it is computed from, or {@link #NOBODY}
   */
  record Point(int id, int invoker, String name, int value, SourceLine line) implements Node {
    @Override
    public List<Integer> needs() {
      return List.of(value);
    }
  }

  /** Numbers from outside. */
  record Constant(int id, Tensor tensor, SourceLine line) implements Node {}

  /** A value of an earlier run of the same session, and what is known of it. */
  record Bridge(int id, int run, int save, Meta meta, SourceLine line) implements Node {}

  /** The place of each row's own token in an invoker's padded rows, {@code [batch]}. */
  record Positions(int id, int invoker, int step, int position, SourceLine line) implements Node {}

  /** The number of the step that a loop is at. */
  record StepIndex(int id, SourceLine line) implements Node {}

  /** The gradient of a scalar with respect to a value. */
  record Gradient(int id, int scalar, int target, SourceLine line) implements Node {
    @Override
    public List<Integer> needs() {
      return List.of(scalar, target);
    }
  }

  /** Another value for a gradient, from where it flows on towards the input. */
  record GradientWrite(int id, int scalar, int target, int value, SourceLine line) implements Node {
    @Override
    public List<Integer> needs() {
      return List.of(scalar, target, value);
    }
  }

  /** One of two values, by a truth value; only that one is computed. */
  record Merge(int id, int condition, int whenTrue, int whenFalse, SourceLine line)
      implements Node {
    @Override
    public List<Integer> needs() {
      return List.of(condition, whenTrue, whenFalse);
    }
  }

  /** What an iteration of a loop gets from the one before; the first gets the initial value. */
  record Carry(int id, int initial, SourceLine line) implements Node {
    @Override
    public List<Integer> needs() {
      return List.of(initial);
    }
  }

  /** What an iteration of a loop hands to the next. */
  record Next(int id, int carry, int value, SourceLine line) implements Node {
    @Override
    public List<Integer> needs() {
      return List.of(value);
    }
  }

  /** What the last iteration of a loop handed on, or the initial value if there was none. */
  record LoopResult(int id, int carry, int initial, SourceLine line) implements Node {
    @Override
    public List<Integer> needs() {
      return List.of(carry, initial);
    }
  }

  /**
   * Java of the user's on the numbers; runs only where the graph was recorded.
   *
   * @param result what is known of the result
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
    public List<Integer> needs() {
      return new ArrayList<>(arguments);
    }
  }

  /** A value that is handed to the user after the run. */
  record Save(int id, int value, SourceLine line) implements Node {
    @Override
    public List<Integer> needs() {
      return List.of(value);
    }
  }
}
