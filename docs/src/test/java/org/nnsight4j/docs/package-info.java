/** Tests that README and docs are correct. */
@NullMarked
package org.nnsight4j.docs;

import org.jspecify.annotations.NullMarked;
