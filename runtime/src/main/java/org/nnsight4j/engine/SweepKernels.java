package org.nnsight4j.engine;

import static org.nnsight4j.engine.Kernels.kernel;

import java.util.List;

/** The kernels of sweeps: rows that continue earlier rows, and what is written into them. */
final class SweepKernels {
  static final List<ScriptArchive.Method> ALL =
      List.of(
          kernel(
              "sweep_rows",
              "x: Tensor, rows: Tensor, axis: int, begin: int, count: int",
              "return torch.index_select(torch.narrow(x, axis, begin, count), 0, rows)"),
          kernel(
              "sweep_keys",
              "past: Tensor, rows: Tensor, count: int, x: Tensor",
              "return torch.cat([torch.index_select(torch.narrow(past, 2, 0, count), 0, rows), x], 2)"),
          kernel("sweep_copy", "x: Tensor", "return torch.clone(x)"),
          kernel("sweep_join", "parts: List[Tensor]", "return torch.cat(parts, 0)"),
          kernel(
              "sweep_fill",
              "x: Tensor, rows: Tensor, value: Tensor",
              "return torch.index_copy(x, 0, rows, value)"),
          // Sums over rows and positions; heads keep theirs.
          kernel("sweep_sum", "x: Tensor, axis: int", "return torch.sum(x, [0, axis], True)"),
          kernel("sweep_mean", "sum: Tensor, count: int", "return torch.div(sum, count)"),
          // A value that is read at one site as a sum or difference with another.
          kernel(
              "sweep_seen",
              "x: Tensor, other: Tensor, sign: float",
              "return torch.add(x, other, alpha=sign)"),
          // Replaces the marked positions of some rows; mode 0 puts the target there, 1 goes from
          // the own value to it by a strength, 2 adds it times a strength.
          kernel(
              "sweep_write",
              "x: Tensor, begin: int, count: int, marked: Tensor, target: Tensor, strength: Tensor, mode: int",
              """
              copy = torch.clone(x)
              part = torch.narrow(copy, 0, begin, count)
              wanted = torch.type_as(target, x)
              if mode == 1:
                wanted = torch.add(part, torch.mul(torch.sub(wanted, part), torch.type_as(strength, x)))
              if mode == 2:
                wanted = torch.add(part, torch.mul(wanted, torch.type_as(strength, x)))
              done = torch.copy_(part, torch.where(marked, wanted, part))
              return copy"""),
          kernel(
              "sweep_write_beside",
              "x: Tensor, begin: int, count: int, marked: Tensor, target: Tensor, strength: Tensor, mode: int, other: Tensor, sign: float",
              """
              copy = torch.clone(x)
              part = torch.narrow(copy, 0, begin, count)
              seen = torch.add(part, other, alpha=sign)
              wanted = torch.type_as(target, x)
              if mode == 1:
                wanted = torch.add(seen, torch.mul(torch.sub(wanted, seen), torch.type_as(strength, x)))
              if mode == 2:
                wanted = torch.add(seen, torch.mul(wanted, torch.type_as(strength, x)))
              wanted = torch.sub(wanted, other, alpha=sign)
              done = torch.copy_(part, torch.where(marked, wanted, part))
              return copy"""));

  private SweepKernels() {}
}
