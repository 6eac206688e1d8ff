/** Assertions about models in the style of Truth. */
@NullMarked
package org.nnsight4j.junit.truth;

import org.jspecify.annotations.NullMarked;
