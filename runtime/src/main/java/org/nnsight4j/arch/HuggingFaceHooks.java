package org.nnsight4j.arch;

import java.util.List;
import org.nnsight4j.family.Port;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.spelling.Similar;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * Places by the names of Hugging Face's modules, as Gemma Scope 2 and sparsify write them. What
 * stands before the layers may be left out, or be that of a model with another head.
 */
@NotUserCode
final class HuggingFaceHooks {
  private static final String INPUT = ".input";
  private static final String OUTPUT = ".output";
  private static final String[] STARTS = {"", "model.", "language_model.", "transformer."};

  private HuggingFaceHooks() {}

  static boolean has(Decoder model, String name) {
    return found(model, module(name)).size() == 1;
  }

  static Value<Axis> read(Decoder model, String name) {
    String module = module(name);
    List<String> found = found(model, module);
    if (found.size() == 1) {
      Port port = name.endsWith(INPUT) ? Port.INPUT : Port.OUTPUT;
      return model.scope().read(found.get(0), port, 0);
    }
    if (found.size() > 1) {
      throw model
          .scope()
          .fail(
              "'%s' fits several modules: %s; write more of the one that is meant"
                  .formatted(name, found.subList(0, Math.min(4, found.size()))));
    }
    String nearest = Similar.to(module, model.scope().modules());
    throw model
        .scope()
        .fail(
            "'%s' is no place of %s: expected a module of Hugging Face, such as 'model.layers.3.output', or a hook of TransformerLens, such as 'blocks.3.hook_resid_post'%s"
                .formatted(
                    name,
                    model.scope().architecture(),
                    nearest.isEmpty() ? "" : "; did you mean '" + nearest + "'"));
  }

  private static String module(String name) {
    for (String port : new String[] {INPUT, OUTPUT}) {
      if (name.endsWith(port)) {
        return name.substring(0, name.length() - port.length());
      }
    }
    return name;
  }

  /** The modules that a name may mean: exactly one, or it means none. */
  private static List<String> found(Decoder model, String module) {
    if (module.isEmpty()) {
      return List.of();
    }
    String own = module;
    for (String start : STARTS) {
      own = own.startsWith(start) ? own.substring(start.length()) : own;
      String name = own;
      List<String> fit =
          model.scope().modules().stream()
              .filter(path -> path.equals(name) || path.endsWith("." + name))
              .sorted()
              .toList();
      if (fit.contains(name)) {
        return List.of(name);
      } else if (!fit.isEmpty()) {
        return fit;
      }
    }
    return List.of();
  }
}
