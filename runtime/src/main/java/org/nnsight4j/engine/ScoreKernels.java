package org.nnsight4j.engine;

import static org.nnsight4j.engine.Kernels.kernel;

import java.util.List;

/** Kernels for what some families do with scores, normalised rows and embeddings. */
final class ScoreKernels {
  static final List<ScriptArchive.Method> ALL =
      List.of(
          kernel(
              "rms_norm_plus_one",
              "x: Tensor, weight: Tensor, eps: float",
              Kernels.WIDE
                  + """
                    mean = torch.mean(torch.pow(wide, 2), [-1], True)
                    more = torch.add(torch.type_as(weight, wide), 1.)
                    return torch.type_as(torch.mul(torch.mul(wide, torch.rsqrt(torch.add(mean, eps))), more), x)"""),
          kernel(
              "scaled_embedding",
              "weight: Tensor, ids: Tensor, dtype: int, scale: float",
              "return torch.mul(torch.to(torch.embedding(weight, ids), dtype), scale)"),
          kernel(
              "capped",
              "x: Tensor, cap: float",
              "return torch.mul(torch.tanh(torch.div(x, cap)), cap)"),
          kernel(
              "half_table",
              "x: Tensor",
              "return torch.slice(x, -1, 0, torch.floordiv(torch.size(x, -1), 2), 1)"),
          kernel("both_halves", "x: Tensor", "return torch.cat([x, x], -1)"),
          kernel(
              "last_query",
              "mask: Tensor",
              "return torch.slice(mask, 2, -1, 9223372036854775807, 1)"),
          kernel("of_first_text", "ids: Tensor", "return torch.mul(ids, 0)"),
          kernel(
              "attention_scores_all",
              "q: Tensor, k: Tensor, scale: float",
              "return torch.mul(torch.matmul(q, torch.transpose(k, -1, -2)), scale)"),
          kernel("swapped", "x: Tensor", "return torch.transpose(x, 1, 2)"),
          // Keys further back than the window are masked like later ones: by the lowest finite
          // number. Distances are counted in columns, so padding on the left changes nothing.
          kernel(
              "window_mask",
              "mask: Tensor, queries: int, keys: int, width: int",
              """
              here = ops.prim.device(mask)
              key = torch.arange(keys, device=here)
              query = torch.arange(torch.sub(keys, queries), keys, device=here)
              near = torch.gt(torch.unsqueeze(key, 0), torch.unsqueeze(torch.sub(query, width), 1))
              blocked = torch.mul(torch.to(torch.logical_not(near), 6), -3.4028234663852886e+38)
              return torch.minimum(mask, blocked)"""),
          kernel(
              "attention_scores_capped",
              "q: Tensor, k: Tensor, mask: Tensor, scale: float, cap: float",
              Kernels.LOWEST
                  + """
                    scores = torch.mul(torch.matmul(q, torch.transpose(k, -1, -2)), scale)
                    return torch.add(torch.mul(torch.tanh(torch.div(scores, cap)), cap), lowest)"""),
          // One extra score for each head takes weight and adds nothing.
          kernel(
              "attention_pattern_sinks",
              "scores: Tensor, sinks: Tensor",
              """
              rows = torch.size(scores, 0)
              queries = torch.size(scores, 2)
              each = torch.expand(torch.reshape(sinks, [1, -1, 1, 1]), [rows, -1, queries, -1])
              all = torch.cat([scores, each], -1)
              weights = torch.softmax(torch.sub(all, torch.amax(all, [-1], True)), -1)
              return torch.slice(weights, -1, 0, -1, 1)"""));

  private ScoreKernels() {}
}
