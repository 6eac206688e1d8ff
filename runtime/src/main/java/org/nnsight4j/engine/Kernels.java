package org.nnsight4j.engine;

import java.util.List;

/** The kernels of the forward pass and of moving numbers in and out, as TorchScript. */
final class Kernels {
  /** What is computed in FP32 also in a run of BF16, as in Hugging Face. */
  static final String WIDE =
      """
      if ops.prim.dtype(x) == 15:
        wide = torch.to(x, 6)
      else:
        wide = x
      """;

  /** A mask whose hidden keys have the lowest finite number of the type of the scores. */
  static final String LOWEST =
      """
      if ops.prim.dtype(q) == 15:
        lowest = torch.to(torch.clamp_min(mask, -3.3895313892515355e+38), 15)
      else:
        lowest = torch.clamp_min(mask, -3.4028234663852886e+38)
      """;

  static final List<ScriptArchive.Method> ALL =
      List.of(
          // Host and files.
          kernel(
              "map_file",
              "path: str, size: int, dtype: int",
              "return torch.from_file(path, False, size, dtype=dtype, layout=None, device=torch.device(\"cpu\"), pin_memory=False)"),
          kernel(
              "mapped_tensor",
              "file: Tensor, begin: int, count: int, shape: List[int]",
              "return torch.reshape(torch.narrow(file, 0, begin, count), shape)"),
          kernel("in_type", "x: Tensor, dtype: int", "return torch.to(x, dtype)"),
          // Of large matrices a part at a time, as numbers of FP32.
          kernel(
              "same_numbers",
              "x: Tensor, y: Tensor",
              """
              same = torch.eq(torch.size(x), torch.size(y))
              if same:
                rows = torch.size(x, 0)
                for i in range(torch.floordiv(torch.add(rows, 1023), 1024)):
                  begin = torch.mul(i, 1024)
                  end = torch.add(begin, 1024)
                  part = torch.to(torch.slice(x, 0, begin, end, 1), 6)
                  if same:
                    same = torch.equal(part, torch.to(torch.slice(y, 0, begin, end, 1), 6))
              if same:
                found = 1.
              else:
                found = 0.
              return found"""),
          kernel("clone", "x: Tensor", "return torch.clone(x)"),
          kernel(
              "empty",
              "dtype: int, shape: List[int]",
              "return torch.zeros(shape, dtype=dtype, device=torch.device(place))"),
          kernel("zeros_beside", "x: Tensor, shape: List[int]", "return torch.new_zeros(x, shape)"),
          // A copy at its place; what is already there is copied, too.
          kernel(
              "placed",
              "x: Tensor",
              "return torch.to(x, torch.device(place), ops.prim.dtype(x), False, True)"),
          kernel(
              "to_host",
              "x: Tensor",
              "return torch.to(x, torch.device(\"cpu\"), ops.prim.dtype(x), False, False)"),
          kernel("detach", "x: Tensor", "return torch.detach(x)"),
          kernel("alias", "x: Tensor", "return torch.view_as(x, x)"),
          kernel("leaf", "x: Tensor", "return torch.requires_grad_(torch.detach(x), True)"),
          kernel(
              "traced",
              "x: Tensor",
              """
              if ops.prim.requires_grad(x):
                y = x
              else:
                y = torch.requires_grad_(torch.detach(x), True)
              return y"""),
          // Rows and positions of one invoker in the batch.
          kernel(
              "window",
              "x: Tensor, axes: List[int], begins: List[int], lengths: List[int]",
              """
              part = x
              for i in range(torch.len(axes)):
                part = torch.narrow(part, axes[i], begins[i], lengths[i])
              return torch.view_as(part, part)"""),
          kernel(
              "window_put",
              "x: Tensor, axes: List[int], begins: List[int], lengths: List[int], value: Tensor",
              """
              copy = torch.clone(x)
              part = copy
              for i in range(torch.len(axes)):
                part = torch.narrow(part, axes[i], begins[i], lengths[i])
              done = torch.copy_(part, value)
              return copy"""),
          // Rows of one run in a shared pass, laid out and aligned in memory as in that run alone:
          // some kernels add in another order if their operands are aligned differently.
          kernel(
              "rows",
              "x: Tensor, axis: int, begin: int, count: int",
              """
              part = torch.narrow(x, axis, begin, count)
              shift = torch.remainder(torch.mul(begin, torch.stride(x, axis)), 16)
              if shift == 0:
                y = torch.view_as(part, part)
              else:
                base = torch.remainder(torch.storage_offset(x), 16)
                span = torch.add(base, 1)
                strides = annotate(List[int], [])
                for i in range(torch.dim(part)):
                  span = torch.add(span, torch.mul(torch.sub(torch.size(part, i), 1), torch.stride(part, i)))
                  strides = torch.add(strides, [torch.stride(part, i)])
                room = torch.new_empty(x, [span])
                y = torch.as_strided(room, torch.size(part), strides, base)
                done = torch.copy_(y, part)
              return y"""),
          kernel(
              "is_contiguous",
              "x: Tensor",
              """
              y = 0.
              if torch.is_contiguous(x):
                y = 1.
              return y"""),
          kernel(
              "expand",
              "x: Tensor, like: Tensor",
              "return torch.contiguous(torch.expand_as(x, like))"),
          kernel("select_rows", "x: Tensor, rows: Tensor", "return torch.index_select(x, 0, rows)"),
          kernel(
              "change",
              "x: Tensor, y: Tensor",
              """
              apart = torch.sub(torch.to(x, 7), torch.to(y, 7))
              apart = torch.masked_fill(apart, torch.eq(x, y), 0.)
              return float(torch.linalg_vector_norm(apart, 2., None, False))"""),
          // Layers.
          kernel(
              "embedding",
              "weight: Tensor, ids: Tensor, dtype: int",
              "return torch.to(torch.embedding(weight, ids), dtype)"),
          kernel(
              "linear",
              "x: Tensor, weight: Tensor, bias: Tensor",
              """
              if ops.prim.dtype(weight) == ops.prim.dtype(x):
                y = torch.linear(x, weight, bias)
              else:
                y = (self).linear_converted(x, weight, bias, )
              return y"""),
          kernel(
              "linear_no_bias",
              "x: Tensor, weight: Tensor",
              """
              if ops.prim.dtype(weight) == ops.prim.dtype(x):
                y = torch.linear(x, weight, None)
              else:
                y = (self).linear_converted_no_bias(x, weight, )
              return y"""),
          converted("linear_converted", ", bias: Tensor", "torch.slice(bias, 0, begin, end, 1)"),
          converted("linear_converted_no_bias", "", "None"),
          kernel(
              "conv1d",
              "x: Tensor, weight: Tensor, bias: Tensor",
              """
              width = torch.size(weight, 1)
              flat = torch.addmm(bias, torch.reshape(x, [-1, torch.size(weight, 0)]), torch.type_as(weight, x))
              shape = annotate(List[int], [])
              for i in range(torch.sub(torch.dim(x), 1)):
                shape = torch.add(shape, [torch.size(x, i)])
              return torch.reshape(flat, torch.add(shape, [width]))"""),
          // The same for the rows of each run of a shared pass, as in that run alone.
          inParts("linear_parts", ", bias: Tensor", "(self).linear(part, weight, bias, )", 0),
          inParts("linear_parts_no_bias", "", "(self).linear_no_bias(part, weight, )", 0),
          inParts(
              "conv1d_parts",
              ", bias: Tensor",
              "torch.addmm(bias, torch.reshape(part, [-1, torch.size(weight, 0)]), torch.type_as(weight, x))",
              1),
          inParts("conv1d_parts_no_bias", "", "torch.matmul(part, torch.type_as(weight, x))", 1),
          kernel(
              "conv1d_no_bias",
              "x: Tensor, weight: Tensor",
              "return torch.matmul(x, torch.type_as(weight, x))"),
          kernel(
              "layer_norm",
              "x: Tensor, weight: Tensor, bias: Tensor, eps: float",
              "return torch.layer_norm(x, [torch.size(x, -1)], weight, bias, eps, False)"),
          kernel("plus", "x: Tensor, y: Tensor", "return torch.add(x, y)"),
          // Attention.
          kernel(
              "split_heads",
              "x: Tensor, heads: int",
              """
              rows = torch.size(x, 0)
              length = torch.size(x, 1)
              width = torch.floordiv(torch.size(x, 2), torch.mul(3, heads))
              split = torch.permute(torch.reshape(x, [rows, length, 3, heads, width]), [2, 0, 3, 1, 4])
              return [torch.select(split, 0, 0), torch.select(split, 0, 1), torch.select(split, 0, 2)]"""),
          kernel(
              "merge_heads",
              "z: Tensor",
              """
              width = torch.mul(torch.size(z, 1), torch.size(z, 3))
              return torch.reshape(torch.transpose(z, 1, 2), [torch.size(z, 0), torch.size(z, 2), width])"""),
          kernel(
              "attention",
              "q: Tensor, k: Tensor, v: Tensor, mask: Tensor, scale: float",
              "return torch.scaled_dot_product_attention(q, k, v, mask, 0., False, scale=scale)"),
          kernel(
              "attention_causal",
              "q: Tensor, k: Tensor, v: Tensor, scale: float",
              "return torch.scaled_dot_product_attention(q, k, v, None, 0., True, scale=scale)"),
          kernel(
              "attention_all",
              "q: Tensor, k: Tensor, v: Tensor, scale: float",
              "return torch.scaled_dot_product_attention(q, k, v, None, 0., False, scale=scale)"),
          // Masked keys are shown with the lowest finite number, absent ones too.
          kernel(
              "attention_scores",
              "q: Tensor, k: Tensor, mask: Tensor, scale: float",
              LOWEST
                  + "return torch.add(torch.mul(torch.matmul(q, torch.transpose(k, -1, -2)), scale), lowest)"),
          kernel("attention_pattern", "scores: Tensor", "return torch.softmax(scores, -1)"),
          kernel("attention_z", "pattern: Tensor, v: Tensor", "return torch.matmul(pattern, v)"),
          // A key that the row would not have if it ran alone is absent, whatever was written
          // there.
          kernel(
              "absent",
              "x: Tensor, mask: Tensor, value: float",
              "return torch.masked_fill(x, torch.isneginf(mask), value)"),
          kernel(
              "absent_positions",
              "x: Tensor, mask: Tensor",
              """
              keys = torch.isneginf(torch.slice(mask, 2, -1, 9223372036854775807, 1))
              return torch.masked_fill(x, torch.transpose(keys, 2, 3), 0.)"""),
          // Masks: additive, [rows, 1, queries, keys]; lengths is [rows], padding is on the left. A
          // key that a query must not see has the lowest finite number, as in Hugging Face: a query
          // that sees no key averages its row's own. Padding has -inf, because a row alone has
          // none.
          kernel(
              "padding_mask",
              "lengths: Tensor, queries: int, keys: int",
              """
              here = ops.prim.device(lengths)
              key = torch.arange(keys, device=here)
              query = torch.arange(torch.sub(keys, queries), keys, device=here)
              causal = torch.le(torch.unsqueeze(key, 0), torch.unsqueeze(query, 1))
              real = torch.ge(torch.unsqueeze(key, 0), torch.unsqueeze(torch.rsub(lengths, keys), 1))
              blocked = torch.to(torch.logical_not(torch.unsqueeze(causal, 0)), 6)
              mask = torch.mul(blocked, -3.4028234663852886e+38)
              mask = torch.masked_fill(mask, torch.logical_not(torch.unsqueeze(real, 1)), -1e999)
              return torch.unsqueeze(mask, 1)"""),
          kernel(
              "real_keys",
              "lengths: Tensor, keys: int",
              """
              key = torch.unsqueeze(torch.arange(keys, device=ops.prim.device(lengths)), 0)
              return torch.to(torch.ge(key, torch.unsqueeze(torch.rsub(lengths, keys), 1)), 4)"""),
          kernel(
              "mask_of_keys",
              "mask: Tensor, lengths: Tensor, queries: int",
              """
              keys = torch.size(mask, 1)
              here = ops.prim.device(mask)
              key = torch.arange(keys, device=here)
              query = torch.arange(torch.sub(keys, queries), keys, device=here)
              causal = torch.le(torch.unsqueeze(key, 0), torch.unsqueeze(query, 1))
              real = torch.ge(torch.unsqueeze(key, 0), torch.unsqueeze(torch.rsub(lengths, keys), 1))
              allowed = torch.__and__(torch.unsqueeze(causal, 0), torch.unsqueeze(torch.ne(mask, 0), 1))
              blocked = torch.to(torch.logical_not(allowed), 6)
              mask = torch.mul(blocked, -3.4028234663852886e+38)
              mask = torch.masked_fill(mask, torch.logical_not(torch.unsqueeze(real, 1)), -1e999)
              return torch.unsqueeze(mask, 1)"""),
          // Cache.
          kernel(
              "cache_put",
              "buffer: Tensor, x: Tensor, begin: int",
              """
              end = torch.add(begin, torch.size(x, 2))
              done = torch.copy_(torch.slice(buffer, 2, begin, end, 1), x)
              return torch.slice(buffer, 2, 0, end, 1)"""),
          kernel("cache_join", "past: Tensor, x: Tensor", "return torch.cat([past, x], 2)"),
          kernel(
              "cache_move",
              "buffer: Tensor, row: int, begin: int, source: Tensor, its: int, first: int, count: int",
              """
              there = torch.narrow(torch.narrow(buffer, 0, row, 1), 2, begin, count)
              here = torch.narrow(torch.narrow(source, 0, its, 1), 2, first, count)
              done = torch.copy_(there, here)
              return 0."""),
          kernel(
              "last_position", "x: Tensor", "return torch.slice(x, 1, -1, 9223372036854775807, 1)"),
          // Gradients.
          kernel(
              "gradients",
              "outputs: List[Tensor], cotangents: List[Tensor], target: Tensor, again: bool",
              """
              seeds = annotate(List[Optional[Tensor]], [])
              for i in range(torch.len(cotangents)):
                seeds2 = torch.append(seeds, cotangents[i])
              tied = annotate(List[Tensor], [])
              for i in range(torch.len(outputs)):
                zero = torch.requires_grad_(torch.zeros_like(torch.detach(outputs[i])), True)
                tied2 = torch.append(tied, torch.add(outputs[i], zero))
              found = torch.autograd.grad(tied, [target], seeds, True, again, True)
              first = found[0]
              if torch.__is__(first, None):
                gradient = torch.zeros_like(target)
              else:
                gradient = unchecked_cast(Tensor, first)
              return gradient"""),
          // Of one number with respect to several values, in one way back.
          kernel(
              "gradients_of_all",
              "scalar: Tensor, seed: Tensor, targets: List[Tensor], more: bool",
              """
              seeds = annotate(List[Optional[Tensor]], [])
              seeds2 = torch.append(seeds, seed)
              zero = torch.requires_grad_(torch.zeros_like(torch.detach(scalar)), True)
              found = torch.autograd.grad([torch.add(scalar, zero)], targets, seeds, more, False, True)
              gradients = annotate(List[Tensor], [])
              for i in range(torch.len(targets)):
                each = found[i]
                if torch.__is__(each, None):
                  gradient = torch.zeros_like(targets[i])
                else:
                  gradient = unchecked_cast(Tensor, each)
                gradients2 = torch.append(gradients, gradient)
              return gradients"""),
          // Of one value in several directions: one way back for each, which fills its place in the
          // results.
          kernel(
              "gradients_in_directions",
              "output: Tensor, directions: Tensor, targets: List[Tensor]",
              """
              zero = torch.requires_grad_(torch.zeros_like(torch.detach(output)), True)
              tied = torch.add(output, zero)
              count = torch.size(directions, 0)
              all = annotate(List[Tensor], [])
              for j in range(torch.len(targets)):
                shape = torch.add([count], torch.size(targets[j]))
                all2 = torch.append(all, torch.new_zeros(targets[j], shape))
              for i in range(count):
                seeds = annotate(List[Optional[Tensor]], [])
                seeds2 = torch.append(seeds, torch.expand_as(torch.select(directions, 0, i), tied))
                found = torch.autograd.grad([tied], targets, seeds, True, False, True)
                for k in range(torch.len(targets)):
                  each = found[k]
                  if torch.__isnot__(each, None):
                    place = torch.select(all[k], 0, i)
                    done = torch.copy_(place, unchecked_cast(Tensor, each))
              return all"""),
          kernel(
              "direction",
              "directions: Tensor, i: int, like: Tensor",
              "return torch.expand_as(torch.select(directions, 0, i), like)"),
          kernel(
              "directions",
              "found: List[Tensor], target: Tensor",
              """
              if torch.len(found) == 0:
                y = torch.new_zeros(target, torch.add([0], torch.size(target)))
              else:
                y = torch.stack(found, 0)
              return y"""),
          // 1 if gradients flow from a value to something, else 0.
          kernel(
              "has_gradient",
              "x: Tensor",
              """
              if ops.prim.requires_grad(x):
                y = 1.
              else:
                y = 0.
              return y"""),
          kernel("ones_like", "x: Tensor", "return torch.ones_like(x)"));

  private Kernels() {}

  /**
   * A matrix product of equal parts of the rows.
   *
   * @param width the axis of the weight that the result has
   */
  static ScriptArchive.Method inParts(String name, String bias, String product, int width) {
    return kernel(
        name,
        "x: Tensor, weight: Tensor%s, parts: int".formatted(bias),
        """
        rows = torch.floordiv(torch.size(x, 0), parts)
        shape = annotate(List[int], [])
        for j in range(torch.sub(torch.dim(x), 1)):
          shape = torch.add(shape, [torch.size(x, j)])
        y = torch.new_empty(x, torch.add(shape, [torch.size(weight, %s)]))
        for i in range(parts):
          part = torch.narrow(x, 0, torch.mul(i, rows), rows)
          place = torch.narrow(y, 0, torch.mul(i, rows), rows)
          done = torch.copy_(place, torch.view_as(%s, place))
        return y"""
            .formatted(width, product));
  }

  /**
   * A product with a matrix of another type, of which a part at a time is converted: about 1 MiB,
   * which the processor's caches hold, so that memory is read as the file is, and written never.
   * The bits are those of the product with the whole matrix, converted before. Where gradients flow
   * each part is kept for the way back; else one room is enough for all.
   */
  private static ScriptArchive.Method converted(String name, String bias, String own) {
    return kernel(
        name,
        "x: Tensor, weight: Tensor" + bias,
        """
        rows = torch.size(weight, 0)
        width = torch.size(weight, 1)
        each = ops.prim.max(torch.mul(torch.floordiv(262144, torch.mul(width, 32)), 32), 32)
        most = ops.prim.min(each, rows)
        room = torch.new_empty(x, [most, width])
        flows = ops.prim.requires_grad(x)
        done = annotate(List[Tensor], [])
        for i in range(torch.floordiv(torch.sub(torch.add(rows, each), 1), each)):
          begin = torch.mul(i, each)
          end = ops.prim.min(torch.add(begin, each), rows)
          source = torch.slice(weight, 0, begin, end, 1)
          if flows:
            part = torch.type_as(source, x)
          else:
            part = torch.copy_(torch.narrow(room, 0, 0, torch.sub(end, begin)), source)
          added = torch.append(done, torch.linear(x, part, %s))
        return torch.cat(done, -1)"""
            .formatted(own));
  }

  static ScriptArchive.Method kernel(String name, String signature, String body) {
    return new ScriptArchive.Method(name, signature, body.lines().toList());
  }
}
