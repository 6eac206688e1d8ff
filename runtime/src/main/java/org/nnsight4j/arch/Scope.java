package org.nnsight4j.arch;

import java.util.Set;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.Port;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.values.Value;

/** Where the reads and calls of a proxy go: one invoker's recording, or nowhere when unbound. */
public interface Scope {
  /** The architecture that the proxies describe. */
  String architecture();

  /** Records the read of a module's input or output; {@code element} is 0 for plain tensors. */
  <A> Value<A> read(String path, Port port, int element);

  /** Records the read of a site. */
  default <A> Value<A> read(SiteKey site) {
    return read(site.module(), site.port(), site.element());
  }

  /**
   * Records the read of a parameter.
   *
   * @param name its name in Hugging Face's state dict
   */
  <A> Value<A> parameter(String name);

  /** Records the call of a module on a value. */
  <A> Value<A> apply(String path, Value<?> argument);

  /** Records that a module is skipped; the value becomes its output. */
  void skip(String path, Value<?> value);

  /**
   * Turns a layer index into one that counts from 0.
   *
   * @param path the repeated module, for example {@code transformer.h}
   * @param index from 0, or from -1 backwards
   * @param countKey the key of config.json that holds the number of repeats
   */
  int index(String path, int index, String countKey);

  /**
   * Where this model has the places that all decoders share.
   *
   * @throws org.nnsight4j.error.RecordingException if it is not a decoder, or is not open
   */
  DecoderPlaces decoder();

  /** The paths of the model's modules; none if it is not opened. */
  Set<String> modules();

  /** An error on the user's line. */
  RecordingException fail(String message);

  /** Where the proxies of a model record. */
  static Scope of(Model<?> model) {
    return ProxyNode.scopeOf(model);
  }

  /** The scope of a proxy made by {@code new}: it knows paths, but records nothing. */
  static Scope unbound(String architecture) {
    return new UnboundScope(architecture);
  }
}
