/**
 * Hugging Face model directories: config.json, safetensors headers and files, without an engine.
 */
@NullMarked
package org.nnsight4j.checkpoint;

import org.jspecify.annotations.NullMarked;
