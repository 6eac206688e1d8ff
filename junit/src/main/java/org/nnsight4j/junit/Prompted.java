package org.nnsight4j.junit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Cache;
import org.nnsight4j.CacheOptions;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** A model and a prompt, and the runs that the assertions need. */
record Prompted(LanguageModel<?> model, @Nullable String text, long[] ids) {
  Prompted {
    if (ids.length == 0) {
      throw new RunException("the prompt has no tokens");
    }
  }

  static Prompted text(LanguageModel<?> model, String text) {
    return new Prompted(model, text, model.tokenizer().encode(text));
  }

  static Prompted ids(LanguageModel<?> model, long[] ids) {
    return new Prompted(model, null, ids.clone());
  }

  /** One value of one forward pass over the prompt and what follows it. */
  Tensor read(long[] following, Function<Decoder, Value<?>> site) {
    long[] all = Arrays.copyOf(ids, ids.length + following.length);
    System.arraycopy(following, 0, all, ids.length, following.length);
    return read(model, all, site);
  }

  private static <M> Tensor read(
      LanguageModel<M> model, long[] ids, Function<Decoder, Value<?>> site) {
    return model
        .trace()
        .run(
            generator ->
                generator.<Saved<?>>invoke(
                    ids, invoker -> site.apply(Decoder.of(invoker.model())).save()))
        .result()
        .value();
  }

  /** The outputs of modules by their names in Hugging Face's state dict. */
  SortedMap<String, Tensor> outputs(List<String> patterns) {
    return outputs(model, ids, patterns);
  }

  private static <M> SortedMap<String, Tensor> outputs(
      LanguageModel<M> model, long[] ids, List<String> patterns) {
    Cache<M> cache =
        model
            .trace()
            .run(
                generator ->
                    generator.invoke(
                        ids,
                        invoker ->
                            invoker.cache(CacheOptions.paths(patterns.toArray(String[]::new)))))
            .result();
    SortedMap<String, Tensor> outputs = new TreeMap<>();
    for (SiteKey site : cache.sites()) {
      Saved<?> saved = cache.get(site);
      if (saved != null) {
        outputs.put(site.toString(), saved.value());
      }
    }
    return outputs;
  }

  /**
   * The tokens of a continuation, as they follow this prompt.
   *
   * @throws RunException if the tokenizer joins the end of the prompt with it
   */
  long[] continuation(String following) {
    if (following.isEmpty()) {
      throw new RunException("the expected text is empty");
    }
    long[] added =
        text == null
            ? model.tokenizer().encode(following, false)
            : afterPrompt(model.tokenizer().encode(text + following), following);
    if (added.length == 0) {
      throw new RunException("'%s' has no tokens".formatted(following));
    }
    return added;
  }

  private long[] afterPrompt(long[] all, String following) {
    int same = 0;
    while (same < ids.length && same < all.length && ids[same] == all[same]) {
      same++;
    }
    // Some tokenizers end a text with a special token, which does not follow a prompt.
    if (same < ids.length) {
      throw new RunException(
          "'%s' joins the end of the prompt: alone the prompt is %s, with it %s; move the place where the two are cut, a space usually belongs to the word after it"
              .formatted(following, names(ids), names(all)));
    }
    return Arrays.copyOfRange(all, same, all.length);
  }

  /** The one token that a text is after this prompt. */
  long token(String following) {
    long[] tokens = continuation(following);
    if (tokens.length != 1) {
      throw new RunException(
          "expected one token, found %s for '%s': %s"
              .formatted(tokens.length, following, names(tokens)));
    }
    return tokens[0];
  }

  /** Positions of the prompt at which a token with this text stands. */
  List<Integer> positions(String token) {
    List<Integer> found = new ArrayList<>();
    for (int at = 0; at < ids.length; at++) {
      if (name(ids[at]).equals(token)) {
        found.add(at);
      }
    }
    if (found.isEmpty()) {
      throw new RunException(
          "no token of the prompt is '%s'; its tokens are %s".formatted(token, names(ids)));
    }
    return found;
  }

  String name(long id) {
    return model.tokenizer().token(id);
  }

  List<String> names(long... some) {
    return Arrays.stream(some).mapToObj(this::name).map(name -> "'" + name + "'").toList();
  }

  /** Log-probabilities of the tokens after the prompt. */
  Distribution next() {
    Tensor logits = read(new long[0], decoder -> decoder.logits().get("0, -1"));
    return Distribution.ofLogits(logits.toDoubleArray());
  }

  /** One distribution for each token that follows, the last one without it. */
  List<Distribution> next(long[] following) {
    long[] given = Arrays.copyOf(following, following.length - 1);
    Tensor logits =
        read(given, decoder -> decoder.logits().get("0, -%s:".formatted(following.length)));
    int width = Math.toIntExact(logits.shape(-1));
    double[] numbers = logits.toDoubleArray();
    List<Distribution> rows = new ArrayList<>();
    for (int row = 0; row < following.length; row++) {
      rows.add(Distribution.ofLogits(Arrays.copyOfRange(numbers, row * width, (row + 1) * width)));
    }
    return rows;
  }

  String prompt() {
    return text == null ? "token ids " + Arrays.toString(ids) : "'" + text + "'";
  }
}
