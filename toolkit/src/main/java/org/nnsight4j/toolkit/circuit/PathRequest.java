package org.nnsight4j.toolkit.circuit;

import java.util.List;
import java.util.function.Predicate;

/**
 * What path patching was asked for.
 *
 * @param senders none for all that come before the last receiver
 * @param frozen which nodes keep the output of their own run
 * @param positions at which senders send; none for all
 */
record PathRequest(
    List<Receiver> receivers,
    List<CircuitNode> senders,
    Predicate<CircuitNode> frozen,
    List<Integer> positions,
    boolean noise,
    int sendersAtOnce) {
  PathRequest {
    receivers = List.copyOf(receivers);
    senders = List.copyOf(senders);
    positions = List.copyOf(positions);
  }

  PathRequest into(List<Receiver> some) {
    return new PathRequest(some, senders, frozen, positions, noise, sendersAtOnce);
  }

  PathRequest from(List<CircuitNode> some) {
    return new PathRequest(receivers, some, frozen, positions, noise, sendersAtOnce);
  }

  PathRequest freeze(Predicate<CircuitNode> rule) {
    return new PathRequest(receivers, senders, rule, positions, noise, sendersAtOnce);
  }

  PathRequest at(List<Integer> some) {
    return new PathRequest(receivers, senders, frozen, some, noise, sendersAtOnce);
  }

  PathRequest noise(boolean yes) {
    return new PathRequest(receivers, senders, frozen, positions, yes, sendersAtOnce);
  }

  PathRequest atOnce(int count) {
    return new PathRequest(receivers, senders, frozen, positions, noise, count);
  }
}
