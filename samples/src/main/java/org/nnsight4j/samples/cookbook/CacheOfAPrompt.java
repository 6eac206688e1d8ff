package org.nnsight4j.samples.cookbook;

import org.nnsight4j.Cache;
import org.nnsight4j.CacheOptions;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;

/** Many places of one prompt at once, by pattern. */
public final class CacheOfAPrompt {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      CacheOptions wanted = CacheOptions.paths("transformer.h.*", "transformer.h.*.mlp");
      Cache<EmbeddedGpt2> cache =
          gpt2.trace(
              "The Eiffel Tower is in the city of", (invoker, model) -> invoker.cache(wanted));
      System.out.println(cache.sites().size() + " places");
      System.out.println(
          cache.get(model -> model.transformer().h(3).mlp().output()).value().header());
    }
  }
}
