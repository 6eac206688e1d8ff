package org.nnsight4j.models.gpt2.nnsight;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.nnsight.Suite.GPT2;
import static org.nnsight4j.models.gpt2.nnsight.Suite.MSG;
import static org.nnsight4j.models.gpt2.nnsight.Suite.generate;
import static org.nnsight4j.models.gpt2.nnsight.Suite.hidden;
import static org.nnsight4j.models.gpt2.nnsight.Suite.isZero;
import static org.nnsight4j.models.gpt2.nnsight.Suite.near;
import static org.nnsight4j.models.gpt2.nnsight.Suite.trace;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Cache;
import org.nnsight4j.CacheOptions;
import org.nnsight4j.Invoker;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.family.Port;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.values.Saved;

/** {@code test_lm.py}: TestCache. */
final class CacheTest {
  @Test
  void basicCache() {
    record Both(Cache<Gpt2> cache, Saved<Hidden> direct) {}
    Both found = trace(i -> new Both(i.cache(), hidden(i.model(), 1).save()));
    assertThat(found.cache().get(model -> hidden(model, 1)).value())
        .isEqualTo(found.direct().value());
    assertThat(found.cache().get("transformer.h.1", Port.INPUT)).isNull();
    assertThat(found.cache().sites()).contains(SiteKey.output("lm_head"));
  }

  @Test
  void cacheOutputAndInputs() {
    Cache<Gpt2> cache = trace(i -> i.cache(CacheOptions.all().withInputs()));
    assertThat(cache.get(model -> model.transformer().h(1).input()).value())
        .isEqualTo(cache.get(model -> hidden(model, 0)).value());
  }

  @Test
  void cacheInputsOnly() {
    Cache<Gpt2> cache = trace(i -> i.cache(CacheOptions.all().inputsOnly()));
    assertThat(cache.get(model -> model.transformer().h(1).input()).isPresent()).isTrue();
    assertThat(cache.get("transformer.h.1", Port.OUTPUT)).isNull();
  }

  @Test
  void cacheGeneration() {
    Cache<Gpt2> cache = generate(3, i -> i.cache(CacheOptions.all().allSteps())).recorded();
    Saved<Hidden> hidden = cache.get(model -> hidden(model, 2));
    assertThat(hidden.values()).hasSize(3);
    assertThat(hidden.at(0).orElseThrow().shape()).isEqualTo(new long[] {1, 9, 128});
    assertThat(hidden.at(2).orElseThrow().shape()).isEqualTo(new long[] {1, 1, 128});
  }

  @Test
  void cacheWithIntervention() {
    Cache<Gpt2> cache =
        trace(
            i -> {
              Cache<Gpt2> early = i.cache();
              hidden(i.model(), 1).set(0);
              return early;
            });
    assertThat(isZero(cache.get(model -> hidden(model, 1)).value())).isTrue();
    assertThat(isZero(cache.get(model -> hidden(model, 0)).value())).isFalse();
  }

  @Test
  void cacheSingleInvoker() {
    Cache<Gpt2> cache =
        GPT2.trace()
            .run(
                generator -> {
                  generator.invoke(MSG, i -> i.model().output().save());
                  return generator.invoke(Suite.ET, Invoker::cache);
                })
            .result();
    Saved<Hidden> alone = trace(Suite.ET, i -> hidden(i.model(), 1).save());
    assertThat(near(cache.get(model -> hidden(model, 1)).value(), alone.value())).isTrue();
  }

  /** A cache has no beginning: what is recorded has no order. */
  @Test
  void cacheAfterIntervention() {
    Cache<Gpt2> cache =
        trace(
            i -> {
              hidden(i.model(), 1).set(0);
              return i.cache();
            });
    assertThat(isZero(cache.get(model -> hidden(model, 1)).value())).isTrue();
    assertThat(cache.get(model -> hidden(model, 0)).isPresent()).isTrue();
  }

  @Test
  void cacheSkip() {
    record Both(Cache<Gpt2> cache, Saved<Hidden> given) {}
    Both found =
        trace(
            i -> {
              Saved<Hidden> given = hidden(i.model(), 0).save();
              i.model().transformer().h(1).skip(hidden(i.model(), 0));
              return new Both(i.cache(CacheOptions.paths("transformer.h.*")), given);
            });
    assertThat(found.cache().get(model -> hidden(model, 1)).value())
        .isEqualTo(found.given().value());
  }

  @Test
  void cacheSomeModules() {
    Cache<Gpt2> cache = trace(i -> i.cache(CacheOptions.paths("transformer.h.*.mlp", "lm_head")));
    assertThat(cache.sites().stream().map(SiteKey::module))
        .containsExactly(
            "transformer.h.0.mlp",
            "transformer.h.1.mlp",
            "transformer.h.2.mlp",
            "transformer.h.3.mlp",
            "lm_head")
        .inOrder();
  }

  @Test
  void cacheSomeModulesByRef() {
    Cache<Gpt2> cache =
        trace(
            i -> {
              Gpt2 model = i.model();
              return i.cache(CacheOptions.of(model.transformer().h(1).mlp(), model.lmHead()));
            });
    assertThat(cache.sites().stream().map(SiteKey::module))
        .containsExactly("transformer.h.1.mlp", "lm_head")
        .inOrder();
  }

  @Test
  void cacheSomeModulesGeneration() {
    Cache<Gpt2> cache =
        generate(3, i -> i.cache(CacheOptions.paths("transformer.h.1").allSteps())).recorded();
    assertThat(cache.sites()).containsExactly(SiteKey.output("transformer.h.1"));
    assertThat(cache.get(model -> hidden(model, 1)).steps()).containsExactly(0, 1, 2).inOrder();
  }

  @Test
  void multipleCaches() {
    List<Cache<Gpt2>> caches =
        trace(
            i ->
                List.of(
                    i.cache(CacheOptions.paths("transformer.h.0")),
                    i.cache(CacheOptions.paths("transformer.h.1"))));
    assertThat(caches.get(0).sites()).containsExactly(SiteKey.output("transformer.h.0"));
    assertThat(caches.get(1).sites()).containsExactly(SiteKey.output("transformer.h.1"));
  }

  @Test
  void cacheAttributeAccess() {
    Cache<Gpt2> cache = trace(i -> i.cache(CacheOptions.paths("transformer.h.*")));
    assertThat(cache.get(model -> hidden(model, -1)).value())
        .isEqualTo(cache.get(model -> hidden(model, 3)).value());
    RecordingException outside =
        assertThrows(RecordingException.class, () -> cache.get(model -> hidden(model, 12)));
    assertThat(outside).hasMessageThat().contains("h(12) does not exist");
    RecordingException absent =
        assertThrows(RecordingException.class, () -> cache.get(model -> model.lmHead().output()));
    assertThat(absent).hasMessageThat().contains("the cache does not hold lm_head.output");
  }

  @Test
  void cacheNoEntryInput() {
    Cache<Gpt2> cache = trace(i -> i.cache(CacheOptions.paths("transformer.h.0")));
    RecordingException error =
        assertThrows(
            RecordingException.class, () -> cache.get(model -> model.transformer().h(0).input()));
    assertThat(error).hasMessageThat().contains("transformer.h.0.input");
  }

  /** A pattern without a module is a mistake, not an empty cache. */
  @Test
  void cacheOfNothingIsRefused() {
    RecordingException error =
        assertThrows(
            RecordingException.class, () -> trace(i -> i.cache(CacheOptions.paths("h.*"))));
    assertThat(error).hasMessageThat().contains("no module matches 'h.*'");
  }
}
