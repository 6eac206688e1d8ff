package org.nnsight4j.processor.model;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The file that one descriptor yields.
 *
 * @param descriptor the annotated type
 * @param className the generated class
 * @param isPublic whether other packages may use it
 * @param markGenerated whether {@code @Generated} is visible from the descriptor's module
 * @param architecture what {@code @Architecture} names
 * @param root empty if the descriptor cannot be implemented
 * @param nested the proxies of its layer interfaces
 * @param hidden simple names that mean something else inside the generated class
 */
public record ArchitectureModel(
    TypeRef.Named descriptor,
    String className,
    boolean isPublic,
    boolean markGenerated,
    String architecture,
    Optional<LayerModel> root,
    List<LayerModel> nested,
    Set<String> hidden) {
  public ArchitectureModel {
    nested = List.copyOf(nested);
    hidden = Set.copyOf(hidden);
  }

  public String packageName() {
    return descriptor.packageName();
  }
}
