package org.nnsight4j.processor.model;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

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
 * @param suppressed the warnings that the author's own code causes, and that would be repeated
 * @param inFull outermost types whose simple names mean something else inside the generated class
 */
public record ArchitectureModel(
    TypeRef.Named descriptor,
    String className,
    boolean isPublic,
    boolean markGenerated,
    String architecture,
    Optional<LayerModel> root,
    List<LayerModel> nested,
    Set<String> suppressed,
    Set<TypeRef.Named> inFull) {
  public ArchitectureModel {
    nested = List.copyOf(nested);
    suppressed = Collections.unmodifiableSet(new TreeSet<>(suppressed));
    inFull = Set.copyOf(inFull);
  }

  public String packageName() {
    return descriptor.packageName();
  }

  /** The generated class itself. */
  public TypeRef.Named self() {
    return new TypeRef.Named(packageName(), List.of(className));
  }

  public ArchitectureModel withInFull(Set<TypeRef.Named> types) {
    return new ArchitectureModel(
        descriptor,
        className,
        isPublic,
        markGenerated,
        architecture,
        root,
        nested,
        suppressed,
        types);
  }
}
