/** Turns a model into Java source, one rule per part of a class. */
@NullMarked
package org.nnsight4j.processor.write;

import org.jspecify.annotations.NullMarked;
