package org.nnsight4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.internal.sweep.SweepSpec;
import org.nnsight4j.sweep.SweepResult;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.Tensor;

/** The axes that a sweep's result shows: prompts, layers, and what varies. */
record SweepAxes(LanguageModel<?> model, Sweep.Prompts prompts, SweepSpec spec, int longest) {
  private record Whole(SweepResult.Axis axis, boolean shown) {}

  private List<Whole> all() {
    return List.of(
        new Whole(named("prompt", numbers(prompts.clean().size())), true),
        new Whole(
            named("site", spec.sites().stream().map(SweepSite::toString).toList()),
            spec.sites().size() > 1),
        new Whole(named("layer", spec.layers().stream().map(String::valueOf).toList()), true),
        new Whole(named("position", positions()), !spec.positions().together()),
        new Whole(
            named(
                "head",
                spec.heads() == null
                    ? List.of("all")
                    : spec.heads().stream().map(head -> "head " + head).toList()),
            spec.heads() != null),
        new Whole(
            named(
                "strength",
                spec.strengths().stream()
                    .map(each -> String.format(Locale.ROOT, "%s", each))
                    .toList()),
            spec.strengths().size() > 1));
  }

  private static SweepResult.Axis named(String name, List<String> labels) {
    return new SweepResult.Axis(name, labels);
  }

  private static List<String> numbers(int count) {
    return IntStream.range(0, count).mapToObj(String::valueOf).toList();
  }

  /** Positions, with the token where all prompts have one text. */
  private List<String> positions() {
    int slots = spec.positions().slots(longest);
    List<Integer> chosen = spec.positions().chosen();
    List<String> labels = new ArrayList<>();
    for (int slot = 0; slot < slots; slot++) {
      int position = chosen == null || spec.positions().together() ? slot : chosen.get(slot);
      labels.add(String.valueOf(position) + token(position));
    }
    return labels;
  }

  private String token(int position) {
    if (prompts.clean().size() != 1 || !hasTokenizer(model)) {
      return "";
    }
    long[] row = prompts.clean().get(0);
    int column = position < 0 ? position + row.length : position;
    return column < 0 || column >= row.length
        ? ""
        : ":" + Shown.line(model.tokenizer().token(row[column])).strip();
  }

  private static boolean hasTokenizer(LanguageModel<?> model) {
    return model.hasTokenizer();
  }

  /** Tokens for a message. */
  static String tokens(LanguageModel<?> model, long[] ids) {
    return hasTokenizer(model)
        ? Arrays.stream(ids)
            .mapToObj(id -> "'" + model.tokenizer().token(id) + "'")
            .toList()
            .toString()
        : Arrays.toString(ids);
  }

  List<SweepResult.Axis> shown() {
    return all().stream().filter(Whole::shown).map(Whole::axis).toList();
  }

  /** A tensor of all axes without those that are not shown. */
  Tensor squeezed(Tensor whole) {
    long[] shape =
        all().stream()
            .filter(Whole::shown)
            .mapToLong(each -> each.axis().labels().size())
            .toArray();
    return Tensor.ofBytes(whole.dtype(), whole.bytes(), shape);
  }
}
