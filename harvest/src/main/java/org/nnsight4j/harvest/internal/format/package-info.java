/** Formats of shards: safetensors, and Arrow as Hugging Face's datasets keep it. */
@NullMarked
package org.nnsight4j.harvest.internal.format;

import org.jspecify.annotations.NullMarked;
