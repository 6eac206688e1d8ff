package org.nnsight4j.harvest.spark;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.connector.catalog.SupportsWrite;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.connector.write.BatchWrite;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.Write;
import org.apache.spark.sql.connector.write.WriteBuilder;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/** Shards as a table to which Spark appends: its rows are places of splits. */
public final class HarvestProvider implements TableProvider {
  static final String WORK = "work";
  static final String PLACE = "place";
  private static final StructType SCHEMA = new StructType().add(PLACE, DataTypes.LongType, false);

  /** On the driver. */
  private static final Map<String, HarvestWork> GIVEN = new ConcurrentHashMap<>();

  /** Spark creates it by its name. */
  public HarvestProvider() {}

  static String give(HarvestWork work) {
    String key = UUID.randomUUID().toString();
    GIVEN.put(key, work);
    return key;
  }

  static void take(String key) {
    GIVEN.remove(key);
  }

  @Override
  public StructType inferSchema(CaseInsensitiveStringMap options) {
    return SCHEMA;
  }

  @Override
  public Table getTable(
      StructType schema, Transform[] partitioning, Map<String, String> properties) {
    return new Shards();
  }

  private static final class Shards implements SupportsWrite {
    @Override
    public String name() {
      return "shards of a harvest";
    }

    @Override
    @SuppressWarnings("deprecation") // Spark 4.1 still asks for this one.
    public StructType schema() {
      return SCHEMA;
    }

    @Override
    public Set<TableCapability> capabilities() {
      return Set.of(TableCapability.BATCH_WRITE);
    }

    @Override
    public WriteBuilder newWriteBuilder(LogicalWriteInfo info) {
      HarvestWork work =
          Objects.requireNonNull(
              GIVEN.get(info.options().get(WORK)),
              "harvests are written by SparkHarvest, in the process of the driver");
      return new WriteBuilder() {
        @Override
        public Write build() {
          return new Write() {
            @Override
            public BatchWrite toBatch() {
              return new HarvestWrite(work);
            }
          };
        }
      };
    }
  }
}
