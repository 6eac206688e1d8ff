package org.nnsight4j.checkpoint;

import java.nio.file.Path;

/** stub */
public record TensorEntry(
    Path file, String name, String dtype, long[] shape, long offset, long byteLength) {}
