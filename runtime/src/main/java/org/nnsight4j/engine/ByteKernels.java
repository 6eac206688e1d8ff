package org.nnsight4j.engine;

import static org.nnsight4j.engine.Kernels.kernel;

import java.util.List;

/**
 * Products with matrices of whole numbers from -127 to 127, one byte each, and a factor for each
 * output. Rows stay FP32, and so do all sums.
 *
 * <p>The product of a row is a weighted sum of the rows of a table, which is what libtorch computes
 * for bags of embeddings: on all threads, from bytes, and in a kernel that is compiled for the
 * processor. The matrix is cut into blocks of 96 outputs, as many as the kernel keeps in registers,
 * so that memory is read in order. Each row of the table ends with what the library multiplies and
 * adds: 1 and -128, in FP32.
 */
final class ByteKernels {
  /** Outputs of a block. */
  static final int BLOCK = 96;

  /** More rows of one run are multiplied with numbers that were unpacked once for all. */
  static final int FEW_ROWS = 12;

  private static final String BAGS = "ops.quantized.embedding_bag_byte_rowwise_offsets";

  static final List<ScriptArchive.Method> ALL =
      List.of(
          kernel(
              "counted",
              "count: int",
              "return torch.arange(count, dtype=3, device=torch.device(place))"),
          kernel(
              "byte_factors",
              "weight: Tensor",
              """
              largest = torch.amax(torch.abs(torch.to(weight, 6)), [1])
              return torch.masked_fill(torch.div(largest, 127.), torch.eq(largest, 0.), 1.)"""),
          kernel(
              "byte_packed",
              "weight: Tensor, factors: Tensor",
              """
              out = torch.size(weight, 0)
              width = torch.size(weight, 1)
              zeros = torch.zeros_like(factors, dtype=4)
              whole = torch.int_repr(torch.quantize_per_channel(torch.contiguous(torch.to(weight, 6)), factors, zeros, 0, 12))
              shifted = torch.to(torch.add(torch.to(whole, 2), 128), 0)
              blocks = torch.floordiv(torch.add(out, %2$s), %1$s)
              padded = torch.constant_pad_nd(shifted, [0, 0, 0, torch.sub(torch.mul(blocks, %1$s), out)], 128)
              rows = torch.mul(blocks, width)
              turned = torch.transpose(torch.reshape(padded, [blocks, %1$s, width]), 1, 2)
              ends = torch.expand(torch.tensor([[0, 0, 128, 63, 0, 0, 0, 195]], dtype=0, device=ops.prim.device(weight)), [rows, 8])
              return torch.cat([torch.reshape(turned, [rows, %1$s]), ends], 1)"""
                  .formatted(BLOCK, BLOCK - 1)),
          kernel(
              "byte_product",
              "x: Tensor, table: Tensor, counted: Tensor, factors: Tensor, parts: int",
              """
              width = torch.size(x, -1)
              flat = torch.reshape(x, [-1, width])
              rows = torch.size(flat, 0)
              each = torch.floordiv(rows, parts)
              blocks = torch.floordiv(torch.size(table, 0), width)
              found = annotate(List[Tensor], [])
              if torch.le(each, %2$s):
                offsets = torch.arange(0, torch.mul(blocks, width), width, dtype=3, device=ops.prim.device(x))
                for i in range(rows):
                  row = torch.reshape(torch.expand(torch.narrow(flat, 0, i, 1), [blocks, width]), [-1])
                  made = %3$s(table, counted, offsets, False, 0, False, row, None, False)
                  more = torch.append(found, torch.reshape(made, [1, -1]))
                all = torch.cat(found, 0)
              else:
                most = ops.prim.max(torch.floordiv(1048576, torch.mul(width, %1$s)), 1)
                for i in range(torch.floordiv(torch.sub(torch.add(blocks, most), 1), most)):
                  begin = torch.mul(i, most)
                  some = ops.prim.min(most, torch.sub(blocks, begin))
                  count = torch.mul(some, width)
                  single = torch.narrow(counted, 0, 0, count)
                  part = torch.narrow(table, 0, torch.mul(begin, width), count)
                  numbers = torch.reshape(%3$s(part, single, single, False, 0, False, None, None, False), [some, width, %1$s])
                  beside = annotate(List[Tensor], [])
                  for j in range(parts):
                    own = torch.expand(torch.unsqueeze(torch.narrow(flat, 0, torch.mul(j, each), each), 0), [some, each, width])
                    made = torch.transpose(torch.bmm(own, numbers), 0, 1)
                    more = torch.append(beside, torch.reshape(made, [each, -1]))
                  more = torch.append(found, torch.cat(beside, 0))
                all = torch.cat(found, 1)
              out = torch.size(factors, 0)
              shape = annotate(List[int], [])
              for i in range(torch.sub(torch.dim(x), 1)):
                shape = torch.add(shape, [torch.size(x, i)])
              y = torch.mul(torch.narrow(all, 1, 0, out), factors)
              return torch.reshape(y, torch.add(shape, [out]))"""
                  .formatted(BLOCK, FEW_ROWS, BAGS)),
          kernel(
              "byte_unpacked",
              "table: Tensor, counted: Tensor, factors: Tensor, width: int",
              """
              numbers = torch.reshape(%2$s(table, counted, counted, False, 0, False, None, None, False), [-1, width, %1$s])
              matrix = torch.reshape(torch.transpose(numbers, 1, 2), [-1, width])
              return torch.mul(torch.narrow(matrix, 0, 0, torch.size(factors, 0)), torch.unsqueeze(factors, 1))"""
                  .formatted(BLOCK, BAGS)));

  private ByteKernels() {}

  /**
   * The product of one row as text: the operations of {@code byte_product}, without those that find
   * out what is known here.
   *
   * @param width of the row
   * @param rows of the table
   * @param out how many outputs there are
   */
  static String oneToken(
      Script script,
      Script.Value x,
      Script.Value table,
      Script.Value counted,
      Script.Value factors,
      long width,
      long rows,
      long out) {
    String offsets =
        script
            .once(
                "torch.arange(0, %s, %s, dtype=3, device=ops.prim.device(x))"
                    .formatted(rows, width))
            .name();
    String row =
        "torch.reshape(torch.expand(%s, [%s, 1, %s]), [-1])"
            .formatted(x.name(), rows / width, width);
    String made =
        "torch.reshape(%s(%s, %s, %s, False, 0, False, %s, None, False), [1, 1, -1])"
            .formatted(BAGS, table.name(), counted.name(), offsets, row);
    boolean whole = rows / width * BLOCK == out;
    return "torch.mul(%s, %s)"
        .formatted(
            whole ? made : "torch.narrow(%s, 2, 0, %s)".formatted(made, out), factors.name());
  }
}
