package org.nnsight4j.engine;

import static org.nnsight4j.engine.Kernels.kernel;

import java.util.List;

/** The kernels of routers and experts. */
final class ExpertKernels {
  /** The tokens of one expert and their weights, separately for each part of the rows. */
  private static final String EACH_EXPERT =
      """
      each = torch.floordiv(torch.size(x, 0), parts)
      done = annotate(List[Tensor], [])
      for p in range(parts):
        begin = torch.mul(p, each)
        own = torch.narrow(x, 0, begin, each)
        chosen = torch.narrow(indices, 0, begin, each)
        weights = torch.narrow(scores, 0, begin, each)
        y = torch.zeros_like(own)
        for e in range(%s):
          hit = torch.eq(chosen, e)
          weight = torch.sum(torch.mul(weights, torch.type_as(hit, weights)), [1], False)
          token = torch.reshape(torch.nonzero(torch.any(hit, 1, False)), [-1])
          if torch.gt(torch.size(token, 0), 0):
            part = torch.index_select(own, 0, token)
      %s
            share = torch.unsqueeze(torch.index_select(weight, 0, token), 1)
            y = torch.index_add(y, 0, token, torch.mul(out, share))
        done2 = torch.append(done, y)
      return torch.cat(done, 0)""";

  static final List<ScriptArchive.Method> ALL =
      List.of(
          Activation.kernel(),
          kernel(
              "router_of_all",
              "logits: Tensor, count: int, whole: bool",
              """
              probabilities = torch.softmax(logits, -1)
              scores, indices = torch.topk(probabilities, count, -1)
              if whole:
                shares = torch.div(scores, torch.sum(scores, [-1], True))
              else:
                shares = scores
              return [shares, indices]"""),
          kernel(
              "router_of_chosen",
              "logits: Tensor, count: int",
              """
              best, indices = torch.topk(logits, count, -1)
              return [torch.softmax(best, -1), indices]"""),
          kernel(
              "experts_gated",
              "x: Tensor, scores: Tensor, indices: Tensor, parts: int, gates: List[Tensor], ups: List[Tensor], downs: List[Tensor], name: str",
              EACH_EXPERT.formatted(
                  "torch.len(gates)",
                  """
                  gate = (self).activation((self).linear_no_bias(part, gates[e], ), name, )
                  product = torch.mul(gate, (self).linear_no_bias(part, ups[e], ))
                  out = (self).linear_no_bias(product, downs[e], )"""
                      .indent(6)
                      .stripTrailing())),
          kernel(
              "experts_clamped",
              "x: Tensor, scores: Tensor, indices: Tensor, parts: int, both: Tensor, both_bias: Tensor, down: Tensor, down_bias: Tensor, alpha: float, limit: float",
              EACH_EXPERT.formatted(
                  "torch.size(both, 0)",
                  """
                  all = torch.add(torch.matmul(part, torch.type_as(torch.select(both, 0, e), part)), torch.type_as(torch.select(both_bias, 0, e), part))
                  gate = torch.clamp_max(torch.slice(all, -1, 0, 9223372036854775807, 2), limit)
                  up = torch.clamp(torch.slice(all, -1, 1, 9223372036854775807, 2), torch.neg(limit), limit)
                  product = torch.mul(torch.add(up, 1), torch.mul(gate, torch.sigmoid(torch.mul(gate, alpha))))
                  out = torch.add(torch.matmul(product, torch.type_as(torch.select(down, 0, e), part)), torch.type_as(torch.select(down_bias, 0, e), part))"""
                      .indent(6)
                      .stripTrailing())));

  private ExpertKernels() {}
}
