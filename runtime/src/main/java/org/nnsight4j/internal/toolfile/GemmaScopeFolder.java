package org.nnsight4j.internal.toolfile;

import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the names of folders say where Gemma Scope has no configuration. Its first edition has none
 * at all, so the same files are an autoencoder of a residual stream in one repository and of
 * attention in another.
 *
 * @param hooks where it belongs; {@link AutoencoderHooks#NONE} if the names do not say
 * @param transcoder whether it is a transcoder
 * @param ofEmbedding whether it was trained on token embeddings before Gemma's embedding module
 *     scales them by the root of the width
 */
public record GemmaScopeFolder(AutoencoderHooks hooks, boolean transcoder, boolean ofEmbedding) {
  private static final Pattern LAYER = Pattern.compile("layer_(\\d{1,4})(?:_.*)?");
  private static final Pattern FIRST =
      Pattern.compile("(?:models--google--)?gemma-scope-\\d+b-(?:pt|it)-(res|att|mlp|transcoders)");
  private static final Pattern SECOND =
      Pattern.compile("(resid_post|attn_out|mlp_out|transcoder)(?:_all)?");

  /**
   * Reads the names of the folders from the repository down to {@code params.npz}, as in the hub's
   * cache.
   *
   * @param folder for example {@code
   *     models--google--gemma-scope-2b-pt-res/snapshots/fd571b/layer_20/width_16k/average_l0_71}
   */
  public static GemmaScopeFolder ofFirst(Path folder) {
    String layer = null;
    String kind = null;
    boolean embedding = false;
    for (Path each : folder.toAbsolutePath().normalize()) {
      String name = each.toString().toLowerCase(Locale.ROOT);
      Matcher numbered = LAYER.matcher(name);
      Matcher repository = FIRST.matcher(name);
      layer = numbered.matches() ? numbered.group(1) : layer;
      kind = repository.matches() ? repository.group(1) : kind;
      embedding |= name.equals("embedding");
    }
    boolean transcoder = "transcoders".equals(kind);
    if (embedding) {
      return new GemmaScopeFolder(AutoencoderHooks.of("hook_embed", null), false, true);
    }
    return new GemmaScopeFolder(first(layer, kind), transcoder, false);
  }

  private static AutoencoderHooks first(@Nullable String layer, @Nullable String kind) {
    if (layer == null || kind == null) {
      return AutoencoderHooks.NONE;
    }
    String block = "blocks." + layer + ".";
    return switch (kind) {
      case "res" -> AutoencoderHooks.of(block + "hook_resid_post", null);
      case "att" -> AutoencoderHooks.of(block + "attn.hook_z", null);
      case "mlp" -> AutoencoderHooks.of(block + "hook_mlp_out", null);
      // The input of the MLP, after the norm with its weight.
      default ->
          AutoencoderHooks.of(
              "model.layers." + layer + ".pre_feedforward_layernorm.output",
              block + "hook_mlp_out");
    };
  }

  /**
   * Reads the name of the folder of {@code params.safetensors}, for a repository without
   * config.json.
   *
   * @param folder for example {@code transcoder_all/layer_5_width_16k_l0_big_affine}
   */
  public static GemmaScopeFolder ofSecond(Path folder) {
    String layer = null;
    String kind = null;
    for (Path each : folder.toAbsolutePath().normalize()) {
      Matcher numbered = LAYER.matcher(each.toString());
      Matcher site = SECOND.matcher(each.toString());
      layer = numbered.matches() ? numbered.group(1) : layer;
      kind = site.matches() ? site.group(1) : kind;
    }
    if (layer == null || kind == null) {
      return new GemmaScopeFolder(AutoencoderHooks.NONE, false, false);
    }
    String module = "model.layers." + layer + ".";
    AutoencoderHooks hooks =
        switch (kind) {
          case "resid_post" -> AutoencoderHooks.of(module + "output", null);
          case "attn_out" -> AutoencoderHooks.of(module + "self_attn.o_proj.input", null);
          case "mlp_out" -> AutoencoderHooks.of(module + "post_feedforward_layernorm.output", null);
          default ->
              AutoencoderHooks.of(
                  module + "pre_feedforward_layernorm.output",
                  module + "post_feedforward_layernorm.output");
        };
    return new GemmaScopeFolder(hooks, kind.equals("transcoder"), false);
  }
}
