/** Assertions about models in the style of AssertJ. */
@NullMarked
package org.nnsight4j.junit.assertj;

import org.jspecify.annotations.NullMarked;
