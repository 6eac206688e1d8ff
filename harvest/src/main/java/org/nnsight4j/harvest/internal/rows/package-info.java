/** Rows of text files, of lines of JSON, and of token ids that are given. */
@NullMarked
package org.nnsight4j.harvest.internal.rows;

import org.jspecify.annotations.NullMarked;
