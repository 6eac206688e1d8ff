package org.nnsight4j.samples.cookbook;

import org.nnsight4j.Cache;
import org.nnsight4j.CacheOptions;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;

/** Many places of one prompt at once, by pattern. */
public final class CacheOfAPrompt {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open();
        var generator = gpt2.trace()) {
      Cache<EmbeddedGpt2> cache;
      try (var invoker = generator.invoke("The Eiffel Tower is in the city of")) {
        cache = invoker.cache(CacheOptions.paths("transformer.h.*", "transformer.h.*.mlp"));
      }
      generator.run();
      System.out.println(cache.sites().size() + " places");
      System.out.println(
          cache.get(model -> model.transformer().h(3).mlp().output()).value().header());
    }
  }
}
