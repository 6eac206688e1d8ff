package org.nnsight4j.internal.sweep;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.DecoderPlaces.Sums;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.sweep.SweepSite;

/** Where a family has the places of a sweep. */
public final class Places {
  private final Blueprint blueprint;
  private final DecoderPlaces places;

  public Places(Blueprint blueprint) {
    DecoderPlaces decoder = blueprint.decoder();
    if (decoder == null) {
      throw new PlanningException(
          "a sweep needs a decoder, whose positions see only earlier ones; '%s' is none"
              .formatted(blueprint.architecture()));
    }
    this.blueprint = blueprint;
    this.places = decoder;
  }

  /** The layers in order. */
  public List<DecoderPlaces.Layer> all() {
    return places.layers();
  }

  public int layers() {
    return places.layers().size();
  }

  /** The most heads that a kind of place has in any layer; 0 if it has none. */
  public int heads(SweepSite kind) {
    return kind.hasHeads()
        ? places.layers().stream().mapToInt(layer -> heads(kind, layer)).max().orElse(0)
        : 0;
  }

  private static int heads(SweepSite kind, DecoderPlaces.Layer layer) {
    boolean shared = kind == SweepSite.K || kind == SweepSite.V;
    return shared ? layer.attention().kvHeads() : layer.attention().heads();
  }

  /**
   * A place of a layer.
   *
   * @throws PlanningException if this model has none
   */
  public Place of(SweepSite kind, int index) {
    if (index < 0 || index >= layers()) {
      throw new PlanningException(
          "layer %s does not exist: this model has %s, so 0 to %s"
              .formatted(index, layers(), layers() - 1));
    }
    DecoderPlaces.Layer layer = places.layers().get(index);
    SiteKey input = SiteKey.input(layer.module());
    boolean inside = layer.sums() == Sums.INSIDE;
    return switch (kind) {
      case RESID_PRE -> plain(kind, index, input, index);
      case RESID_POST -> plain(kind, index, SiteKey.output(layer.module()), index + 1);
      case RESID_MID -> middle(index, layer, input);
      case ATTN_OUT -> place(kind, index, layer.attentionOut(), inside ? input : null, -1);
      case MLP_OUT -> place(kind, index, layer.mlpOut(), inside ? layer.middle() : null, -1);
      case Z, Q, K, V, PATTERN -> {
        String module = layer.attention().module() + "." + kind;
        int width = kind == SweepSite.PATTERN ? 0 : layer.attention().headDim();
        yield known(
            new Place(
                kind, index, SiteKey.output(module), null, 1, index, heads(kind, layer), width));
      }
    };
  }

  private Place middle(int index, DecoderPlaces.Layer layer, SiteKey input) {
    if (layer.sums() == Sums.AT_ONCE) {
      throw new PlanningException(
          "%s has no resid_mid: its attention and its MLP read the same input; sweep attn_out and mlp_out instead"
              .formatted(layer.module()));
    }
    SiteKey own = layer.middle();
    return own == null
        ? place(SweepSite.RESID_MID, index, layer.attentionOut(), input, 1)
        : plain(SweepSite.RESID_MID, index, own, index);
  }

  private Place plain(SweepSite kind, int layer, SiteKey site, int stage) {
    return known(new Place(kind, layer, site, null, 1, stage, 0, width(site)));
  }

  private Place place(SweepSite kind, int layer, SiteKey site, @Nullable SiteKey beside, int sign) {
    return known(new Place(kind, layer, site, beside, sign, layer, 0, width(site)));
  }

  private int width(SiteKey site) {
    SiteSpec spec = blueprint.site(site);
    return spec == null ? 0 : Math.toIntExact(spec.meta().dims().get(-1).size());
  }

  private Place known(Place place) {
    if (blueprint.site(place.site()) == null) {
      throw new PlanningException(
          "'%s' has no %s: there is no site %s"
              .formatted(blueprint.architecture(), place.kind(), place.site()));
    }
    return place;
  }

  /** The number of a site in the order of the forward pass. */
  public int order(SiteKey site) {
    SiteSpec spec = blueprint.site(site);
    if (spec == null) {
      throw new IllegalStateException("no site " + site);
    }
    return spec.order();
  }
}
