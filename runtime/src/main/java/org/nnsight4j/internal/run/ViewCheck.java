package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.engine.ThreadMode;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.DecoderPlaces.Sums;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.tensor.Tensor;

/**
 * Checks a family's description of a decoder against its numbers, by one pass over three tokens:
 * streams have the same width, rows of the pattern are weights of earlier positions, and the output
 * of a block is its input plus the outputs of its halves.
 */
final class ViewCheck {
  private static final int TOKENS = 3;

  /**
   * Far above rounding for any type of weights; with a wrong place, the error is as large as the
   * stream.
   */
  private static final double TOLERANCE = 1e-2;

  private final Blueprint blueprint;
  private final DecoderPlaces places;
  private final Map<SiteKey, Tensor> seen = new HashMap<>();

  private ViewCheck(Blueprint blueprint, DecoderPlaces places) {
    this.blueprint = blueprint;
    this.places = places;
  }

  /** The first claim that is false; empty if all are true, or if the model is not a decoder. */
  static Optional<String> of(Blueprint blueprint, Network network) {
    DecoderPlaces places = blueprint.decoder();
    if (places == null) {
      return Optional.empty();
    }
    ViewCheck check = new ViewCheck(blueprint, places);
    int tokens = Math.min(TOKENS, blueprint.maxPositions());
    long[] ids = new long[tokens];
    Arrays.setAll(ids, i -> i % blueprint.vocabularySize());
    try (ThreadMode mode = ThreadMode.enter(false);
        Arena arena = Arena.open()) {
      CausalPass.run(network, List.of(ids), check.new Watcher(), 1, false, arena);
    }
    return check.wrong(tokens);
  }

  private Optional<String> wrong(int tokens) {
    Tensor first = seen.get(SiteKey.input(places.layers().get(0).module()));
    if (first == null) {
      return Optional.of(places.layers().get(0).module() + " does not run");
    }
    long[] stream = {1, tokens, first.shape(-1)};
    return ofShape(places.embeddings(), stream)
        .or(
            () ->
                places.layers().stream()
                    .map(layer -> wrong(layer, stream))
                    .flatMap(Optional::stream)
                    .findFirst())
        .or(
            () ->
                ofShape(
                    SiteKey.output(places.unembedding()),
                    new long[] {1, tokens, blueprint.vocabularySize()}));
  }

  private Optional<String> wrong(DecoderPlaces.Layer layer, long[] stream) {
    for (SiteKey site : streams(layer)) {
      Optional<String> wrong = ofShape(site, stream);
      if (wrong.isPresent()) {
        return wrong;
      }
    }
    SiteKey pattern = pattern(layer);
    long tokens = stream[1];
    return ofShape(pattern, new long[] {1, layer.attention().heads(), tokens, tokens})
        .or(() -> rows(pattern, (int) tokens, layer.attention().sinks()))
        .or(() -> sum(layer));
  }

  private static List<SiteKey> streams(DecoderPlaces.Layer layer) {
    return List.of(
        SiteKey.input(layer.module()),
        SiteKey.output(layer.module()),
        layer.attentionOut(),
        layer.mlpOut());
  }

  private static SiteKey pattern(DecoderPlaces.Layer layer) {
    return SiteKey.output(layer.attention().module() + ".pattern");
  }

  private Optional<String> ofShape(SiteKey site, long[] shape) {
    Tensor found = seen.get(site);
    if (found == null) {
      return Optional.of(site + " is in no forward pass");
    }
    return Arrays.equals(found.shape(), shape)
        ? Optional.empty()
        : Optional.of(
            "%s has the shape %s, expected %s"
                .formatted(site, Arrays.toString(found.shape()), Arrays.toString(shape)));
  }

  /** A sink takes a part of each row, so rows then sum to less than 1. */
  private Optional<String> rows(SiteKey site, int tokens, boolean sinks) {
    Tensor pattern = seen.get(site);
    for (int row = 0; pattern != null && row < pattern.size() / tokens; row++) {
      double sum = 0;
      for (int key = 0; key < tokens; key++) {
        double weight = pattern.at(row * tokens + key);
        if (key > row % tokens && Math.abs(weight) > TOLERANCE) {
          return Optional.of(
              "%s has the weight %s of a later position".formatted(site, (float) weight));
        }
        sum += weight;
      }
      if (sum > 1 + TOLERANCE || sum < (sinks ? 0 : 1 - TOLERANCE)) {
        return Optional.of(
            "a row of %s sums to %s, expected %s"
                .formatted(site, (float) sum, sinks ? "at most 1, beside a sink" : "1"));
      }
    }
    return Optional.empty();
  }

  private Optional<String> sum(DecoderPlaces.Layer layer) {
    if (layer.sums() != Sums.IN_TURN && layer.sums() != Sums.AT_ONCE) {
      return Optional.empty();
    }
    List<Tensor> values = new ArrayList<>();
    streams(layer).forEach(site -> values.add(seen.get(site)));
    double scale = 1;
    double most = 0;
    for (int i = 0; i < values.get(1).size(); i++) {
      double output = values.get(1).at(i);
      double all = values.get(0).at(i) + values.get(2).at(i) + values.get(3).at(i);
      scale = Math.max(scale, Math.abs(output));
      // NaN and infinity come from a damaged file, not from a wrong view.
      most = Double.isFinite(all - output) ? Math.max(most, Math.abs(all - output)) : most;
    }
    return most <= TOLERANCE * scale
        ? Optional.empty()
        : Optional.of(
            "%s, %s and %s do not add up to %s: they are off by %s"
                .formatted(
                    SiteKey.input(layer.module()),
                    layer.attentionOut(),
                    layer.mlpOut(),
                    SiteKey.output(layer.module()),
                    (float) most));
  }

  /** Keeps the values that are checked. */
  private final class Watcher implements Taps {
    private final SiteSpec[] sites = blueprint.sites().toArray(SiteSpec[]::new);
    private final Set<SiteKey> wanted = new HashSet<>();

    Watcher() {
      wanted.add(places.embeddings());
      wanted.add(SiteKey.output(places.unembedding()));
      for (DecoderPlaces.Layer layer : places.layers()) {
        wanted.addAll(streams(layer));
        wanted.add(pattern(layer));
      }
    }

    @Override
    public boolean listens(int site) {
      return wanted.contains(sites[site].key());
    }

    @Override
    public NDArray at(int site, NDArray value, Arena arena) {
      seen.put(sites[site].key(), Transfer.toHost(arena, value));
      return value;
    }
  }
}
