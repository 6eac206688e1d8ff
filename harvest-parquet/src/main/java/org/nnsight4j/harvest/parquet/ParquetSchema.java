package org.nnsight4j.harvest.parquet;

import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.nnsight4j.harvest.job.HarvestJob;
import org.nnsight4j.harvest.job.ShardColumn;
import org.nnsight4j.harvest.job.ShardContents;
import org.nnsight4j.tensor.DType;

/** The table of a shard: its index, and then its columns. */
final class ParquetSchema {
  static final String LIST = "list";
  static final String ELEMENT = "element";

  private ParquetSchema() {}

  /** Index and columns. */
  static List<ShardColumn> columns(HarvestJob.Spec spec) {
    ShardColumn.Per per = spec.columns().get(0).per();
    List<String> index =
        per == ShardColumn.Per.TOKEN
            ? List.of(
                ShardContents.ROW,
                ShardContents.TEXT,
                ShardContents.POSITION,
                ShardContents.TOKEN_ID)
            : List.of(ShardContents.TEXT_ROW, ShardContents.TEXT_LENGTH);
    List<ShardColumn> all = new ArrayList<>();
    for (String name : index) {
      all.add(new ShardColumn(name, per, DType.INT64, List.of(), -1));
    }
    all.addAll(spec.columns());
    return all;
  }

  static MessageType of(HarvestJob.Spec spec) {
    List<Type> fields = new ArrayList<>();
    for (ShardColumn column : columns(spec)) {
      fields.add(
          column.shape().isEmpty()
              ? number(column.dtype(), column.name())
              : Types.requiredList().element(number(column.dtype(), ELEMENT)).named(column.name()));
    }
    return new MessageType("harvest", fields);
  }

  private static PrimitiveType number(DType type, String name) {
    return switch (type) {
      case FLOAT64 -> Types.required(PrimitiveTypeName.DOUBLE).named(name);
      case FLOAT32 -> Types.required(PrimitiveTypeName.FLOAT).named(name);
      case FLOAT16 ->
          Types.required(PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY)
              .length(2)
              .as(LogicalTypeAnnotation.float16Type())
              .named(name);
      case INT64 -> Types.required(PrimitiveTypeName.INT64).named(name);
      case INT32 -> Types.required(PrimitiveTypeName.INT32).named(name);
      case BOOL -> Types.required(PrimitiveTypeName.BOOLEAN).named(name);
      case BFLOAT16 -> throw new IllegalArgumentException("no column of Parquet is BFLOAT16");
    };
  }
}
