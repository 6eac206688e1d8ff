/** The annotation processor that writes the models of descriptors. */
@NullMarked
package org.nnsight4j.processor;

import org.jspecify.annotations.NullMarked;
