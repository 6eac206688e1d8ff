package org.nnsight4j.processor.declare;

import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.lang.model.element.TypeElement;
import javax.lang.model.util.ElementFilter;
import javax.lang.model.util.Elements;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.processor.model.ArchitectureModel;
import org.nnsight4j.processor.model.Mentions;
import org.nnsight4j.processor.model.TypeRef;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;

/**
 * How the generated class writes the types that it mentions: by their simple names, or in full if
 * the simple name means another type inside it. A class inherits the member types of the interfaces
 * that it implements, and those hide imports; so do classes in its package that have the name of a
 * class in java.lang. A type can hide a package as well.
 */
public final class Spelling {
  private static final String JAVA_LANG = "java.lang";

  private final ArchitectureDeclaration descriptor;
  private final Elements elements;
  private final String home;
  private final Map<String, TypeElement> inherited = new LinkedHashMap<>();
  private final Map<String, TypeRef.Named> imported = new LinkedHashMap<>();
  private final Set<TypeRef.Named> inFull = new LinkedHashSet<>();
  private Optional<Fault> fault = Optional.empty();

  private Spelling(ArchitectureDeclaration descriptor, Inheritance inheritance, Elements elements) {
    this.descriptor = descriptor;
    this.elements = elements;
    this.home = descriptor.packageElement().getQualifiedName().toString();
    for (LayerDeclaration layer : descriptor.all()) {
      for (TypeElement type : inheritance.closure(layer.element())) {
        for (TypeElement member : ElementFilter.typesIn(type.getEnclosedElements())) {
          inherited.putIfAbsent(member.getSimpleName().toString(), member);
        }
      }
    }
  }

  public static Spelling of(
      ArchitectureModel model,
      ArchitectureDeclaration descriptor,
      Inheritance inheritance,
      Elements elements) {
    Spelling spelling = new Spelling(descriptor, inheritance, elements);
    spelling.decide(Mentions.of(model));
    return spelling;
  }

  /** The types to write with their package. */
  public Set<TypeRef.Named> inFull() {
    return inFull;
  }

  /** A type that cannot be written at all. */
  public Optional<Fault> fault() {
    return fault;
  }

  private void decide(Set<TypeRef.Named> mentioned) {
    Map<String, List<TypeRef.Named>> bySimpleName =
        mentioned.stream()
            .collect(groupingBy(TypeRef.Named::simpleName, LinkedHashMap::new, toList()));
    for (List<TypeRef.Named> namesakes : bySimpleName.values()) {
      Optional<TypeRef.Named> chosen =
          namesakes.stream()
              .filter(type -> hides(type).isEmpty())
              // Of the two, the one that cannot be written in another way.
              .min(
                  comparing(type -> hidesPackage(type).isEmpty() && !type.packageName().isEmpty()));
      chosen.ifPresent(type -> imported.put(type.simpleName(), type));
      namesakes.stream().filter(type -> !chosen.equals(Optional.of(type))).forEach(inFull::add);
    }
    for (TypeRef.Named type : inFull) {
      if (fault.isEmpty()) {
        fault = fault(type);
      }
    }
  }

  private Optional<Fault> fault(TypeRef.Named type) {
    TypeElement rival = hides(type).orElse(null);
    String called = rival == null ? "another type that it names" : Display.of(rival);
    if (type.packageName().isEmpty()) {
      return Optional.of(fault(rival, type, called, "nothing precedes it in the unnamed package"));
    }
    return hidesPackage(type)
        .map(
            hiding ->
                fault(
                    hiding,
                    type,
                    called,
                    "%s hides the package %s".formatted(Display.of(hiding), root(type))));
  }

  private Fault fault(
      @Nullable TypeElement place, TypeRef.Named type, String called, String reason) {
    return Fault.on(
        place == null ? descriptor.element() : place,
        DiagnosticKind.HIDDEN_TYPE,
        descriptor.generatedName(),
        type.qualifiedName(),
        called,
        reason);
  }

  /** What else the simple name means inside the generated class. */
  private Optional<TypeElement> hides(TypeRef.Named type) {
    return Optional.ofNullable(inherited.get(type.simpleName()))
        .or(() -> type.packageName().equals(JAVA_LANG) ? neighbour(type) : Optional.empty());
  }

  /** A type called like the first part of a package. */
  private Optional<TypeElement> hidesPackage(TypeRef.Named type) {
    TypeRef.Named root = new TypeRef.Named(home, List.of(root(type)));
    return Optional.ofNullable(inherited.get(root.simpleName()))
        .or(() -> neighbour(root))
        .or(
            () ->
                Optional.ofNullable(imported.get(root.simpleName()))
                    .map(namesake -> elements.getTypeElement(namesake.qualifiedName())));
  }

  private static String root(TypeRef.Named type) {
    return type.packageName().split("\\.", 2)[0];
  }

  /** The type of the descriptor's package that has the simple name of another one. */
  private Optional<TypeElement> neighbour(TypeRef.Named type) {
    String name = new TypeRef.Named(home, List.of(type.simpleName())).qualifiedName();
    return Optional.ofNullable(elements.getTypeElement(name));
  }
}
