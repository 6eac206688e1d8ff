package org.nnsight4j.engine;

import static org.nnsight4j.engine.Kernels.kernel;

import java.util.List;

/** The kernels of rotary positions: {@code modeling_rope_utils} of transformers, in its order. */
final class RotaryKernels {
  /** The wavelength of each pair of features, without 2 pi. */
  private static final String BASES =
      "bases = torch.pow(theta, torch.div(torch.to(torch.arange(0, width, 2, device=torch.device(place)), 6), width))\n";

  static final List<ScriptArchive.Method> ALL =
      List.of(
          kernel(
              "rope_plain", "theta: float, width: int", BASES + "return torch.reciprocal(bases)"),
          kernel(
              "rope_linear",
              "theta: float, width: int, factor: float",
              BASES + "return torch.div(torch.reciprocal(bases), factor)"),
          kernel(
              "rope_llama3",
              "theta: float, width: int, factor: float, low: float, high: float, original: float",
              BASES
                  + """
                  plain = torch.reciprocal(bases)
                  wavelengths = torch.mul(torch.reciprocal(plain), 6.283185307179586)
                  longest = torch.div(original, low)
                  shortest = torch.div(original, high)
                  stretched = torch.where(torch.gt(wavelengths, longest), torch.div(plain, factor), plain)
                  smooth = torch.div(torch.sub(torch.mul(torch.reciprocal(wavelengths), original), low), torch.sub(high, low))
                  blend = torch.add(torch.div(torch.mul(torch.rsub(smooth, 1.), stretched), factor), torch.mul(smooth, stretched))
                  between = torch.__and__(torch.logical_not(torch.lt(wavelengths, shortest)), torch.logical_not(torch.gt(wavelengths, longest)))
                  return torch.where(between, blend, stretched)"""),
          kernel(
              "rope_yarn",
              "theta: float, width: int, factor: float, low: float, high: float",
              BASES
                  + """
                  plain = torch.reciprocal(bases)
                  stretched = torch.reciprocal(torch.mul(bases, factor))
                  places = torch.to(torch.arange(torch.floordiv(width, 2), device=torch.device(place)), 6)
                  ramp = torch.clamp(torch.div(torch.sub(places, low), torch.sub(high, low)), 0, 1)
                  kept = torch.rsub(ramp, 1)
                  return torch.add(torch.mul(stretched, torch.rsub(kept, 1)), torch.mul(plain, kept))"""),
          kernel(
              "rope_stretched",
              "theta: float, width: int, factors: Tensor",
              BASES + "return torch.reciprocal(torch.mul(factors, bases))"),
          kernel(
              "rope_proportional",
              "theta: float, width: int, factor: float, turning: int",
              """
              pairs = torch.floordiv(width, 2)
              exponents = torch.div(torch.to(torch.arange(0, torch.mul(2, turning), 2, device=torch.device(place)), 6), width)
              turned = torch.reciprocal(torch.pow(theta, exponents))
              still = torch.zeros([torch.sub(pairs, turning)], dtype=6, device=torch.device(place))
              return torch.div(torch.cat([turned, still], 0), factor)"""),
          // Rows differ in length, so each has frequencies of its own: [rows, 1, pairs].
          kernel(
              "rope_dynamic",
              "positions: Tensor, plain: Tensor, theta: float, width: int, factor: float, longest: int",
              """
              seen = torch.add(torch.amax(positions, [1], True), 1)
              ratio = torch.sub(torch.div(torch.mul(seen, factor), longest), torch.sub(factor, 1.))
              grown = torch.mul(torch.pow(ratio, torch.div(width, torch.sub(width, 2))), theta)
              exponents = torch.div(torch.to(torch.arange(0, width, 2, device=ops.prim.device(positions)), 6), width)
              stretched = torch.reciprocal(torch.pow(grown, exponents))
              return torch.unsqueeze(torch.where(torch.gt(seen, longest), stretched, plain), 1)"""),
          kernel(
              "rope_longer",
              "positions: Tensor, plain: Tensor, beyond: Tensor, original: int",
              """
              seen = torch.add(torch.amax(positions, [1], True), 1)
              return torch.unsqueeze(torch.where(torch.gt(seen, original), beyond, plain), 1)"""),
          kernel(
              "rope_tables",
              "positions: Tensor, frequencies: Tensor, factor: float, neighbours: bool",
              """
              angles = torch.mul(torch.unsqueeze(torch.to(positions, 6), -1), frequencies)
              if neighbours:
                both = torch.repeat_interleave(angles, 2, -1)
              else:
                both = torch.cat([angles, angles], -1)
              return [torch.mul(torch.cos(both), factor), torch.mul(torch.sin(both), factor)]"""),
          kernel(
              "rotated",
              "x: Tensor, cos: Tensor, sin: Tensor, neighbours: bool",
              """
              width = torch.size(cos, -1)
              whole = torch.size(x, -1)
              half = torch.floordiv(width, 2)
              near = torch.type_as(torch.unsqueeze(cos, 1), x)
              far = torch.type_as(torch.unsqueeze(sin, 1), x)
              part = torch.slice(x, -1, 0, width, 1)
              if neighbours:
                first = torch.slice(part, -1, 0, width, 2)
                second = torch.slice(part, -1, 1, width, 2)
                other = torch.flatten(torch.stack([torch.neg(second), first], -1), -2, -1)
              else:
                other = torch.cat([torch.neg(torch.slice(part, -1, half, width, 1)), torch.slice(part, -1, 0, half, 1)], -1)
              turned = torch.add(torch.mul(part, near), torch.mul(other, far))
              if torch.lt(width, whole):
                y = torch.cat([turned, torch.slice(x, -1, width, whole, 1)], -1)
              else:
                y = turned
              return y"""));

  private RotaryKernels() {}
}
