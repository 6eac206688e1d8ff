package org.nnsight4j.docs;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toCollection;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.TypeVariable;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.harvest.DatasetRun;
import org.nnsight4j.junit.ModelAssert;
import org.nnsight4j.langchain4j.TokenProbe;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.notebook.MimeBundle;
import org.nnsight4j.server.NnsightServer;
import org.nnsight4j.toolkit.figure.Heatmap;

/** The signatures that a module exports, sorted, as text. */
final class ApiText {
  private static final Pattern NULLABLE =
      Pattern.compile("@org\\.jspecify\\.annotations\\.(\\w+)(?:\\(\\))?");

  /** Simple names are there once, so that packages would say nothing. */
  private static final Pattern PACKAGES = Pattern.compile("\\b(?:[a-z]\\w*\\.)+(?=[A-Z])");

  private ApiText() {}

  /** Those that export something; where the classes are, a folder or a jar. */
  static List<ModuleReference> modules() {
    return Stream.of(
            LanguageModel.class,
            Gpt2.class,
            Heatmap.class,
            DatasetRun.class,
            ModelAssert.class,
            MimeBundle.class,
            TokenProbe.class,
            NnsightServer.class)
        .map(ApiText::moduleOf)
        .toList();
  }

  private static ModuleReference moduleOf(Class<?> type) {
    try {
      Path place = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
      return ModuleFinder.of(place).findAll().iterator().next();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static String of(ModuleReference module) throws Exception {
    StringBuilder text = new StringBuilder();
    text.append("module ").append(module.descriptor().name()).append('\n');
    module.descriptor().requires().stream()
        .filter(one -> one.modifiers().contains(ModuleDescriptor.Requires.Modifier.TRANSITIVE))
        .map(ModuleDescriptor.Requires::name)
        .sorted()
        .forEach(name -> text.append("  requires transitive ").append(name).append('\n'));
    String before = "";
    for (Class<?> type : types(module)) {
      if (!type.getPackageName().equals(before)) {
        before = type.getPackageName();
        text.append("\npackage ").append(before).append('\n');
      }
      text.append('\n').append(header(type)).append('\n');
      members(type).forEach(member -> text.append("  ").append(member).append('\n'));
    }
    return text.toString();
  }

  private static List<Class<?>> types(ModuleReference module) throws ClassNotFoundException {
    Set<String> exported =
        module.descriptor().exports().stream()
            .filter(one -> !one.isQualified())
            .map(ModuleDescriptor.Exports::source)
            .collect(toCollection(TreeSet::new));
    TreeMap<String, Class<?>> types = new TreeMap<>();
    for (String name : classNames(module)) {
      if (exported.contains(name.substring(0, Math.max(0, name.lastIndexOf('.'))))) {
        Class<?> type = Class.forName(name, false, ApiText.class.getClassLoader());
        if (isVisible(type)) {
          types.put(type.getCanonicalName(), type);
        }
      }
    }
    return List.copyOf(types.values());
  }

  /**
   * Private methods that share a name with a public one of that name and take an internal type:
   * javac names them among the candidates when a call of the public one does not fit.
   */
  static List<String> internalCandidates(ModuleReference module, String name)
      throws ClassNotFoundException {
    List<String> found = new ArrayList<>();
    for (Class<?> type : types(module)) {
      Set<String> shown =
          Arrays.stream(type.getDeclaredMethods())
              .filter(ApiText::isShown)
              .map(Method::getName)
              .collect(toCollection(TreeSet::new));
      for (Method method : type.getDeclaredMethods()) {
        String parameters = Arrays.toString(method.getGenericParameterTypes());
        if (!isShown(method)
            && !method.isSynthetic()
            && method.getName().equals(name)
            && shown.contains(name)
            && parameters.contains(".internal.")) {
          found.add(type.getName() + "." + method.getName() + parameters);
        }
      }
    }
    return found;
  }

  private static List<String> classNames(ModuleReference module) {
    try (ModuleReader reader = module.open();
        Stream<String> files = reader.list()) {
      return files
          .filter(file -> file.endsWith(".class") && !file.endsWith("-info.class"))
          .map(file -> file.substring(0, file.length() - ".class".length()).replace('/', '.'))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isVisible(Class<?> type) {
    for (Class<?> one = type; one != null; one = one.getEnclosingClass()) {
      if (!isVisible(one.getModifiers()) || one.isAnonymousClass() || one.isLocalClass()) {
        return false;
      }
    }
    return true;
  }

  private static boolean isVisible(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }

  private static String header(Class<?> type) {
    StringBuilder text = new StringBuilder(annotations(type));
    int ignored = type.isInterface() || type.isEnum() || type.isRecord() ? Modifier.FINAL : 0;
    int modifiers = type.getModifiers() & ~Modifier.ABSTRACT & ~Modifier.INTERFACE & ~ignored;
    if (type.isMemberClass() && (type.isInterface() || type.isRecord() || type.isEnum())) {
      modifiers &= ~Modifier.STATIC;
    }
    text.append(words(modifiers));
    if (Modifier.isAbstract(type.getModifiers()) && !type.isInterface() && !type.isEnum()) {
      text.append("abstract ");
    }
    text.append(type.isSealed() ? "sealed " : "");
    text.append(kind(type)).append(' ').append(simple(type.getCanonicalName()));
    text.append(variables(type.getTypeParameters()));
    if (type.isRecord()) {
      text.append(
          Arrays.stream(type.getRecordComponents())
              .map(one -> name(one.getAnnotatedType()) + " " + one.getName())
              .collect(joining(", ", "(", ")")));
    }
    AnnotatedType above = type.getAnnotatedSuperclass();
    if (above != null && !Set.of(Object.class, Record.class).contains(type.getSuperclass())) {
      if (!type.isEnum()) {
        text.append(" extends ").append(name(above));
      }
    }
    List<String> interfaces =
        Arrays.stream(type.getAnnotatedInterfaces()).map(ApiText::name).toList();
    if (!interfaces.isEmpty() && !type.isAnnotation()) {
      text.append(type.isInterface() ? " extends " : " implements ");
      text.append(String.join(", ", interfaces));
    }
    if (type.isSealed()) {
      List<String> permitted =
          Arrays.stream(type.getPermittedSubclasses())
              .filter(ApiText::isVisible)
              .map(one -> simple(one.getCanonicalName()))
              .sorted()
              .toList();
      text.append(" permits ").append(permitted.isEmpty() ? "-" : String.join(", ", permitted));
    }
    return text.toString();
  }

  private static String kind(Class<?> type) {
    if (type.isAnnotation()) {
      return "@interface";
    }
    if (type.isInterface()) {
      return "interface";
    }
    return type.isEnum() ? "enum" : type.isRecord() ? "record" : "class";
  }

  private static List<String> members(Class<?> type) {
    List<String> members = new ArrayList<>();
    if (type.isEnum()) {
      members.add(
          Arrays.stream(type.getFields())
              .filter(Field::isEnumConstant)
              .map(Field::getName)
              .collect(joining(", ")));
    }
    List<String> sorted = new ArrayList<>();
    for (Field field : type.getDeclaredFields()) {
      if (isShown(field) && !field.isEnumConstant()) {
        sorted.add(
            annotations(field)
                + words(field.getModifiers())
                + name(field.getAnnotatedType())
                + " "
                + field.getName()
                + constant(field));
      }
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (isShown(constructor) && !type.isEnum()) {
        sorted.add(annotations(constructor) + executable(constructor, "", "new"));
      }
    }
    for (Method method : type.getDeclaredMethods()) {
      if (isShown(method) && !isOfEachEnum(method) && !method.isBridge()) {
        String given = name(method.getAnnotatedReturnType()) + " ";
        Object usual = method.getDefaultValue();
        sorted.add(
            annotations(method)
                + (method.isDefault() ? "default " : "")
                + executable(method, given, method.getName())
                + (usual == null ? "" : " default " + usual));
      }
    }
    sorted.sort(Comparator.comparing(ApiText::sortKey));
    members.addAll(sorted);
    return members;
  }

  /** The name comes first, then all that is said of it. */
  private static String sortKey(String member) {
    String until = member.replaceFirst("(\\(| = ).*", "");
    return until.substring(until.lastIndexOf(' ') + 1) + " " + member;
  }

  private static boolean isShown(Member member) {
    return isVisible(member.getModifiers()) && !member.isSynthetic();
  }

  private static boolean isOfEachEnum(Method method) {
    return method.getDeclaringClass().isEnum()
        && (method.getName().equals("values") || method.getName().equals("valueOf"));
  }

  private static String executable(Executable member, String given, String name) {
    int modifiers = member.getModifiers() & ~Modifier.TRANSIENT & ~Modifier.VOLATILE;
    if (member.getDeclaringClass().isInterface()) {
      modifiers &= ~Modifier.ABSTRACT;
    }
    String variables = variables(member.getTypeParameters());
    AnnotatedType[] types = member.getAnnotatedParameterTypes();
    Parameter[] named = member.getParameters();
    List<String> parameters = new ArrayList<>();
    for (int i = 0; i < types.length; i++) {
      String type = name(types[i]);
      boolean varargs = member.isVarArgs() && i == types.length - 1;
      parameters.add(
          annotations(named[i])
              + (varargs ? type.replaceFirst("\\[]$", "...") : type)
              + parameterName(named[i]));
    }
    String thrown =
        Arrays.stream(member.getAnnotatedExceptionTypes())
            .map(ApiText::name)
            .collect(joining(", "));
    return words(modifiers)
        + (variables.isEmpty() ? "" : variables + " ")
        + given
        + name
        + parameters.stream().collect(joining(", ", "(", ")"))
        + (thrown.isEmpty() ? "" : " throws " + thrown);
  }

  /** Some are not in the class file: those of a record's own equals, for one. */
  private static String parameterName(Parameter parameter) {
    return parameter.isNamePresent() && !parameter.isImplicit() ? " " + parameter.getName() : "";
  }

  private static String words(int modifiers) {
    String words = Modifier.toString(modifiers).replaceFirst("^public ?", "");
    return words.isEmpty() ? "" : words + " ";
  }

  private static String variables(TypeVariable<?>[] variables) {
    return variables.length == 0
        ? ""
        : Arrays.stream(variables).map(ApiText::variable).collect(joining(", ", "<", ">"));
  }

  private static String variable(TypeVariable<?> variable) {
    String bounds =
        Arrays.stream(variable.getAnnotatedBounds())
            .map(ApiText::name)
            .filter(bound -> !bound.equals("Object"))
            .collect(joining(" & "));
    return variable.getName() + (bounds.isEmpty() ? "" : " extends " + bounds);
  }

  private static String name(AnnotatedType type) {
    String text = NULLABLE.matcher(type.toString()).replaceAll("@$1");
    return simple(text.replace('$', '.'));
  }

  private static String simple(String text) {
    return PACKAGES.matcher(text).replaceAll("");
  }

  /** Those of ours, and the few of Java that bind callers. */
  private static String annotations(AnnotatedElement element) {
    return Arrays.stream(element.getDeclaredAnnotations())
        .filter(one -> isForUsers(one.annotationType().getName()))
        .map(one -> simple(one.toString()).replace("()", "") + " ")
        .sorted()
        .collect(joining());
  }

  private static boolean isForUsers(String annotation) {
    return annotation.equals("java.lang.Deprecated")
        || annotation.startsWith("org.nnsight4j") && !annotation.contains(".internal.");
  }

  private static String constant(Field field) {
    if (!Modifier.isStatic(field.getModifiers())
        || !(field.getType().isPrimitive() || field.getType() == String.class)) {
      return "";
    }
    try {
      return field.trySetAccessible() ? " = " + field.get(null) : "";
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
