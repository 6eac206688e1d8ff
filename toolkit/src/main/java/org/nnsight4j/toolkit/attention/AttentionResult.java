package org.nnsight4j.toolkit.attention;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.AttentionGrid;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;

/** The attention patterns of one prompt. */
public final class AttentionResult implements AnalysisResult {
  private final LanguageModel<?> model;
  private final PromptTokens prompt;
  private final List<Integer> layers;
  private final List<double[][][]> patterns;

  AttentionResult(
      LanguageModel<?> model,
      PromptTokens prompt,
      List<Integer> layers,
      List<double[][][]> patterns) {
    this.model = model;
    this.prompt = prompt;
    this.layers = layers;
    this.patterns = patterns;
  }

  /** The layers that were read. */
  public List<Integer> layers() {
    return layers;
  }

  /** The tokens of the prompt, as figures show them. */
  public List<String> tokens() {
    return prompt.tokens();
  }

  /** How many heads a layer has. */
  public int headCount(int layer) {
    return heads(layer).length;
  }

  /** The pattern of one head, {@code [query][key]}; a copy. */
  public double[][] pattern(int layer, int head) {
    double[][] all = of(layer, head);
    double[][] copy = new double[all.length][];
    for (int i = 0; i < all.length; i++) {
      copy[i] = all[i].clone();
    }
    return copy;
  }

  /** How much a query takes from a key; positions from 0, or from -1 backwards. */
  public double weight(int layer, int head, int query, int key) {
    return of(layer, head)[prompt.position(query)][prompt.position(key)];
  }

  /** The entropy of a query's row in nats: 0 if it takes from one key alone. */
  public double entropy(int layer, int head, int query) {
    double entropy = 0;
    for (double weight : of(layer, head)[prompt.position(query)]) {
      entropy -= weight > 0 ? weight * Math.log(weight) : 0;
    }
    return entropy;
  }

  private double[][] of(int layer, int head) {
    double[][][] heads = heads(layer);
    return heads[Index.of("head", head, heads.length, "layer %s has".formatted(layer))];
  }

  private double[][][] heads(int layer) {
    int at = layers.indexOf(Passes.layer(model, layer));
    if (at < 0) {
      throw new RunException("layer %s was not read; there are %s".formatted(layer, layers));
    }
    return patterns.get(at);
  }

  /** All heads side by side; in its page, one of them large. */
  @Override
  public AttentionGrid figure() {
    AttentionGrid grid = AttentionGrid.of("Attention: queries down, keys right", prompt.tokens());
    for (int i = 0; i < layers.size(); i++) {
      double[][][] heads = patterns.get(i);
      for (int head = 0; head < heads.length; head++) {
        grid = grid.head(layers.get(i), head, heads[head]);
      }
    }
    return grid;
  }

  /** One head with its tokens. */
  public Heatmap figure(int layer, int head) {
    Heatmap heatmap =
        Heatmap.of(
                "Layer %s, head %s: how much a query (row) takes from a key".formatted(layer, head),
                Scale.UNIT)
            .columns("", prompt.tokens());
    double[][] pattern = of(layer, head);
    for (int query = 0; query < pattern.length; query++) {
      heatmap = heatmap.row(prompt.tokens().get(query), pattern[query]);
    }
    return heatmap;
  }

  @Override
  public String toJson() {
    ObjectNode json = Json.of("attention patterns");
    json.set("tokens", Json.strings(prompt.tokens()));
    ArrayNode all = json.putArray("layers");
    for (int i = 0; i < layers.size(); i++) {
      all.addObject().put("layer", layers.get(i)).set("heads", Json.cube(patterns.get(i)));
    }
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
