package org.nnsight4j.processor.model;

import java.util.List;

/** One generated class: the root, or the proxy of a layer interface. */
public record LayerModel(
    String className, TypeRef.Named layer, LayerType type, List<Member> members) {
  public LayerModel {
    members = List.copyOf(members);
  }
}
