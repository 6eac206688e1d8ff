package good;

import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.SiteNode;
import org.nnsight4j.arch.TupleLayerNode;

/**
 * {@link Clashes} as a model to open and to record on.
 */
@javax.annotation.processing.Generated("org.nnsight4j.processor.ArchitectureProcessor")
public final class ClashesModel extends org.nnsight4j.arch.LayerNode<Clashes.Hidden> implements Clashes, org.nnsight4j.arch.Model<Clashes> {
  /**
   * An unbound model: it knows every path, and records nothing.
   */
  public ClashesModel() {
    super("clashes");
  }

  private ClashesModel(org.nnsight4j.arch.Scope scope) {
    super(scope, "");
  }

  @java.lang.Override
  public Clashes bind(org.nnsight4j.arch.Scope scope) {
    return new good.ClashesModel(scope);
  }

  /**
   * {@code node}: a tuple of {@code [batch, position, hidden]}
   */
  @java.lang.Override
  public Clashes.Node node() {
    return new NodeNode2(super.scope, child("node"));
  }

  /**
   * {@code layerNode}: a tuple of {@code [batch, position, hidden]}
   */
  @java.lang.Override
  public Clashes.LayerNode layerNode() {
    return new LayerNodeNode(super.scope, child("layerNode"));
  }

  /**
   * One of {@code model.*}: a tuple of {@code [batch, position, hidden]}; config.json's {@code n} says how many there are.
   */
  @java.lang.Override
  public Clashes.Model model(@Index("n") int n) {
    return new ModelNode(super.scope, item("model", n, "n"));
  }

  /**
   * {@code scope}: {@code [..., hidden]}
   */
  @java.lang.Override
  public Clashes.Scope scope() {
    return new ScopeNode(super.scope, child("scope"));
  }

  /**
   * {@code override}: a tuple of {@code [batch, position, hidden]}
   */
  @java.lang.Override
  public Clashes.Override override() {
    return new OverrideNode(super.scope, child("override"));
  }

  /**
   * {@code generated}: a tuple of {@code [batch, position, hidden]}
   */
  @java.lang.Override
  public Clashes.Generated generated() {
    return new GeneratedNode(super.scope, child("generated"));
  }

  /**
   * {@code string}: a tuple of {@code [batch, position, hidden]}
   */
  @java.lang.Override
  public Clashes.String string() {
    return new StringNode(super.scope, child("string"));
  }

  /**
   * {@code layer}: a tuple of {@code [batch, position, hidden]}
   */
  @java.lang.Override
  public Clashes.Layer layer() {
    return new LayerNode2(super.scope, child("layer"));
  }

  /**
   * {@code axis2}: a tuple of {@code [batch, position, hidden]}
   */
  @java.lang.Override
  public Clashes.Axis2 axis2() {
    return new Axis2Node(super.scope, child("axis2"));
  }

  /**
   * {@code clashesModel}: a tuple of {@code [batch, position, hidden]}
   */
  @java.lang.Override
  public Clashes.ClashesModel clashesModel() {
    return new ClashesModelNode(super.scope, child("clashesModel"));
  }

  /**
   * {@code encoder}: a tuple of {@code [batch, position, hidden]}
   */
  @java.lang.Override
  public Clashes.Encoder encoder() {
    return new EncoderNode(super.scope, child("encoder"));
  }

  /**
   * {@code decoder}: a tuple of {@code [batch, position, hidden]}
   */
  @java.lang.Override
  public Clashes.Decoder decoder() {
    return new DecoderNode(super.scope, child("decoder"));
  }

  private static final class NodeNode2 extends TupleLayerNode<Clashes.Hidden> implements Clashes.Node {
    NodeNode2(org.nnsight4j.arch.Scope scope, java.lang.String path) {
      super(scope, path);
    }

    /**
     * {@code node.nodeNode}: a tuple of {@code [batch, position, hidden]}
     */
    @java.lang.Override
    public Clashes.Node.NodeNode nodeNode() {
      return new NodeNodeNode(super.scope, child("nodeNode"));
    }
  }

  private static final class NodeNodeNode extends TupleLayerNode<Clashes.Hidden> implements Clashes.Node.NodeNode {
    NodeNodeNode(org.nnsight4j.arch.Scope scope, java.lang.String path) {
      super(scope, path);
    }

    /**
     * {@code node.nodeNode.leaf}: {@code [batch, position, hidden]}
     */
    @java.lang.Override
    public org.nnsight4j.arch.Layer<Clashes.Hidden> leaf() {
      return new org.nnsight4j.arch.LayerNode<>(super.scope, child("leaf"));
    }
  }

  private static final class LayerNodeNode extends TupleLayerNode<Clashes.Hidden> implements Clashes.LayerNode {
    LayerNodeNode(org.nnsight4j.arch.Scope scope, java.lang.String path) {
      super(scope, path);
    }
  }

  private static final class ModelNode extends TupleLayerNode<Clashes.Hidden> implements Clashes.Model {
    ModelNode(org.nnsight4j.arch.Scope scope, java.lang.String path) {
      super(scope, path);
    }
  }

  private static final class ScopeNode extends SiteNode<Clashes.Hidden> implements Clashes.Scope {
    ScopeNode(org.nnsight4j.arch.Scope scope, java.lang.String path) {
      super(scope, path);
    }
  }

  private static final class OverrideNode extends TupleLayerNode<Clashes.Hidden> implements Clashes.Override {
    OverrideNode(org.nnsight4j.arch.Scope scope, java.lang.String path) {
      super(scope, path);
    }
  }

  private static final class GeneratedNode extends TupleLayerNode<Clashes.Hidden> implements Clashes.Generated {
    GeneratedNode(org.nnsight4j.arch.Scope scope, java.lang.String path) {
      super(scope, path);
    }
  }

  private static final class StringNode extends TupleLayerNode<Clashes.Hidden> implements Clashes.String {
    StringNode(org.nnsight4j.arch.Scope scope, java.lang.String path) {
      super(scope, path);
    }
  }

  private static final class LayerNode2 extends TupleLayerNode<Clashes.Hidden> implements Clashes.Layer {
    LayerNode2(org.nnsight4j.arch.Scope scope, java.lang.String path) {
      super(scope, path);
    }
  }

  private static final class Axis2Node extends TupleLayerNode<Clashes.Hidden> implements Clashes.Axis2 {
    Axis2Node(org.nnsight4j.arch.Scope scope, java.lang.String path) {
      super(scope, path);
    }
  }

  private static final class ClashesModelNode extends TupleLayerNode<Clashes.Hidden> implements Clashes.ClashesModel {
    ClashesModelNode(org.nnsight4j.arch.Scope scope, java.lang.String path) {
      super(scope, path);
    }
  }

  private static final class EncoderNode extends TupleLayerNode<Clashes.Hidden> implements Clashes.Encoder {
    EncoderNode(org.nnsight4j.arch.Scope scope, java.lang.String path) {
      super(scope, path);
    }

    /**
     * {@code encoder.block}: a tuple of {@code [batch, position, hidden]}
     */
    @java.lang.Override
    public Clashes.Encoder.Block block() {
      return new BlockNode(super.scope, child("block"));
    }
  }

  private static final class BlockNode extends TupleLayerNode<Clashes.Hidden> implements Clashes.Encoder.Block {
    BlockNode(org.nnsight4j.arch.Scope scope, java.lang.String path) {
      super(scope, path);
    }

    /**
     * {@code encoder.block.up}: {@code [batch, position, hidden]}
     */
    @java.lang.Override
    public org.nnsight4j.arch.Layer<Clashes.Hidden> up() {
      return new org.nnsight4j.arch.LayerNode<>(super.scope, child("up"));
    }
  }

  private static final class DecoderNode extends TupleLayerNode<Clashes.Hidden> implements Clashes.Decoder {
    DecoderNode(org.nnsight4j.arch.Scope scope, java.lang.String path) {
      super(scope, path);
    }

    /**
     * {@code decoder.block}: a tuple of {@code [batch, position, hidden]}
     */
    @java.lang.Override
    public Clashes.Decoder.Block block() {
      return new BlockNode2(super.scope, child("block"));
    }
  }

  private static final class BlockNode2 extends TupleLayerNode<Clashes.Hidden> implements Clashes.Decoder.Block {
    BlockNode2(org.nnsight4j.arch.Scope scope, java.lang.String path) {
      super(scope, path);
    }

    /**
     * {@code decoder.block.down}: {@code [batch, position, hidden]}
     */
    @java.lang.Override
    public org.nnsight4j.arch.Layer<Clashes.Hidden> down() {
      return new org.nnsight4j.arch.LayerNode<>(super.scope, child("down"));
    }
  }
}
