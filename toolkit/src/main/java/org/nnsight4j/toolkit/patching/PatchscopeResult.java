package org.nnsight4j.toolkit.patching;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Labels;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.toolkit.internal.PromptTokens;

/** What the model says when it reads each layer's vector inside of another prompt. */
public final class PatchscopeResult implements AnalysisResult {
  private final PromptTokens source;
  private final PromptTokens target;
  private final int from;
  private final int to;
  private final List<String> layers;
  private final List<String> texts;

  PatchscopeResult(
      PromptTokens source,
      PromptTokens target,
      int from,
      int to,
      List<String> layers,
      List<String> texts) {
    this.source = source;
    this.target = target;
    this.from = from;
    this.to = to;
    this.layers = layers;
    this.texts = List.copyOf(texts);
  }

  /** The new text with the vector of a layer of the source, from 0. */
  public String text(int layer) {
    return texts.get(Index.of("layer", layer, texts.size()));
  }

  /** The new texts by layer of the source. */
  @Override
  public Heatmap figure() {
    Heatmap heatmap =
        Heatmap.of(
                "%s (%s) read in place of %s (%s)"
                    .formatted(source.tokens().get(from), from, target.tokens().get(to), to),
                Scale.UNIT)
            .columns("layer", List.of("the target goes on"));
    for (int layer = 0; layer < texts.size(); layer++) {
      heatmap = heatmap.row(layers.get(layer), List.of(Cell.of(Labels.token(texts.get(layer)), 0)));
    }
    return heatmap;
  }

  @Override
  public String toJson() {
    ObjectNode json = Json.of("patchscope").put("position", from).put("target_position", to);
    json.set("source", Json.strings(source.tokens()));
    json.set("target", Json.strings(target.tokens()));
    json.set("layers", Json.strings(layers));
    json.set("texts", Json.strings(texts));
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
