package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/**
 * Rotary positions of a network: queries and keys are rotated by angles that grow with the position
 * of their token. Everything is computed with Hugging Face's float32 operations, in its order:
 * doubles would give an angle that differs by 1e-4 near position 1000.
 */
public final class Rotary {
  private final Rope rope;
  private final HookPoint cos;
  private final HookPoint sin;
  private final NDArray usual;
  private final NDArray beyond;
  private final DType run;

  /**
   * Computes everything that does not depend on a pass.
   *
   * @param path the module whose output is the tuple of the two tables
   */
  public Rotary(Parts parts, String path, Rope rope) {
    this.rope = rope;
    this.cos = parts.output(path, 0);
    this.sin = parts.output(path, 1);
    this.usual = usual(parts, rope);
    this.run = parts.runType();
    this.beyond =
        rope.scaling() instanceof Rope.LongRope scaling
            ? stretched(parts, rope, scaling.longFactors())
            : usual;
  }

  /** The cosines and sines of a pass, {@code [batch, position, width]}. */
  public record Tables(NDArray cos, NDArray sin) {}

  private static NDArray usual(Parts parts, Rope rope) {
    Rope.Scaling scaling = rope.scaling();
    double theta = rope.theta();
    long width = rope.width();
    if (scaling instanceof Rope.Linear linear) {
      return parts.constant("rope_linear", theta, width, linear.factor());
    } else if (scaling instanceof Rope.Llama3 llama) {
      return parts.constant(
          "rope_llama3",
          theta,
          width,
          llama.factor(),
          llama.lowFrequency(),
          llama.highFrequency(),
          (double) llama.original());
    } else if (scaling instanceof Rope.Yarn yarn) {
      return parts.constant("rope_yarn", theta, width, yarn.factor(), yarn.low(), yarn.high());
    } else if (scaling instanceof Rope.LongRope stretched) {
      return stretched(parts, rope, stretched.shortFactors());
    } else if (scaling instanceof Rope.Proportional proportional) {
      return parts.constant(
          "rope_proportional", theta, width, proportional.factor(), (long) proportional.turning());
    }
    return parts.constant("rope_plain", theta, width);
  }

  private static NDArray stretched(Parts parts, Rope rope, List<Double> factors) {
    float[] numbers = new float[factors.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = factors.get(i).floatValue();
    }
    try (Arena brief = Arena.open(parts.device())) {
      NDArray each = Transfer.toEngine(brief, Tensor.of(numbers, numbers.length));
      return parts.constant("rope_stretched", rope.theta(), (long) rope.width(), each);
    }
  }

  /** Shows the tables of a pass, and makes the pass use their replacement. */
  public void show(Pass pass) {
    Tables own = pass.rotation(this);
    Tables shown = new Tables(cos.show(pass, own.cos()), sin.show(pass, own.sin()));
    pass.rotation(this, shown);
  }

  /** The tables of a pass, from the positions of its tokens. */
  Tables tables(Pass pass, Arena arena) {
    NDArray positions = pass.positions();
    NDArray frequencies = usual;
    if (rope.scaling() instanceof Rope.Dynamic dynamic) {
      frequencies =
          pass.ops()
              .call(
                  arena,
                  "rope_dynamic",
                  positions,
                  usual,
                  rope.theta(),
                  (long) rope.width(),
                  dynamic.factor(),
                  (long) dynamic.longest());
    } else if (rope.scaling() instanceof Rope.LongRope stretched) {
      frequencies =
          pass.ops()
              .call(arena, "rope_longer", positions, usual, beyond, (long) stretched.original());
    }
    double factor = rope.scaling().attentionFactor();
    NDArray[] tables =
        pass.ops()
            .callMany(arena, "rope_tables", positions, frequencies, factor, rope.neighbours());
    Tables whole = new Tables(ofRun(arena, tables[0]), ofRun(arena, tables[1]));
    return rope.halfTables()
        ? new Tables(half(arena, whole.cos()), half(arena, whole.sin()))
        : whole;
  }

  /** Angles are FP32 in every run, their tables are of its type, as in Hugging Face. */
  private NDArray ofRun(Arena arena, NDArray table) {
    return run == DType.BFLOAT16
        ? TorchOps.get().call(arena, "in_type", table, Transfer.code(run))
        : table;
  }

  /** Features half a width apart have the same angle. */
  private static NDArray half(Arena arena, NDArray table) {
    return TorchOps.get().call(arena, "half_table", table);
  }

  private static NDArray both(Pass pass, NDArray table) {
    return pass.ops().call(pass.arena(), "both_halves", table);
  }

  /**
   * The same as {@link #turned} as text. A feature's partner is negated by its sine instead of by
   * itself, which is exact.
   *
   * @param width of a head
   */
  Script.Value script(Script script, Script.Value heads, long width) {
    boolean half = rope.halfTables();
    Script.Value near = script.once(half ? "(self).both_halves(cos, )" : "cos");
    Script.Value far = script.once(half ? "(self).both_halves(sin, )" : "sin");
    if (!script.isPlain() || rope.neighbours() || rope.width() != width) {
      return script.call("rotated", heads, near, far, rope.neighbours());
    }
    Script.Value cosines = script.once("torch.unsqueeze(%s, 1)".formatted(near.name()));
    Script.Value apart = script.once("torch.unsqueeze(%s, 1)".formatted(far.name()));
    Script.Value signed =
        script.once(
            "torch.cat([torch.neg(torch.narrow(%s, -1, 0, %s)), torch.narrow(%s, -1, %s, %s)], -1)"
                .formatted(apart.name(), width / 2, apart.name(), width / 2, width / 2));
    return script.line(
        "torch.add(torch.mul(%s, %s), torch.mul(torch.roll(%s, [%s], [-1]), %s))"
            .formatted(heads.name(), cosines.name(), heads.name(), width / 2, signed.name()));
  }

  /** Rotates heads by the positions of the pass; features beyond the rotary width stay. */
  NDArray turned(Pass pass, NDArray heads) {
    Tables tables = pass.rotation(this);
    boolean half = rope.halfTables();
    NDArray cos = half ? both(pass, tables.cos()) : tables.cos();
    NDArray sin = half ? both(pass, tables.sin()) : tables.sin();
    return pass.ops().call(pass.arena(), "rotated", heads, cos, sin, rope.neighbours());
  }
}
