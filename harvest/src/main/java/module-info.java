/** One graph over a dataset, as shards of files. */
@SuppressWarnings("module") // The module that the export names is compiled after this one.
module org.nnsight4j.harvest {
  requires transitive org.nnsight4j;
  requires com.fasterxml.jackson.databind;
  requires flatbuffers.java;
  requires org.apache.arrow.format;
  requires static com.google.auto.service;
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  // For users.
  exports org.nnsight4j.harvest;

  // For authors of executors, sources of rows and formats of shards.
  exports org.nnsight4j.harvest.job;

  // The list of files, for our own sources that need other libraries.
  exports org.nnsight4j.harvest.internal.rows to
      org.nnsight4j.harvest.parquet;

  uses org.nnsight4j.harvest.job.RowSource.Kind;
  uses org.nnsight4j.harvest.job.ShardFormat;

  provides org.nnsight4j.harvest.job.RowSource.Kind with
      org.nnsight4j.harvest.internal.rows.Lines.Kind,
      org.nnsight4j.harvest.internal.rows.JsonLines.Kind,
      org.nnsight4j.harvest.internal.rows.GivenIds.Kind;
  provides org.nnsight4j.harvest.job.ShardFormat with
      org.nnsight4j.harvest.internal.format.SafetensorsShards,
      org.nnsight4j.harvest.internal.format.ArrowShards;
}
