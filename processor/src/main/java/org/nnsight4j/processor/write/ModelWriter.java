package org.nnsight4j.processor.write;

import com.palantir.javapoet.JavaFile;
import java.io.IOException;
import java.util.List;
import javax.annotation.processing.Filer;
import javax.lang.model.element.Element;
import org.nnsight4j.processor.model.ArchitectureModel;

/** Writes the one file of a descriptor. */
public final class ModelWriter {
  private static final List<Rule> NODE =
      List.of(
          new AddHeader(),
          new AddSupertypes(),
          new AddConstructors(),
          new AddChildren(),
          new AddFaultyMembers());

  private final Filer filer;
  private final List<Rule> model;

  /**
   * @param generator what {@code @Generated} names
   */
  public ModelWriter(Filer filer, String generator) {
    this.filer = filer;
    this.model =
        List.of(
            new MarkAsGenerated(generator),
            new AddHeader(),
            new AddSupertypes(),
            new AddConstructors(),
            new AddBind(),
            new AddChildren(),
            new AddFaultyMembers(),
            new AddNodes(NODE),
            new QualifyHiddenNames());
  }

  /**
   * @param origin the descriptor: the only one, since the processor is isolating
   */
  public void write(ArchitectureModel architecture, Element origin) throws IOException {
    ClassContext context = ClassContext.root(architecture);
    model.forEach(rule -> rule.execute(context));
    context.type().addOriginatingElement(origin);
    JavaFile.builder(architecture.packageName(), context.type().build())
        .skipJavaLangImports(true)
        .build()
        .writeTo(filer);
  }
}
