package org.nnsight4j.internal.eager;

import java.util.List;
import java.util.Optional;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;

/** What {@code save()} gives for numbers that are here already. */
record EagerSaved<A>(Tensor value, SourceLine line) implements Saved<A> {
  @Override
  public List<Tensor> values() {
    return List.of(value);
  }

  @Override
  public Optional<Tensor> at(int step) {
    return step == 0 ? Optional.of(value) : Optional.empty();
  }

  @Override
  public List<Integer> steps() {
    return List.of(0);
  }

  @Override
  public boolean isPresent() {
    return true;
  }

  @Override
  public boolean isOfLoop() {
    return false;
  }
}
