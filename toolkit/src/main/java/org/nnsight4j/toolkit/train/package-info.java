/** Trains tensors inside a frozen model: vectors, probes, soft prompts, translators, adapters. */
@NullMarked
package org.nnsight4j.toolkit.train;

import org.jspecify.annotations.NullMarked;
