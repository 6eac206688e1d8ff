package org.nnsight4j.toolkit.harvest;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.checkpoint.SafetensorsHeader;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * Writes the activations of many prompts to safetensors files.
 *
 * <pre>{@code
 * ActivationHarvest.of(gpt2).hooks("blocks.2.hook_resid_post").dtype(DType.FLOAT16).run(texts, folder);
 * }</pre>
 *
 * <p>Each file {@code part-00000.safetensors} has, for each hook, one row for each token, {@code
 * [token, width]} (heads side by side), and {@code prompt}, {@code position} and {@code token_id},
 * {@code [token]}. Every prompt is computed without padding of another. A harvest that was
 * interrupted goes on where it was: a file that is there belongs to the same harvest if its
 * metadata has the same digest (of prompts, hooks, type, and the model's own numbers for the first
 * prompt); a file of another harvest is refused. Immutable.
 */
public final class ActivationHarvest {
  private static final String DIGEST = "nnsight4j_harvest";

  private final LanguageModel<?> model;
  private final List<String> hooks;
  private final DType dtype;
  private final boolean lastOnly;
  private final int perFile;
  private final int perPass;
  private final Progress progress;

  private ActivationHarvest(
      LanguageModel<?> model,
      List<String> hooks,
      DType dtype,
      boolean lastOnly,
      int perFile,
      int perPass,
      Progress progress) {
    this.model = model;
    this.hooks = List.copyOf(hooks);
    this.dtype = dtype;
    this.lastOnly = lastOnly;
    this.perFile = perFile;
    this.perPass = perPass;
    this.progress = progress;
  }

  /** All tokens of the last layer's output, as FLOAT32, 256 prompts a file, 8 a pass. */
  public static ActivationHarvest of(LanguageModel<?> model) {
    int last = Passes.layers(model) - 1;
    return new ActivationHarvest(
        model,
        List.of("blocks.%s.hook_resid_post".formatted(last)),
        DType.FLOAT32,
        false,
        256,
        8,
        Progress.NONE);
  }

  /** The places, as {@link Decoder#hook} takes them. */
  public ActivationHarvest hooks(String... names) {
    if (names.length == 0) {
      throw new RunException("expected a hook or more, found none");
    }
    return new ActivationHarvest(
        model,
        Arrays.stream(names).distinct().toList(),
        dtype,
        lastOnly,
        perFile,
        perPass,
        progress);
  }

  /** The type in the files: FLOAT32, FLOAT16 or BFLOAT16. */
  public ActivationHarvest dtype(DType type) {
    if (!type.isFloating()) {
      throw new RunException("expected a type of floating numbers, found " + type);
    }
    return new ActivationHarvest(model, hooks, type, lastOnly, perFile, perPass, progress);
  }

  /** Only the last token of each prompt. */
  public ActivationHarvest lastTokens() {
    return new ActivationHarvest(model, hooks, dtype, true, perFile, perPass, progress);
  }

  /** How many prompts go into a file. */
  public ActivationHarvest promptsPerFile(int count) {
    return new ActivationHarvest(model, hooks, dtype, lastOnly, positive(count), perPass, progress);
  }

  /** How many prompts are computed in a pass. */
  public ActivationHarvest promptsPerPass(int count) {
    return new ActivationHarvest(model, hooks, dtype, lastOnly, perFile, positive(count), progress);
  }

  private static int positive(int count) {
    if (count < 1) {
      throw new RunException("expected a prompt or more, found " + count);
    }
    return count;
  }

  /** Listens to the work: one part is one prompt. */
  public ActivationHarvest progress(Progress listener) {
    return new ActivationHarvest(model, hooks, dtype, lastOnly, perFile, perPass, listener);
  }

  /** What {@link #run} will do; in files, as many bytes again for each 256 prompts. */
  public Cost cost(List<String> prompts) {
    List<PromptTokens> all = PromptTokens.all(model, prompts);
    long tokens = all.stream().mapToLong(PromptTokens::length).sum();
    long rows = lastOnly ? all.size() : tokens;
    return Cost.of(
        all.size() + 1L,
        tokens + all.get(0).length(),
        Math.min(rows, rows * perFile / all.size())
            * (24 + (long) hooks.size() * Passes.width(model) * dtype.bytes()));
  }

  /**
   * Runs on texts.
   *
   * @param folder is made if it is not there
   * @throws RunException if it has files of another harvest
   */
  public HarvestResult run(List<String> prompts, Path folder) throws java.io.IOException {
    return runAll(PromptTokens.all(model, prompts), folder);
  }

  /** {@link #run} on token ids. */
  public HarvestResult runIds(List<long[]> prompts, Path folder) throws java.io.IOException {
    return runAll(prompts.stream().map(ids -> PromptTokens.of(model, ids)).toList(), folder);
  }

  private HarvestResult runAll(List<PromptTokens> prompts, Path folder) throws java.io.IOException {
    if (prompts.isEmpty()) {
      throw new RunException("expected a prompt or more, found none");
    }
    Files.createDirectories(folder);
    String digest = digest(prompts);
    List<Path> files = new ArrayList<>();
    int kept = 0;
    for (int from = 0; from < prompts.size(); from += perFile) {
      int to = Math.min(prompts.size(), from + perFile);
      Path file =
          folder.resolve(String.format(Locale.ROOT, "part-%05d.safetensors", from / perFile));
      if (Files.exists(file)) {
        requireOwn(file, digest);
        kept++;
      } else {
        Safetensors.write(file, part(prompts.subList(from, to), from), Map.of(DIGEST, digest));
      }
      files.add(file);
      progress.at(to, prompts.size());
    }
    return new HarvestResult(hooks, prompts.size(), kept, files, digest);
  }

  private static void requireOwn(Path file, String digest) {
    String found = SafetensorsHeader.read(file).metadata().get(DIGEST);
    if (!digest.equals(found)) {
      throw new RunException(
          "%s is of another harvest (%s, expected %s): other prompts, hooks, type or weights; choose another folder, or delete it"
              .formatted(file, found == null ? "no digest" : found, digest));
    }
  }

  /** A name of all that the numbers depend on. */
  private String digest(List<PromptTokens> prompts) {
    Digest digest = new Digest();
    digest.add(String.valueOf(hooks)).add(dtype.name()).add(lastOnly + " " + perFile);
    prompts.forEach(prompt -> digest.add(Arrays.toString(prompt.ids())));
    Tensor own =
        Passes.trace(model, prompts.get(0).ids(), view -> view.logits().at(-1).save()).value();
    return digest.add(own.bytes()).hex();
  }

  private Map<String, Tensor> part(List<PromptTokens> prompts, int first) {
    Rows rows = new Rows(dtype);
    for (int from = 0; from < prompts.size(); from += perPass) {
      List<PromptTokens> some = prompts.subList(from, Math.min(prompts.size(), from + perPass));
      List<List<Saved<Axis>>> saved =
          Passes.all(
              model, some.stream().map(PromptTokens::ids).toList(), (view, row) -> record(view));
      for (int i = 0; i < some.size(); i++) {
        PromptTokens prompt = some.get(i);
        for (int p = lastOnly ? prompt.length() - 1 : 0; p < prompt.length(); p++) {
          rows.token(first + from + i, p, prompt.ids()[p]);
        }
        for (int hook = 0; hook < hooks.size(); hook++) {
          rows.add(hooks.get(hook), saved.get(i).get(hook).value());
        }
      }
    }
    return new TreeMap<>(rows.tensors());
  }

  private List<Saved<Axis>> record(Decoder view) {
    return hooks.stream().map(hook -> ofTokens(view, hook).toType(dtype).save()).toList();
  }

  /** {@code [1, position, width]}. */
  private Value<Axis> ofTokens(Decoder view, String hook) {
    Value<Axis> value = view.hook(hook);
    int rank = value.shape().rank();
    if (hook.endsWith("pattern") || hook.endsWith("scores") || rank < 3 || rank > 4) {
      throw view.fail(
          "%s has no vector for each token, its axes are %s; expected a place such as blocks.0.hook_resid_post"
              .formatted(hook, value.shape()));
    }
    Value<Axis> flat = rank == 3 ? value : value.swapAxes(1, 2).flatten(2, 3);
    return lastOnly ? flat.at(-1).expandDims(1) : flat;
  }
}
