package org.nnsight4j.processor.declare;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import org.nnsight4j.processor.model.Kind;
import org.nnsight4j.processor.model.LayerType;
import org.nnsight4j.processor.model.RuntimeNames;
import org.nnsight4j.processor.model.TypeRef;

/**
 * Whether a class that implements a layer interface would compile. Most faults do no harm, because
 * their method can throw; but some interfaces cannot be implemented by any class, and then none
 * should try.
 */
public final class Implementable {
  private static final Set<Kind> MODULES = Set.of(Kind.LAYER, Kind.TRANSFORM, Kind.TUPLE_LAYER);

  private final ArchitectureDeclaration descriptor;
  private final TypeRefs refs;
  private final Inheritance inheritance;

  Implementable(ArchitectureDeclaration descriptor, TypeRefs refs, Inheritance inheritance) {
    this.descriptor = descriptor;
    this.refs = refs;
    this.inheritance = inheritance;
  }

  boolean test(LayerDeclaration layer) {
    return layer.element().getKind() == ElementKind.INTERFACE
        && layer.element().getTypeParameters().isEmpty()
        && !isClosed(layer.element(), descriptor)
        && refs.isWritable(layer.element().asType())
        && hasParents(layer)
        && hasUsableKind(layer)
        && layer.children().stream().allMatch(child -> isOpen(layer, child))
        && layer.defaults().stream().noneMatch(method -> clashes(layer, method));
  }

  /** Whether a sealed interface leaves the generated class out. */
  public static boolean isClosed(TypeElement layer, ArchitectureDeclaration descriptor) {
    return layer.getModifiers().contains(Modifier.SEALED)
        && !(layer.equals(descriptor.element())
            && layer.getPermittedSubclasses().stream()
                .anyMatch(type -> Display.of(type).equals(descriptor.generatedName())));
  }

  private boolean hasParents(LayerDeclaration layer) {
    var closure = Set.copyOf(inheritance.closure(layer.element()));
    return descriptor.missing().stream().noneMatch(missing -> closure.contains(missing.place()));
  }

  private boolean hasUsableKind(LayerDeclaration layer) {
    if (layer.kinds().isEmpty()) {
      // The root must be some kind of layer; if it forgot to extend one, nothing depends on which.
      return isRoot(layer);
    }
    return layer
        .kind()
        .flatMap(KindUse::widths)
        .flatMap(refs::widths)
        .filter(widths -> !isRoot(layer) || MODULES.contains(layer.kinds().get(0).kind()))
        .isPresent();
  }

  /** The kind to implement. */
  LayerType typeOf(LayerDeclaration layer) {
    Optional<LayerType> type =
        layer
            .kind()
            .flatMap(
                use ->
                    use.widths()
                        .flatMap(refs::widths)
                        .map(widths -> new LayerType(use.kind(), widths)));
    return type.orElse(new LayerType(Kind.LAYER, List.of(TypeRef.Named.AXIS)));
  }

  private boolean isOpen(LayerDeclaration layer, ChildDeclaration child) {
    if (child.returned() instanceof Returned.Missing
        || !refs.isWritable(child.type().getReturnType())
        || !child.type().getParameterTypes().stream().allMatch(refs::isWritable)) {
      return false;
    }
    return !given(layer).contains(child.signature()) || isInherited(layer, child);
  }

  /** Whether the generated class has this method from its base class, or from {@code Model}. */
  boolean isInherited(LayerDeclaration layer, ChildDeclaration child) {
    // A layer in place of a tensor or String is not a re-declaration; javac refuses it as well.
    return child.returned() instanceof Returned.Wrong && given(layer).contains(child.signature());
  }

  private boolean clashes(LayerDeclaration layer, ExecutableElement method) {
    String signature = inheritance.signature(method, layer.element());
    return RuntimeNames.NODE_METHODS.contains(signature)
        || inheritance.signatures("java.lang.Object").contains(signature);
  }

  private Set<String> given(LayerDeclaration layer) {
    Set<String> given = inheritance.signatures(typeOf(layer).kind().qualifiedName());
    given.addAll(inheritance.signatures("java.lang.Object"));
    given.addAll(RuntimeNames.NODE_METHODS);
    if (isRoot(layer)) {
      given.add(RuntimeNames.BIND_SIGNATURE);
    }
    return given;
  }

  private boolean isRoot(LayerDeclaration layer) {
    return layer.element().equals(descriptor.element());
  }
}
