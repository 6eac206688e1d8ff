package good;

import javax.annotation.processing.Generated;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.LayerNode;
import org.nnsight4j.arch.Model;
import org.nnsight4j.arch.Scope;
import org.nnsight4j.arch.TupleLayerNode;

/**
 * {@link Keywords} as a model to open and to record on.
 */
@Generated("org.nnsight4j.processor.ArchitectureProcessor")
public final class KeywordsModel extends TupleLayerNode<Keywords.Hidden> implements Keywords, Model<Keywords> {
  /**
   * An unbound model: it knows every path, and records nothing.
   */
  public KeywordsModel() {
    super("a \"quoted\" \\ name");
  }

  private KeywordsModel(Scope scope) {
    super(scope, "");
  }

  @Override
  public Keywords bind(Scope scope) {
    return new KeywordsModel(scope);
  }

  /**
   * {@code default}: {@code [batch, position, hidden]}
   */
  @Override
  public Layer<Keywords.Hidden> standard() {
    return new LayerNode<>(super.scope, child("default"));
  }

  /**
   * {@code class}: {@code [batch, position, hidden]}
   */
  @Override
  public Layer<Keywords.Hidden> kind() {
    return new LayerNode<>(super.scope, child("class"));
  }

  /**
   * {@code 0}: {@code [batch, position, hidden]}
   */
  @Override
  public Layer<Keywords.Hidden> first() {
    return new LayerNode<>(super.scope, child("0"));
  }

  /**
   * {@code mlp.0.proj}: {@code [batch, position, hidden]}
   */
  @Override
  public Layer<Keywords.Hidden> deep() {
    return new LayerNode<>(super.scope, child("mlp.0.proj"));
  }

  /**
   * <code>*&#47;&#125;&#123;&#64;link&#60;b&#62;&#92;u002a&#47;&#38;&#34;&#36;L&#39;&#233;</code>: {@code [batch, position, hidden]}
   */
  @Override
  public Layer<Keywords.Hidden> odd() {
    return new LayerNode<>(super.scope, child("*/}{@link<b>\\u002a/&\"$L'\u00e9"));
  }

  /**
   * {@code scope}: {@code [batch, position, hidden]}
   */
  @Override
  public Layer<Keywords.Hidden> scope() {
    return new LayerNode<>(super.scope, child("scope"));
  }

  /**
   * {@code path}: {@code [batch, position, hidden]}
   */
  @Override
  public Layer<Keywords.Hidden> path() {
    return new LayerNode<>(super.scope, child("path"));
  }

  /**
   * {@code child}: {@code [batch, position, hidden]}
   */
  @Override
  public Layer<Keywords.Hidden> child() {
    return new LayerNode<>(super.scope, child("child"));
  }

  /**
   * {@code item}: {@code [batch, position, hidden]}
   */
  @Override
  public Layer<Keywords.Hidden> item() {
    return new LayerNode<>(super.scope, child("item"));
  }

  /**
   * {@code node}: {@code [batch, position, hidden]}
   */
  @Override
  public Layer<Keywords.Hidden> node() {
    return new LayerNode<>(super.scope, child("node"));
  }

  /**
   * {@code equals}: {@code [batch, position, hidden]}
   */
  @Override
  public Layer<Keywords.Hidden> equals() {
    return new LayerNode<>(super.scope, child("equals"));
  }

  /**
   * One of {@code wait.*}: {@code [batch, position, hidden]}; config.json's {@code n} says how many there are.
   */
  @Override
  public Layer<Keywords.Hidden> wait(@Index("n") int times) {
    return new LayerNode<>(super.scope, item("wait", times, "n"));
  }

  /**
   * One of {@code s.*}: {@code [batch, position, hidden]}; config.json's {@code n} says how many there are.
   */
  @Override
  public Layer<Keywords.Hidden> scopes(@Index("n") int scope) {
    return new LayerNode<>(super.scope, item("s", scope, "n"));
  }

  /**
   * One of {@code p.*}: {@code [batch, position, hidden]}; config.json's {@code n} says how many there are.
   */
  @Override
  public Layer<Keywords.Hidden> paths(@Index("n") int path) {
    return new LayerNode<>(super.scope, item("p", path, "n"));
  }

  /**
   * One of {@code o.*}: {@code [batch, position, hidden]}; config.json's {@code text_config.num_hidden_layers} says how many there are.
   */
  @Override
  public Layer<Keywords.Hidden> orgs(@Index("text_config.num_hidden_layers") int org) {
    return new LayerNode<>(super.scope, item("o", org, "text_config.num_hidden_layers"));
  }

  /**
   * One of {@code i.*}: {@code [batch, position, hidden]}; config.json's <code>&#34;&#36;T&#92;*&#47;</code> says how many there are.
   */
  @Override
  public Layer<Keywords.Hidden> items(@Index("\"$T\\*/") int item) {
    return new LayerNode<>(super.scope, item("i", item, "\"$T\\*/"));
  }

  /**
   * {@code items}: {@code [batch, position, hidden]}
   */
  @Override
  public Layer<Keywords.Hidden> items() {
    return new LayerNode<>(super.scope, child("items"));
  }
}
