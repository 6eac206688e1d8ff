package org.nnsight4j.processor;

import com.google.auto.service.AutoService;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import javax.annotation.processing.AbstractProcessor;
import javax.annotation.processing.FilerException;
import javax.annotation.processing.Processor;
import javax.annotation.processing.RoundEnvironment;
import javax.lang.model.SourceVersion;
import javax.lang.model.element.Element;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.TypeKind;
import javax.lang.model.util.Elements;
import javax.lang.model.util.Types;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.DeclarationReader;
import org.nnsight4j.processor.declare.FileNames;
import org.nnsight4j.processor.declare.Inheritance;
import org.nnsight4j.processor.declare.Mark;
import org.nnsight4j.processor.declare.ModelMaker;
import org.nnsight4j.processor.declare.Spelling;
import org.nnsight4j.processor.model.ArchitectureModel;
import org.nnsight4j.processor.model.RuntimeNames;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Fault;
import org.nnsight4j.processor.report.Report;
import org.nnsight4j.processor.report.Reporter;
import org.nnsight4j.processor.snapshot.BadSnapshotException;
import org.nnsight4j.processor.snapshot.Snapshot;
import org.nnsight4j.processor.snapshot.SnapshotFiles;
import org.nnsight4j.processor.validate.Check;
import org.nnsight4j.processor.validate.Checks;
import org.nnsight4j.processor.write.ModelWriter;

/**
 * Writes {@code Gpt2Model} for the descriptor {@code Gpt2}. Every descriptor goes through the same
 * steps:
 *
 * <ol>
 *   <li>{@code declare}: {@link DeclarationReader} reads what the author wrote, right or wrong. If
 *       it mentions a type that does not exist yet, it waits a round, because another processor may
 *       write that type.
 *   <li>{@code validate}: {@link Checks} has one class per rule; each adds to the {@link Report}.
 *   <li>{@code model}: {@link ModelMaker} keeps what the report does not fault, as records.
 *   <li>{@code write}: {@link ModelWriter} turns those into one class, in whatever state they are:
 *       a missing class would bury the mistake under "cannot find symbol".
 *   <li>{@code report}: {@link Reporter} prints each mistake once, where it was made.
 * </ol>
 */
@AutoService(Processor.class)
public final class ArchitectureProcessor extends AbstractProcessor {
  /** {@code -Annsight4j.pinning=off}: for the build that writes a snapshot again. */
  private static final String PINNING = "nnsight4j.pinning";

  private final List<Check> extraChecks;

  // Names rather than elements, which are valid for only one round.
  private final Set<String> waiting = new LinkedHashSet<>();
  private final Set<String> sources = new HashSet<>();
  private @Nullable Reporter reporter;

  public ArchitectureProcessor() {
    this(List.of());
  }

  ArchitectureProcessor(List<Check> extraChecks) {
    this.extraChecks = extraChecks;
  }

  @Override
  public Set<String> getSupportedAnnotationTypes() {
    // Annotations on the classes that it writes are its own as well.
    return Set.of(RuntimeNames.PACKAGE + ".*", RuntimeNames.GENERATED);
  }

  @Override
  public Set<String> getSupportedOptions() {
    return Set.of(PINNING);
  }

  @Override
  public SourceVersion getSupportedSourceVersion() {
    return SourceVersion.latestSupported();
  }

  @Override
  public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
    for (Element root : round.getRootElements()) {
      sources.add(root.toString());
    }
    Set<TypeElement> descriptors = new LinkedHashSet<>();
    for (String name : waiting) {
      TypeElement descriptor = elements().getTypeElement(name);
      if (descriptor != null) {
        descriptors.add(descriptor);
      }
    }
    waiting.clear();
    for (TypeElement annotation : annotations) {
      if (annotation.getQualifiedName().contentEquals(RuntimeNames.ARCHITECTURE)) {
        for (Element element : round.getElementsAnnotatedWith(annotation)) {
          descriptors.add((TypeElement) element);
        }
      }
    }
    for (TypeElement descriptor : descriptors) {
      // An illegal interface, such as one that extends itself; javac has already reported it.
      if (descriptor.asType().getKind() == TypeKind.DECLARED) {
        processSafely(descriptor, round.processingOver());
      }
    }
    return isAlone();
  }

  /**
   * Whether to claim our annotations. Unclaimed annotations are a warning under -Xlint:processing;
   * but once all annotations of a round are claimed, javac calls no other processor, and a
   * processor for everything would silently miss the descriptors.
   */
  private static boolean isAlone() {
    try {
      return ServiceLoader.load(Processor.class, ArchitectureProcessor.class.getClassLoader())
          .stream()
          .map(ServiceLoader.Provider::type)
          .allMatch(ArchitectureProcessor.class::equals);
    } catch (ServiceConfigurationError e) { // in another jar, and for javac to report
      return false;
    }
  }

  private void processSafely(TypeElement element, boolean isLastRound) {
    try {
      process(element, isLastRound);
    } catch (Throwable e) { // javac would report any of them as its own crash
      StringWriter stack = new StringWriter();
      e.printStackTrace(new PrintWriter(stack));
      // Does not use the reporter, which may be what failed.
      Fault bug = Fault.on(element, DiagnosticKind.BUG, element, stack);
      processingEnv.getMessager().printMessage(bug.message().kind(), bug.text(), element);
    }
  }

  private void process(TypeElement element, boolean isLastRound) throws IOException {
    ArchitectureDeclaration descriptor = DeclarationReader.read(element, elements(), types());
    if (!descriptor.missing().isEmpty() && !isLastRound) {
      waiting.add(element.getQualifiedName().toString());
      return;
    }
    ArchitectureModel model = ModelMaker.bare(descriptor);
    try {
      Report report = Checks.run(checks(), descriptor);
      model = ModelMaker.make(descriptor, report, snapshot(descriptor), elements(), types());
      Spelling spelling =
          Spelling.of(model, descriptor, new Inheritance(elements(), types()), elements());
      Optional<Fault> hidden = spelling.fault();
      // One mistake may have been the consequence of another.
      if (hidden.isPresent()) {
        report = report.plus(new Report(List.of(hidden.get())));
        model = ModelMaker.bare(descriptor);
      } else {
        model = model.withInFull(spelling.inFull());
      }
      print(report, element);
    } finally {
      write(model, element);
    }
  }

  /** Only for javadoc: a rule checks whether there is one, and whether it agrees. */
  private Optional<Snapshot> snapshot(ArchitectureDeclaration descriptor) {
    try {
      Optional<String> name =
          Mark.of(descriptor.element(), RuntimeNames.PINNED).flatMap(Mark::text);
      return name.isEmpty()
          ? Optional.empty()
          : new SnapshotFiles(processingEnv.getFiler())
              .find(descriptor.packageElement().getQualifiedName().toString(), name.get());
    } catch (BadSnapshotException e) {
      return Optional.empty();
    }
  }

  private void write(ArchitectureModel model, TypeElement element) throws IOException {
    if (FileNames.length(model.className()) > FileNames.LONGEST) {
      return; // a rule has reported it
    }
    // Does not use getPackageElement: Eclipse assumes that any package that is asked for exists.
    if (sources.stream().anyMatch(name -> name.startsWith(model.self().qualifiedName() + "."))) {
      tellTaken(model, element, "a package of that name");
      return;
    }
    try {
      new ModelWriter(processingEnv.getFiler(), ArchitectureProcessor.class.getName())
          .write(model, element);
    } catch (FilerException e) {
      tellTaken(model, element, "another class of that name");
    }
  }

  private void tellTaken(ArchitectureModel model, TypeElement element, String by) {
    Fault taken = Fault.on(element, DiagnosticKind.NAME_TAKEN, model.className(), by);
    print(new Report(List.of(taken)), element);
  }

  private List<Check> checks() {
    List<Check> checks = new ArrayList<>(Checks.all(new Inheritance(elements(), types())));
    if (!"off".equals(processingEnv.getOptions().get(PINNING))) {
      checks.add(Checks.pinned(new SnapshotFiles(processingEnv.getFiler())));
    }
    checks.addAll(extraChecks);
    return checks;
  }

  private void print(Report report, TypeElement subject) {
    if (reporter == null) {
      reporter = new Reporter(processingEnv.getMessager());
    }
    reporter.print(report, subject, sources);
  }

  private Elements elements() {
    return processingEnv.getElementUtils();
  }

  private Types types() {
    return processingEnv.getTypeUtils();
  }
}
