package org.nnsight4j.processor.write;

import static javax.lang.model.element.Modifier.PUBLIC;

import com.palantir.javapoet.AnnotationSpec;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.ParameterSpec;
import org.nnsight4j.processor.model.LayerModel;
import org.nnsight4j.processor.model.Member;
import org.nnsight4j.processor.model.Member.Target;
import org.nnsight4j.processor.model.RuntimeNames;

/** Adds one method for every child. */
final class AddChildren implements Rule {
  @Override
  public void execute(ClassContext context) {
    context.layer().map(LayerModel::members).stream()
        .flatMap(members -> members.stream())
        .filter(Member.Child.class::isInstance)
        .map(Member.Child.class::cast)
        .forEach(child -> context.type().addMethod(method(child, context.names())));
  }

  private static MethodSpec method(Member.Child child, TypeNames names) {
    MethodSpec.Builder method =
        MethodSpec.methodBuilder(child.method())
            .addAnnotation(names.of(RuntimeNames.OVERRIDE))
            .addModifiers(PUBLIC)
            .returns(names.of(child.target()));
    CodeBlock place;
    if (child.repeat().isPresent()) {
      Member.Repeat repeat = child.repeat().get();
      String index = repeat.parameter();
      method
          .addJavadoc(
              "One of $L; config.json's $L says how many there are$L.\n",
              place(child),
              Javadoc.code(repeat.key()),
              repeat.count().map(count -> ", here " + count).orElse(""))
          .addParameter(
              ParameterSpec.builder(int.class, index).addAnnotation(index(repeat, names)).build());
      place = CodeBlock.of("item($S, $N, $S)", child.path(), index, repeat.key());
    } else {
      method.addJavadoc("$L\n", place(child));
      place = CodeBlock.of("child($S)", child.path());
    }
    // Reads the field through super, because one of the author's interfaces may have a constant of
    // that name.
    return method
        .addStatement("return new $L(super.scope, $L)", proxy(child.target(), names), place)
        .build();
  }

  /** Path, class and shape, which an editor shows next to a completion. */
  private static CodeBlock place(Member.Child child) {
    Member.Known known = child.known();
    CodeBlock.Builder place = CodeBlock.builder().add(Javadoc.code(known.path()));
    known.type().ifPresent(type -> place.add(", $L", Javadoc.code(type)));
    String before = known.isTuple() ? ": a tuple of " : ": ";
    for (String shape : known.shapes()) {
      place.add("$L$L", before, Javadoc.code(shape));
      before = " and ";
    }
    if (known.mayBeAbsent()) {
      place.add("; only some configurations have it");
    }
    return place.build();
  }

  /** Repeats the annotation, because parameters do not inherit it. */
  private static AnnotationSpec index(Member.Repeat repeat, TypeNames names) {
    AnnotationSpec.Builder index =
        AnnotationSpec.builder(names.of(RuntimeNames.INDEX)).addMember("value", "$S", repeat.key());
    repeat.count().ifPresent(count -> index.addMember("count", "$L", count));
    return index.build();
  }

  private static CodeBlock proxy(Target target, TypeNames names) {
    return target instanceof Target.Nested nested
        ? CodeBlock.of("$N", nested.nodeName())
        : CodeBlock.of("$T<>", names.rawNodeOf(((Target.Leaf) target).type()));
  }
}
