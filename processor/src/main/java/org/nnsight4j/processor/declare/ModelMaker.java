package org.nnsight4j.processor.declare;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.util.Elements;
import javax.lang.model.util.Types;
import org.nnsight4j.processor.model.ArchitectureModel;
import org.nnsight4j.processor.model.Kind;
import org.nnsight4j.processor.model.LayerModel;
import org.nnsight4j.processor.model.LayerType;
import org.nnsight4j.processor.model.Member;
import org.nnsight4j.processor.model.RuntimeNames;
import org.nnsight4j.processor.model.TypeRef;
import org.nnsight4j.processor.model.UniqueNames;
import org.nnsight4j.processor.report.Report;
import org.nnsight4j.processor.snapshot.Snapshot;

/** Decides what will be written: the declaration without what the report faults. */
public final class ModelMaker {
  private final ArchitectureDeclaration descriptor;
  private final Report report;
  private final Elements elements;
  private final TypeRefs refs;
  private final Inheritance inheritance;
  private final Implementable implementable;
  private final Map<ExecutableElement, Snapshot.Module> places;
  private final DescriptorPlaces paths;
  private final Map<TypeElement, String> nodeNames = new LinkedHashMap<>();

  private ModelMaker(
      ArchitectureDeclaration descriptor,
      Report report,
      Optional<Snapshot> snapshot,
      Elements elements,
      Types types) {
    this.descriptor = descriptor;
    this.report = report;
    this.elements = elements;
    this.refs = new TypeRefs(types, new Access(descriptor.packageElement()));
    this.inheritance = new Inheritance(elements, types);
    this.implementable = new Implementable(descriptor, refs, inheritance);
    this.paths = DescriptorPlaces.of(descriptor);
    this.places = snapshot.map(found -> SnapshotPlaces.of(descriptor, found)).orElse(Map.of());
  }

  public static ArchitectureModel make(
      ArchitectureDeclaration descriptor,
      Report report,
      Optional<Snapshot> snapshot,
      Elements elements,
      Types types) {
    return new ModelMaker(descriptor, report, snapshot, elements, types).make();
  }

  /** The model of a descriptor that cannot be read: a class that compiles, and nothing else. */
  public static ArchitectureModel bare(ArchitectureDeclaration descriptor) {
    return new ArchitectureModel(
        TypeRefs.named(descriptor.element()),
        descriptor.generatedName(),
        Access.isPublic(descriptor.element()),
        false,
        "",
        Optional.empty(),
        List.of(),
        Set.of(),
        Set.of());
  }

  private ArchitectureModel make() {
    nameNodes();
    List<LayerModel> nested =
        nodeNames.entrySet().stream()
            .flatMap(
                node ->
                    descriptor.layer(node.getKey()).map(l -> layer(l, node.getValue())).stream())
            .toList();
    return new ArchitectureModel(
        TypeRefs.named(descriptor.element()),
        descriptor.generatedName(),
        Access.isPublic(descriptor.element()),
        seesGenerated(),
        descriptor.mark().text().orElse(""),
        descriptor
            .root()
            .filter(implementable::test)
            .map(root -> layer(root, descriptor.generatedName())),
        nested,
        Lints.of(descriptor, elements),
        Set.of());
  }

  private void nameNodes() {
    if (descriptor.root().filter(implementable::test).isEmpty()) {
      return;
    }
    UniqueNames names = new UniqueNames(taken());
    for (LayerDeclaration layer : descriptor.all()) {
      if (!layer.element().equals(descriptor.element()) && implementable.test(layer)) {
        nodeNames.put(layer.element(), names.claim(FileNames.node(layer, descriptor)));
      }
    }
  }

  /** The names that a nested class could hide: every type and package that may be mentioned. */
  private Set<String> taken() {
    Set<String> taken = new HashSet<>(Set.of("java", "javax", "org"));
    taken.add(descriptor.generatedName());
    for (Kind kind : Kind.values()) {
      taken.add(kind.nodeName());
    }
    for (LayerDeclaration layer : descriptor.all()) {
      taken.addAll(inheritance.typeNames(layer.element()));
      taken.addAll(names(layer.element()));
      layer
          .kind()
          .flatMap(KindUse::widths)
          .ifPresent(all -> all.forEach(w -> taken.addAll(names(w))));
      for (ChildDeclaration child : layer.children()) {
        if (child.returned() instanceof Returned.Leaf leaf) {
          leaf.widths().forEach(width -> taken.addAll(names(width)));
        }
      }
    }
    return taken;
  }

  private static Set<String> names(TypeElement type) {
    TypeRef.Named named = TypeRefs.named(type);
    Set<String> names = new HashSet<>(named.simpleNames());
    names.add(named.packageName().split("\\.", 2)[0]);
    return names;
  }

  private LayerModel layer(LayerDeclaration layer, String className) {
    List<Member> members = new ArrayList<>();
    for (ChildDeclaration child : layer.children()) {
      // A re-declared method of the runtime or of Object is already inherited.
      if (!implementable.isInherited(layer, child)) {
        members.add(member(child));
      }
    }
    return new LayerModel(
        className, TypeRefs.named(layer.element()), implementable.typeOf(layer), members);
  }

  private Member member(ChildDeclaration child) {
    Optional<String> fault = report.of(child.method()).map(found -> found.message().id());
    Optional<Member.Target> target = target(child);
    if (fault.isPresent() || target.isEmpty()) {
      return faulty(child, fault.orElse("see the errors of its type"));
    }
    return new Member.Child(child.name(), child.path(), repeat(child), target.get(), known(child));
  }

  private Member.Known known(ChildDeclaration child) {
    Optional<Snapshot.Module> module = Optional.ofNullable(places.get(child.method()));
    Optional<KindUse> use = Shapes.kind(child, descriptor);
    List<String> stated = module.map(Snapshot.Module::shapes).orElse(List.of());
    return new Member.Known(
        module.map(Snapshot.Module::path).or(() -> paths.path(child)).orElse(child.path()),
        module.flatMap(Snapshot.Module::type).or(() -> Shapes.type(child)),
        use.filter(found -> found.kind().tupleSize() > 0).isPresent(),
        stated.isEmpty() ? use.map(found -> shapes(child, found)).orElse(List.of()) : stated,
        module.isEmpty() && child.mayBeAbsent());
  }

  private static List<String> shapes(ChildDeclaration child, KindUse use) {
    return Collections.nCopies(Math.max(1, use.kind().tupleSize()), Shapes.of(child, use));
  }

  private Optional<Member.Target> target(ChildDeclaration child) {
    if (child.returned() instanceof Returned.Leaf leaf) {
      return refs.widths(leaf.widths())
          .map(widths -> new Member.Target.Leaf(new LayerType(leaf.kind(), widths)));
    }
    if (child.returned() instanceof Returned.Nested nested) {
      return Optional.ofNullable(nodeNames.get(nested.layer()))
          .map(name -> new Member.Target.Nested(TypeRefs.named(nested.layer()), name));
    }
    return Optional.empty();
  }

  private static Optional<Member.Repeat> repeat(ChildDeclaration child) {
    return child.method().getParameters().stream()
        .findFirst()
        .map(
            parameter ->
                new Member.Repeat(
                    parameter.getSimpleName().toString(),
                    child.index().flatMap(Mark::text).orElse(""),
                    child.index().flatMap(index -> index.number("count"))));
  }

  private Member faulty(ChildDeclaration child, String reason) {
    List<Member.Parameter> parameters = new ArrayList<>();
    for (int i = 0; i < child.type().getParameterTypes().size(); i++) {
      parameters.add(
          new Member.Parameter(
              child.method().getParameters().get(i).getSimpleName().toString(),
              refs.erased(child.type().getParameterTypes().get(i))));
    }
    return new Member.Faulty(
        child.name(), refs.erased(child.type().getReturnType()), parameters, reason);
  }

  /** A module has to require java.compiler for this, and few do. */
  private boolean seesGenerated() {
    return elements.getTypeElement(
            elements.getModuleOf(descriptor.element()), RuntimeNames.GENERATED)
        != null;
  }
}
