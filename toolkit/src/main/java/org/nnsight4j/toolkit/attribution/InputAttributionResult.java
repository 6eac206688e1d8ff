package org.nnsight4j.toolkit.attribution;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.ColouredTokens;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.toolkit.internal.PromptTokens;

/** Each token's share in a logit. */
public final class InputAttributionResult implements AnalysisResult {
  private final PromptTokens prompt;
  private final String measured;
  private final InputAttribution.Method method;
  private final double clean;
  private final double baseline;
  private final double[] shares;

  InputAttributionResult(
      PromptTokens prompt,
      String measured,
      InputAttribution.Method method,
      double clean,
      double baseline,
      double[] shares) {
    this.prompt = prompt;
    this.measured = measured;
    this.method = method;
    this.clean = clean;
    this.baseline = baseline;
    this.shares = shares;
  }

  /** The tokens of the prompt, as figures show them. */
  public List<String> tokens() {
    return prompt.tokens();
  }

  /** A token's share; positions from 0, or from -1 backwards. */
  public double share(int position) {
    return shares[prompt.position(position)];
  }

  /** The measure of the prompt. */
  public double measure() {
    return clean;
  }

  /** The measure where all tokens have the mean embedding. */
  public double baseline() {
    return baseline;
  }

  /**
   * How far the shares together are from {@code measure() - baseline()}; integrated gradients come
   * closer with more steps, other methods promise nothing.
   */
  public double completenessError() {
    return Arrays.stream(shares).sum() - (clean - baseline);
  }

  /** The text, coloured by shares. */
  @Override
  public ColouredTokens figure() {
    String name = method.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    Scale scale =
        method == InputAttribution.Method.SALIENCY
            ? Scale.upToLargest(shares)
            : Scale.signedFor(shares);
    return ColouredTokens.of(
        "%s: %s (all together off by %s)"
            .formatted(measured, name, Scale.number(completenessError())),
        scale.unit("share"),
        prompt.tokens(),
        shares);
  }

  @Override
  public String toJson() {
    ObjectNode json =
        Json.of("input attribution")
            .put("measured", measured)
            .put("method", method.name().toLowerCase(Locale.ROOT))
            .put("measure", clean)
            .put("baseline", baseline)
            .put("completeness_error", completenessError());
    json.set("tokens", Json.strings(prompt.tokens()));
    json.set("shares", Json.numbers(shares));
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
