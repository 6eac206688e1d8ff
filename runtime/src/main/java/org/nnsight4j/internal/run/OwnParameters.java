package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.internal.graph.Node;

/**
 * The parameters of one run: those of the model, except where the run has its own. The model's are
 * shared by all runs, and never change.
 */
final class OwnParameters {
  private final Network network;
  private final Arena arena;
  private final ReceiptBuilder receipt;
  private final Map<String, NDArray> own = new HashMap<>();
  private final Set<Integer> written = new HashSet<>();
  private final Map<NDArray, NDArray> instead = new IdentityHashMap<>();

  OwnParameters(Network network, Arena arena, ReceiptBuilder receipt) {
    this.network = network;
    this.arena = arena;
    this.receipt = receipt;
  }

  /** A parameter in the type of the run, as it is now; a handle of its own. */
  NDArray read(String name) {
    NDArray current = current(name);
    long type = Transfer.code(network.precision().run());
    return TorchOps.get().call(arena, "in_type", current, type);
  }

  private NDArray current(String name) {
    NDArray replaced = instead.get(network.parameter(name));
    return replaced == null ? network.parameter(name) : replaced;
  }

  /** Replaces a parameter from now on; in a loop over all steps, at the first. */
  void replace(Node.ParameterWrite write, NDArray value) {
    if (!written.add(write.id())) {
      return;
    }
    try (NDArray before = read(write.name())) {
      double change = TorchOps.get().number("change", before, value);
      receipt.fired(write.id(), before.getShape().getShape(), change);
    }
    use(write.name(), value);
  }

  /** Computes with this array from now on; it may be closed, its numbers stay. */
  void use(String name, NDArray value) {
    long type = Transfer.code(Transfer.dtype(value));
    // The same array for gradients, in a handle that lives as long as the run.
    NDArray kept = TorchOps.get().call(arena, "in_type", value, type);
    NDArray before = own.put(name, kept);
    network.parameterHandles(name).forEach(handle -> instead.put(handle, kept));
    if (before != null) {
      before.close();
    }
  }

  /** What the modules of a pass use instead of the model's parameters; null if nothing. */
  @Nullable Map<NDArray, NDArray> instead() {
    return instead.isEmpty() ? null : instead;
  }

  /** Lets a pass compute with them. */
  Pass in(Pass pass) {
    pass.useParameters(instead());
    return pass;
  }
}
