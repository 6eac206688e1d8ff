package org.nnsight4j.engine;

import static org.nnsight4j.engine.Kernels.kernel;

import java.util.List;

/**
 * Products with matrices that FBGEMM has packed into FP16 or INT8. Rows stay FP32: for INT8 each is
 * split into three rows of whole numbers from -63 to 63, of which each next one counts 126 times
 * less, so that 21 bits of a row are left and sums of products are exact. One more row makes the
 * library choose 1 as the scale of these numbers.
 */
final class PackedKernels {
  static final String PACKED = "__torch__.torch.classes.quantized.LinearPackedParamsBase";

  static final List<ScriptArchive.Method> ALL =
      List.of(
          // FP16 has few exponents, so the largest number becomes one of its largest.
          kernel(
              "half_exponent",
              "weight: Tensor",
              """
              largest = torch.clamp_min(torch.to(torch.max(torch.abs(weight)), 6), 1.1754943508222875e-38)
              exponent = float(torch.rsub(torch.floor(torch.log2(largest)), 14.))
              return exponent"""),
          kernel(
              "half_packed",
              "weight: Tensor, exponent: float, brief: bool",
              """
              if brief:
                rounded = torch.to(torch.to(weight, 15), 6)
              else:
                rounded = torch.to(weight, 6)
              return ops.quantized.linear_prepack_fp16(torch.contiguous(torch.mul(rounded, torch.pow(2., exponent))), None)"""),
          kernel(
              "half_product",
              "x: Tensor, weight: " + PACKED + ", exponent: float",
              """
              y = ops.quantized.linear_dynamic_fp16(torch.contiguous(x), weight)
              return torch.mul_(y, torch.pow(2., torch.neg(exponent)))"""),
          kernel(
              "half_unpacked",
              "weight: " + PACKED + ", exponent: float",
              """
              found = ops.quantized.linear_unpack_fp16(weight)
              return torch.mul(found[0], torch.pow(2., torch.neg(exponent)))"""),
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
              zeros = torch.zeros_like(factors, dtype=4)
              whole = torch.quantize_per_channel(torch.contiguous(torch.to(weight, 6)), factors, zeros, 0, 12)
              return ops.quantized.linear_prepack(whole, None)"""),
          kernel(
              "byte_product",
              "x: Tensor, weight: " + PACKED,
              """
              width = torch.size(x, -1)
              flat = torch.reshape(x, [-1, width])
              rows = torch.size(flat, 0)
              largest = torch.clamp_min(torch.amax(torch.abs(flat), [1], True), 1.0000000031710769e-30)
              all = torch.mul(torch.div(flat, largest), 63.)
              first = torch.round(all)
              rest = torch.mul(torch.sub(all, first), 126.)
              second = torch.round(rest)
              third = torch.round(torch.mul(torch.sub(rest, second), 126.))
              scale = torch.zeros_like(torch.narrow(first, 0, 0, 1))
              low = torch.fill_(torch.narrow(scale, 1, 0, 1), -63.)
              high = torch.fill_(torch.narrow(scale, 1, 1, 1), 64.)
              made = ops.quantized.linear_dynamic(torch.cat([first, second, third, scale], 0), weight, True)
              y = torch.add(torch.narrow(made, 0, 0, rows), torch.narrow(made, 0, rows, rows), alpha=0.007936507936507936)
              y = torch.add_(y, torch.narrow(made, 0, torch.mul(rows, 2), rows), alpha=6.298815822625346e-05)
              y = torch.mul_(y, torch.div(largest, 63.))
              shape = annotate(List[int], [])
              for i in range(torch.sub(torch.dim(x), 1)):
                shape = torch.add(shape, [torch.size(x, i)])
              return torch.reshape(y, torch.add(shape, [torch.size(y, 1)]))"""),
          kernel(
              "byte_unpacked",
              "weight: " + PACKED,
              """
              found = ops.quantized.linear_unpack(weight)
              return torch.dequantize(found[0])"""),
          kernel("plus_bias", "x: Tensor, bias: Tensor", "return torch.add_(x, bias)"));

  private PackedKernels() {}
}
