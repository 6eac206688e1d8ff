package org.nnsight4j.samples.cookbook;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.nnsight4j.engine.NDArrays;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;

/** Saved numbers as an NDArray of DJL. */
public final class ArrayOfDjl {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open();
        NDManager manager = NDManager.newBaseManager()) {
      var saved =
          gpt2.trace("The Eiffel Tower is in the city of", model -> model.output().at(-1).save());
      NDArray array = NDArrays.of(manager, saved.value());
      System.out.println(array.getShape() + " " + array.argMax().getLong());
    }
  }
}
