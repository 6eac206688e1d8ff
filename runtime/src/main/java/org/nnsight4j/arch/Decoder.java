package org.nnsight4j.arch;

import org.nnsight4j.error.RecordingException;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * Any decoder, by the names that all decoders share (those of nnterp's {@code
 * StandardizedTransformer}), so that one program reads GPT-2, Pythia and Gemma. The two names of a
 * place are one site: the family's own proxies see what is written here, and the other way around.
 *
 * <p>What a family lacks is absent ({@link DecoderLayer#sequential()}, {@link
 * DecoderLayer#denseMlp()}), never approximated.
 *
 * <pre>{@code
 * LanguageModel<AnyModel> model = LanguageModel.open(Path.of("pythia-70m"));
 * ...
 * Saved<Decoder.Vocab> lens = view.project(view.layer(3).output()).save();
 * }</pre>
 */
@NotUserCode
public class Decoder extends LayerNode<Axis> {
  /** The residual stream. */
  public interface Hidden extends Axis {}

  /** One head of queries, keys or values. */
  public interface HeadDim extends Axis {}

  /** The neurons of an MLP. */
  public interface Neurons extends Axis {}

  /** The keys that a query may see. */
  public interface Key extends Axis {}

  /** The token ids. */
  public interface Vocab extends Axis {}

  Decoder(Scope scope) {
    super(scope, "");
  }

  /**
   * The decoder view of a family's own model.
   *
   * @param model a model of any family from an invoker, for example {@code invoker.model()}
   * @throws IllegalArgumentException if it is not a model
   * @throws org.nnsight4j.error.RecordingException if it is not a decoder
   */
  public static Decoder of(Object model) {
    if (!(model instanceof Model<?> own)) {
      throw new IllegalArgumentException(
          "expected a model as invoker.model() gives it, found %s"
              .formatted(model == null ? "null" : model.getClass().getName()));
    }
    Scope scope = Scope.of(own);
    scope.decoder();
    return new Decoder(scope);
  }

  /** The architecture of the model, as its family and errors name it. */
  public String architecture() {
    return scope.architecture();
  }

  /** How many layers there are. */
  public int layerCount() {
    return scope.decoder().layers().size();
  }

  /**
   * One layer.
   *
   * @param index from 0, or from -1 backwards
   */
  public DecoderLayer layer(int index) {
    int count = layerCount();
    if (index >= count || index < -count) {
      throw scope.fail(
          "layer(%s) does not exist: this model has %s, so 0 to %s, or -1 to %s from the end"
              .formatted(index, count, count - 1, -count));
    }
    int place = index < 0 ? index + count : index;
    return new DecoderLayer(scope, scope.decoder().layers().get(place), place);
  }

  /**
   * The embedding of tokens, with the scale that some families have; {@code [batch, position,
   * hidden]}.
   */
  public Value<Hidden> tokenEmbeddings() {
    return scope.read(scope.decoder().embeddings());
  }

  /** The input of the first layer, positions included; {@code [batch, position, hidden]}. */
  public Value<Hidden> embedded() {
    return layer(0).input();
  }

  /** The model's output, capped in families that cap it; {@code [batch, position, vocab]}. */
  public Value<Vocab> logits() {
    return scope.read(SiteKey.output(""));
  }

  /**
   * What the model would predict if this residual stream were its last: the final normalisation,
   * the unembedding, and the cap of families that have one (nostalgebraist's logit lens; nnterp's
   * {@code project_on_vocab}).
   *
   * @param stream {@code [batch, position, hidden]}, or of other leading axes
   * @return logits {@code [batch, position, vocab]}
   */
  public Value<Vocab> project(Value<Hidden> stream) {
    DecoderPlaces places = scope.decoder();
    Value<?> value = stream;
    for (String module : places.last()) {
      value = scope.apply(module, value);
    }
    Value<Vocab> logits = scope.apply(places.unembedding(), value);
    Double cap = places.logitCap();
    return cap == null ? logits : logits.div(cap).tanh().mul(cap);
  }

  /**
   * The value at a place that a paper or a published autoencoder names: a hook of TransformerLens,
   * such as {@code blocks.3.hook_resid_pre} or {@code blocks.0.attn.hook_pattern}, or a module of
   * Hugging Face, such as {@code model.layers.12.output}, {@code layers.12.mlp} (its output; the
   * prefix may be left out where one module fits) or {@code model.layers.12.mlp.input}. Here heads
   * come before positions, {@code [batch, head, position, head_dim]}, and keys and values have as
   * many heads as in the model.
   *
   * @throws org.nnsight4j.error.RecordingException if this model has no such place (the message
   *     names the nearest), or if TransformerLens computes the hook's value in another way
   */
  public Value<Axis> hook(String name) {
    return TransformerLensHooks.isOne(name)
        ? TransformerLensHooks.read(this, name)
        : HuggingFaceHooks.read(this, name);
  }

  /** Whether {@link #hook} would find a place. */
  public boolean hasHook(String name) {
    return TransformerLensHooks.isOne(name)
        ? TransformerLensHooks.has(this, name)
        : HuggingFaceHooks.has(this, name);
  }

  /**
   * A module or an inner value. If it returns a tuple, {@code output()} is the first element.
   *
   * @param at for example {@code model.layers.0.self_attn.pattern}
   */
  public final Layer<Axis> module(String at) {
    return new LayerNode<>(scope, at);
  }

  /**
   * A parameter, by its name in Hugging Face's state dict; it is read, replaced for one run, and
   * differentiated.
   *
   * @param name for example {@code model.layers.0.self_attn.o_proj.weight}
   */
  public final Value<Axis> parameter(String name) {
    return scope.parameter(name);
  }

  /** An error on the user's line, for what is done with this view; to be thrown. */
  public RecordingException fail(String message) {
    return scope.fail(message);
  }

  Scope scope() {
    return scope;
  }
}
