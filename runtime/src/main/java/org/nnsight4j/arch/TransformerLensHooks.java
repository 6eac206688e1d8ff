package org.nnsight4j.arch;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.spelling.Similar;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** Finds places by TransformerLens's names of hooks. */
@NotUserCode
final class TransformerLensHooks {
  private static final Pattern OF_BLOCK = Pattern.compile("blocks\\.(\\d{1,6})\\.(.+)");

  private static final Map<String, Function<DecoderLayer, Optional<Supplier<Value<?>>>>> BLOCK =
      new TreeMap<>();

  static {
    always("hook_resid_pre", DecoderLayer::input);
    always("hook_resid_post", DecoderLayer::output);
    always("hook_attn_out", DecoderLayer::attentionOut);
    always("hook_mlp_out", DecoderLayer::mlpOut);
    always("attn.hook_q", layer -> layer.attention().q());
    always("attn.hook_k", layer -> layer.attention().k());
    always("attn.hook_v", layer -> layer.attention().v());
    always("attn.hook_z", layer -> layer.attention().z());
    always("attn.hook_attn_scores", layer -> layer.attention().scores());
    always("attn.hook_pattern", layer -> layer.attention().pattern());
    BLOCK.put("hook_resid_mid", layer -> layer.sequential().map(each -> each::middle));
    BLOCK.put("attn.hook_rot_q", layer -> layer.attention().rotated().map(each -> each::q));
    BLOCK.put("attn.hook_rot_k", layer -> layer.attention().rotated().map(each -> each::k));
    BLOCK.put("mlp.hook_pre", layer -> layer.denseMlp().map(each -> each::preActivation));
    BLOCK.put("mlp.hook_post", layer -> layer.denseMlp().map(each -> each::neurons));
  }

  private TransformerLensHooks() {}

  private static void always(String hook, Function<DecoderLayer, Value<?>> place) {
    BLOCK.put(hook, layer -> Optional.of(() -> place.apply(layer)));
  }

  /** Whether a name is in the manner of TransformerLens, whether or not there is such a hook. */
  static boolean isOne(String name) {
    return name.startsWith("blocks.") || name.startsWith("hook_") || name.startsWith("ln_final.");
  }

  static boolean has(Decoder model, String name) {
    Matcher block = OF_BLOCK.matcher(name);
    if (!block.matches()) {
      return name.equals("hook_embed")
          || (name.equals("hook_pos_embed") && model.scope().decoder().positions() != null);
    }
    int layer = Integer.parseInt(block.group(1));
    Function<DecoderLayer, Optional<Supplier<Value<?>>>> place = BLOCK.get(block.group(2));
    return place != null
        && layer < model.layerCount()
        && place.apply(model.layer(layer)).isPresent();
  }

  static Value<Axis> read(Decoder model, String name) {
    Matcher block = OF_BLOCK.matcher(name);
    if (block.matches()) {
      return ofBlock(model, name, Integer.parseInt(block.group(1)), block.group(2));
    }
    DecoderPlaces places = model.scope().decoder();
    if (name.equals("hook_embed")) {
      return output(model, places.tokens());
    }
    if (name.equals("hook_pos_embed")) {
      String positions = places.positions();
      if (positions == null) {
        throw absent(model, name);
      }
      return output(model, positions);
    }
    throw unknown(model, name);
  }

  private static Value<Axis> ofBlock(Decoder model, String name, int layer, String hook) {
    Function<DecoderLayer, Optional<Supplier<Value<?>>>> place = BLOCK.get(hook);
    if (hook.equals("attn.hook_result")) {
      throw model
          .scope()
          .fail(
              "'%s' is no place here, because it is computed from z: layer(%s).attention().results() computes it, result(head) for one head"
                  .formatted(name, layer));
    }
    if (place == null) {
      throw unknown(model, name);
    }
    return any(place.apply(model.layer(layer)).orElseThrow(() -> absent(model, name)).get());
  }

  private static Value<Axis> output(Decoder model, String module) {
    return model.scope().read(SiteKey.output(module));
  }

  private static RuntimeException absent(Decoder model, String name) {
    return model
        .scope()
        .fail("%s does not exist in %s: the family has no such place".formatted(name, model));
  }

  private static RuntimeException unknown(Decoder model, String name) {
    String hook = name.replaceFirst("^blocks\\.[^.]*\\.", "");
    String nearest = Similar.to(hook, BLOCK.keySet());
    return model
        .scope()
        .fail(
            "'%s' is no hook that names a site here%s; known are hook_embed, hook_pos_embed and blocks.N. with %s. Others, such as ln1.hook_normalized, TransformerLens computes from changed weights"
                .formatted(
                    name,
                    nearest.isEmpty() ? "" : ", did you mean '" + nearest + "'",
                    String.join(", ", BLOCK.keySet())));
  }

  /** The width is only a type for javac. */
  @SuppressWarnings("unchecked")
  private static Value<Axis> any(Value<?> value) {
    return (Value<Axis>) value;
  }
}
