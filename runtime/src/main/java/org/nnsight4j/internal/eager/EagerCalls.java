package org.nnsight4j.internal.eager;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.ThreadMode;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.op.Arg;
import org.nnsight4j.internal.op.Op;
import org.nnsight4j.internal.op.OpInputs;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.internal.operand.Operand;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/** Computes a call of an operation by its entry in the table: the same rules, the same kernel. */
@NotUserCode
final class EagerCalls {
  private EagerCalls() {}

  /**
   * Computes a call; or records it, if an operand is of a run.
   *
   * @param args values, lists of them, numbers, texts
   */
  static Object call(String name, Object... args) {
    Operand recorded = recorded(Arrays.asList(args));
    if (recorded != null) {
      Object[] there = Arrays.stream(args).map(arg -> there(recorded, arg)).toArray(Object[]::new);
      return recorded.record(name, there);
    }
    List<Tensor> tensors = new ArrayList<>();
    List<Arg> graphArgs = Arrays.stream(args).map(arg -> arg(name, arg, tensors)).toList();
    Op op = OpTable.get(name);
    try {
      op.checkArgs(graphArgs);
      Meta meta = op.infer(new OpInputs(graphArgs, node -> meta(tensors.get(node))));
      return new EagerValue<>(run(op, graphArgs, tensors), OpTable.written(name), meta.dims());
    } catch (ShapeException e) {
      String of = tensors.isEmpty() ? "" : " of " + tensors.get(0).header();
      throw refused("%s%s: %s".formatted(OpTable.written(name), of, e.getMessage()));
    }
  }

  static RecordingException refused(String message) {
    return UserFrames.trimmed(new RecordingException(Location.at(UserFrames.here()), message));
  }

  static Meta meta(Tensor tensor) {
    return new Meta(Dims.of(tensor.shape()), tensor.dtype());
  }

  /** The first operand that belongs to a run, if there is one. */
  private static @Nullable Operand recorded(List<?> args) {
    for (Object arg : args) {
      if (arg instanceof Operand operand && operand.numbers() == null) {
        return operand;
      } else if (arg instanceof List<?> list) {
        Operand found = recorded(list);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  /** An argument of a call that is recorded. */
  private static Object there(Operand recorded, Object arg) {
    if (arg instanceof List<?> list) {
      return list.stream().map(each -> there(recorded, each)).toList();
    }
    return arg instanceof EagerValue<?> here ? recorded.constantBeside(here.tensor()) : arg;
  }

  private static Arg arg(String name, @Nullable Object argument, List<Tensor> tensors) {
    if (argument == null) {
      throw refused(OpTable.written(name) + ": an argument is null");
    } else if (argument instanceof Value<?> value) {
      tensors.add(value.tensor());
      return new Arg.Ref(tensors.size() - 1);
    } else if (argument instanceof List<?> list) {
      return new Arg.Refs(
          list.stream().map(each -> ((Arg.Ref) arg(name, each, tensors)).node()).toList());
    } else if (argument instanceof Double real) {
      return new Arg.Real(real);
    } else if (argument instanceof Number whole) {
      return new Arg.Int(whole.longValue());
    } else if (argument instanceof long[] wholes) {
      return Arg.Ints.of(wholes);
    } else if (argument instanceof Boolean flag) {
      return new Arg.Flag(flag);
    }
    return new Arg.Text(String.valueOf(argument));
  }

  private static Tensor run(Op op, List<Arg> args, List<Tensor> tensors) {
    try (ThreadMode mode = ThreadMode.enter(false);
        Arena arena = Arena.open()) {
      List<NDArray> arrays =
          tensors.stream().map(tensor -> Transfer.toEngine(arena, tensor)).toList();
      Object[] values = args.stream().map(arg -> arg.resolved(arrays::get)).toArray();
      return Transfer.toHost(
          arena, TorchOps.get().call(arena, TorchOps.scriptName(op.name()), values));
    } catch (EngineException e) {
      throw new RunException(
          Location.at(UserFrames.here()),
          "%s failed in the engine: %s".formatted(OpTable.written(op.name()), e.getMessage()),
          e);
    }
  }
}
