package org.nnsight4j.processor.model;

import java.util.LinkedHashSet;
import java.util.Set;

/** The outermost types that the generated class names, in the order of first mention. */
public final class Mentions {
  private final Set<TypeRef.Named> found = new LinkedHashSet<>();

  private Mentions() {}

  public static Set<TypeRef.Named> of(ArchitectureModel model) {
    Mentions mentions = new Mentions();
    if (model.markGenerated()) {
      mentions.add(RuntimeNames.GENERATED);
    }
    if (!model.suppressed().isEmpty()) {
      mentions.add(RuntimeNames.SUPPRESS_WARNINGS);
    }
    model
        .root()
        .ifPresent(
            root -> {
              mentions.add(model.self());
              mentions.add(model.descriptor());
              mentions.add(RuntimeNames.SCOPE);
              mentions.add(RuntimeNames.MODEL);
              mentions.add(RuntimeNames.OVERRIDE);
              mentions.add(root);
            });
    for (LayerModel layer : model.nested()) {
      mentions.add(RuntimeNames.STRING);
      mentions.add(layer);
    }
    return mentions.found;
  }

  private void add(LayerModel layer) {
    add(layer.layer());
    add(layer.type().kind().node());
    layer.type().widths().forEach(this::add);
    layer.members().forEach(this::add);
  }

  private void add(Member member) {
    add(RuntimeNames.OVERRIDE);
    if (member instanceof Member.Child child) {
      child.repeat().ifPresent(repeat -> add(RuntimeNames.INDEX));
      add(child.target());
    } else if (member instanceof Member.Faulty faulty) {
      add(RuntimeNames.SUPPRESS_WARNINGS);
      add(RuntimeNames.ILLEGAL_STATE);
      add(faulty.returned());
      faulty.parameters().forEach(parameter -> add(parameter.type()));
    }
  }

  private void add(Member.Target target) {
    if (target instanceof Member.Target.Leaf leaf) {
      add(TypeRef.Named.of(leaf.type().kind().qualifiedName()));
      add(leaf.type().kind().node());
      leaf.type().widths().forEach(this::add);
    } else {
      add(((Member.Target.Nested) target).layer());
    }
  }

  private void add(TypeRef type) {
    if (type instanceof TypeRef.ArrayOf array) {
      add(array.component());
    } else if (type instanceof TypeRef.Named named) {
      found.add(named.outermost());
    }
  }

  private void add(String qualifiedName) {
    found.add(TypeRef.Named.of(qualifiedName));
  }
}
