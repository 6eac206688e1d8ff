package org.nnsight4j.toolkit.patching;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.toolkit.internal.PromptTokens;

/** AtP*'s estimates of how much a patch at each place would change an answer. */
public final class AtpStarResult implements AnalysisResult {
  private final PromptTokens prompt;
  private final List<String> layers;
  private final AtpStar.Asked asked;
  private final double clean;
  private final double corrupted;
  private final double[][][] changes;

  AtpStarResult(
      PromptTokens prompt,
      List<String> layers,
      AtpStar.Asked asked,
      double clean,
      double corrupted,
      double[][][] changes) {
    this.prompt = prompt;
    this.layers = List.copyOf(layers);
    this.asked = asked;
    this.clean = clean;
    this.corrupted = corrupted;
    this.changes = changes;
  }

  /**
   * A place.
   *
   * @param head 0 at places without heads; with grouped queries, keys and values have fewer heads
   * @param change its estimate
   */
  public record Place(int layer, int head, int position, double change) {}

  /** The mean measure of the clean runs. */
  public double clean() {
    return clean;
  }

  /** The mean measure of the corrupted runs. */
  public double corrupted() {
    return corrupted;
  }

  /**
   * The estimated change of the measure, in its own unit; with GradDrop its size, never below 0.
   *
   * @param head 0 at places without heads
   */
  public double change(int layer, int position, int head) {
    double[][] heads = changes[Index.of("layer", layer, changes.length)];
    if (!asked.site().hasHeads()) {
      Index.onlyZero("head", head, "%s has no heads".formatted(asked.site()));
    }
    return heads[Index.of("head", head, heads.length)][prompt.position(position)];
  }

  /** The places with the largest estimates, the largest first. */
  public List<Place> top(int count) {
    List<Place> all = new ArrayList<>();
    for (int layer = 0; layer < changes.length; layer++) {
      for (int head = 0; head < changes[layer].length; head++) {
        for (int p = 0; p < prompt.length(); p++) {
          all.add(new Place(layer, head, p, changes[layer][head][p]));
        }
      }
    }
    return all.stream()
        .sorted(Comparator.comparingDouble(place -> -Math.abs(place.change())))
        .limit(Index.atMost(count))
        .toList();
  }

  /** Layers, with heads below one another, by positions. */
  @Override
  public Heatmap figure() {
    double[] all =
        Arrays.stream(changes).flatMap(Arrays::stream).flatMapToDouble(Arrays::stream).toArray();
    Heatmap heatmap =
        Heatmap.of(
                "AtP* of %s (%s%s): estimated change of the measure"
                    .formatted(
                        asked.site(),
                        asked.noise() ? "noising" : "denoising",
                        asked.drop() ? "" : ", without GradDrop"),
                (asked.drop() ? Scale.upToLargest(all) : Scale.signedFor(all)).unit("change"))
            .columns("layer", prompt.tokens());
    for (int layer = 0; layer < changes.length; layer++) {
      for (int head = 0; head < changes[layer].length; head++) {
        String name = layers.get(layer);
        heatmap =
            heatmap.row(
                changes[layer].length > 1 ? name + " head " + head : name,
                Arrays.stream(changes[layer][head]).mapToObj(Cell::numbered).toList());
      }
    }
    return heatmap;
  }

  @Override
  public String toJson() {
    ObjectNode json =
        Json.of("AtP*")
            .put("site", asked.site().toString())
            .put("noise", asked.noise())
            .put("gradDrop", asked.drop())
            .put("clean", clean)
            .put("corrupted", corrupted);
    json.set("tokens", Json.strings(prompt.tokens()));
    json.set("layers", Json.strings(layers));
    ArrayNode all = json.putArray("changes");
    for (double[][] layer : changes) {
      all.add(Json.matrix(layer));
    }
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
