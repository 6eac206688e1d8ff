package org.nnsight4j.junit;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;

/** Opens the embedded model, and counts how often. */
final class EmbeddedModel implements Supplier<LanguageModel<Gpt2>> {
  static final AtomicInteger OPENED = new AtomicInteger();

  @Override
  public LanguageModel<Gpt2> get() {
    OPENED.incrementAndGet();
    return EmbeddedGpt2.open().as(Gpt2.class);
  }
}
