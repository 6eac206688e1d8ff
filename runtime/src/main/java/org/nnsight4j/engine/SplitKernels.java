package org.nnsight4j.engine;

import static org.nnsight4j.engine.Kernels.kernel;

import java.util.List;

/** Kernels for fused projections, for clipping, and for other normalisations and biases. */
final class SplitKernels {
  static final List<ScriptArchive.Method> ALL =
      List.of(
          // Each group has its queries, one key and one value.
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
              return [torch.transpose(queries, 1, 2), torch.transpose(keys, 1, 2), torch.transpose(values, 1, 2)]"""),
          // First all queries, then all keys, then all values.
          kernel(
              "split_beside",
              "x: Tensor, heads: int, groups: int",
              """
              rows = torch.size(x, 0)
              length = torch.size(x, 1)
              width = torch.floordiv(torch.size(x, 2), torch.add(heads, torch.mul(2, groups)))
              each = torch.transpose(torch.reshape(x, [rows, length, torch.add(heads, torch.mul(2, groups)), width]), 1, 2)
              keys = torch.narrow(each, 1, heads, groups)
              values = torch.narrow(each, 1, torch.add(heads, groups), groups)
              return [torch.narrow(each, 1, 0, heads), keys, values]"""),
          kernel(
              "chosen_rows",
              "mask: Tensor, x: Tensor, y: Tensor",
              "return torch.where(torch.ne(mask, 0), x, y)"),
          kernel(
              "first_keys",
              "x: Tensor, count: int",
              "return torch.clone(torch.narrow(x, 2, 0, count))"),
          kernel(
              "halved",
              "x: Tensor",
              """
              half = torch.floordiv(torch.size(x, -1), 2)
              return [torch.narrow(x, -1, 0, half), torch.narrow(x, -1, half, half)]"""),
          kernel(
              "clipped", "x: Tensor, most: float", "return torch.clamp(x, torch.neg(most), most)"),
          kernel(
              "embedding_from",
              "weight: Tensor, ids: Tensor, dtype: int, first: int",
              "return torch.to(torch.embedding(weight, torch.add(ids, first)), dtype)"),
          kernel(
              "layer_norm_plain",
              "x: Tensor, eps: float",
              "return torch.layer_norm(x, [torch.size(x, -1)], None, None, eps, False)"),
          // Biases by position: the slope of each head times the position of each key in its row.
          kernel(
              "alibi_slopes",
              "base: float, count: int, more_base: float, more: int, rounded: bool",
              """
              powers = torch.to(torch.arange(1, torch.add(count, 1), device=torch.device(place)), 6)
              first = torch.pow(torch.full([count], base, dtype=6, device=torch.device(place)), powers)
              odd = torch.to(torch.arange(1, torch.add(1, torch.mul(2, more)), 2, device=torch.device(place)), 6)
              second = torch.pow(torch.full([more], more_base, dtype=6, device=torch.device(place)), odd)
              slopes = torch.cat([first, second], 0)
              if rounded:
                y = torch.to(slopes, 15)
              else:
                y = slopes
              return y"""),
          kernel(
              "alibi_mask",
              "mask: Tensor, slopes: Tensor, places: Tensor, divisor: float",
              """
              key = torch.unsqueeze(torch.unsqueeze(places, 1), 1)
              bias = torch.mul(torch.reshape(slopes, [1, -1, 1, 1]), key)
              return torch.add(torch.div(torch.to(bias, 6), divisor), mask)"""),
          // The positions of keys in their rows, counting those that are attended to; all others
          // have 0.
          kernel(
              "key_places",
              "keys: Tensor",
              "return torch.mul(torch.sub(torch.cumsum(keys, 1), 1), keys)"));

  private SplitKernels() {}
}
