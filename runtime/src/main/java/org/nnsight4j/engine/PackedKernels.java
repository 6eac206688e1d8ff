package org.nnsight4j.engine;

import static org.nnsight4j.engine.Kernels.kernel;

import java.util.List;

/** Products with matrices that FBGEMM has packed into FP16. Rows stay FP32. */
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
          kernel("plus_bias", "x: Tensor, bias: Tensor", "return torch.add_(x, bias)"));

  private PackedKernels() {}
}
