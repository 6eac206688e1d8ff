package org.nnsight4j.engine;

import static org.nnsight4j.engine.Kernels.kernel;

import java.util.List;

/** The kernels of gated MLPs, of normalisation without a mean, and of heads that share keys. */
final class LayerKernels {
  static final List<ScriptArchive.Method> ALL =
      List.of(
          kernel(
              "rms_norm",
              "x: Tensor, weight: Tensor, eps: float",
              Kernels.WIDE
                  + """
                    mean = torch.mean(torch.pow(wide, 2), [-1], True)
                    return torch.mul(weight, torch.type_as(torch.mul(wide, torch.rsqrt(torch.add(mean, eps))), x))"""),
          kernel("times", "x: Tensor, y: Tensor", "return torch.mul(x, y)"),
          kernel("reshape", "x: Tensor, shape: List[int]", "return torch.reshape(x, shape)"),
          kernel(
              "apart",
              "x: Tensor, heads: int",
              """
              width = torch.floordiv(torch.size(x, 2), heads)
              return torch.transpose(torch.reshape(x, [torch.size(x, 0), torch.size(x, 1), heads, width]), 1, 2)"""),
          kernel(
              "repeat_heads",
              "x: Tensor, times: int",
              """
              rows = torch.size(x, 0)
              heads = torch.size(x, 1)
              length = torch.size(x, 2)
              width = torch.size(x, 3)
              wide = torch.expand(torch.unsqueeze(x, 2), [rows, heads, times, length, width])
              return torch.reshape(wide, [rows, torch.mul(heads, times), length, width])"""));

  private LayerKernels() {}
}
