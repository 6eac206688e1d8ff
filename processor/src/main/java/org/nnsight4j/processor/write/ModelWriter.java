package org.nnsight4j.processor.write;

import com.palantir.javapoet.JavaFile;
import java.io.IOException;
import java.io.Writer;
import java.util.HexFormat;
import java.util.List;
import javax.annotation.processing.Filer;
import javax.lang.model.element.Element;
import javax.tools.JavaFileObject;
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
            new SuppressRepeats(),
            new AddHeader(),
            new AddSupertypes(),
            new AddConstructors(),
            new AddBind(),
            new AddChildren(),
            new AddFaultyMembers(),
            new AddNodes(NODE));
  }

  /**
   * @param origin the descriptor, the only origin because the processor is isolating
   */
  public void write(ArchitectureModel architecture, Element origin) throws IOException {
    ClassContext context = ClassContext.root(architecture);
    model.forEach(rule -> rule.execute(context));
    context.type().addOriginatingElement(origin);
    JavaFile file =
        JavaFile.builder(architecture.packageName(), context.type().build())
            .skipJavaLangImports(true)
            .build();
    JavaFileObject source = filer.createSourceFile(architecture.self().qualifiedName(), origin);
    try (Writer writer = source.openWriter()) {
      writer.write(ascii(file.toString()));
    } catch (IOException e) {
      source.delete();
      throw e;
    }
  }

  /** The filer writes in javac's -encoding, which may have no letters except these. */
  private static String ascii(String source) {
    StringBuilder text = new StringBuilder(source.length());
    for (char c : source.toCharArray()) {
      if (c < 128) {
        text.append(c);
      } else {
        text.append("\\u").append(HexFormat.of().toHexDigits(c));
      }
    }
    return text.toString();
  }
}
