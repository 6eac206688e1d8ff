package org.nnsight4j.harvest.internal.format;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.flatbuffers.FlatBufferBuilder;
import java.util.Locale;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.FixedSizeList;
import org.apache.arrow.flatbuf.FloatingPoint;
import org.apache.arrow.flatbuf.Int;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.List;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.MetadataVersion;
import org.apache.arrow.flatbuf.Precision;
import org.apache.arrow.flatbuf.Schema;
import org.apache.arrow.flatbuf.Type;
import org.nnsight4j.error.RunException;
import org.nnsight4j.harvest.job.HarvestJob;
import org.nnsight4j.harvest.job.ShardColumn;
import org.nnsight4j.tensor.DType;

/** The schema of a shard, with the types and metadata that Hugging Face's datasets write. */
final class ArrowSchema {
  private static final String ARRAY = "datasets.features.features.Array2DExtensionType";

  private final FlatBufferBuilder builder = new FlatBufferBuilder();

  private ArrowSchema() {}

  static FlatBufferBuilder of(HarvestJob.Spec spec, ObjectNode features) {
    return new ArrowSchema().message(spec, features);
  }

  private FlatBufferBuilder message(HarvestJob.Spec spec, ObjectNode features) {
    int context = spec.batching().context();
    int[] fields = new int[spec.columns().size() + 1];
    for (int i = 0; i < spec.columns().size(); i++) {
      ShardColumn column = spec.columns().get(i);
      fields[i] =
          column.shape().isEmpty()
              ? fixed(column.name(), column.dtype(), context)
              : array(column, context);
    }
    fields[fields.length - 1] = fixed("token_ids", DType.INT32, context);
    int all = Schema.createFieldsVector(builder, fields);
    ObjectNode info = JsonNodeFactory.instance.objectNode();
    info.putObject("info").set("features", features);
    int metadata =
        Schema.createCustomMetadataVector(
            builder, new int[] {pair("huggingface", info.toString())});
    Schema.startSchema(builder);
    Schema.addEndianness(builder, Endianness.Little);
    Schema.addFields(builder, all);
    Schema.addCustomMetadata(builder, metadata);
    int schema = Schema.endSchema(builder);
    Message.finishMessageBuffer(
        builder,
        Message.createMessage(builder, MetadataVersion.V5, MessageHeader.Schema, schema, 0, 0));
    return builder;
  }

  /** A list of lists, which datasets read as one array of numbers. */
  private int array(ShardColumn column, int context) {
    int numbers = number("item", column.dtype());
    int inner = list("item", numbers, 0);
    String shape =
        "[[%s, %s], \"%s\"]".formatted(context, column.width(), pythonName(column.dtype()));
    int metadata =
        Field.createCustomMetadataVector(
            builder,
            new int[] {
              pair("ARROW:extension:name", ARRAY), pair("ARROW:extension:metadata", shape)
            });
    return list(column.name(), inner, metadata);
  }

  private int pair(String key, String value) {
    int name = builder.createString(key);
    return KeyValue.createKeyValue(builder, name, builder.createString(value));
  }

  private int list(String name, int child, int metadata) {
    List.startList(builder);
    return field(name, Type.List, List.endList(builder), metadata, child);
  }

  private int fixed(String name, DType type, int length) {
    int child = number("item", type);
    return field(
        name, Type.FixedSizeList, FixedSizeList.createFixedSizeList(builder, length), 0, child);
  }

  private int number(String name, DType type) {
    return switch (type) {
      case INT32 -> field(name, Type.Int, Int.createInt(builder, 32, true), 0);
      case INT64 -> field(name, Type.Int, Int.createInt(builder, 64, true), 0);
      case FLOAT16 -> floating(name, Precision.HALF);
      case FLOAT32 -> floating(name, Precision.SINGLE);
      case FLOAT64 -> floating(name, Precision.DOUBLE);
      case BFLOAT16, BOOL -> throw new RunException("no column of Arrow is " + type);
    };
  }

  private int floating(String name, short precision) {
    return field(
        name, Type.FloatingPoint, FloatingPoint.createFloatingPoint(builder, precision), 0);
  }

  private int field(String name, byte kind, int type, int metadata, int... children) {
    int text = builder.createString(name);
    int inner = Field.createChildrenVector(builder, children);
    Field.startField(builder);
    Field.addName(builder, text);
    Field.addNullable(builder, true);
    Field.addTypeType(builder, kind);
    Field.addType(builder, type);
    Field.addChildren(builder, inner);
    if (metadata != 0) {
      Field.addCustomMetadata(builder, metadata);
    }
    return Field.endField(builder);
  }

  /** A type by the name of datasets and numpy. */
  static String pythonName(DType type) {
    return type.name().toLowerCase(Locale.ROOT);
  }
}
