/** Tests of language models with JUnit 5 or 6: a shared model, and assertions about it. */
@NullMarked
package org.nnsight4j.junit;

import org.jspecify.annotations.NullMarked;
