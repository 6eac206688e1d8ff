package org.nnsight4j.junit;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Type;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ModifierSupport;
import org.junit.platform.commons.support.ReflectionSupport;
import org.nnsight4j.LanguageModel;

/** Gives models to parameters and fields with {@link Model}. */
final class ModelExtension implements ParameterResolver, BeforeAllCallback, BeforeEachCallback {
  private static final Namespace MODELS = Namespace.create(ModelExtension.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.isAnnotated(Model.class);
  }

  @Override
  public LanguageModel<?> resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return copy(parameter.getParameter(), parameter.getParameter().getParameterizedType(), context);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    fill(context, null, ModifierSupport::isStatic);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    for (Object test : context.getRequiredTestInstances().getAllInstances()) {
      for (Field field : fields(test.getClass(), ModifierSupport::isNotStatic)) {
        set(field, test, copy(field, field.getGenericType(), context));
      }
    }
  }

  private static void fill(
      ExtensionContext context, @Nullable Object test, Predicate<Field> which) {
    for (Field field : fields(context.getRequiredTestClass(), which)) {
      set(field, test, copy(field, field.getGenericType(), context));
    }
  }

  private static Iterable<Field> fields(Class<?> type, Predicate<Field> which) {
    return ReflectionSupport.findFields(
        type,
        field -> AnnotationSupport.isAnnotated(field, Model.class) && which.test(field),
        HierarchyTraversalMode.TOP_DOWN);
  }

  private static void set(Field field, @Nullable Object test, LanguageModel<?> model) {
    try {
      field.setAccessible(true);
      field.set(test, model);
    } catch (IllegalAccessException e) {
      throw new ExtensionConfigurationException(
          "the field '%s' cannot be set; it must not be final".formatted(field), e);
    }
  }

  private static LanguageModel<?> copy(
      AnnotatedElement place, Type declared, ExtensionContext context) {
    Model model =
        AnnotationSupport.findAnnotation(place, Model.class)
            .orElseThrow(() -> new IllegalStateException("no @Model on " + place));
    ModelSource source = ModelSource.of(model, declared);
    return opened(context.getRoot().getStore(MODELS), source).model().with();
  }

  // JUnit 6 has computeIfAbsent for it, which JUnit 5 does not have.
  @SuppressWarnings("deprecation")
  private static Opened opened(ExtensionContext.Store store, ModelSource source) {
    return Objects.requireNonNull(
        store.getOrComputeIfAbsent(source, any -> new Opened(source.open()), Opened.class));
  }

  /** Closed by JUnit after the last test: by JUnit 5 for the one interface, by 6 for the other. */
  @SuppressWarnings("deprecation")
  private record Opened(LanguageModel<?> model)
      implements ExtensionContext.Store.CloseableResource, AutoCloseable {
    @Override
    public void close() {
      model.close();
    }
  }
}
