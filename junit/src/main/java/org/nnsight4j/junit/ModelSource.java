package org.nnsight4j.junit;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.commons.support.ReflectionSupport;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.checkpoint.HubModel;

/**
 * What {@link Model} says, and the descriptor that the declared type asks for. Equal sources are
 * one opened model.
 */
record ModelSource(
    String name,
    String revision,
    @Nullable Class<? extends Supplier<? extends LanguageModel<?>>> supplier,
    Class<?> descriptor) {
  private static final Pattern PROPERTY = Pattern.compile("\\$\\{([^}]*)}");

  static ModelSource of(Model model, Type declared) {
    boolean supplied = model.from() != Model.None.class;
    if (supplied == !model.value().isEmpty()) {
      throw new ExtensionConfigurationException(
          "@Model needs a name or directory, as in @Model(\"openai-community/gpt2\"), or from = a supplier's class, and not both");
    }
    // Only a model that this extension opens depends on the declared type.
    return supplied
        ? new ModelSource("", "", model.from(), LanguageModel.class)
        : new ModelSource(
            withProperties(model.value()), model.revision(), null, descriptor(declared));
  }

  private static String withProperties(String name) {
    return PROPERTY
        .matcher(name)
        .replaceAll(
            found -> {
              String value = System.getProperty(found.group(1));
              if (value == null) {
                throw new ExtensionConfigurationException(
                    "@Model(\"%s\") needs the system property '%s', which is not set"
                        .formatted(name, found.group(1)));
              }
              return Matcher.quoteReplacement(value);
            });
  }

  private static Class<?> descriptor(Type declared) {
    if (!(declared instanceof ParameterizedType type) || type.getRawType() != LanguageModel.class) {
      throw new ExtensionConfigurationException(
          "expected @Model on a LanguageModel<...>, found it on a '%s'"
              .formatted(declared.getTypeName()));
    }
    Type argument = type.getActualTypeArguments()[0];
    if (argument instanceof WildcardType) {
      return AnyModel.class;
    }
    if (argument instanceof Class<?> descriptor) {
      return descriptor;
    }
    throw new ExtensionConfigurationException(
        "expected a descriptor such as Gpt2, AnyModel or ? in '%s'"
            .formatted(declared.getTypeName()));
  }

  LanguageModel<?> open() {
    if (supplier != null) {
      LanguageModel<?> model = ReflectionSupport.newInstance(supplier).get();
      if (model == null) {
        throw new ExtensionConfigurationException(
            "the supplier %s gave no model".formatted(supplier.getName()));
      }
      return model;
    }
    Path directory = directory();
    OpenOptions options = OpenOptions.defaults();
    if (directory != null) {
      return descriptor == AnyModel.class
          ? LanguageModel.open(directory, options)
          : LanguageModel.open(root(), directory, options);
    }
    if (!HubModel.isName(name)) {
      throw new ExtensionConfigurationException(
          "@Model(\"%s\"): no such directory, and no name at the hub; a name looks like openai-community/gpt2"
              .formatted(name));
    }
    HubModel hub = HubModel.of(name).revision(revision);
    return descriptor == AnyModel.class
        ? LanguageModel.open(hub, options)
        : LanguageModel.open(root(), hub, options);
  }

  private @Nullable Path directory() {
    try {
      Path path = Path.of(name);
      return Files.isDirectory(path) ? path : null;
    } catch (InvalidPathException e) {
      return null;
    }
  }

  /** The class that the processor generates next to a descriptor. */
  private org.nnsight4j.arch.Model<?> root() {
    String generated = descriptor.getName() + "Model";
    ClassLoader loader = descriptor.getClassLoader();
    return ReflectionSupport.tryToLoadClass(
            generated, loader == null ? ClassLoader.getSystemClassLoader() : loader)
        .toOptional()
        .filter(org.nnsight4j.arch.Model.class::isAssignableFrom)
        .map(ReflectionSupport::newInstance)
        .map(org.nnsight4j.arch.Model.class::cast)
        .orElseThrow(
            () ->
                new ExtensionConfigurationException(
                    "expected a descriptor with a generated class %s, found none; declare LanguageModel<AnyModel>, or give from = a supplier that opens the model"
                        .formatted(generated)));
  }
}
