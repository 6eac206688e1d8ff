package org.nnsight4j.models.reference;

import static com.google.common.truth.Truth.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * What a fixture's modules give, computed once in a process: each family's tests compare it with
 * Hugging Face's numbers, and the page of all families says how far it is from them.
 */
final class ModuleOutputs {
  private static final Map<String, Map<String, Tensor>> KNOWN = new ConcurrentHashMap<>();
  private static final Pattern OUTPUT = Pattern.compile("(?:(.*)\\.)?output(?:\\.(\\d+))?");

  private ModuleOutputs() {}

  /** Attention runs in steps, because scores and patterns are read. */
  static Map<String, Tensor> inSteps(ReferenceModel model, ReferenceModel.Case each) {
    return known(model, each, "in steps", List.copyOf(each.tensors().keySet()));
  }

  /** Attention runs as one kernel, which is other code. */
  static Map<String, Tensor> fused(ReferenceModel model, ReferenceModel.Case each) {
    List<String> sites =
        each.tensors().keySet().stream()
            .filter(what -> !what.endsWith(".pattern") && !what.endsWith(".scores"))
            .toList();
    return known(model, each, "fused", sites);
  }

  private static Map<String, Tensor> known(
      ReferenceModel model, ReferenceModel.Case each, String how, List<String> sites) {
    return KNOWN.computeIfAbsent(
        "%s %s %s".formatted(model.folder(), each.name(), how), key -> run(model, each, sites));
  }

  private static Map<String, Tensor> run(
      ReferenceModel model, ReferenceModel.Case each, List<String> sites) {
    Map<String, Saved<?>> saved = new LinkedHashMap<>();
    try (LanguageModel<AnyModel> opened = model.shared()) {
      try (Generator<AnyModel> generator = opened.trace();
          Invoker<AnyModel> invoker = generator.invoke(each.inputs())) {
        each.setTokenTypes(invoker.model());
        sites.forEach(what -> saved.put(what, site(invoker.model(), what).save()));
      }
    }
    assertThat(saved).isNotEmpty();
    Map<String, Tensor> found = new LinkedHashMap<>();
    saved.forEach((what, value) -> found.put(what, value.value()));
    return found;
  }

  private static Value<?> site(AnyModel model, String name) {
    Matcher output = OUTPUT.matcher(name);
    if (!output.matches()) {
      return model.module(name).output();
    }
    String path = output.group(1) == null ? "" : output.group(1);
    return output.group(2) == null
        ? model.module(path).output()
        : model.tuple(path).output(Integer.parseInt(output.group(2)));
  }
}
