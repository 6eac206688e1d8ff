/** Parquet as the rows and the shards of harvests. */
@NullMarked
package org.nnsight4j.harvest.parquet;

import org.jspecify.annotations.NullMarked;
