/** What will be written: plain records, independent of the compiler. */
@NullMarked
package org.nnsight4j.processor.model;

import org.jspecify.annotations.NullMarked;
