package org.example;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2Small;

/** A descriptor of the user's own, on top of one from the jar. */
@Architecture("gpt2")
public interface Mine extends Gpt2 {
  static Object places(Gpt2Small small) {
    return new Object[] {new MineModel().transformer().h(0), small.transformer().h(11)};
  }
}
