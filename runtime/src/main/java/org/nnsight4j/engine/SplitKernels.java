package org.nnsight4j.engine;

import static org.nnsight4j.engine.Kernels.kernel;

import java.util.List;

/** The kernels that take one projection of queries, keys and values apart. */
final class SplitKernels {
  static final List<ScriptArchive.Method> ALL =
      List.of(
          // Each group: its queries, one key, one value.
          kernel(
              "split_groups",
              "x: Tensor, heads: int, groups: int",
              """
              rows = torch.size(x, 0)
              length = torch.size(x, 1)
              each = torch.floordiv(heads, groups)
              width = torch.floordiv(torch.size(x, 2), torch.add(heads, torch.mul(2, groups)))
              apart = torch.reshape(x, [rows, length, groups, torch.add(each, 2), width])
              queries = torch.reshape(torch.narrow(apart, 3, 0, each), [rows, length, heads, width])
              keys = torch.select(apart, 3, each)
              values = torch.select(apart, 3, torch.add(each, 1))
              return [torch.transpose(queries, 1, 2), torch.transpose(keys, 1, 2), torch.transpose(values, 1, 2)]"""));

  private SplitKernels() {}
}
