/** Measures nnsight4j next to Python's Hugging Face, nnsight and TransformerLens. */
@NullMarked
package org.nnsight4j.benchmarks;

import org.jspecify.annotations.NullMarked;
